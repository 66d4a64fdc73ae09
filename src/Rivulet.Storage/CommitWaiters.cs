namespace Rivulet.Storage;

/// <summary>
/// Who waits for which position. Any thread adds; the thread that commits releases, with no lock held. A waiter is
/// called exactly once.
/// </summary>
internal sealed class CommitWaiters
{
    private readonly Lock _gate = new();
    private readonly PriorityQueue<ICommitWaiter, long> _waiting = new();
    private long _committed;
    private Exception? _failure;

    /// <summary>The position that was released last: everything up to it was handed to observers.</summary>
    public LogPosition Committed => new(Volatile.Read(ref _committed));

    public void Add(LogPosition position, ICommitWaiter waiter)
    {
        LogPosition committed;
        Exception? failure;
        lock (_gate)
        {
            (committed, failure) = (new LogPosition(_committed), _failure);
            if (position > committed && failure is null)
            {
                _waiting.Enqueue(waiter, position.Value);
                return;
            }
        }
        if (position <= committed)
            waiter.OnCommitted(committed);
        else
            waiter.OnFailed(failure!);
    }

    /// <summary>Releases everybody up to a position.</summary>
    public void Release(LogPosition committed)
    {
        lock (_gate)
            Volatile.Write(ref _committed, committed.Value);
        while (TryTake(committed.Value, out ICommitWaiter? waiter))
            waiter!.OnCommitted(committed);
    }

    /// <summary>Tells everybody who still waits, and whoever comes later, that the store failed.</summary>
    public void Fail(Exception cause)
    {
        lock (_gate)
            _failure = cause;
        while (TryTake(long.MaxValue, out ICommitWaiter? waiter))
            waiter!.OnFailed(cause);
    }

    private bool TryTake(long upTo, out ICommitWaiter? waiter)
    {
        lock (_gate)
        {
            bool due = _waiting.TryPeek(out waiter, out long position) && position <= upTo;
            if (due)
                _waiting.Dequeue();
            return due;
        }
    }
}
