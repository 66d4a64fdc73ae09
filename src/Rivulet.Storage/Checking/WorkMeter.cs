namespace Rivulet.Storage.Checking;

/// <summary>
/// Tells how far long work has come, and ends it when that is asked for. A step is measured in bytes read or in messages,
/// not in both. One thread.
/// </summary>
internal sealed class WorkMeter(IProgress<StoreProgress>? progress, CancellationToken cancellation)
{
    /// <summary>Tells so many times in a step at most.</summary>
    private const int TellTimes = 1000;

    private readonly IProgress<StoreProgress>? _progress = progress;
    private readonly CancellationToken _cancellation = cancellation;
    private StoreProgress _present;
    private long _told;

    private bool CountsMessages => _present.Step is StoreStep.Reading or StoreStep.Writing;

    public void Begin(StoreStep step, long total)
    {
        _present = new StoreProgress(step, 0, total);
        Tell();
    }

    /// <exception cref="OperationCanceledException">The work is to end.</exception>
    public void AddBytes(long bytes) => Add(CountsMessages ? 0 : bytes);

    /// <exception cref="OperationCanceledException">The work is to end.</exception>
    public void AddMessage() => Add(CountsMessages ? 1 : 0);

    private void Add(long amount)
    {
        _cancellation.ThrowIfCancellationRequested();
        _present = _present with { Done = Math.Min(_present.Total, _present.Done + amount) };
        if (_present.Done - _told > _present.Total / TellTimes)
            Tell();
    }

    private void Tell()
    {
        _told = _present.Done;
        _progress?.Report(_present);
    }
}
