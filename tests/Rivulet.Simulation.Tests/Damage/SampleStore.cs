using Microsoft.Extensions.Logging.Abstractions;
using Rivulet.Simulation.Tests.Campaign;
using Rivulet.Simulation.Tests.Model;
using Rivulet.Storage;
using Rivulet.Storage.Files;
using Rivulet.Storage.Log;
using Rivulet.Storage.Records;
using Rivulet.TestKit.Simulation;

namespace Rivulet.Simulation.Tests.Damage;

/// <summary>
/// A small store that had a long life, closed in order: more than a thousand records in several segments, and which part
/// of the log each change came from. One seed makes one store.
/// </summary>
internal sealed class SampleStore
{
    private const string Directory = "/store";
    private const int RecordsWanted = 1_000;

    private readonly List<SampleChange> _changes = [];
    private readonly List<(string Path, SegmentHeader Header)> _segments = [];

    private SampleStore(int seed)
    {
        Seed = seed;
        var time = new ManualTimeProvider();
        var journal = new Journal(new ModelStore());
        var disk = new SimulatedFileSystem();
        FileMessageStore store = Open(disk, time, NullLogger.Instance);
        var workload = new Workload(store, journal, new Random(seed), time, new WorkloadNames(smallOnly: true), keepsMuch: true);
        for (int calls = 0; calls % 50 != 0 || CountRecords(disk) < RecordsWanted; calls++)
        {
            ModelStore before = journal.Newest.Copy();
            long start = store.Appended.Value;
            workload.Step();
            _changes.AddRange(SampleChange.Between(before, journal.Newest, start, store.Appended.Value));
            if (calls % 3 == 0)
                RunRounds(store);
        }
        RunRounds(store);
        store.DisposeAsync().AsTask().GetAwaiter().GetResult();
        Undamaged = journal.Newest;
        Disk = disk.ImageAfterPowerCut(UnsyncedSurvival.None, new Random(1));
        Records = CountRecords(Disk);
        ReadSegments();
    }

    public static FileStoreOptions Options { get; } = new()
    {
        Directory = Directory,
        SegmentBytes = 12 << 10,
        ReservedBytes = 1 << 10,
    };

    public int Seed { get; }

    /// <summary>How many records there are.</summary>
    public int Records { get; }

    public SimulatedFileSystem Disk { get; }

    /// <summary>What the store holds while nothing is damaged.</summary>
    public ModelStore Undamaged { get; }

    public static SampleStore Build(int seed) => new(seed);

    /// <summary>Opens a store from the disk, or from a damaged copy of it.</summary>
    public static FileMessageStore Open(
        SimulatedFileSystem disk, ManualTimeProvider time, Microsoft.Extensions.Logging.ILogger logger) =>
        FileMessageStore.Open(Options, disk, time, new Random(1), logger, ownThreads: false);

    /// <summary>The positions of the log that a file holds from a byte on.</summary>
    public (long Start, long End) PositionsFrom(string path, long offsetBytes)
    {
        int index = _segments.FindIndex(segment => segment.Path == path);
        if (index < 0)
            return (0, 0);
        long first = _segments[index].Header.FirstPosition;
        long end = index + 1 < _segments.Count ? _segments[index + 1].Header.FirstPosition : long.MaxValue;
        return (Math.Min(end, first + Math.Max(0, offsetBytes - SegmentHeader.AreaBytes)), end);
    }

    /// <summary>Whether a file is the last one in use: nothing behind it tells what it held.</summary>
    public bool IsLast(string path) => _segments[^1].Path == path;

    /// <summary>The changes that came from records which overlap a part of the log.</summary>
    public IEnumerable<SampleChange> ChangesIn(long start, long end) =>
        _changes.Where(change => change.Start < end && change.End > start);

    public SampleChange? Find(string stream, int incarnation, ulong sequence) => _changes.Find(change =>
        change.Message?.Sequence == sequence && change.Stream == stream && change.Incarnation == incarnation);

    private static void RunRounds(FileMessageStore store)
    {
        while (store.RunRound())
        {
        }
    }

    private static int CountRecords(SimulatedFileSystem disk)
    {
        int count = 0;
        foreach (string path in disk.Files)
        {
            if (SegmentHeader.Read(disk.ReadAll(path), out SegmentHeader header) != SegmentHeaderStatus.Valid)
                continue;
            using IFile file = disk.Open(path, FileOpenMode.OpenExisting);
            using var scanner = new SegmentScanner(file, header);
            while (scanner.MoveNext() == ScanResult.Record)
                count++;
        }
        return count;
    }

    private void ReadSegments()
    {
        foreach (string path in Disk.Files)
        {
            if (SegmentHeader.Read(Disk.ReadAll(path), out SegmentHeader header) == SegmentHeaderStatus.Valid)
                _segments.Add((path, header));
        }
    }
}
