using System.Diagnostics;

namespace Rivulet.JetStream.Consumers.Pull;

/// <summary>
/// The pull requests of a consumer that wait for messages, in the order in which they are served: as they came, or by
/// their priority and then as they came. A request that was served goes behind its equals.
/// </summary>
/// <remarks>Guarded by the consumer's lock. Allocates only while it grows.</remarks>
internal sealed class WaitingQueue
{
    private readonly bool _byPriority;
    private readonly Stack<WaitingRequest> _unused = [];
    private WaitingRequest? _last;
    private long _tickets;

    /// <summary>An empty queue.</summary>
    /// <param name="byPriority">Whether requests are served by their priority first.</param>
    public WaitingQueue(bool byPriority) => _byPriority = byPriority;

    /// <summary>Number of requests.</summary>
    public int Count { get; private set; }

    /// <summary>Requests among them that don't wait for messages to come.</summary>
    public int NoWaitCount { get; private set; }

    /// <summary>The next to be served.</summary>
    public WaitingRequest? First { get; private set; }

    /// <summary>Adds a request.</summary>
    public WaitingRequest Add(ReadOnlySpan<byte> reply, in PullRequest asked, long nowNanos)
    {
        WaitingRequest request = _unused.TryPop(out WaitingRequest? unused) ? unused : new WaitingRequest();
        request.Start(reply, asked, nowNanos);
        request.Ticket = ++_tickets;
        if (asked.NoWait)
            NoWaitCount++;
        Link(request);
        return request;
    }

    /// <summary>Ends a request.</summary>
    public void Remove(WaitingRequest request)
    {
        Debug.Assert(request.Ticket != 0, "the request is in the queue");
        Unlink(request);
        if (request.Asked.NoWait)
            NoWaitCount--;
        request.Ticket = 0;
        _unused.Push(request);
    }

    /// <summary>Moves a request behind its equals.</summary>
    public void Requeue(WaitingRequest request)
    {
        Unlink(request);
        Link(request);
    }

    /// <summary>How many messages all requests together want.</summary>
    public long TotalMessagesLeft()
    {
        long total = 0;
        for (WaitingRequest? request = First; request is not null; request = request.Next)
            total += request.MessagesLeft;
        return total;
    }

    private void Link(WaitingRequest request)
    {
        WaitingRequest? previous = _last;
        while (_byPriority && previous is not null && previous.Priority > request.Priority)
            previous = previous.Previous;

        WaitingRequest? next = previous is null ? First : previous.Next;
        request.Previous = previous;
        request.Next = next;
        if (previous is null)
            First = request;
        else
            previous.Next = request;
        if (next is null)
            _last = request;
        else
            next.Previous = request;
        Count++;
    }

    private void Unlink(WaitingRequest request)
    {
        if (request.Previous is null)
            First = request.Next;
        else
            request.Previous.Next = request.Next;
        if (request.Next is null)
            _last = request.Previous;
        else
            request.Next.Previous = request.Previous;
        request.Next = request.Previous = null;
        Count--;
    }
}
