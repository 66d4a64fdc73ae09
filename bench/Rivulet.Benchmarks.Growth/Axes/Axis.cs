using System.Globalization;
using Rivulet.Benchmarks.Growth.Wire;

namespace Rivulet.Benchmarks.Growth.Axes;

/// <summary>Something that grows while the rest stays as it is.</summary>
internal abstract class Axis
{
    protected const int LoadWindow = 512;

    /// <summary>Loads that have nothing to do with the number of connections use so many.</summary>
    protected const int UsualConnections = 8;

    protected const int UsualWindow = 256;

    public static IReadOnlyList<Axis> All { get; } =
        [new ConnectionsAxis(), new KeysAxis(), new WatchersAxis(), new ValuesAxis(), new BucketsAxis()];

    /// <summary>In file names and on the command line.</summary>
    public abstract string Name { get; }

    /// <summary>What the axis counts, as a heading.</summary>
    public abstract string Title { get; }

    /// <summary>What is held still meanwhile: a sentence under the heading.</summary>
    public abstract string Setting { get; }

    public abstract IReadOnlyList<Figure> Figures { get; }

    public virtual string Label(double x) => x >= 1_000_000
        ? string.Create(CultureInfo.InvariantCulture, $"{x / 1e6:0.#} million")
        : x.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>Measures all points of the axis with one server, which has an empty store.</summary>
    public abstract void Run(ServerProcess server, Client client, bool quick, Curves curves);
}
