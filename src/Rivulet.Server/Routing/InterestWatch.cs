using Rivulet.JetStream.Hosting;

namespace Rivulet.Server.Routing;

/// <summary>One observer of the interest in a literal subject: of a queue group's, or of those who are subscribed plainly.</summary>
/// <remarks>
/// A change of subscriptions only queues the watch; whether there is interest is found out, and told, on the server's
/// worker threads, by one of them at a time. So the observer is called under no lock, in order, and the last thing it
/// hears is the truth.
/// </remarks>
internal sealed class InterestWatch : IDisposable, IWorkItem
{
    private readonly AccountRouter _router;
    private readonly string? _queueGroup;
    private readonly IInterestObserver _observer;
    private readonly IWorkScheduler _work;

    // Rechecks asked for and not yet answered. Starts at one, so that nothing is queued before Start has looked.
    private int _requests = 1;
    private bool _told;
    private volatile bool _disposed;

    /// <summary>A watch that has not looked yet.</summary>
    public InterestWatch(byte[] subject, string? queueGroup, AccountRouter router, IInterestObserver observer, IWorkScheduler work)
    {
        Subject = subject;
        _queueGroup = queueGroup;
        _router = router;
        _observer = observer;
        _work = work;
    }

    /// <summary>The literal subject.</summary>
    public byte[] Subject { get; }

    /// <summary>Notes the interest of this moment. Called once, when the watch has been registered.</summary>
    public void Start()
    {
        _told = _router.HasInterest(Subject, _queueGroup);
        if (Interlocked.CompareExchange(ref _requests, 0, 1) != 1)
            _work.Queue(this);
    }

    /// <summary>Has the interest looked at again. Any thread.</summary>
    public void Recheck()
    {
        if (Interlocked.Increment(ref _requests) == 1)
            _work.Queue(this);
    }

    /// <inheritdoc/>
    public void Execute()
    {
        int seen;
        do
        {
            seen = Volatile.Read(ref _requests);
            bool interest = _router.HasInterest(Subject, _queueGroup);
            if (interest != _told && !_disposed)
            {
                _told = interest;
                _observer.OnInterestChanged(interest);
            }
        }
        while (Interlocked.CompareExchange(ref _requests, 0, seen) != seen);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _router.Remove(this);
    }
}
