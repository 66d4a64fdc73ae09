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
    private int _ended;

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

    /// <summary>
    /// Whether it matches subjects that the user may not subscribe to, so that each message has to be looked at. Set before it is
    /// registered, and when permissions change.
    /// </summary>
    public bool IsFiltered { get; set; }

    /// <summary>Where it is registered in other accounts. Under the lock around the account's imports.</summary>
    public ImportedSubscription[] Imported { get; set; } = [];

    /// <summary>Whether it has been taken away.</summary>
    public bool HasEnded => Volatile.Read(ref _ended) != 0;

    /// <summary>Messages delivered since it was made.</summary>
    public long Delivered => Volatile.Read(ref _delivered);

    /// <summary>Messages it is to have in all; 0 for no limit.</summary>
    public long DeliveredMax => Volatile.Read(ref _deliveredMax);

    /// <summary>Notes that it has been taken away; true for the first who does.</summary>
    public bool End()
    {
        return Interlocked.Exchange(ref _ended, 1) == 0;
    }

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
