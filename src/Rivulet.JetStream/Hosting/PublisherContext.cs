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

    // Whose positions, and whose lane, the others are.
    private JetStreamEngine? _engine;
    private Api.RequestLane? _lane;

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
    internal void Await(JetStreamEngine engine, LogPosition position, bool isDurable)
    {
        Enter(engine);
        if (isDurable)
            PendingCommit = LogPosition.Max(PendingCommit, position);
        else
            PendingMemoryCommit = LogPosition.Max(PendingMemoryCommit, position);
    }

    /// <summary>Both of them; none if what was appended last was appended to the stores of an engine that is no more.</summary>
    internal Streams.CommitBarrier BarrierIn(JetStreamEngine engine) =>
        engine == _engine ? new(PendingCommit, PendingMemoryCommit) : default;

    /// <summary>The requests of this connection that an engine holds back, in order; <c>null</c> until the first one.</summary>
    internal Api.RequestLane? LaneIn(JetStreamEngine engine) => engine == _engine ? _lane : null;

    /// <summary>Where an engine is to hold the requests of this connection back.</summary>
    internal Api.RequestLane EnsureLaneIn(JetStreamEngine engine)
    {
        Enter(engine);
        return _lane ??= new Api.RequestLane(engine);
    }

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

    // Places in the stores of an earlier engine say nothing about those of this one.
    private void Enter(JetStreamEngine engine)
    {
        if (engine == _engine)
            return;
        _engine = engine;
        _lane = null;
        PendingCommit = LogPosition.None;
        PendingMemoryCommit = LogPosition.None;
    }
}
