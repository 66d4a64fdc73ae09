using Rivulet.JetStream.Consumers.Delivery;
using Rivulet.JetStream.Consumers.Events;

namespace Rivulet.JetStream.Consumers.Pull;

/// <summary>
/// The one client that a consumer with pinned clients serves: the first that asks while none is pinned. It keeps its place
/// as long as it shows its pin before the time is over; the others stand by. Guarded by the consumer's lock.
/// </summary>
internal sealed class PinnedClient
{
    private readonly ConsumerEvents _events;
    private long _timeoutNanos;
    private long _lapsesAtNanos = long.MaxValue;

    /// <summary>Nobody is pinned yet.</summary>
    public PinnedClient(ConsumerEvents events, long timeoutNanos)
    {
        _events = events;
        _timeoutNanos = timeoutNanos;
    }

    /// <summary>The pin that counts; empty when nobody is pinned.</summary>
    public string CurrentId { get; private set; } = "";

    /// <summary>When it was given, nanoseconds since 1970; 0 when nobody is pinned.</summary>
    public long PinnedAtNanos { get; private set; }

    /// <summary>Priority group of the pinned client.</summary>
    public string Group { get; private set; } = "";

    /// <summary>Takes another time from now on.</summary>
    public void Reconfigure(long timeoutNanos) => _timeoutNanos = timeoutNanos;

    /// <summary>Whether a request may be served: by its pin, or because nobody is pinned and it shows none.</summary>
    public bool Admits(WaitingRequest request) => request.PinId == CurrentId;

    /// <summary>Pins the client of the request that is served, unless it is pinned already.</summary>
    public void Serve(WaitingRequest request, long nowNanos, Outbox outbox)
    {
        if (CurrentId.Length > 0 || request.Asked.Group.Length == 0)
            return;
        CurrentId = request.PinId = _events.NewId();
        Group = request.Asked.Group;
        PinnedAtNanos = nowNanos;
        KeepFrom(nowNanos);
        outbox.Add(_events.Pinned(Group, CurrentId));
    }

    /// <summary>Notes that the pinned client is still there.</summary>
    public void KeepFrom(long nowNanos) => _lapsesAtNanos = Nanos.SaturatingAdd(nowNanos, _timeoutNanos);

    /// <summary>Takes the pin away, and says so even when there is none: whoever asked for it wants to hear of it.</summary>
    /// <param name="group">The priority group.</param>
    /// <param name="reason">What the advisory says.</param>
    /// <param name="outbox">For the advisory.</param>
    public void Unpin(string group, string reason, Outbox outbox)
    {
        outbox.Add(_events.Unpinned(group, reason));
        CurrentId = "";
        PinnedAtNanos = 0;
        _lapsesAtNanos = long.MaxValue;
    }

    /// <summary>Takes the pin away when its time is over.</summary>
    /// <returns>When there is something to do: now if the place is free, <see cref="long.MaxValue"/> if it was before.</returns>
    public long Tend(long nowNanos, Outbox outbox)
    {
        if (nowNanos < _lapsesAtNanos)
            return _lapsesAtNanos;
        if (CurrentId.Length > 0)
            Unpin(Group, "timeout", outbox);
        return nowNanos;
    }
}
