using Rivulet.Storage;

namespace Rivulet.JetStream.Tests.Support;

/// <summary>A memory store that commits only when the test says so, as a disk would that takes its time.</summary>
internal sealed class HeldStore(MemoryMessageStore inner) : MessageStore
{
    /// <summary>While true, nothing is committed.</summary>
    public bool IsHeld { get; set; }

    public override IReadOnlyCollection<StreamLog> Streams => inner.Streams;

    public override LogPosition Committed => inner.Committed;

    public override LogPosition Appended => inner.Appended;

    public override Exception? Failure => inner.Failure;

    public override Exception? OutOfSpace => inner.OutOfSpace;

    public override bool HasRoom => inner.HasRoom;

    public override StreamLog CreateStream(
        StreamIdentity identity, ReadOnlySpan<byte> configuration, StreamLimits limits) =>
        inner.CreateStream(identity, configuration, limits);

    public override void WhenCommitted(LogPosition position, ICommitWaiter waiter) =>
        inner.WhenCommitted(position, waiter);

    public override ValueTask WaitForRoomAsync(CancellationToken cancellation = default) =>
        inner.WaitForRoomAsync(cancellation);

    public override void DeliverCommits()
    {
        if (!IsHeld)
            Commit();
    }

    /// <summary>Commits what was appended.</summary>
    public void Commit()
    {
        inner.Observer ??= Observer;
        inner.DeliverCommits();
    }

    public override ValueTask DisposeAsync() => inner.DisposeAsync();
}
