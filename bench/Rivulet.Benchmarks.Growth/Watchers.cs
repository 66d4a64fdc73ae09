using System.Diagnostics;
using Rivulet.Benchmarks.Growth.Wire;

namespace Rivulet.Benchmarks.Growth;

/// <summary>
/// Watchers of a bucket, a connection each. Every one must see every put once.
/// </summary>
internal sealed class Watchers
{
    private readonly long[] _seen;
    private readonly int _firstId;

    public Watchers(Connection[] connections)
    {
        Connections = connections;
        _firstId = connections[0].Id;
        _seen = new long[connections.Length];
    }

    public Connection[] Connections { get; }

    public LatencyHistogram Latency { get; } = new();

    /// <summary>Deliveries to all of them together.</summary>
    public long Delivered { get; private set; }

    public void OnDelivery(Connection connection, in ServerMessage message)
    {
        long started = KeyValueMessage.CheckDelivery(message);
        Latency.AddTicks(Stopwatch.GetTimestamp() - started);
        _seen[connection.Id - _firstId]++;
        Delivered++;
    }

    public void CheckAll(long puts)
    {
        int missing = _seen.Count(seen => seen != puts);
        if (missing > 0)
            throw new InvalidDataException($"{missing} watchers did not see each of the {puts} puts once.");
    }

    /// <summary>For the message of a failure: how many deliveries did not come.</summary>
    public string Missing(long puts) => $", and {(puts * Connections.Length) - Delivered} of {puts * Connections.Length} deliveries";
}
