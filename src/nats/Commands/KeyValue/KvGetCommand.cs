using Rivulet.Cli.CommandLine;
using Rivulet.Cli.Connecting;
using Rivulet.Cli.Formats;
using Rivulet.Client.KeyValue;

namespace Rivulet.Cli.Commands.KeyValue;

/// <summary><c>nats kv get</c>: shows the value of a key, now or at a revision.</summary>
internal static class KvGetCommand
{
    private const int ShownMax = 120;
    private static readonly Flag<ulong> Revision = Flag.Unsigned("revision", "Gets the value of one revision");
    private static readonly Flag<ulong> AsOf = Flag.Unsigned("as-of", "Gets what the keys held as of this revision of the bucket (Rivulet servers)", "REVISION");
    private static readonly Argument<string> More = Argument.Rest("keys", "More keys, all as of one revision (Rivulet servers)");
    private static readonly Flag<bool> Raw = Flag.Switch("raw", "Show the value and nothing else");

    public static CommandSpec Spec => new("get", "Gets a value for a key")
    {
        Arguments = [KvCommands.Bucket, KvCommands.Key, More],
        Flags = [Revision, AsOf, Raw],
        Run = RunAsync,
    };

    private static async Task RunAsync(CommandContext context)
    {
        await using var connection = await CliConnection.OpenAsync(context).ConfigureAwait(false);
        var bucket = await KvCommands.OpenAsync(connection, context.Text(KvCommands.Bucket)).ConfigureAwait(false);
        var revision = context.Get(Revision);
        if (context.GetAll(More).Count > 0 || context.Get(AsOf) > 0)
        {
            await GetManyAsync(context, bucket).ConfigureAwait(false);
            return;
        }

        var entry = await bucket.GetAsync(context.Text(KvCommands.Key), revision > 0 ? revision : null).ConfigureAwait(false);
        ShowOne(context, entry);
    }

    private static async Task GetManyAsync(CommandContext context, KeyValueBucket bucket)
    {
        if (context.Get(Revision) > 0)
        {
            throw new CliException("--revision is of one key; use --as-of for what keys held as of a revision of the bucket");
        }

        IReadOnlyList<string> keys = [context.Text(KvCommands.Key), .. context.GetAll(More)];
        var snapshot = await bucket.GetManyAsync(keys, context.Get(AsOf)).ConfigureAwait(false);
        if (keys.Count == 1 && snapshot.Entries.Count == 1)
        {
            ShowOne(context, snapshot.Entries[0]);
            return;
        }

        if (context.Get(Raw))
        {
            foreach (var entry in snapshot.Entries)
            {
                context.Output.Write($"{entry.Key} ");
                context.Output.Write(entry.Value.Span);
                context.Output.WriteLine();
            }
        }
        else if (snapshot.Entries.Count > 0)
        {
            var table = new TextTable(
                $"{bucket.Bucket} as of revision {Numbers.Plain(snapshot.Position.Revision)}",
                "Key", TableColumn.Number("Revision"), "Created", TableColumn.Number("Length"), "Value");
            foreach (var entry in snapshot.Entries)
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

        if (snapshot.Missing.Count > 0)
        {
            throw new CliException($"nats: key not found: {string.Join(' ', snapshot.Missing)}");
        }
    }

    private static void ShowOne(CommandContext context, KeyValueEntry entry)
    {
        if (context.Get(Raw))
        {
            context.Output.Write(entry.Value.Span);
        }
        else
        {
            Show(context, entry);
        }
    }

    private static void Show(CommandContext context, KeyValueEntry entry)
    {
        context.Output.WriteLine(
            $"{entry.Bucket} > {entry.Key} revision: {Numbers.Plain(entry.Revision)} created @ {context.Time(entry.Created)}\n");
        var value = PrintableValue.Of(entry.Value.Span);
        if (value.Length > ShownMax)
        {
            context.Output.WriteLine($"Showing first {ShownMax} bytes of {Numbers.WithCommas(value.Length)}, use --raw for full data\n");
            value = value[..ShownMax];
        }

        context.Output.WriteLine(value + "\n");
    }
}
