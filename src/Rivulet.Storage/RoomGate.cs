namespace Rivulet.Storage;

/// <summary>Where appenders wait until less is waiting for the disk. Any thread.</summary>
internal sealed class RoomGate(Func<bool> hasRoom)
{
    private readonly Func<bool> _hasRoom = hasRoom;
    private readonly Lock _gate = new();
    private TaskCompletionSource? _waiting;

    public ValueTask WaitAsync(CancellationToken cancellation) => _hasRoom() ? default : new ValueTask(WaitSlow(cancellation));

    /// <summary>Something changed: whoever waits looks again.</summary>
    public void Release()
    {
        TaskCompletionSource? waiting;
        lock (_gate)
        {
            waiting = _waiting;
            if (waiting is null || !_hasRoom())
                return;
            _waiting = null;
        }
        waiting.TrySetResult();
    }

    private async Task WaitSlow(CancellationToken cancellation)
    {
        while (true)
        {
            Task change;
            lock (_gate)
            {
                if (_hasRoom())
                    return;
                _waiting ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                change = _waiting.Task;
            }
            await change.WaitAsync(cancellation).ConfigureAwait(false);
        }
    }
}
