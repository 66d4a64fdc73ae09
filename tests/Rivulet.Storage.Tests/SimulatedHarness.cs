using Microsoft.Extensions.Logging.Abstractions;
using Rivulet.TestKit.Simulation;

namespace Rivulet.Storage.Tests;

/// <summary>A file store on the simulated disk, without threads: it commits when the test says so.</summary>
public sealed class SimulatedHarness : StoreHarness
{
    private const string Directory = "/store";

    public SimulatedFileSystem Disk { get; private set; } = new();

    public override bool IsLasting => true;

    public override long AccountedOverheadBytes => 30;

    public SyncPolicy SyncPolicy { get; set; } = SyncPolicy.Always;

    internal FileMessageStore FileStore => (FileMessageStore)Store;

    public FileStoreOptions Options => new()
    {
        Directory = Directory,
        SegmentBytes = 16 << 10,
        ReservedBytes = 4 << 10,
        ReservedSequences = 100,
        SyncPolicy = SyncPolicy,
        RecentBytes = 0,
    };

    public override Task<MessageStore> OpenAsync() => Task.FromResult<MessageStore>(
        FileMessageStore.Open(Options, Disk, Time, new Random(1), NullLogger.Instance, ownThreads: false));

    public override void Commit()
    {
        while (FileStore.RunRound())
        {
        }
    }

    public override async Task CrashAsync() => await CrashAsync(UnsyncedSurvival.None, new Random(1));

    public async Task CrashAsync(UnsyncedSurvival survival, Random random)
    {
        Disk = Disk.CutPower(survival, random);
        FileStore.Abandon();
        Replace(await OpenAsync());
    }
}
