using Rivulet.Storage;

namespace Rivulet.JetStream.Hosting;

/// <summary>
/// What JetStream keeps for one client connection. The connection's receive loop is the only thread that touches it, and
/// so the handlers that run inside that loop are too.
/// </summary>
public abstract class PublisherContext
{
    /// <summary>
    /// Everything this publisher has appended to the file store is committed once the store has committed up to here. A
    /// publish raises it; a PONG and every JetStream request of the connection waits for it.
    /// </summary>
    public LogPosition PendingCommit { get; set; }

    /// <summary>The same for the memory store, which commits when the run of publishes ends unless another thread is at it.</summary>
    internal LogPosition PendingMemoryCommit { get; set; }

    /// <summary>Both of them.</summary>
    internal Streams.CommitBarrier Barrier => new(PendingCommit, PendingMemoryCommit);

    /// <summary>The requests of this connection that JetStream holds back, in order; <c>null</c> until the first one.</summary>
    internal Api.RequestLane? Lane { get; set; }

    /// <summary>Who is connected, for audit advisories.</summary>
    public abstract ClientIdentity Identity { get; }
}
