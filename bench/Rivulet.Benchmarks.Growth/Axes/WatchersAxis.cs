using Rivulet.Benchmarks.Growth.Wire;

namespace Rivulet.Benchmarks.Growth.Axes;

/// <summary>Puts that more and more watchers want to see.</summary>
internal sealed class WatchersAxis : Axis
{
    private const int Keys = 10_000;
    private const int Window = 64;

    private readonly Figure _puts = new("puts a second", IsDrawn: true);
    private readonly Figure _deliveries = new("deliveries a second", IsDrawn: true);
    private readonly Figure _cpuPut = new("server CPU for a put and its deliveries, µs", IsDrawn: true);
    private readonly Figure _cpuDelivery = new("server CPU for a delivery, µs", IsDrawn: true);
    private readonly Figure _ackP50 = new("put until acknowledged, p50, µs");
    private readonly Figure _ackP99 = new("put until acknowledged, p99, µs");
    private readonly Figure _seenP50 = new("put until seen by a watcher, p50, µs");
    private readonly Figure _seenP99 = new("put until seen by a watcher, p99, µs");
    private readonly Figure _memory = new("memory for a watcher with its connection, KiB");

    public override string Name => "watchers";

    public override string Title => "Watchers of a bucket";

    public override string Setting =>
        "10,000 keys with 128-byte values, put in turn; each watcher is an ordered push consumer of the whole bucket on a connection of its "
        + "own; puts on one connection, at most 64 that not all have seen.";

    public override IReadOnlyList<Figure> Figures =>
        [_puts, _deliveries, _cpuPut, _cpuDelivery, _ackP50, _ackP99, _seenP50, _seenP99, _memory];

    public override void Run(ServerProcess server, Client client, bool quick, Curves curves)
    {
        int[] points = [1, 10, 100, 1000];
        var message = new KeyValueMessage(KeyValueMessage.UsualValueBytes, bucketCount: 1);
        Load.Perform(client, server, 1, new CreateBucket(), 0, 1);
        Load.Perform(client, server, LoadWindow, new Put(message), 0, Keys);
        int watching = 0;
        foreach (int watchers in points)
        {
            long before = server.RssBytes;
            // The subscription is there before the consumer: without interest it would not deliver.
            Connection[] connections = [.. client.Take(1 + watchers).Skip(1)];
            Load.Perform(client, server, 16, new CreateWatcher(), 1 + watching, watchers - watching);
            if (watchers - watching >= 90)
                curves.Add(_memory, watchers, (server.RssBytes - before) / 1024.0 / (watchers - watching));
            watching = watchers;

            var seen = new Watchers(connections);
            Measurement puts = Load.Measure(
                client, 1, Window, new Put(message), Keys, new Phases(server, quick), seen);
            curves.Add(_puts, watchers, puts.PerSecond);
            curves.Add(_deliveries, watchers, puts.PerSecond * watchers);
            curves.Add(_cpuPut, watchers, puts.CpuMicros);
            curves.Add(_cpuDelivery, watchers, puts.CpuMicros / watchers);
            curves.Add(_ackP50, watchers, puts.P50Micros);
            curves.Add(_ackP99, watchers, puts.P99Micros);
            curves.Add(_seenP50, watchers, seen.Latency.Micros(0.5));
            curves.Add(_seenP99, watchers, seen.Latency.Micros(0.99));
        }
    }
}
