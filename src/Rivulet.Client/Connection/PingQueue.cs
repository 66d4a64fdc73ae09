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
        TaskCompletionSource completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
        return Send(outbound, completion) ? completion.Task : null;
    }

    /// <summary>Sends a ping whose pong nobody waits for.</summary>
    public void SendUnwatched(OutboundBuffer outbound) => Send(outbound, null);

    /// <summary>A pong came. One that nobody asked for is ignored.</summary>
    public void OnPong()
    {
        Entry entry;
        lock (_gate)
        {
            if (!_waiting.TryDequeue(out entry))
                return;
        }

        entry.Completion?.TrySetResult();
    }

    /// <summary>Fails the pings that were sent up to a position.</summary>
    public void Fail(long upToPosition, Exception error)
    {
        List<Entry> failed = [];
        lock (_gate)
        {
            while (_waiting.TryPeek(out Entry entry) && entry.Position <= upToPosition)
                failed.Add(_waiting.Dequeue());
        }

        foreach (Entry entry in failed)
            entry.Completion?.TrySetException(error);
    }

    private bool Send(OutboundBuffer outbound, TaskCompletionSource? completion)
    {
        lock (_gate)
        {
            if (outbound.Append(new OutboundPing(), AppendKind.Always, out long position) != AppendStatus.Appended)
                return false;
            _waiting.Enqueue(new Entry(position, completion));
            return true;
        }
    }

    /// <param name="Position">Where in the outbound bytes the ping ends.</param>
    /// <param name="Completion">Who waits for the pong; null for nobody.</param>
    private readonly record struct Entry(long Position, TaskCompletionSource? Completion);
}
