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
    private static readonly Flag<ulong> AsOf = Flag.Unsigned(
        "as-of", "Gets what the key held as of this revision of the bucket (Rivulet servers)", "REVISION");
    private static readonly Flag<bool> Raw = Flag.Switch("raw", "Show the value and nothing else");

    public static CommandSpec Spec => new("get", "Gets a value for a key")
    {
        Arguments = [KvCommands.Bucket, KvCommands.Key],
        Flags = [Revision, AsOf, Raw],
        Run = RunAsync,
    };

    private static async Task RunAsync(CommandContext context)
    {
        await using var connection = await CliConnection.OpenAsync(context).ConfigureAwait(false);
        var bucket = await KvCommands.OpenAsync(connection, context.Text(KvCommands.Bucket)).ConfigureAwait(false);
        var revision = context.Get(Revision);
        var key = context.Text(KvCommands.Key);
        var entry = context.Get(AsOf) > 0
            ? await GetAsOfAsync(context, bucket, key).ConfigureAwait(false)
            : await bucket.GetAsync(key, revision > 0 ? revision : null).ConfigureAwait(false);
        if (context.Get(Raw))
        {
            context.Output.Write(entry.Value.Span);
            return;
        }

        Show(context, entry);
    }

    private static async Task<KeyValueEntry> GetAsOfAsync(CommandContext context, KeyValueBucket bucket, string key)
    {
        if (context.Get(Revision) > 0)
        {
            throw new CliException("--as-of and --revision exclude each other");
        }

        var snapshot = await bucket.GetManyAsync([key], context.Get(AsOf)).ConfigureAwait(false);
        return snapshot.Entries is [var entry] ? entry : throw new KeyValueKeyNotFoundException(key);
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
