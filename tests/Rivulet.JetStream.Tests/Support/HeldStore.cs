using Microsoft.Extensions.Logging.Abstractions;
using Rivulet.Storage;
using Rivulet.TestKit.Simulation;

namespace Rivulet.JetStream.Tests.Support;

/// <summary>A store that commits when the test says so, as a disk would that takes its time; at once while it is not held.</summary>
internal sealed class HeldStore : MessageStore
{
    private readonly MessageStore _inner;
    private readonly Action _commit;

    private HeldStore(MessageStore inner, Action commit)
    {
        _inner = inner;
        _commit = commit;
    }

    /// <summary>While true, nothing is committed.</summary>
    public bool IsHeld { get; set; }

    public override IReadOnlyCollection<StreamLog> Streams => _inner.Streams;

    public override LogPosition Committed => _inner.Committed;

    public override LogPosition Appended => _inner.Appended;

    public override Exception? Failure => _inner.Failure;

    public override bool HasEnded => _inner.HasEnded;

    public override Exception? OutOfSpace => _inner.OutOfSpace;

    public override bool HasRoom => _inner.HasRoom;

    /// <summary>A memory store.</summary>
    public static HeldStore InMemory(TimeProvider clock)
    {
        var store = new MemoryMessageStore(clock, new Random(1));
        return new HeldStore(store, store.DeliverCommits);
    }

    /// <summary>A file store on a simulated disk, which is synced by each commit.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="uncommittedBytesMax">How much may wait for the disk; 0 for the usual.</param>
    public static HeldStore OnDisk(SimulatedFileSystem disk, TimeProvider clock, long uncommittedBytesMax = 0)
    {
        var options = new FileStoreOptions { Directory = "/store", SegmentBytes = 64 << 10 };
        if (uncommittedBytesMax > 0)
            options = options with { UncommittedSoftBytes = uncommittedBytesMax, UncommittedHardBytes = uncommittedBytesMax };
        FileMessageStore store = FileMessageStore.Open(
            options, disk, clock, new Random(1), NullLogger.Instance, ownThreads: false);
        return new HeldStore(store, () =>
        {
            while (store.RunRound())
            {
            }
        });
    }

    public override StreamLog CreateStream(
        StreamIdentity identity, ReadOnlySpan<byte> configuration, StreamLimits limits) =>
        _inner.CreateStream(identity, configuration, limits);

    public override void WhenCommitted(LogPosition position, ICommitWaiter waiter) =>
        _inner.WhenCommitted(position, waiter);

    public override ValueTask WaitForRoomAsync(CancellationToken cancellation = default) =>
        _inner.WaitForRoomAsync(cancellation);

    public override void WhenRoom(IRoomWaiter waiter) => _inner.WhenRoom(waiter);

    public override void DeliverCommits()
    {
        if (!IsHeld)
            Commit();
    }

    /// <summary>Commits what was appended.</summary>
    public void Commit()
    {
        _inner.Observer ??= Observer;
        _commit();
    }

    public override ValueTask DisposeAsync() => _inner.DisposeAsync();
}
