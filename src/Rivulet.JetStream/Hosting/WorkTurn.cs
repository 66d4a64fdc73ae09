using Rivulet.JetStream.Hosting;

namespace Rivulet.JetStream.Backups;

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
        lock (_gate)
        {
            if (_isQueued)
            {
                _isWanted = true;
                return;
            }

            _isQueued = true;
        }

        _scheduler.Queue(this);
    }

    void IWorkItem.Execute()
    {
        lock (_gate)
            _isWanted = false;
        bool again = _run();
        lock (_gate)
        {
            again |= _isWanted;
            _isQueued = again;
        }

        if (again)
            _scheduler.Queue(this);
    }
}
