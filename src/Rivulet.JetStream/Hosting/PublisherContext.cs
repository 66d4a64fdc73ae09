using Rivulet.JetStream.Consumers.Delivery;
using Rivulet.Storage;

namespace Rivulet.JetStream.Hosting;

/// <summary>
/// What JetStream keeps for one client connection. The connection's receive loop is the only thread that touches it, and
/// so the handlers that run inside that loop are too.
/// </summary>
public abstract class PublisherContext
{
    private FollowerWait? _followerWait;

    /// <summary>
    /// Everything this publisher has appended to the file store is committed once the store has committed up to here. A
    /// publish raises it; a PONG and every JetStream request of the connection waits for it.
    /// </summary>
    public LogPosition PendingCommit { get; set; }

    /// <summary>The same for the memory store, which commits when the run of publishes ends unless another thread is at it.</summary>
    internal LogPosition PendingMemoryCommit { get; set; }

    /// <summary>
    /// Whether consumers that follow a stream closely have fallen behind what this publisher stored there: it should wait with
    /// <see cref="WaitForConsumersAsync"/> before it reads on.
    /// </summary>
    public bool HasOutrunConsumers => Outrun is not null;

    /// <summary>Where consumers have fallen behind.</summary>
    internal FollowerGate? Outrun { get; set; }

    /// <summary>Something was appended that a PONG and the next JetStream requests are to wait for.</summary>
    internal void Await(LogPosition position, bool isDurable)
    {
        if (isDurable)
            PendingCommit = LogPosition.Max(PendingCommit, position);
        else
            PendingMemoryCommit = LogPosition.Max(PendingMemoryCommit, position);
    }

    /// <summary>Both of them.</summary>
    internal Streams.CommitBarrier Barrier => new(PendingCommit, PendingMemoryCommit);

    /// <summary>The requests of this connection that JetStream holds back, in order; <c>null</c> until the first one.</summary>
    internal Api.RequestLane? Lane { get; set; }

    /// <summary>
    /// Waits until each of the consumers that are behind has delivered some more, which takes milliseconds at most unless the
    /// disk is slow. One wait at a time.
    /// </summary>
    public ValueTask WaitForConsumersAsync()
    {
        FollowerGate? gate = Outrun;
        Outrun = null;
        return gate is null ? default : gate.WaitAsync(_followerWait ??= gate.NewWait());
    }

    /// <summary>Who is connected, for audit advisories.</summary>
    public abstract ClientIdentity Identity { get; }
}
