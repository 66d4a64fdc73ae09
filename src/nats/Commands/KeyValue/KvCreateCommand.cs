using Rivulet.Cli.CommandLine;
using Rivulet.Cli.Connecting;
using Rivulet.Cli.Formats;

namespace Rivulet.Cli.Commands.KeyValue;

/// <summary><c>nats kv create</c>: stores a value under a key that has none.</summary>
internal static class KvCreateCommand
{
    private static readonly Flag<long> Ttl = Flag.Duration("ttl", "Time after which the key expires", "DURATION");

    public static CommandSpec Spec => new("create", "Puts a value into a key that is new or was deleted, and fails for any other")
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
        TimeSpan? timeToLive = ttlNanos > 0 ? Durations.ToTimeSpan(ttlNanos) : null;
        await KvCommands.StoreAsync(bucket.CreateAsync(context.Text(KvCommands.Key), value, timeToLive, CancellationToken.None), bucket.Bucket).ConfigureAwait(false);
        context.Output.WriteLine(context.Text(KvCommands.Value));
    }
}
