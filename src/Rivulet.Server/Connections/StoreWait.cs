using Rivulet.JetStream.Hosting;
using Rivulet.Storage;

namespace Rivulet.Server.Connections;

/// <summary>A receive loop's wait for the store: for a commit, or for room. Reusable; one at a time.</summary>
/// <remarks>
/// A store that failed ends the wait just as well, since whoever published is told by the answers to its publishes.
/// </remarks>
internal sealed class StoreWait : ScheduledWait, ICommitWaiter, IRoomWaiter
{
    /// <summary>A wait that goes on on the threads of <paramref name="loops"/>.</summary>
    public StoreWait(IWorkScheduler loops)
        : base(loops)
    {
    }

    /// <summary>
    /// Waits until what a publisher has appended may be committed, or never will be; whether it is, the caller asks again.
    /// </summary>
    public ValueTask ForCommitAsync(ICommitBarrier barrier, PublisherContext publisher)
    {
        ValueTask wait = Begin();
        barrier.WhenSettled(publisher, this);
        return wait;
    }

    /// <summary>Waits until the store may take more; whether it does, the caller asks again.</summary>
    public ValueTask ForRoomAsync(ICommitBarrier barrier)
    {
        ValueTask wait = Begin();
        barrier.WhenRoom(this);
        return wait;
    }

    /// <inheritdoc/>
    public void OnCommitted(LogPosition position)
    {
        End();
    }

    /// <inheritdoc/>
    public void OnFailed(Exception cause)
    {
        End();
    }

    /// <inheritdoc/>
    public void OnRoom()
    {
        End();
    }
}
