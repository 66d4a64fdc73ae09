using Rivulet.Benchmarks.Growth.Axes;

namespace Rivulet.Benchmarks.Growth;

/// <summary>What the command line asks for.</summary>
internal sealed class GrowthOptions
{
    public const string Usage =
        """
        Usage: growth [options]
            --server <name>='<command>'  A server to measure; may be given several times, a line of the plots each.
                                         {port} and {store} in the command stand for a free port and an empty directory.
                                         Default: Rivulet='./nats-server -js -p {port} -sd {store}'
            --out <directory>            Where page and plots go (default: docs/benchmarks)
            --only <axis>                connections, keys, watchers, values or buckets; may be given several times
            --quick                      Shorter, and without the largest points
        """;

    private static readonly (string Name, string Command) Own = ("Rivulet", "./nats-server -js -p {port} -sd {store}");

    private GrowthOptions(IReadOnlyList<(string Name, string Command)> servers, string directory, IReadOnlyList<Axis> axes, bool isQuick)
    {
        (Servers, Directory, Axes, IsQuick) = (servers, directory, axes, isQuick);
    }

    public IReadOnlyList<(string Name, string Command)> Servers { get; }

    public string Directory { get; }

    public IReadOnlyList<Axis> Axes { get; }

    public bool IsQuick { get; }

    /// <summary>Throws an <see cref="ArgumentException"/> that says what is wrong.</summary>
    public static GrowthOptions Parse(IReadOnlyList<string> arguments)
    {
        List<(string Name, string Command)> servers = [];
        List<string> only = [];
        string directory = Path.Combine("docs", "benchmarks");
        bool isQuick = false;
        for (int i = 0; i < arguments.Count; i++)
        {
            switch (arguments[i])
            {
                case "--quick":
                    isQuick = true;
                    break;
                case "--server":
                    servers.Add(ServerOf(ValueAt(arguments, ++i)));
                    break;
                case "--out":
                    directory = ValueAt(arguments, ++i);
                    break;
                case "--only":
                    only.Add(ValueAt(arguments, ++i));
                    break;
                default:
                    throw new ArgumentException($"Unknown option {arguments[i]}");
            }
        }

        if (only.Find(name => Axis.All.All(axis => axis.Name != name)) is { } unknown)
            throw new ArgumentException($"There is no axis {unknown}");
        return new GrowthOptions(
            servers.Count > 0 ? servers : [Own],
            directory,
            only.Count > 0 ? [.. Axis.All.Where(axis => only.Contains(axis.Name))] : Axis.All,
            isQuick);
    }

    private static string ValueAt(IReadOnlyList<string> arguments, int index) =>
        index < arguments.Count ? arguments[index] : throw new ArgumentException($"{arguments[index - 1]} needs a value");

    // Without a name, the program's name is the line's.
    private static (string Name, string Command) ServerOf(string value)
    {
        int sign = value.IndexOf('=', StringComparison.Ordinal);
        int blank = value.IndexOf(' ', StringComparison.Ordinal);
        (string name, string command) = sign > 0 && !value[..sign].Contains('/', StringComparison.Ordinal) && !value[..sign].Contains('{', StringComparison.Ordinal)
            ? (value[..sign], value[(sign + 1)..])
            : (Path.GetFileName(blank < 0 ? value : value[..blank]), value);
        return command.Contains("{port}", StringComparison.Ordinal)
            ? (name, command)
            : throw new ArgumentException($"The command of {name} does not say where {{port}} belongs");
    }
}
