namespace Rivulet.Benchmarks.Growth.Axes;

/// <summary>Something measured at each point of a curve: a row of the table, and a panel of the plot if it is drawn.</summary>
internal sealed record Figure(string Name, bool IsDrawn = false);

/// <summary>What one server showed on one axis.</summary>
internal sealed class Curves
{
    private readonly Dictionary<Figure, List<(double X, double Y)>> _points = [];

    public Curves(string server)
    {
        Server = server;
    }

    public string Server { get; }

    public IReadOnlyList<(double X, double Y)> this[Figure figure] =>
        _points.TryGetValue(figure, out List<(double X, double Y)>? points) ? points : [];

    public void Add(Figure figure, double x, double y)
    {
        if (!_points.TryGetValue(figure, out List<(double X, double Y)>? points))
            _points[figure] = points = [];
        points.Add((x, y));
    }
}

/// <summary>The four figures of an operation under load.</summary>
internal sealed record LoadFigures(Figure PerSecond, Figure Cpu, Figure P50, Figure P99)
{
    public IEnumerable<Figure> All => [PerSecond, Cpu, P50, P99];

    public static LoadFigures Of(string operation) => new(
        new Figure($"{operation}s a second", IsDrawn: true),
        new Figure($"server CPU for a {operation}, µs", IsDrawn: true),
        new Figure($"{operation}, p50, µs"),
        new Figure($"{operation}, p99, µs"));

    public void AddTo(Curves curves, double x, in Measurement measured)
    {
        curves.Add(PerSecond, x, measured.PerSecond);
        curves.Add(Cpu, x, measured.CpuMicros);
        curves.Add(P50, x, measured.P50Micros);
        curves.Add(P99, x, measured.P99Micros);
    }
}
