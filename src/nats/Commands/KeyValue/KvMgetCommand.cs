using Rivulet.Cli.CommandLine;
using Rivulet.Cli.Connecting;
using Rivulet.Cli.Formats;
using Rivulet.Client.KeyValue;

namespace Rivulet.Cli.Commands.KeyValue;

/// <summary><c>nats kv mget</c>: shows the values of many keys, all as of one revision of the bucket.</summary>
internal static class KvMgetCommand
{
    private static readonly Argument<string> Keys = Argument.Rest("keys", "The keys, when no flags choose them");
    private static readonly Flag<string> Filter = Flag.Text("filter", "Only keys that match this filter (Rivulet servers)", "FILTER");
    private static readonly Flag<bool> Raw = Flag.Switch("raw", "Show keys and values and nothing else");
    private static readonly KvSelectionFlags Selection = new();

    public static CommandSpec Spec => new("mget", "Gets the values of many keys, all as of one revision (Rivulet servers)")
    {
        Arguments = [KvCommands.Bucket, Keys],
        Flags = [Filter, .. Selection.Flags, Raw],
        Run = RunAsync,
    };

    private static async Task RunAsync(CommandContext context)
    {
        await using var connection = await CliConnection.OpenAsync(context).ConfigureAwait(false);
        var bucket = await KvCommands.OpenAsync(connection, context.Text(KvCommands.Bucket)).ConfigureAwait(false);
        var keys = context.GetAll(Keys);
        var entries = new List<KeyValueEntry>();
        var missing = keys.Count > 0
            ? await GetNamedAsync(context, bucket, keys, entries).ConfigureAwait(false)
            : await GetChosenAsync(context, bucket, entries).ConfigureAwait(false);
        Print(context, bucket, entries);
        if (missing.Count > 0)
        {
            var missed = $"{missing.Count} of {keys.Count} {(keys.Count == 1 ? "key is" : "keys are")} not in bucket {bucket.Bucket}";
            throw new CliException($"nats: key not found: {missed}: {string.Join(' ', missing)}");
        }
    }

    private static async Task<IReadOnlyList<string>> GetNamedAsync(
        CommandContext context, KeyValueBucket bucket, List<string> keys, List<KeyValueEntry> entries)
    {
        if (Selection.ChoosesKeys(context) || context.Text(Filter).Length > 0)
        {
            throw new CliException("keys are chosen by name or by flags, not both");
        }

        var snapshot = await bucket.GetManyAsync(keys, Selection.AsOf(context)).ConfigureAwait(false);
        entries.AddRange(snapshot.Entries);
        return snapshot.Missing;
    }

    /// <summary>Page after page. They are of one revision if one is given, or there is only one.</summary>
    private static async Task<IReadOnlyList<string>> GetChosenAsync(
        CommandContext context, KeyValueBucket bucket, List<KeyValueEntry> entries)
    {
        var left = Selection.Limit(context);
        for (var page = Selection.Read(context, context.Text(Filter)) ?? KvSelectionFlags.Everything(context.Text(Filter)); page is not null && left > 0;)
        {
            var snapshot = await bucket.GetManyAsync(page).ConfigureAwait(false);
            entries.AddRange(snapshot.Entries.Take((int)Math.Min(left, int.MaxValue)));
            left -= Math.Min(left, (ulong)snapshot.Entries.Count);
            page = snapshot.Next is { } next ? page with { From = next, After = null } : null;
        }

        return [];
    }

    private static void Print(CommandContext context, KeyValueBucket bucket, List<KeyValueEntry> entries)
    {
        if (context.Get(Raw))
        {
            foreach (var entry in entries)
            {
                context.Output.Write($"{entry.Key} ");
                context.Output.Write(entry.Value.Span);
                context.Output.WriteLine();
            }
        }
        else if (entries.Count > 0)
        {
            var table = new TextTable(
                $"Values of bucket '{bucket.Bucket}'",
                "Key", TableColumn.Number("Revision"), "Created", TableColumn.Number("Length"), "Value");
            foreach (var entry in entries)
            {
                table.Row(
                    entry.Key,
                    Numbers.Plain(entry.Revision),
                    context.Time(entry.Created),
                    Numbers.WithCommas(entry.Value.Length),
                    PrintableValue.Short(entry.Value.Span));
            }

            context.Print(table);
        }
    }
}
