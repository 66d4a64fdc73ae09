using Microsoft.Extensions.Logging;
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
/// A small store that had a long life, and with it something of everything that damage may hit, closed in order; and
/// what each record of each file says. One seed makes one store.
/// </summary>
internal sealed class SampleStore
{
    private const string Directory = "/store";
    private const int RecordsMin = 1_000;
    private const int SegmentsMin = 5;
    private const int RewrittenMin = 2;
    private const int CallsPerCompaction = 250;

    // The newest stream of each name, and its number.
    private readonly Dictionary<string, uint> _streamIds = [];
    private readonly Dictionary<int, uint> _incarnations = [];
    private readonly List<SampleRecord> _records;
    private readonly List<(string Path, SegmentHeader Header)> _segments = [];

    private SampleStore(int seed)
    {
        Seed = seed;
        var time = new ManualTimeProvider();
        var journal = new Journal(new ModelStore());
        var disk = new SimulatedFileSystem();
        FileMessageStore store = Open(disk, time, NullLogger.Instance);
        var workload = new Workload(store, journal, new Random(seed), time, new WorkloadNames(smallOnly: true), keepsMuch: true);
        for (int calls = 1; calls % CallsPerCompaction != CallsPerCompaction / 2 || !HasEverything(disk, journal.Newest); calls++)
        {
            workload.Step();
            Note(journal.Newest);
            if (calls % 3 == 0)
                RunRounds(store);
            if (calls % CallsPerCompaction == 0)
                store.RunCompaction();
            if (calls % CallsPerCompaction == CallsPerCompaction / 3)
                store.RunGivingBack(() => RunRounds(store));
        }
        RunRounds(store);
        while (store.RunSnapshot())
        {
        }
        store.DisposeAsync().AsTask().GetAwaiter().GetResult();
        Undamaged = journal.Newest;
        Disk = disk.ImageAfterPowerCut(UnsyncedSurvival.None, new Random(1));
        _records = ReadRecords(Disk);
    }

    public static FileStoreOptions Options { get; } = new()
    {
        Directory = Directory,
        SegmentBytes = 12 << 10,
        RoomAheadBytes = 3 << 10,
        ReservedBytes = 1 << 10,
    };

    public int Seed { get; }

    /// <summary>Every record, in the order of the log.</summary>
    public IReadOnlyList<SampleRecord> Records => _records;

    /// <summary>How many segments there are, and how many of them were rewritten.</summary>
    public (int Segments, int Rewritten) Counts => (_segments.Count, _segments.Count(segment => segment.Header.IsRewritten));

    /// <summary>How many of the segments have a snapshot.</summary>
    public int Snapshots => Disk.Files.Count(IsSnapshot);

    public SimulatedFileSystem Disk { get; }

    /// <summary>What the store holds while nothing is damaged.</summary>
    public ModelStore Undamaged { get; }

    public static SampleStore Build(int seed)
    {
        try
        {
            return new SampleStore(seed);
        }
        catch (Exception e)
        {
            throw new SimulationFailure($"see it again with RIVULET_SIM_SEED={seed}, the sample was not made: {e}");
        }
    }

    /// <summary>Makes a store of it that has to be read from its log.</summary>
    public void DeleteSnapshots()
    {
        foreach (string path in Disk.Files.Where(IsSnapshot))
            Disk.Delete(path);
        Disk.SyncDirectory(Directory);
    }

    /// <summary>Opens a store from the disk, or from a damaged copy of it.</summary>
    public static FileMessageStore Open(SimulatedFileSystem disk, ManualTimeProvider time, ILogger logger) =>
        FileMessageStore.Open(Options, disk, time, new Random(1), logger, ownThreads: false);

    /// <summary>The number of the stream that has a name in the end.</summary>
    public uint StreamIdOf(string name) => _streamIds[name];

    public static bool IsSnapshot(string path) => path.EndsWith(".snapshot", StringComparison.Ordinal);

    /// <summary>Whether a file is the last one in use: nothing behind it tells what it held.</summary>
    public bool IsLast(string path) => _segments[^1].Path == path;

    /// <summary>The record that a byte belongs to, or null.</summary>
    public SampleRecord? RecordAt(string path, long offset) =>
        _records.Find(record => record.Path == path && record.Overlaps(offset, offset + 1));

    /// <summary>
    /// The records that do not count without a part of a file: those in it, and what is in one atomic batch with them.
    /// </summary>
    public HashSet<SampleRecord> Without(string path, long start)
    {
        var gone = new HashSet<SampleRecord>(ReferenceEqualityComparer.Instance);
        for (int i = 0, end; i < _records.Count; i = end)
        {
            end = i + 1;
            if (_records[i].IsInBatch)
            {
                while (!_records[end - 1].EndsBatch)
                    end++;
            }
            List<SampleRecord> together = _records[i..end];
            if (together.Exists(record => record.Path == path && record.End > start))
                gone.UnionWith(together);
        }
        return gone;
    }

    private static void RunRounds(FileMessageStore store)
    {
        while (store.RunRound())
        {
        }
    }

    /// <summary>Writes down which streams are new. They are numbered in the order of their creation.</summary>
    private void Note(ModelStore newest)
    {
        foreach ((string name, ModelStream stream) in newest.Streams)
        {
            if (!_incarnations.TryGetValue(stream.Incarnation, out uint id))
                _incarnations.Add(stream.Incarnation, id = (uint)_incarnations.Count + 1);
            _streamIds[name] = id;
        }
    }

    /// <summary>Whether a store is large enough by now, and has something of everything that damage may hit.</summary>
    private bool HasEverything(SimulatedFileSystem disk, ModelStore newest)
    {
        List<SampleRecord> records = ReadRecords(disk);
        return records.Count >= RecordsMin && Counts is { Segments: >= SegmentsMin, Rewritten: >= RewrittenMin } &&
            records.Exists(record => record.IsInBatch) &&
            records.Exists(record => record.IsMessage && record.Header.IsCompressed) &&
            newest.Streams.Values.Any(stream => stream.Attachments.Count > 0);
    }

    private List<SampleRecord> ReadRecords(SimulatedFileSystem disk)
    {
        var records = new List<SampleRecord>();
        _segments.Clear();
        foreach (string path in disk.Files)
        {
            if (SegmentHeader.Read(disk.ReadAll(path), out SegmentHeader header) != SegmentHeaderStatus.Valid)
                continue;
            _segments.Add((path, header));
            using IFile file = disk.Open(path, FileOpenMode.OpenExisting);
            using var scanner = new SegmentScanner(file, header);
            while (scanner.MoveNext() == ScanResult.Record)
            {
                records.Add(new SampleRecord(
                    path, scanner.OffsetBytes, scanner.Header, RecordBody.Of(scanner.Record, scanner.Header.HeaderBytes).ToArray()));
            }
        }
        return records;
    }
}
