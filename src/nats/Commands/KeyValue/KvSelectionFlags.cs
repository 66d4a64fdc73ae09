using Rivulet.Cli.CommandLine;
using Rivulet.Client.KeyValue;

namespace Rivulet.Cli.Commands.KeyValue;

/// <summary>The flags that choose keys in their order, which only Rivulet's server looks up.</summary>
internal sealed class KvSelectionFlags
{
    private readonly Flag<string> _prefix = Flag.Text("prefix", "Only keys that begin with this (Rivulet servers)", "TEXT");
    private readonly Flag<string> _from = Flag.Text("from", "Only keys from this one on, in byte order (Rivulet servers)", "KEY");
    private readonly Flag<string> _before = Flag.Text("before", "Only keys before this one (Rivulet servers)", "KEY");
    private readonly Flag<string> _after = Flag.Text("after", "Only keys behind this one (Rivulet servers)", "KEY");
    private readonly Flag<ulong> _limit = Flag.Unsigned("limit", "Most keys (Rivulet servers)", "COUNT");
    private readonly Flag<ulong> _asOf = Flag.Unsigned("as-of", "As of this revision of the bucket (Rivulet servers)", "REVISION");

    public IReadOnlyList<FlagSpec> Flags => [_prefix, _from, _before, _after, _limit, _asOf];

    /// <summary>The most keys that are wanted; all when not given.</summary>
    public ulong Limit(CommandContext context) => context.Get(_limit) is > 0 and var limit ? limit : ulong.MaxValue;

    /// <summary>The revision; 0 for the present.</summary>
    public ulong AsOf(CommandContext context) => context.Get(_asOf);

    /// <summary>Every key, or those of a filter.</summary>
    public static KeyValueSelection Everything(string filter) => new() { Filters = filter.Length > 0 ? [filter] : null };

    /// <summary>Whether a flag is given that chooses keys, and not only a revision.</summary>
    public bool ChoosesKeys(CommandContext context) => Read(context, "") is { } selection
        && (selection with { Revision = 0 } != new KeyValueSelection() || context.Get(_limit) > 0);

    /// <summary>What is chosen; null when no flag is given, and any server will do.</summary>
    /// <param name="context">The command line.</param>
    /// <param name="filter">A filter of keys; empty for none.</param>
    public KeyValueSelection? Read(CommandContext context, string filter)
    {
        var selection = new KeyValueSelection
        {
            Prefix = Given(context.Text(_prefix)),
            From = Given(context.Text(_from)),
            Before = Given(context.Text(_before)),
            After = Given(context.Text(_after)),
            Revision = context.Get(_asOf),
        };
        var limit = context.Get(_limit);
        if (selection == new KeyValueSelection() && limit == 0)
        {
            return null;
        }

        return selection with
        {
            Filters = filter.Length > 0 ? [filter] : null,
            Limit = limit is > 0 and < KeyValueSelection.LimitMax ? (int)limit : 0,
        };
    }

    private static string? Given(string text) => text.Length > 0 ? text : null;
}
