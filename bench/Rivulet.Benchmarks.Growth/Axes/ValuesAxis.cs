using System.Globalization;
using Rivulet.Benchmarks.Growth.Wire;

namespace Rivulet.Benchmarks.Growth.Axes;

/// <summary>Values that get larger and larger.</summary>
internal sealed class ValuesAxis : Axis
{
    private const int InFlightBytesMax = 4 << 20;
    private const int StoredBytesMax = 64 << 20;

    private readonly LoadFigures _get = LoadFigures.Of("get");
    private readonly LoadFigures _put = LoadFigures.Of("put");
    private readonly Figure _getByte = new("server CPU for a byte got, ns", IsDrawn: true);
    private readonly Figure _putByte = new("server CPU for a byte put, ns", IsDrawn: true);

    public override string Name => "values";

    public override string Title => "Size of values";

    public override string Setting =>
        "At most 1,000 keys and 64 MiB; at most 256 operations and 4 MiB in flight, over 8 connections or as many as there are "
        + "operations in flight. The largest value is what the default `max_payload` allows.";

    public override IReadOnlyList<Figure> Figures => [.. _get.All, .. _put.All, _getByte, _putByte];

    public override string Label(double x) => x switch
    {
        >= 1 << 20 => string.Create(CultureInfo.InvariantCulture, $"{x / (1 << 20):0.#} MiB"),
        >= 1 << 10 => string.Create(CultureInfo.InvariantCulture, $"{x / (1 << 10):0.#} KiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{x:0} B"),
    };

    public override void Run(ServerProcess server, Client client, bool quick, Curves curves)
    {
        int[] points = [16, 128, 1 << 10, 16 << 10, 128 << 10, 1 << 20];
        Load.Perform(client, server, 1, new CreateBucket(), 0, 1);
        foreach (int bytes in points)
        {
            var message = new KeyValueMessage(bytes, bucketCount: 1);
            int keys = Math.Min(1_000, StoredBytesMax / bytes);
            int window = Math.Min(UsualWindow, InFlightBytesMax / bytes);
            int connections = Math.Min(UsualConnections, window);
            Load.Perform(client, server, window, new Put(message), 0, keys);
            Measurement puts = Load.Measure(client, connections, window, new Put(message), keys, new Phases(server, quick));
            Measurement gets = Load.Measure(client, connections, window, new DirectGet(message), keys, new Phases(server, quick));
            _put.AddTo(curves, bytes, puts);
            _get.AddTo(curves, bytes, gets);
            curves.Add(_putByte, bytes, puts.CpuMicros * 1000 / bytes);
            curves.Add(_getByte, bytes, gets.CpuMicros * 1000 / bytes);
        }
    }
}
