using System.Diagnostics.CodeAnalysis;
using Rivulet.Server.Routing;

namespace Rivulet.Server.Connections;

/// <summary>The subscriptions of one connection by their ids.</summary>
/// <remarks>
/// The receive loop adds and removes; deliveries on other threads remove those that have had their last message; whoever
/// closes the connection takes them all. Hence the lock, a leaf.
/// </remarks>
internal sealed class SubscriptionTable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<byte[], ClientSubscription> _bySid = new(ByteArrayComparer.Instance);
    private readonly Dictionary<byte[], ClientSubscription>.AlternateLookup<ReadOnlySpan<byte>> _bySidSpan;

    /// <summary>An empty table.</summary>
    public SubscriptionTable()
    {
        _bySidSpan = _bySid.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    /// <summary>Number of subscriptions.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _bySid.Count;
        }
    }

    /// <summary>Whether an id is in use.</summary>
    public bool Contains(ReadOnlySpan<byte> sid)
    {
        lock (_lock)
            return _bySidSpan.ContainsKey(sid);
    }

    /// <summary>Adds a subscription whose id is not in use.</summary>
    public void Add(ClientSubscription subscription)
    {
        lock (_lock)
            _bySid.Add(subscription.Sid, subscription);
    }

    /// <summary>The subscription with an id.</summary>
    public bool TryGet(ReadOnlySpan<byte> sid, [NotNullWhen(true)] out ClientSubscription? subscription)
    {
        lock (_lock)
            return _bySidSpan.TryGetValue(sid, out subscription);
    }

    /// <summary>Removes a subscription, unless its id belongs to another one by now.</summary>
    public void Remove(ClientSubscription subscription)
    {
        lock (_lock)
        {
            if (_bySid.TryGetValue(subscription.Sid, out var found) && found == subscription)
                _bySid.Remove(subscription.Sid);
        }
    }

    /// <summary>Removes and returns all.</summary>
    public ClientSubscription[] TakeAll()
    {
        lock (_lock)
        {
            ClientSubscription[] all = [.. _bySid.Values];
            _bySid.Clear();
            return all;
        }
    }

    /// <summary>All of them at this moment.</summary>
    public ClientSubscription[] Snapshot()
    {
        lock (_lock)
            return [.. _bySid.Values];
    }
}
