namespace Rivulet.Benchmarks.Growth.Wire;

/// <summary>The connections of a run. They are opened as a curve needs them, and one thread at a time works for all.</summary>
internal sealed class Client : IDisposable
{
    private readonly int _port;
    private readonly List<Connection> _connections = [];

    public Client(int port)
    {
        _port = port;
    }

    public Lock Gate { get; } = new();

    public Connection this[int id] => Take(id + 1)[id];

    /// <summary>The first so many connections; opens those that are missing.</summary>
    public Connection[] Take(int count)
    {
        while (_connections.Count < count)
            _connections.Add(Connection.Open(_connections.Count, _port, Gate));
        return [.. _connections.Take(count)];
    }

    public void Dispose() => _connections.ForEach(connection => connection.Dispose());
}
