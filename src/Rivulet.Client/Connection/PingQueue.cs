namespace Rivulet.Client;

/// <summary>
/// Pings that wait for their pong, oldest first. A pong answers the oldest; one that a lost session had taken gets none.
/// Safe to use from any thread.
/// </summary>
internal sealed class PingQueue
{
    private readonly Lock _gate = new();
    private readonly Queue<Entry> _waiting = new();

    /// <summary>Pings not answered yet.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _waiting.Count;
        }
    }

    /// <summary>Sends a ping, so that the order here is the order on the wire.</summary>
    /// <returns>A task that completes with the pong; null if the connection is closed.</returns>
    public Task? Send(OutboundBuffer outbound)
    {
        lock (_gate)
        {
            if (outbound.Append(new PingOperation(), AppendKind.Always, out long position) != AppendStatus.Appended)
                return null;
            Entry entry = new(position);
            _waiting.Enqueue(entry);
            return entry.Completion.Task;
        }
    }

    /// <summary>A pong came. False: nobody asked for it.</summary>
    public bool OnPong()
    {
        Entry? entry;
        lock (_gate)
        {
            if (!_waiting.TryDequeue(out entry))
                return false;
        }

        entry.Completion.TrySetResult();
        return true;
    }

    /// <summary>Fails the pings that were sent up to a position.</summary>
    public void Fail(long upToPosition, Exception error)
    {
        List<Entry> failed = [];
        lock (_gate)
        {
            while (_waiting.TryPeek(out Entry? entry) && entry.Position <= upToPosition)
                failed.Add(_waiting.Dequeue());
        }

        foreach (Entry entry in failed)
            entry.Completion.TrySetException(error);
    }

    private sealed class Entry(long position)
    {
        public long Position { get; } = position;

        public TaskCompletionSource Completion { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
