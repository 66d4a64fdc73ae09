using Rivulet.Storage;

namespace Rivulet.Server.Connections;

/// <summary>What a PONG waits for: the commit of everything that its connection published before the PING.</summary>
internal interface ICommitBarrier
{
    /// <summary>Up to where the store has committed.</summary>
    LogPosition Committed { get; }

    /// <summary>Calls back once the store has committed up to a position, at once if it has.</summary>
    void WhenCommitted(LogPosition position, ICommitWaiter waiter);
}
