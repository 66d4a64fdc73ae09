using System.Text;
using Rivulet.Cli.CommandLine;
using Rivulet.Cli.Connecting;

namespace Rivulet.Cli.Commands.KeyValue;

/// <summary><c>nats kv update</c>: stores a value if the key's last revision is the given one.</summary>
internal static class KvUpdateCommand
{
    private static readonly Argument<string> Value = Argument.Required("value", "The value to store");
    private static readonly Argument<ulong> Revision = Argument.RequiredUnsigned("revision", "The revision that the key must be at");

    public static CommandSpec Spec => new("update", "Puts a value into a key that is at the given revision, and fails for any other revision")
    {
        Arguments = [KvCommands.Bucket, KvCommands.Key, Value, Revision],
        Run = RunAsync,
    };

    private static async Task RunAsync(CommandContext context)
    {
        await using var connection = await CliConnection.OpenAsync(context).ConfigureAwait(false);
        var bucket = await KvCommands.OpenAsync(connection, context.Text(KvCommands.Bucket)).ConfigureAwait(false);
        var value = await ReadAsync(context).ConfigureAwait(false);
        await KvCommands.StoreAsync(bucket.UpdateAsync(context.Text(KvCommands.Key), value, context.Get(Revision), CancellationToken.None)).ConfigureAwait(false);
        context.Output.WriteLine(context.Text(Value));
    }

    private static async Task<ReadOnlyMemory<byte>> ReadAsync(CommandContext context) => context.Text(Value).Length > 0
        ? Encoding.UTF8.GetBytes(context.Text(Value))
        : await KvCommands.ReadValueAsync(context).ConfigureAwait(false);
}
