using Rivulet.Benchmarks.Growth.Wire;

namespace Rivulet.Benchmarks.Growth.Axes;

/// <summary>More and more buckets, of which each gets its share of the puts.</summary>
internal sealed class BucketsAxis : Axis
{
    private const int KeysEach = 10;
    private const int CreateWindow = 16;

    // What fewer take of processor and memory is less than what those are counted in.
    private const int CountedMin = 90;

    private readonly LoadFigures _put = LoadFigures.Of("put");
    private readonly Figure _create = new("time to create a bucket, µs", IsDrawn: true);
    private readonly Figure _createCpu = new("server CPU to create a bucket, µs");
    private readonly Figure _memory = new("memory for an empty bucket, KiB", IsDrawn: true);

    public override string Name => "buckets";

    public override string Title => "Buckets";

    public override string Setting =>
        "Puts of 128-byte values to random buckets, ten keys each, 256 in flight over 8 connections; buckets are created with "
        + "16 requests in flight, and their time is that of all divided by their number.";

    public override IReadOnlyList<Figure> Figures => [.. _put.All, _create, _createCpu, _memory];

    public override void Run(ServerProcess server, Client client, bool quick, Curves curves)
    {
        int[] points = quick ? [10, 64, 1_000] : [10, 64, 1_000, 10_000];
        client.Take(UsualConnections);
        int created = 0;
        foreach (int buckets in points)
        {
            long before = server.RssBytes;
            Measurement creating = Load.Perform(client, server, CreateWindow, new CreateBucket(), created, buckets - created);
            curves.Add(_create, buckets, 1e6 / creating.PerSecond);
            if (buckets - created >= CountedMin)
            {
                curves.Add(_createCpu, buckets, creating.CpuMicros);
                curves.Add(_memory, buckets, (server.RssBytes - before) / 1024.0 / (buckets - created));
            }

            created = buckets;

            var message = new KeyValueMessage(KeyValueMessage.UsualValueBytes, buckets);
            _put.AddTo(curves, buckets, Load.Measure(
                client, UsualConnections, UsualWindow, new Put(message), buckets * KeysEach, new Phases(server, quick)));
        }
    }
}
