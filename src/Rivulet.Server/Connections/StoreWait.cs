using System.Threading.Tasks.Sources;
using Rivulet.JetStream.Hosting;
using Rivulet.Storage;

namespace Rivulet.Server.Connections;

/// <summary>A receive loop's wait for the store: for a commit, or for room. Reusable; one at a time.</summary>
/// <remarks>
/// The loop goes on on one of the server's threads for such loops: the committer's thread, which ends the wait, has others to
/// tell, and the thread pool may be blocked by the process around the server. A store that failed ends the wait just as well,
/// since whoever published is told by the answers to its publishes.
/// </remarks>
internal sealed class StoreWait : ICommitWaiter, IRoomWaiter, IValueTaskSource, IWorkItem
{
    private readonly IWorkScheduler _loops;
    private ReusableCompletion<bool> _completion;

    /// <summary>A wait that goes on on the threads of <paramref name="loops"/>.</summary>
    public StoreWait(IWorkScheduler loops)
    {
        _loops = loops;
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
        _loops.Queue(this);
    }

    /// <inheritdoc/>
    public void OnFailed(Exception cause)
    {
        _loops.Queue(this);
    }

    /// <inheritdoc/>
    public void OnRoom()
    {
        _loops.Queue(this);
    }

    /// <inheritdoc/>
    public void Execute()
    {
        _completion.SetResult(true);
    }

    void IValueTaskSource.GetResult(short token)
    {
        _completion.GetResult(token);
    }

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token)
    {
        return _completion.GetStatus(token);
    }

    void IValueTaskSource.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        _completion.OnCompleted(continuation, state, token);
    }

    private ValueTask Begin()
    {
        _completion.Reset();
        return new ValueTask(this, _completion.Version);
    }
}
