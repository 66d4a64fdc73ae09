using Rivulet.Cli.CommandLine;
using Rivulet.Cli.Connecting;
using Rivulet.Client.JetStream;

namespace Rivulet.Cli.Commands.Server.Checks;

/// <summary><c>nats server check jetstream</c>: how much of what it may have an account uses.</summary>
internal static class JetStreamCheck
{
    private static readonly Flag<long> MemoryWarn = Percent("mem-warn", "Warning threshold for memory storage, in percent", 75);
    private static readonly Flag<long> MemoryCritical = Percent("mem-critical", "Critical threshold for memory storage, in percent", 90);
    private static readonly Flag<long> StoreWarn = Percent("store-warn", "Warning threshold for disk storage, in percent", 75);
    private static readonly Flag<long> StoreCritical = Percent("store-critical", "Critical threshold for disk storage, in percent", 90);
    private static readonly Flag<long> StreamsWarn = Percent("streams-warn", "Warning threshold for number of streams used, in percent", -1);
    private static readonly Flag<long> StreamsCritical = Percent("streams-critical", "Critical threshold for number of streams used, in percent", -1);
    private static readonly Flag<long> ConsumersWarn = Percent("consumers-warn", "Warning threshold for number of consumers used, in percent", -1);
    private static readonly Flag<long> ConsumersCritical = Percent("consumers-critical", "Critical threshold for number of consumers used, in percent", -1);

    public static CommandSpec Spec => new("jetstream", "Check JetStream account state")
    {
        Aliases = ["js"],
        Flags =
        [
            MemoryWarn, MemoryCritical, StoreWarn, StoreCritical, StreamsWarn, StreamsCritical, ConsumersWarn, ConsumersCritical, .. CheckRunner.Flags,
        ],
        Run = context => CheckRunner.RunAsync(context, "JetStream", "jetstream", (connection, result) => CheckAsync(context, connection, result)),
    };

    private static Flag<long> Percent(string name, string help, long byDefault) => Flag.Within(name, help, -1, long.MaxValue, byDefault);

    private static async Task CheckAsync(CommandContext context, CliConnection connection, CheckResult result)
    {
        AccountInfo info;
        try
        {
            info = await connection.JetStream.GetAccountInfoAsync().ConfigureAwait(false);
        }
        catch (Exception none) when (none is JetStreamNotEnabledException or Client.NatsNoRespondersException)
        {
            result.Critical("JetStream not available: nats: jetstream not enabled");
            return;
        }
        catch (JetStreamApiException refused)
        {
            result.Critical($"JetStream not available: {ErrorText.Describe(refused)}");
            return;
        }

        Check(context, result, "memory", "B", info.Memory, info.Limits.MaxMemory, MemoryWarn, MemoryCritical);
        Check(context, result, "storage", "B", info.Storage, info.Limits.MaxStorage, StoreWarn, StoreCritical);
        Check(context, result, "streams", "", (ulong)info.Streams, info.Limits.MaxStreams, StreamsWarn, StreamsCritical);
        Check(context, result, "consumers", "", (ulong)info.Consumers, info.Limits.MaxConsumers, ConsumersWarn, ConsumersCritical);
        await CheckReplicasAsync(connection, result).ConfigureAwait(false);
    }

    private static void Check(
        CommandContext context, CheckResult result, string name, string unit, ulong used, long limit, Flag<long> warn, Flag<long> critical)
    {
        var percent = limit > 0 ? Math.Round(100.0 * used / limit) : 0;
        var (warning, worst) = (context.Get(warn), context.Get(critical));
        result.Add(new CheckMetric(name, used, unit, Help: $"JetStream {name} resources used"));
        result.Add(new CheckMetric($"{name}_pct", percent, "%", Math.Max(0, warning), Math.Max(0, worst), $"JetStream {name} resources used, in percent"));
        if (worst > 0 && percent > worst)
        {
            result.Critical($"{percent:F0}% {name}");
        }
        else if (warning > 0 && percent > warning)
        {
            result.Warn($"{percent:F0}% {name}");
        }
    }

    /// <summary>Streams that have a leader, and those that have lost it.</summary>
    private static async Task CheckReplicasAsync(CliConnection connection, CheckResult result)
    {
        var (good, leaderless) = (0, 0);
        await foreach (var stream in connection.JetStream.ListStreamsAsync().ConfigureAwait(false))
        {
            if (stream.Cluster is { } cluster && string.IsNullOrEmpty(cluster.Leader))
            {
                leaderless++;
            }
            else
            {
                good++;
            }
        }

        result.Add(new CheckMetric("replicas_ok", good, Help: "Streams with healthy cluster state"));
        result.Add(new CheckMetric("replicas_no_leader", leaderless, Help: "Streams with no leader elected"));
        if (leaderless > 0)
        {
            result.Critical($"{leaderless} replicas without leader");
        }
    }
}
