using System.Threading.Tasks.Sources;

namespace Rivulet.JetStream.Hosting;

/// <summary>
/// A wait that somebody else ends, and that goes on on threads of the server: never on the thread that ends it, which has others to
/// tell, nor on the thread pool, which the process around the server may have blocked. Reusable; one wait at a time.
/// </summary>
public abstract class ScheduledWait : IValueTaskSource, IWorkItem
{
    private readonly IWorkScheduler _work;
    private ReusableCompletion<bool> _completion;

    /// <summary>A wait that goes on on the threads of <paramref name="work"/>.</summary>
    protected ScheduledWait(IWorkScheduler work)
    {
        _work = work;
    }

    /// <summary>Begins to wait, before whoever ends it may know of it.</summary>
    public ValueTask Begin()
    {
        _completion.Reset();
        return new ValueTask(this, _completion.Version);
    }

    /// <summary>Ends the wait. Any thread; once for each wait.</summary>
    public void End() => _work.Queue(this);

    void IWorkItem.Execute() => _completion.SetResult(true);

    void IValueTaskSource.GetResult(short token) => _completion.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _completion.GetStatus(token);

    void IValueTaskSource.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _completion.OnCompleted(continuation, state, token);
}
