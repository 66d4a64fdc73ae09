using System.Text;
using Rivulet.Cli.CommandLine;
using Rivulet.Cli.Connecting;
using Rivulet.Cli.Formats;
using Rivulet.Client.KeyValue;

namespace Rivulet.Cli.Commands.KeyValue;

/// <summary><c>nats kv ls</c>: the buckets there are, or the keys of one.</summary>
internal static class KvListCommand
{
    private static readonly Argument<string> Bucket = Argument.Optional("bucket", "The bucket whose keys to list");
    private static readonly Argument<string> Key = Argument.Optional("key", "The key to act on", "");
    private static readonly Flag<bool> Names = Flag.Switch("names", "Show the names of buckets and nothing else", 'n');
    private static readonly Flag<bool> Verbose = Flag.Switch("verbose", "Show more of each key", 'v');
    private static readonly Flag<bool> DisplayValue = Flag.Switch("display-value", "Show values too (has no effect without 'verbose')");
    private static readonly Flag<bool> Count = Flag.Switch("count", "Show how many keys there are, and none of them (Rivulet servers)");
    private static readonly KvSelectionFlags Selection = new();

    public static CommandSpec Spec => new("ls", "Lists the buckets there are, or the keys of one")
    {
        Aliases = ["list"],
        Arguments = [Bucket, Key],
        Flags = [Names, Verbose, DisplayValue, Count, .. Selection.Flags],
        Run = RunAsync,
    };

    public static CliException InvalidFilter(KeyValueInvalidKeyException invalid) =>
        new("nats: invalid key: key cannot be empty and must be a valid NATS subject", invalid);

    private static async Task RunAsync(CommandContext context)
    {
        await using var connection = await CliConnection.OpenAsync(context).ConfigureAwait(false);
        if (context.Text(Bucket).Length == 0)
        {
            await ListBucketsAsync(context, connection).ConfigureAwait(false);
        }
        else
        {
            await ListKeysAsync(context, connection).ConfigureAwait(false);
        }
    }

    private static async Task ListBucketsAsync(CommandContext context, CliConnection connection)
    {
        var buckets = new List<KeyValueStatus>();
        await foreach (var status in connection.Buckets.ListBucketsAsync().ConfigureAwait(false))
        {
            buckets.Add(status);
        }

        if (context.Get(Names))
        {
            foreach (var status in buckets)
            {
                context.Output.WriteLine(status.Bucket);
            }
        }
        else if (buckets.Count == 0)
        {
            context.Output.WriteLine("No Key-Value buckets found");
        }
        else
        {
            PrintBuckets(context, buckets);
        }
    }

    private static void PrintBuckets(CommandContext context, List<KeyValueStatus> buckets)
    {
        buckets.Sort((a, b) => a.Bytes != b.Bytes ? a.Bytes.CompareTo(b.Bytes) : string.CompareOrdinal(a.Bucket, b.Bucket));
        var table = new TextTable("Key-Value Buckets", "Bucket", "Description", "Created", "Size", "Values", "Last Update");
        foreach (var status in buckets)
        {
            table.Row(
                status.Bucket,
                status.Description ?? "",
                context.Time(status.Created),
                ByteSizes.Format(status.Bytes),
                Numbers.WithCommas(status.Values),
                Durations.Short(Times.AgeNanos(status.StreamInfo.State.LastTimestamp, context.Host.Clock)));
        }

        context.Print(table);
    }

    private static async Task ListKeysAsync(CommandContext context, CliConnection connection)
    {
        var bucket = await OpenAsync(context, connection).ConfigureAwait(false);
        var filter = context.Text(Key);
        var keys = new List<string>();
        var selection = Selection.Read(context, filter);
        if (context.Get(Count))
        {
            selection ??= KvSelectionFlags.Everything(filter);
            context.Output.WriteLine(Numbers.Plain(await bucket.CountKeysAsync(selection).ConfigureAwait(false)));
            return;
        }

        if (selection is not null)
        {
            await ListSelectedAsync(context, bucket, selection).ConfigureAwait(false);
            return;
        }

        try
        {
            await foreach (var key in bucket.KeysAsync(filter.Length == 0 ? null : [filter]).ConfigureAwait(false))
            {
                keys.Add(key);
                if (!context.Get(Verbose))
                {
                    context.Output.WriteLine(key);
                }
            }
        }
        catch (KeyValueInvalidKeyException invalid)
        {
            throw InvalidFilter(invalid);
        }

        if (context.Get(Verbose))
        {
            await PrintKeysAsync(context, bucket, keys).ConfigureAwait(false);
        }

        if (keys.Count == 0 && !context.Get(Names))
        {
            context.Output.WriteLine("No keys found in bucket");
        }
    }

    private static async Task ListSelectedAsync(CommandContext context, KeyValueBucket bucket, KeyValueSelection selection)
    {
        var left = Selection.Limit(context);
        var table = VerboseTable(context, bucket);
        var any = false;
        for (KeyValueSelection? page = selection; page is not null && left > 0;)
        {
            var listed = await bucket.ListPageAsync(page).ConfigureAwait(false);
            foreach (var key in listed.Keys.Take((int)Math.Min(left, int.MaxValue)))
            {
                (any, left) = (true, left - 1);
                if (context.Get(Verbose))
                {
                    await AddRowAsync(context, bucket, table, key, selection.Revision).ConfigureAwait(false);
                }
                else
                {
                    context.Output.WriteLine(key.Key);
                }
            }

            page = listed.Next is { } next ? page with { From = next, After = null } : null;
        }

        if (any && context.Get(Verbose))
        {
            context.Print(table);
        }

        if (!any && !context.Get(Names))
        {
            context.Output.WriteLine("No keys found in bucket");
        }
    }

    private static async Task AddRowAsync(
        CommandContext context, KeyValueBucket bucket, TextTable table, KeyValueKeyInfo key, ulong asOf)
    {
        List<string> cells = [key.Key, context.Time(key.Created), "0", Numbers.Plain(key.Revision)];
        if (context.Get(DisplayValue))
        {
            var snapshot = await bucket.GetManyAsync([key.Key], asOf).ConfigureAwait(false);
            cells.Add(snapshot.Entries is [var entry] ? Encoding.UTF8.GetString(entry.Value.Span) : "");
        }

        table.Row([.. cells]);
    }

    private static async Task<KeyValueBucket> OpenAsync(CommandContext context, CliConnection connection)
    {
        try
        {
            return await KvCommands.OpenAsync(connection, context.Text(Bucket)).ConfigureAwait(false);
        }
        catch (Exception cause)
        {
            throw new CliException($"unable to load bucket: {ErrorText.Describe(cause)}", cause);
        }
    }

    private static async Task PrintKeysAsync(CommandContext context, KeyValueBucket bucket, List<string> keys)
    {
        var withValue = context.Get(DisplayValue);
        var table = VerboseTable(context, bucket);
        foreach (var key in keys)
        {
            var entry = await GetAsync(bucket, key).ConfigureAwait(false);
            List<string> cells = [entry.Key, context.Time(entry.Created), Numbers.Plain(entry.Delta), Numbers.Plain(entry.Revision)];
            if (withValue)
            {
                cells.Add(Encoding.UTF8.GetString(entry.Value.Span));
            }

            table.Row([.. cells]);
        }

        context.Print(table);
    }

    private static TextTable VerboseTable(CommandContext context, KeyValueBucket bucket)
    {
        List<TableColumn> columns = ["Key", "Created", TableColumn.Number("Delta"), TableColumn.Number("Revision")];
        if (context.Get(DisplayValue))
        {
            columns.Add("Value");
        }

        return new TextTable($"Contents for bucket '{bucket.Bucket}'", [.. columns]);
    }

    private static async Task<KeyValueEntry> GetAsync(KeyValueBucket bucket, string key)
    {
        try
        {
            return await bucket.GetAsync(key).ConfigureAwait(false);
        }
        catch (Client.NatsException cause)
        {
            throw new CliException($"unable to display key info: unable to fetch key {key}: {ErrorText.Describe(cause)}", cause);
        }
    }
}
