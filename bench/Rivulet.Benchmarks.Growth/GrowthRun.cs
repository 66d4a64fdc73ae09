using System.Diagnostics;
using System.Globalization;
using Rivulet.Benchmarks.Growth.Axes;
using Rivulet.Benchmarks.Growth.Report;
using Rivulet.Benchmarks.Growth.Wire;

namespace Rivulet.Benchmarks.Growth;

/// <summary>
/// Measures the asked axes with each server, one after the other on the same machine, and writes each axis out as soon as
/// it is done.
/// </summary>
internal sealed class GrowthRun
{
    private readonly GrowthOptions _options;
    private readonly Dictionary<string, string> _versions = [];

    public GrowthRun(GrowthOptions options)
    {
        _options = options;
    }

    public void Run()
    {
        Directory.CreateDirectory(_options.Directory);
        foreach (Axis axis in _options.Axes)
        {
            Curves[] servers = [.. _options.Servers.Select(server => Measure(axis, server.Name, server.Command))];
            Write(axis, servers);
        }
    }

    private Curves Measure(Axis axis, string name, string command)
    {
        long start = Stopwatch.GetTimestamp();
        var curves = new Curves(name);
        using ServerProcess server = ServerProcess.Start(command);
        using var client = new Client(server.Port);
        _versions[name] = client[0].ServerVersion;
        axis.Run(server, client, _options.IsQuick, curves);
        Print(axis, curves, Stopwatch.GetElapsedTime(start));
        return curves;
    }

    private void Write(Axis axis, IReadOnlyList<Curves> servers)
    {
        File.WriteAllText(Path.Combine(_options.Directory, Page.PlotOf(axis)), Plot.Draw(axis, servers));
        string path = Path.Combine(_options.Directory, Page.FileName);
        string page = File.Exists(path) ? File.ReadAllText(path) : "# Growth\n";
        string versions = string.Join(", ", _versions.Select(server => $"{server.Key} calls itself {server.Value}"));
        File.WriteAllText(path, Page.With(page, axis.Name, axis.Title, Page.PartOf(axis, servers, versions, _options.IsQuick)));
    }

    private static void Print(Axis axis, Curves curves, TimeSpan elapsed)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{axis.Title}, {curves.Server} ({elapsed.TotalSeconds:0} s)"));
        foreach (Figure figure in axis.Figures)
        {
            Console.WriteLine($"  {figure.Name,-46}" + string.Concat(curves[figure].Select(point => $"  {axis.Label(point.X)}: {Scale.Text(point.Y)}")));
        }
    }
}
