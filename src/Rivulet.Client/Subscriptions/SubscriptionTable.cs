using System.Buffers.Text;
using System.Collections.Concurrent;

namespace Rivulet.Client;

/// <summary>The subscriptions of a connection by number. Safe to use from any thread.</summary>
internal sealed class SubscriptionTable
{
    private readonly ConcurrentDictionary<long, SubscriptionTarget> _targets = new();
    private long _lastSid;

    public IEnumerable<SubscriptionTarget> Targets => _targets.Values;

    /// <summary>Registers a target and gives it its number.</summary>
    public void Add(SubscriptionTarget target)
    {
        target.Sid = Interlocked.Increment(ref _lastSid);
        _targets[target.Sid] = target;
    }

    /// <summary>True if it was there.</summary>
    public bool Remove(SubscriptionTarget target) => _targets.TryRemove(target.Sid, out _);

    /// <summary>
    /// For the receive loop: hands a message to its target. False: the number is not one of ours (the subscription has
    /// ended; its last messages may still come).
    /// </summary>
    public bool Deliver(ReadOnlySpan<byte> sid, in InboundMessage message)
    {
        if (!Utf8Parser.TryParse(sid, out long number, out int consumed) || consumed != sid.Length)
            return false;
        if (!_targets.TryGetValue(number, out SubscriptionTarget? target))
            return false;
        target.CountReceived();
        target.Deliver(message);
        if (target.Remaining <= 0)
        {
            _targets.TryRemove(number, out _);
            target.Complete(null);
        }

        return true;
    }

    /// <summary>The subscriptions on a subject with a queue group: those that a refusal by the server means.</summary>
    public List<SubscriptionTarget> Find(string subject, string? queueGroup)
    {
        List<SubscriptionTarget> found = [];
        foreach (SubscriptionTarget target in _targets.Values)
        {
            if (target.Subject == subject && target.QueueGroup == queueGroup)
                found.Add(target);
        }

        return found;
    }
}
