using Rivulet.Cli.CommandLine;

namespace Rivulet.Cli.Commands.Server;

/// <summary>Flags that reports share.</summary>
internal static class ReportFlags
{
    public static readonly Argument<int> Limit = Argument.Count("limit", "Limit the responses to a certain amount of servers", "0");
    public static readonly Flag<bool> Reverse = Flag.Switch("reverse", "Reverse sort connections", 'R');
    public static readonly Flag<int> Top = Flag.Count("top", "Limit results to the top results", 1000);
    public static readonly Flag<bool> Json = Flag.Switch("json", "Produce JSON output", 'j');

    /// <summary>Orders upwards by a number, downwards if that is asked for; what is equal stays in its order.</summary>
    public static List<T> Order<T>(CommandContext context, IEnumerable<T> items, Func<T, double> key) =>
        context.Get(Reverse) ? [.. items.OrderByDescending(key)] : [.. items.OrderBy(key)];
}
