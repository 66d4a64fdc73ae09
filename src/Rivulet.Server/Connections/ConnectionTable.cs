using System.Collections.Concurrent;

namespace Rivulet.Server.Connections;

/// <summary>The open connections of a server, and the sums of those that have closed.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class ConnectionTable
{
    private readonly ConcurrentDictionary<ulong, ClientConnection> _open = new();
    private readonly Lock _lock = new();
    private ulong _lastId;
    private TrafficCounters _closed;
    private long _slowConsumers;
    private long _staleConnections;
    private long _stalls;
    private int _openCount;

    /// <summary>Number of open connections.</summary>
    public int Count => Volatile.Read(ref _openCount);

    /// <summary>Connections accepted since the start.</summary>
    public ulong Total => Volatile.Read(ref _lastId);

    /// <summary>Connections closed as slow consumers.</summary>
    public long SlowConsumers => Volatile.Read(ref _slowConsumers);

    /// <summary>Connections closed for unanswered pings.</summary>
    public long StaleConnections => Volatile.Read(ref _staleConnections);

    /// <summary>Times that a producer was held back because a receiver lagged.</summary>
    public long Stalls => Volatile.Read(ref _stalls);

    /// <summary>The open connections at this moment.</summary>
    public ICollection<ClientConnection> Open => _open.Values;

    /// <summary>Where closed connections are remembered; null for nowhere.</summary>
    public ClosedConnections? Memory { get; init; }

    /// <summary>The closed connections that are remembered, oldest first.</summary>
    public ConnectionSnapshot[] Closed()
    {
        return Memory?.Snapshot() ?? [];
    }

    /// <summary>The id of a new connection.</summary>
    public ulong NextId()
    {
        return Interlocked.Increment(ref _lastId);
    }

    /// <summary>Adds a connection, unless there are <paramref name="max"/> already; negative is no limit.</summary>
    public bool TryAdd(ClientConnection connection, int max)
    {
        int count = Interlocked.Increment(ref _openCount);
        if (max >= 0 && count > max)
        {
            Interlocked.Decrement(ref _openCount);
            return false;
        }

        _open[connection.Id] = connection;
        return true;
    }

    /// <summary>An open connection by its id; null if there is none.</summary>
    public ClientConnection? Find(ulong id)
    {
        return _open.GetValueOrDefault(id);
    }

    /// <summary>Counts that a producer is held back.</summary>
    public void CountStall()
    {
        Interlocked.Increment(ref _stalls);
    }

    /// <summary>Removes a connection that has closed, keeping its counts.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="now">The present.</param>
    public void Remove(ClientConnection connection, DateTimeOffset now)
    {
        if (!_open.TryRemove(connection.Id, out _))
            return;
        Interlocked.Decrement(ref _openCount);
        if (connection.ClosedReason is ClosedReason.SlowConsumerPendingBytes or ClosedReason.SlowConsumerWriteDeadline)
            Interlocked.Increment(ref _slowConsumers);
        else if (connection.ClosedReason == ClosedReason.StaleConnection)
            Interlocked.Increment(ref _staleConnections);
        var traffic = connection.Traffic;
        lock (_lock)
            _closed = _closed.Plus(traffic);
        connection.Account.Keep(traffic);
        Memory?.Add(ConnectionSnapshot.OfClosed(connection, now));
    }

    /// <summary>Traffic of all connections, open and closed.</summary>
    public TrafficCounters Traffic()
    {
        TrafficCounters sum;
        lock (_lock)
            sum = _closed;
        foreach (var connection in _open.Values)
            sum = sum.Plus(connection.Traffic);
        return sum;
    }
}
