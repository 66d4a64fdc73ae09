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
    private static readonly Flag<bool> Raw = Flag.Switch("raw", "Show the value and nothing else");

    public static CommandSpec Spec => new("get", "Gets a value for a key")
    {
        Arguments = [KvCommands.Bucket, KvCommands.Key],
        Flags = [Revision, Raw],
        Run = RunAsync,
    };

    private static async Task RunAsync(CommandContext context)
    {
        await using var connection = await CliConnection.OpenAsync(context).ConfigureAwait(false);
        var bucket = await KvCommands.OpenAsync(connection, context.Text(KvCommands.Bucket)).ConfigureAwait(false);
        var revision = context.Get(Revision);
        var entry = await bucket.GetAsync(context.Text(KvCommands.Key), revision > 0 ? revision : null).ConfigureAwait(false);
        if (context.Get(Raw))
        {
            context.Output.Write(entry.Value.Span);
            return;
        }

        Show(context, entry);
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
