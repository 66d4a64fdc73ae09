using Rivulet.JetStream.Hosting;

namespace Rivulet.JetStream.Consumers.Delivery;

/// <summary>
/// Holds publishers of a stream back while consumers that follow it closely have fallen behind, so that a message is not
/// delivered the later the faster others are published. Whoever is held goes on when each of those consumers has delivered one
/// more slice: publishing then takes its share of the processors, and no more.
/// </summary>
/// <remarks>
/// Only consumers count that had reached the end of the stream, have somebody to deliver to, are not far behind and deliver a
/// slice in a moment: one that reads the whole stream, or is slow for good, holds nobody up. Any thread; what is released continues elsewhere.
/// </remarks>
internal sealed class FollowerGate(IWorkScheduler work)
{
    /// <summary>From how many messages on a consumer is behind.</summary>
    public const ulong BehindFrom = 64;

    /// <summary>From how many messages on it does not follow any more.</summary>
    public const ulong LostFrom = 32 * 1024;

    /// <summary>A consumer whose last slice took longer than this holds nobody up.</summary>
    public static readonly TimeSpan SliceMax = TimeSpan.FromMilliseconds(20);

    private readonly IWorkScheduler _work = work;
    private readonly Lock _gate = new();
    private FollowerWait? _waiting;
    private int _behind;
    private int _slicesLeft;

    /// <summary>Whether any consumer is behind.</summary>
    public bool IsAnyBehind => Volatile.Read(ref _behind) > 0;

    /// <summary>A consumer that is behind, or was, has delivered a slice.</summary>
    /// <param name="wasBehind">Whether it was before.</param>
    /// <param name="isBehind">Whether it is now.</param>
    public void Note(bool wasBehind, bool isBehind)
    {
        FollowerWait? released = null;
        lock (_gate)
        {
            _behind += (isBehind ? 1 : 0) - (wasBehind ? 1 : 0);
            if (--_slicesLeft <= 0 || _behind == 0)
            {
                released = _waiting;
                _waiting = null;
            }
        }

        while (released is not null)
        {
            // The next one is looked up first: a waiter that is released may wait again at once.
            FollowerWait? next = released.Next;
            released.Next = null;
            released.End();
            released = next;
        }
    }

    /// <summary>A wait for a publisher, who keeps it.</summary>
    public FollowerWait NewWait() => new(_work);

    /// <summary>Waits for the consumers that are behind.</summary>
    /// <param name="wait">Of the one who waits; not in use.</param>
    public ValueTask WaitAsync(FollowerWait wait)
    {
        lock (_gate)
        {
            if (_behind == 0)
                return default;
            if (_waiting is null)
                _slicesLeft = _behind;
            ValueTask task = wait.Begin();
            wait.Next = _waiting;
            _waiting = wait;
            return task;
        }
    }
}
