using System.Threading.Tasks.Sources;
using Rivulet.Storage;

namespace Rivulet.Benchmarks.Storage;

/// <summary>Waits for commits, one at a time, without a thread and without garbage.</summary>
internal sealed class AsyncCommitWait : ICommitWaiter, IValueTaskSource
{
    private ManualResetValueTaskSourceCore<bool> _core = new() { RunContinuationsAsynchronously = true };

    public ValueTask For(MessageStore store, LogPosition position)
    {
        _core.Reset();
        var task = new ValueTask(this, _core.Version);
        store.WhenCommitted(position, this);
        return task;
    }

    public void OnCommitted(LogPosition position) => _core.SetResult(true);

    public void OnFailed(Exception cause) => _core.SetException(cause);

    void IValueTaskSource.GetResult(short token) => _core.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}
