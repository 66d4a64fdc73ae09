using System.Globalization;
using Rivulet.Cli.CommandLine;
using Rivulet.Cli.Connecting;
using Rivulet.Cli.Formats;

namespace Rivulet.Cli.Commands.KeyValue;

/// <summary><c>nats kv touch</c>: gives a key more time to live, without sending its value.</summary>
internal static class KvTouchCommand
{
    private static readonly Flag<long> Ttl = Flag.Duration("ttl", "Time from now on until the key expires, as long as last time when not given", "DURATION");
    private static readonly Flag<ulong> Revision = Flag.Unsigned("revision", "The revision that the key must be at");
    private static readonly Flag<bool> Persist = Flag.Switch("persist", "Let the key not expire any more");

    public static CommandSpec Spec => new("touch", "Extends the time that a key has to live (Rivulet servers)")
    {
        Arguments = [KvCommands.Bucket, KvCommands.Key],
        Flags = [Ttl, Revision, Persist],
        Run = RunAsync,
    };

    private static async Task RunAsync(CommandContext context)
    {
        var (ttlNanos, revision, persist) = (context.Get(Ttl), context.Get(Revision), context.Get(Persist));
        if (persist && ttlNanos > 0)
        {
            throw new CliException("--persist and --ttl exclude each other");
        }

        await using var connection = await CliConnection.OpenAsync(context).ConfigureAwait(false);
        var bucket = await KvCommands.OpenAsync(connection, context.Text(KvCommands.Bucket)).ConfigureAwait(false);
        ulong? expected = revision > 0 ? revision : null;
        TimeSpan? timeToLive = ttlNanos > 0 ? Durations.ToTimeSpan(ttlNanos) : null;
        var key = context.Text(KvCommands.Key);
        var touched = persist
            ? bucket.PersistAsync(key, expected)
            : bucket.TouchAsync(key, timeToLive, expected);
        context.Output.WriteLine((await touched.ConfigureAwait(false)).ToString(CultureInfo.InvariantCulture));
    }
}
