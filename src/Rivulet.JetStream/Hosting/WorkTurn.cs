namespace Rivulet.JetStream.Hosting;

/// <summary>
/// Runs one piece of work on the host's threads whenever it is woken, never twice at the same time, and once more when it was
/// woken while it ran. Any thread.
/// </summary>
internal sealed class WorkTurn : IWorkItem
{
    private readonly IWorkScheduler _scheduler;
    private readonly Func<bool> _run;
    private readonly Lock _gate = new();
    private bool _isQueued;
    private bool _isWanted;

    /// <summary>For a piece of work.</summary>
    /// <param name="scheduler">Where it runs.</param>
    /// <param name="run">What runs; true to run again, after others had their turn. Must not throw.</param>
    public WorkTurn(IWorkScheduler scheduler, Func<bool> run)
    {
        _scheduler = scheduler;
        _run = run;
    }

    /// <summary>Has it run soon.</summary>
    public void Wake()
    {
        if (TryTake())
            _scheduler.Queue(this);
    }

    /// <summary>
    /// Has it run here, before this returns, unless somebody else is at it or about to be; what is left then runs soon.
    /// </summary>
    /// <param name="timesMax">How often it runs here at most.</param>
    public void RunHere(int timesMax)
    {
        if (!TryTake())
            return;
        for (int times = 0; times < timesMax; times++)
        {
            if (!Run())
                return;
        }

        _scheduler.Queue(this);
    }

    void IWorkItem.Execute()
    {
        if (Run())
            _scheduler.Queue(this);
    }

    /// <returns>Whether it is the caller's to run; otherwise whoever is at it runs it once more.</returns>
    private bool TryTake()
    {
        lock (_gate)
        {
            _isWanted = _isQueued;
            bool isFree = !_isQueued;
            _isQueued = true;
            return isFree;
        }
    }

    /// <returns>Whether it is to run again; otherwise it is anybody's from now on.</returns>
    private bool Run()
    {
        lock (_gate)
            _isWanted = false;
        bool again = _run();
        lock (_gate)
        {
            again |= _isWanted;
            _isQueued = again;
        }

        return again;
    }
}
