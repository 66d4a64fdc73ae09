namespace Rivulet.Server.Connections;

/// <summary>The connections that closed last, for monitoring. Thread-safe.</summary>
/// <param name="max">How many are kept.</param>
internal sealed class ClosedConnections(int max)
{
    private readonly Lock _lock = new();
    private readonly Queue<ConnectionSnapshot> _closed = new();

    /// <summary>Adds one; the oldest goes if there are too many.</summary>
    public void Add(ConnectionSnapshot connection)
    {
        if (max == 0)
            return;
        lock (_lock)
        {
            if (_closed.Count == max)
                _closed.Dequeue();
            _closed.Enqueue(connection);
        }
    }

    /// <summary>All of them, oldest first.</summary>
    public ConnectionSnapshot[] Snapshot()
    {
        lock (_lock)
            return [.. _closed];
    }
}
