using Rivulet.Cli.CommandLine;
using Rivulet.Cli.Connecting;
using Rivulet.Cli.Formats;

namespace Rivulet.Cli.Commands.KeyValue;

/// <summary><c>nats kv purge</c>: deletes a key with its history.</summary>
internal static class KvPurgeCommand
{
    private static readonly Flag<long> Ttl = Flag.Duration("ttl", "Time after which the marker goes too", "DURATION");

    public static CommandSpec Spec => new("purge", "Deletes a key together with its history, and leaves a marker that says so")
    {
        Arguments = [KvCommands.Bucket, KvCommands.Key],
        Flags = [KvCommands.Force, Ttl],
        Run = RunAsync,
    };

    private static async Task RunAsync(CommandContext context)
    {
        var (name, key) = (context.Text(KvCommands.Bucket), context.Text(KvCommands.Key));
        await using var connection = await CliConnection.OpenAsync(context).ConfigureAwait(false);
        var bucket = await KvCommands.OpenAsync(connection, name).ConfigureAwait(false);
        if (!context.Get(KvCommands.Force) && !context.Prompt.Confirm($"Purge key {name} > {key}?"))
        {
            context.Output.WriteLine("Skipping purge");
            return;
        }

        var ttlNanos = context.Get(Ttl);
        TimeSpan? timeToLive = ttlNanos > 0 ? Durations.ToTimeSpan(ttlNanos) : null;
        await KvCommands.StoreAsync(bucket.PurgeAsync(key, timeToLive)).ConfigureAwait(false);
    }
}
