using Rivulet.Server.Routing;

namespace Rivulet.Server.Connections;

/// <summary>One <c>SUB</c> of a client.</summary>
/// <remarks>
/// The counters are guarded by the lock of the connection's <see cref="Outbound.OutboundQueue"/>, which is taken for each
/// delivery anyway; that makes the count exact however many publishers deliver at once.
/// </remarks>
internal sealed class ClientSubscription : RouteTarget
{
    private long _delivered;
    private long _deliveredMax;

    /// <summary>A subscription.</summary>
    /// <param name="connection">Whose it is.</param>
    /// <param name="filter">Subject, perhaps with wildcards.</param>
    /// <param name="queue">Queue group; null for a plain subscription.</param>
    /// <param name="sid">The client's id for it.</param>
    public ClientSubscription(ClientConnection connection, byte[] filter, byte[]? queue, byte[] sid)
        : base(filter)
    {
        Connection = connection;
        Queue = queue;
        Sid = sid;
    }

    /// <summary>Whose it is.</summary>
    public ClientConnection Connection { get; }

    /// <summary>Queue group; null for a plain subscription.</summary>
    public byte[]? Queue { get; }

    /// <summary>The client's id for it.</summary>
    public byte[] Sid { get; }

    /// <summary>Messages delivered since it was made.</summary>
    public long Delivered => Volatile.Read(ref _delivered);

    /// <summary>Messages it is to have in all; 0 for no limit.</summary>
    public long DeliveredMax => Volatile.Read(ref _deliveredMax);

    /// <summary>Counts a delivery; false if the subscription has had all it wanted.</summary>
    public bool TryCountDelivery(out bool isLast)
    {
        isLast = false;
        if (_deliveredMax != 0 && _delivered >= _deliveredMax)
            return false;
        _delivered++;
        isLast = _delivered == _deliveredMax;
        return true;
    }

    /// <summary>Limits the deliveries in all; true if there have been as many already.</summary>
    public bool Limit(long max)
    {
        _deliveredMax = max;
        return _delivered >= max;
    }
}
