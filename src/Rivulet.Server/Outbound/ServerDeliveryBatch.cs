using Rivulet.JetStream.Hosting;
using Rivulet.Server.Connections;
using Rivulet.Server.Routing;

namespace Rivulet.Server.Outbound;

/// <summary>
/// The connections that a run of publishes wrote to, so that each is flushed once, and the scratch space for routing.
/// </summary>
/// <remarks>One thread at a time. Reusable after <see cref="DeliveryBatch.Flush"/>; keeps its memory.</remarks>
internal sealed class ServerDeliveryBatch : DeliveryBatch
{
    // Up to here a look through the list is quicker than a set.
    private const int ScanMax = 8;

    private readonly List<ClientConnection> _touched = [];
    private readonly HashSet<ClientConnection> _touchedSet = [];
    private readonly List<List<RouteTarget>> _freeMatches = [];
    private uint _randomState;

    /// <summary>An empty batch.</summary>
    public ServerDeliveryBatch(Random seed)
    {
        lock (seed)
            _randomState = (uint)seed.Next(1, int.MaxValue);
    }

    /// <summary>
    /// A connection that was flushed since <see cref="ForgetLagging"/> lags so far that the producer should wait a little;
    /// null if none does.
    /// </summary>
    public ClientConnection? Lagging { get; private set; }

    /// <summary>A new run begins.</summary>
    public void ForgetLagging() => Lagging = null;

    /// <summary>Has the connection flushed with the batch.</summary>
    public void Touch(ClientConnection connection)
    {
        int count = _touched.Count;
        if (count > 0 && _touched[count - 1] == connection)
            return;
        if (count <= ScanMax)
        {
            for (int i = 0; i < count - 1; i++)
            {
                if (_touched[i] == connection)
                    return;
            }

            if (count == ScanMax)
                FillSet();
        }

        if (count >= ScanMax && !_touchedSet.Add(connection))
            return;
        _touched.Add(connection);
    }

    // Not UnionWith, which allocates an enumerator.
    private void FillSet()
    {
        foreach (var connection in _touched)
            _touchedSet.Add(connection);
    }

    /// <inheritdoc/>
    protected override void Send()
    {
        if (_touched.Count == 0)
            return;
        foreach (var connection in _touched)
        {
            connection.Flush();
            if (connection.IsLagging)
                Lagging = connection;
        }

        if (_touched.Count > ScanMax)
            _touchedSet.Clear();
        _touched.Clear();
    }

    /// <summary>An empty list for what matches a subject. Routing nests when a handler publishes, so there may be several.</summary>
    public List<RouteTarget> RentMatches()
    {
        int last = _freeMatches.Count - 1;
        if (last < 0)
            return [];
        var matches = _freeMatches[last];
        _freeMatches.RemoveAt(last);
        return matches;
    }

    /// <summary>Takes a list back.</summary>
    public void ReturnMatches(List<RouteTarget> matches)
    {
        matches.Clear();
        _freeMatches.Add(matches);
    }

    /// <summary>A number from 0 to below <paramref name="bound"/>; good enough to spread messages over a queue group.</summary>
    public int NextRandom(int bound)
    {
        _randomState ^= _randomState << 13;
        _randomState ^= _randomState >> 17;
        _randomState ^= _randomState << 5;
        return (int)(((ulong)_randomState * (ulong)bound) >> 32);
    }
}
