using Rivulet.Cli.CommandLine;
using Rivulet.Cli.Connecting;
using Rivulet.Cli.Formats;
using Rivulet.Client.KeyValue;

namespace Rivulet.Cli.Commands.KeyValue;

/// <summary><c>nats kv put</c>: stores a value under a key, whatever was there.</summary>
internal static class KvPutCommand
{
    private static readonly Flag<long> Ttl = Flag.Duration("ttl", "Time after which the key expires, with its older revisions", "DURATION");

    public static CommandSpec Spec => new("put", "Puts a value into a key")
    {
        Arguments = [KvCommands.Bucket, KvCommands.Key, KvCommands.Value],
        Flags = [Ttl],
        Run = RunAsync,
    };

    private static async Task RunAsync(CommandContext context)
    {
        await using var connection = await CliConnection.OpenAsync(context).ConfigureAwait(false);
        var bucket = await KvCommands.OpenAsync(connection, context.Text(KvCommands.Bucket)).ConfigureAwait(false);
        var value = await KvCommands.ReadValueAsync(context).ConfigureAwait(false);
        var ttlNanos = context.Get(Ttl);
        var options = new KeyValuePutOptions { TimeToLive = ttlNanos > 0 ? Durations.ToTimeSpan(ttlNanos) : null };
        await KvCommands.StoreAsync(bucket.PutAsync(context.Text(KvCommands.Key), value, options, CancellationToken.None), bucket.Bucket).ConfigureAwait(false);
        context.Output.WriteLine(context.Text(KvCommands.Value));
    }
}
