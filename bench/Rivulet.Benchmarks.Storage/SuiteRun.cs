using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Rivulet.Benchmarks.Storage;

/// <summary>
/// Everything that docs/benchmarks/store.md reports, as the tables that stand there. Each case runs in a process of its
/// own, so that its memory can be told.
/// </summary>
internal static class SuiteRun
{
    private static readonly (ValueSizes Sizes, int Streams)[] Variants =
        [(ValueSizes.Uniform, 1), (ValueSizes.Uniform, 64), (ValueSizes.Mixed, 1)];

    /// <summary>Runs all cases for each number of keys, several times each; the medians go into the table.</summary>
    public static void Run(IReadOnlyList<int> keyCounts, int rounds)
    {
        PrintMachine();
        foreach (int keys in keyCounts)
        {
            var columns = new List<string>();
            var rows = new Dictionary<string, Dictionary<string, List<double>>>();
            foreach ((ValueSizes sizes, int streams) in Variants)
            {
                string column = $"{sizes.ToString().ToLowerInvariant()} values, {streams} stream{(streams == 1 ? "" : "s")}";
                columns.Add(column);
                for (int round = 0; round < rounds; round++)
                    Collect(RunCase(keys, sizes, streams), column, rows);
            }
            Print(keys, columns, rows);
        }
    }

    private static void Collect(
        IEnumerable<string> lines, string column, Dictionary<string, Dictionary<string, List<double>>> rows)
    {
        foreach (string[] fields in lines.Select(line => line.Split('\t')).Where(fields => fields.Length == 2))
        {
            if (!rows.TryGetValue(fields[0], out Dictionary<string, List<double>>? row))
                rows.Add(fields[0], row = []);
            if (!row.TryGetValue(column, out List<double>? values))
                row.Add(column, values = []);
            values.Add(double.Parse(fields[1], CultureInfo.InvariantCulture));
        }
    }

    private static List<string> RunCase(int keys, ValueSizes sizes, int streams)
    {
        Console.Error.WriteLine($"{keys} keys, {sizes} values, {streams} stream(s) ...");
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        foreach (string argument in (string[])["case", keys.ToString(CultureInfo.InvariantCulture), sizes.ToString(), streams.ToString(CultureInfo.InvariantCulture)])
            start.ArgumentList.Add(argument);
        using Process child = Process.Start(start)!;
        var lines = new List<string>();
        while (child.StandardOutput.ReadLine() is { } line)
        {
            Console.Error.WriteLine("   " + line);
            lines.Add(line);
        }
        child.WaitForExit();
        if (child.ExitCode != 0)
            throw new InvalidOperationException($"the case of {keys} keys ended with {child.ExitCode}");
        return lines;
    }

    private static void PrintMachine()
    {
        string cpu = File.Exists("/proc/cpuinfo")
            ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? "unknown"
            : RuntimeInformation.ProcessArchitecture.ToString();
        Console.WriteLine($"{DateTime.UtcNow:yyyy-MM-dd}; {cpu}, {Environment.ProcessorCount} processors; " +
            $"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 30} GiB; {RuntimeInformation.OSDescription}; {RuntimeInformation.FrameworkDescription}");
    }

    private static void Print(int keys, List<string> columns, Dictionary<string, Dictionary<string, List<double>>> rows)
    {
        Console.WriteLine();
        Console.WriteLine($"| {keys.ToString("N0", CultureInfo.InvariantCulture)} keys | {string.Join(" | ", columns)} |");
        Console.WriteLine($"|---|{string.Concat(columns.Select(_ => "---:|"))}");
        foreach ((string name, Dictionary<string, List<double>> row) in rows)
            Console.WriteLine($"| {name} | {string.Join(" | ", columns.Select(column => row.TryGetValue(column, out List<double>? values) ? Format(Median(values)) : "–"))} |");
    }

    private static double Median(List<double> values)
    {
        values.Sort();
        return (values[(values.Count - 1) / 2] + values[values.Count / 2]) / 2;
    }

    private static string Format(double value) => value.ToString(value >= 100 ? "N0" : "N2", CultureInfo.InvariantCulture);
}
