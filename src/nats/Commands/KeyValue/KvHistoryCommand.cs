using Rivulet.Cli.CommandLine;
using Rivulet.Cli.Connecting;
using Rivulet.Cli.Formats;
using Rivulet.Client.KeyValue;

namespace Rivulet.Cli.Commands.KeyValue;

/// <summary><c>nats kv history</c>: the revisions kept of a key, or of the keys of a filter.</summary>
internal static class KvHistoryCommand
{
    public static CommandSpec Spec => new("history", "Shows every revision kept of a key")
    {
        Arguments = [KvCommands.Bucket, KvCommands.Key],
        Run = RunAsync,
    };

    private static async Task RunAsync(CommandContext context)
    {
        await using var connection = await CliConnection.OpenAsync(context).ConfigureAwait(false);
        var bucket = await KvCommands.OpenAsync(connection, context.Text(KvCommands.Bucket)).ConfigureAwait(false);
        Print(context, await ReadAsync(bucket, context.Text(KvCommands.Key)).ConfigureAwait(false));
    }

    /// <exception cref="CliException">There is no such key.</exception>
    public static async Task<List<KeyValueEntry>> ReadAsync(KeyValueBucket bucket, string key)
    {
        var entries = new List<KeyValueEntry>();
        await foreach (var entry in bucket.HistoryAsync(key).ConfigureAwait(false))
        {
            entries.Add(entry);
        }

        return entries.Count > 0 ? entries : throw new CliException("nats: key not found");
    }

    public static void Print(CommandContext context, List<KeyValueEntry> entries)
    {
        var table = new TextTable(
            $"History for {context.Text(KvCommands.Bucket)} > {context.Text(KvCommands.Key)}",
            "Key", TableColumn.Number("Revision"), "Op", "Created", "Length", "Value");
        foreach (var entry in entries)
        {
            table.Row(
                entry.Key,
                Numbers.Plain(entry.Revision),
                OperationName(entry.Operation),
                context.Time(entry.Created),
                Numbers.WithCommas(entry.Value.Length),
                PrintableValue.Short(entry.Value.Span));
        }

        context.Print(table);
    }

    public static string OperationName(KeyValueOperation operation) => operation switch
    {
        KeyValueOperation.Put => "PUT",
        KeyValueOperation.Delete => "DELETE",
        KeyValueOperation.Purge => "PURGE",
        _ => "UNKNOWN",
    };
}
