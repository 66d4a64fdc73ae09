using Rivulet.Cli.CommandLine;
using Rivulet.Cli.Connecting;
using Rivulet.Cli.Formats;
using Rivulet.Cli.Hosting;
using Rivulet.Client.KeyValue;

namespace Rivulet.Cli.Commands.KeyValue;

/// <summary><c>nats kv revert</c>: stores the value of an older revision again, unless the key changes meanwhile.</summary>
internal static class KvRevertCommand
{
    private static readonly Argument<ulong> Revision = Argument.RequiredUnsigned("revision", "The revision whose value to store again");
    private static readonly Flag<bool> Force = Flag.Toggle("force", "Revert without asking");

    public static CommandSpec Spec => new("revert", "Puts the value of an earlier revision into a key again")
    {
        Arguments = [KvCommands.Bucket, KvCommands.Key, Revision],
        Flags = [Force],
        Run = RunAsync,
    };

    private static async Task RunAsync(CommandContext context)
    {
        var key = context.Text(KvCommands.Key);
        await using var connection = await CliConnection.OpenAsync(context).ConfigureAwait(false);
        var bucket = await KvCommands.OpenAsync(connection, context.Text(KvCommands.Bucket)).ConfigureAwait(false);
        var history = await KvHistoryCommand.ReadAsync(bucket, key).ConfigureAwait(false);
        if (history.Count <= 1)
        {
            throw new CliException("cannot revert key in a bucket where history=1");
        }

        var earlier = await bucket.GetAsync(key, context.Get(Revision)).ConfigureAwait(false);
        if (!context.Get(Force) && !IsConfirmed(context, earlier))
        {
            return;
        }

        await KvCommands.StoreAsync(bucket.UpdateAsync(key, earlier.Value, history[^1].Revision, CancellationToken.None)).ConfigureAwait(false);
        KvHistoryCommand.Print(context, await KvHistoryCommand.ReadAsync(bucket, key).ConfigureAwait(false));
    }

    private static bool IsConfirmed(CommandContext context, KeyValueEntry earlier)
    {
        context.Output.WriteLine($"Revision: {Numbers.Plain(earlier.Revision)}\n\n{PrintableValue.Short(earlier.Value.Span)}\n");
        if (!context.Host.IsInteractive)
        {
            throw new CliException($"could not obtain confirmation: {Prompt.NoTerminal}");
        }

        return context.Prompt.Confirm($"Really revert to revision {Numbers.Plain(context.Get(Revision))}");
    }
}
