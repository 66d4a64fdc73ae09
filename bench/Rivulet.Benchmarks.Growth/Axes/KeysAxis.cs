using Rivulet.Benchmarks.Growth.Wire;

namespace Rivulet.Benchmarks.Growth.Axes;

/// <summary>A bucket that holds more and more keys.</summary>
internal sealed class KeysAxis : Axis
{
    private readonly LoadFigures _get = LoadFigures.Of("get");
    private readonly LoadFigures _put = LoadFigures.Of("put");
    private readonly Figure _loaded = new("new keys a second while loading");
    private readonly Figure _memory = new("memory of the server, MiB", IsDrawn: true);
    private readonly Figure _keyBytes = new("memory for a key, bytes", IsDrawn: true);

    public override string Name => "keys";

    public override string Title => "Keys in a bucket";

    public override string Setting =>
        "128-byte values; gets and puts of random keys that exist, 256 in flight over 8 connections; loading with 512 in "
        + "flight over one.";

    public override IReadOnlyList<Figure> Figures => [.. _get.All, .. _put.All, _loaded, _memory, _keyBytes];

    public override void Run(ServerProcess server, Client client, bool quick, Curves curves)
    {
        int[] points = quick ? [10_000, 100_000, 1_000_000] : [10_000, 100_000, 1_000_000, 10_000_000];
        var message = new KeyValueMessage(KeyValueMessage.UsualValueBytes, bucketCount: 1);
        Load.Perform(client, server, 1, new CreateBucket(), 0, 1);
        client.Take(UsualConnections);
        Thread.Sleep(200);
        long before = server.RssBytes;
        int loaded = 0;
        foreach (int keys in points)
        {
            curves.Add(_loaded, keys, Load.Perform(client, server, LoadWindow, new Put(message), loaded, keys - loaded).PerSecond);
            loaded = keys;
            curves.Add(_memory, keys, server.RssBytes / 1048576.0);
            curves.Add(_keyBytes, keys, (double)(server.RssBytes - before) / keys);
            _get.AddTo(curves, keys, Load.Measure(
                client, UsualConnections, UsualWindow, new DirectGet(message), keys, new Phases(server, quick, WarmUpOf(keys))));
            _put.AddTo(curves, keys, Load.Measure(
                client, UsualConnections, UsualWindow, new Put(message), keys, new Phases(server, quick, WarmUpOf(keys))));
        }
    }

    // A server that reads whole blocks of its files at the first touch must have touched all that random keys lie in.
    private static TimeSpan? WarmUpOf(int keys) => keys >= 10_000_000 ? TimeSpan.FromSeconds(8) : null;
}
