using Rivulet.Cli.CommandLine;
using Rivulet.Cli.Connecting;

namespace Rivulet.Cli.Commands.KeyValue;

/// <summary><c>nats kv put</c>: stores a value under a key, whatever was there.</summary>
internal static class KvPutCommand
{
    public static CommandSpec Spec => new("put", "Puts a value into a key")
    {
        Arguments = [KvCommands.Bucket, KvCommands.Key, KvCommands.Value],
        Run = RunAsync,
    };

    private static async Task RunAsync(CommandContext context)
    {
        await using var connection = await CliConnection.OpenAsync(context).ConfigureAwait(false);
        var bucket = await KvCommands.OpenAsync(connection, context.Text(KvCommands.Bucket)).ConfigureAwait(false);
        var value = await KvCommands.ReadValueAsync(context).ConfigureAwait(false);
        await KvCommands.StoreAsync(bucket.PutAsync(context.Text(KvCommands.Key), value, CancellationToken.None)).ConfigureAwait(false);
        context.Output.WriteLine(context.Text(KvCommands.Value));
    }
}
