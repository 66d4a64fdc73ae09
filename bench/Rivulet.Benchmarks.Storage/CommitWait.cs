using Rivulet.Storage;

namespace Rivulet.Benchmarks.Storage;

/// <summary>Blocks a thread until a commit; for one wait at a time.</summary>
internal sealed class CommitWait : ICommitWaiter, IDisposable
{
    private readonly ManualResetEventSlim _done = new();
    private Exception? _failure;

    public void OnCommitted(LogPosition position) => _done.Set();

    public void OnFailed(Exception cause)
    {
        _failure = cause;
        _done.Set();
    }

    /// <summary>Waits until a position is committed.</summary>
    public void For(MessageStore store, LogPosition position)
    {
        if (position <= store.Committed)
            return;
        _done.Reset();
        store.WhenCommitted(position, this);
        _done.Wait();
        if (_failure is not null)
            throw new InvalidOperationException("the store failed", _failure);
    }

    public void Dispose() => _done.Dispose();
}
