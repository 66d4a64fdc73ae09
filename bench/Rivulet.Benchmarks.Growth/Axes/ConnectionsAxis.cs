using Rivulet.Benchmarks.Growth.Wire;

namespace Rivulet.Benchmarks.Growth.Axes;

/// <summary>The same load through more and more connections, and what a connection takes that does nothing.</summary>
internal sealed class ConnectionsAxis : Axis
{
    private const int Keys = 10_000;
    private const int Window = 1024;

    // Below that the memory of a connection drowns in what a server takes and gives back anyway.
    private const int IdleMin = 100;

    private readonly LoadFigures _get = LoadFigures.Of("get");
    private readonly LoadFigures _put = LoadFigures.Of("put");
    private readonly Figure _idleBytes = new("memory of an idle connection, KiB", IsDrawn: true);

    public override string Name => "connections";

    public override string Title => "Connections";

    public override string Setting =>
        "One bucket of 10,000 keys with 128-byte values; 1,024 operations in flight, spread evenly over the connections.";

    public override IReadOnlyList<Figure> Figures => [.. _get.All, .. _put.All, _idleBytes];

    public override void Run(ServerProcess server, Client client, bool quick, Curves curves)
    {
        int[] points = [1, 10, 100, 1000];
        MeasureIdle(server, points, curves);
        var message = new KeyValueMessage(KeyValueMessage.UsualValueBytes, bucketCount: 1);
        Load.Perform(client, server, 1, new CreateBucket(), 0, 1);
        Load.Perform(client, server, LoadWindow, new Put(message), 0, Keys);
        foreach (int connections in points)
        {
            _get.AddTo(curves, connections, Load.Measure(
                client, connections, Window, new DirectGet(message), Keys, new Phases(server, quick)));
            _put.AddTo(curves, connections, Load.Measure(
                client, connections, Window, new Put(message), Keys, new Phases(server, quick)));
        }
    }

    // Before anything else was done, and with connections of their own, so that nothing that a load left is counted.
    private void MeasureIdle(ServerProcess server, int[] points, Curves curves)
    {
        using var idle = new Client(server.Port);
        idle.Take(1);
        Thread.Sleep(200);
        long before = server.RssBytes;
        foreach (int connections in points.Where(count => count >= IdleMin))
        {
            idle.Take(connections + 1);
            Thread.Sleep(200);
            curves.Add(_idleBytes, connections, (server.RssBytes - before) / 1024.0 / connections);
        }
    }
}
