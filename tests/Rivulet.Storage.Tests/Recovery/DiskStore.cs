using Rivulet.TestKit.Simulation;

namespace Rivulet.Storage.Tests.Recovery;

/// <summary>A store on a simulated disk, driven by hand and broken on purpose.</summary>
internal sealed class DiskStore : IDisposable
{
    public const string Directory = "/store";

    public DiskStore(
        SimulatedFileSystem disk, SyncPolicy policy = default, int segmentBytes = 16 << 10, int seed = 1, int recentBytes = 0,
        int roomAheadBytes = 512 << 10)
    {
        Disk = disk;
        Options = new FileStoreOptions
        {
            Directory = Directory,
            SegmentBytes = segmentBytes,
            ReservedBytes = 2 << 10,
            ReservedSequences = 100,
            SyncPolicy = policy,

            // Usually none: what the disk does to records is to be seen at once.
            RecentBytes = recentBytes,
            RoomAheadBytes = roomAheadBytes,
        };
        Store = FileMessageStore.Open(Options, disk, Time, new Random(seed), Logger, ownThreads: false);
    }

    public SimulatedFileSystem Disk { get; }

    public FileStoreOptions Options { get; }

    public ManualTimeProvider Time { get; } = new();

    public RecordingLogger Logger { get; } = new();

    public FileMessageStore Store { get; }

    public StreamLog this[string name] => Store.Streams.Single(stream => stream.Identity.Name == name);

    public static string Segment(int number) => $"{Directory}/{number:D10}.log";

    /// <summary>The disk as a clean close leaves it.</summary>
    public static async Task<SimulatedFileSystem> CloseAsync(DiskStore store)
    {
        await store.Store.DisposeAsync();
        return store.Disk;
    }

    public StreamLog CreateStream(string name, StreamLimits? limits = null)
    {
        StreamLog stream = Store.CreateStream(new StreamIdentity("A", name), "c"u8, limits ?? new StreamLimits());
        Commit();
        return stream;
    }

    public void Commit()
    {
        while (Store.RunRound())
        {
        }
    }

    public void Dispose() => Store.Abandon();
}
