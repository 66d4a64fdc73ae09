using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Rivulet.Benchmarks.Growth.Axes;

namespace Rivulet.Benchmarks.Growth.Report;

/// <summary>
/// The page with the tables and plots. What a run finds out stands between two comments for each axis, and is replaced by
/// the next run; everything else on the page is written by hand and stays.
/// </summary>
internal static class Page
{
    public const string FileName = "growth.md";

    public static string PlotOf(Axis axis) => $"growth-{axis.Name}.svg";

    /// <summary>The page with the axis's part replaced, or added at the end.</summary>
    public static string With(string page, string axis, string title, string part)
    {
        string begin = $"<!-- {axis}: written by a run -->";
        string end = $"<!-- {axis}: end -->";
        string block = $"{begin}\n{part}{end}";
        int start = page.IndexOf(begin, StringComparison.Ordinal);
        if (start < 0)
            return $"{page.TrimEnd()}\n\n## {title}\n\n{block}\n";
        int stop = page.IndexOf(end, start, StringComparison.Ordinal);
        if (stop < 0)
            throw new InvalidDataException($"The page has no line \"{end}\".");
        return page[..start] + block + page[(stop + end.Length)..];
    }

    /// <summary>The part of an axis: setting, plot, table, and where the figures come from.</summary>
    public static string PartOf(Axis axis, IReadOnlyList<Curves> servers, string versions, bool quick)
    {
        var text = new StringBuilder();
        text.Append(axis.Setting).Append("\n\n");
        text.Append(CultureInfo.InvariantCulture, $"![{axis.Title}: a line for each server]({PlotOf(axis)})\n\n");
        AppendTable(text, axis, servers);
        text.Append(CultureInfo.InvariantCulture, $"\n{DateTime.UtcNow:yyyy-MM-dd}{(quick ? ", a quick run" : "")}; {versions}; {Machine()}.\n");
        return text.ToString();
    }

    private static void AppendTable(StringBuilder text, Axis axis, IReadOnlyList<Curves> servers)
    {
        double[] points = [.. servers.SelectMany(server => axis.Figures.SelectMany(figure => server[figure])).Select(point => point.X).Distinct().Order()];
        text.Append("| | |").AppendJoin("", points.Select(x => $" {axis.Label(x)} |")).Append('\n');
        text.Append("|---|---|").Insert(text.Length, "---:|", points.Length).Append('\n');
        foreach (Figure figure in axis.Figures)
        {
            foreach (Curves curves in servers)
            {
                text.Append(CultureInfo.InvariantCulture, $"| {(curves == servers[0] ? figure.Name : "")} | {curves.Server} |");
                foreach (double x in points)
                    text.Append(CultureInfo.InvariantCulture, $" {CellOf(curves[figure], x)} |");
                text.Append('\n');
            }
        }
    }

    private static string CellOf(IReadOnlyList<(double X, double Y)> points, double x)
    {
        foreach ((double at, double y) in points)
        {
            if (at == x)
                return Scale.Text(y);
        }

        return "";
    }

    private static string Machine() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Environment.ProcessorCount} processors, {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1073741824.0:0} GiB, {RuntimeInformation.OSDescription}, client on {RuntimeInformation.FrameworkDescription}");
}
