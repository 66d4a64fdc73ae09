using Rivulet.Storage.Checking;
using Rivulet.Storage.Files;
using Rivulet.Storage.Log;
using Rivulet.Storage.Records;
using Rivulet.Storage.Tests.Recovery;
using Rivulet.TestKit.Simulation;

namespace Rivulet.Storage.Tests.Checking;

/// <summary>A small store that was closed in order, for tests to damage: two streams, messages in several segments.</summary>
internal sealed class DamagedDisk
{
    public const int Messages = 60;

    private readonly ManualTimeProvider _time = new();

    public DamagedDisk(SimulatedFileSystem disk) => Disk = disk;

    public SimulatedFileSystem Disk { get; }

    /// <summary>Sixty messages of 600 bytes in stream S, one in T, in segments of 16 KiB.</summary>
    public static async Task<DamagedDisk> MakeAsync()
    {
        var store = new DiskStore(new SimulatedFileSystem());
        StreamLog stream = store.CreateStream("S");
        store.CreateStream("T").Put("t", "only");
        for (int i = 1; i <= Messages; i++)
        {
            stream.Put($"s.{i % 7}", Values.Noise(600, i));
            store.Commit();
        }
        return new DamagedDisk(await DiskStore.CloseAsync(store));
    }

    /// <summary>Where the record of a message lies.</summary>
    public (string Path, int OffsetBytes, int LengthBytes) Find(ulong sequence)
    {
        foreach (string path in Disk.Files)
        {
            if (SegmentHeader.Read(Disk.ReadAll(path), out SegmentHeader header) != SegmentHeaderStatus.Valid)
                continue;
            using IFile file = Disk.Open(path, FileOpenMode.ReadExisting);
            using var scanner = new SegmentScanner(file, header);
            while (scanner.MoveNext() == ScanResult.Record)
            {
                if (scanner.Header.Kind == RecordKind.Message && scanner.Header.StreamId == 1 && scanner.Header.Sequence == sequence)
                    return (path, scanner.OffsetBytes, scanner.Header.LengthBytes);
            }
        }
        throw new ArgumentException($"no record of message {sequence}", nameof(sequence));
    }

    /// <summary>Destroys the header of a message's record.</summary>
    public void DestroyHeader(ulong sequence)
    {
        (string path, int offset, _) = Find(sequence);
        Disk.Overwrite(path, [.. Enumerable.Repeat((byte)0x5A, 24)], offset);
    }

    public OfflineStore Open() => OfflineStore.Open(DiskStore.Directory, Disk, _time);

    /// <summary>Checks, and sees to it that nothing was changed.</summary>
    public StoreReport Check()
    {
        string before = Fingerprint();
        using OfflineStore store = Open();
        StoreReport report = store.Check();
        Assert.Equal(before, Fingerprint());
        return report;
    }

    /// <summary>"kind file@offset+length sequences" of each finding.</summary>
    public List<string> Findings() => [.. Check().Findings.Select(Describe)];

    public static string Describe(StoreFinding finding)
    {
        string place = finding.OffsetBytes is { } offset ? $" {finding.File}@{offset}+{finding.LengthBytes}" : $" {finding.File}";
        string messages = finding.FirstSequence == 0 ? ""
            : $" {finding.Stream?.Name}:{finding.FirstSequence}{(finding.LastSequence > finding.FirstSequence ? $"-{finding.LastSequence}" : "")}";
        return $"{finding.Kind}{place.TrimEnd()}{messages}{(finding.IsLoss ? " lost" : "")}";
    }

    private string Fingerprint() => string.Join('\n', Disk.Files.Select(path => $"{path} {Convert.ToHexString(Disk.ReadAll(path))}"));
}
