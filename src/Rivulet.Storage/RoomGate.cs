namespace Rivulet.Storage;

/// <summary>Where appenders wait until less is waiting for the disk. Any thread.</summary>
internal sealed class RoomGate(Func<bool> hasRoom)
{
    private readonly Func<bool> _hasRoom = hasRoom;
    private readonly Lock _gate = new();
    private List<IRoomWaiter>? _waiting;

    public ValueTask WaitAsync(CancellationToken cancellation) => _hasRoom() ? default : new ValueTask(WaitSlow(cancellation));

    /// <summary>Calls somebody when there may be room: at once if there is some.</summary>
    public void Add(IRoomWaiter waiter)
    {
        lock (_gate)
        {
            if (!_hasRoom())
            {
                (_waiting ??= []).Add(waiter);
                return;
            }
        }
        waiter.OnRoom();
    }

    /// <summary>Something changed: whoever waits looks again.</summary>
    public void Release()
    {
        List<IRoomWaiter>? waiting;
        lock (_gate)
        {
            waiting = _waiting;
            if (waiting is null || !_hasRoom())
                return;
            _waiting = null;
        }
        foreach (IRoomWaiter waiter in waiting)
            waiter.OnRoom();
    }

    private async Task WaitSlow(CancellationToken cancellation)
    {
        while (!_hasRoom())
        {
            var waiter = new TaskWaiter();
            Add(waiter);
            await waiter.Task.WaitAsync(cancellation).ConfigureAwait(false);
        }
    }

    private sealed class TaskWaiter : IRoomWaiter
    {
        private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Task => _completion.Task;

        public void OnRoom() => _completion.TrySetResult();
    }
}
