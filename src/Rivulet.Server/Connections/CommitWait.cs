using System.Threading.Tasks.Sources;
using Rivulet.JetStream.Hosting;
using Rivulet.Storage;

namespace Rivulet.Server.Connections;

/// <summary>A connection's wait for a commit, reusable. One at a time.</summary>
/// <remarks>
/// The waiting loop continues on one of the server's own threads: the committer's thread has others to tell, and the thread
/// pool may be blocked by the process around the server. A commit that failed ends
/// the wait just as well, since whoever published is told by the answers to its publishes.
/// </remarks>
internal sealed class CommitWait : ICommitWaiter, IValueTaskSource, IWorkItem
{
    private readonly IWorkScheduler _work;
    private ReusableCompletion<bool> _completion;

    /// <summary>A wait that goes on on the threads of <paramref name="work"/>.</summary>
    public CommitWait(IWorkScheduler work)
    {
        _work = work;
    }

    /// <summary>
    /// Waits until what a publisher has appended may be committed, or never will be; whether it is, the caller asks again.
    /// </summary>
    public ValueTask WaitAsync(ICommitBarrier barrier, PublisherContext publisher)
    {
        _completion.Reset();
        var wait = new ValueTask(this, _completion.Version);
        barrier.WhenSettled(publisher, this);
        return wait;
    }

    /// <inheritdoc/>
    public void OnCommitted(LogPosition position)
    {
        _work.Queue(this);
    }

    /// <inheritdoc/>
    public void OnFailed(Exception cause)
    {
        _work.Queue(this);
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
}
