using System.Globalization;
using Rivulet.Cli.CommandLine;
using Rivulet.Cli.Connecting;
using Rivulet.Cli.Formats;
using Rivulet.Client;

namespace Rivulet.Cli.Commands.Server.Checks;

/// <summary><c>nats server check connection</c>: whether one can connect, and how long a message takes.</summary>
internal static class ConnectionCheck
{
    private static readonly Flag<long> ConnectWarn = Flag.Duration("connect-warn", "Warning threshold to allow for establishing connections", byDefault: "500ms");
    private static readonly Flag<long> ConnectCritical = Flag.Duration("connect-critical", "Critical threshold to allow for establishing connections", byDefault: "1s");
    private static readonly Flag<long> RttWarn = Flag.Duration("rtt-warn", "Warning threshold to allow for server RTT", byDefault: "500ms");
    private static readonly Flag<long> RttCritical = Flag.Duration("rtt-critical", "Critical threshold to allow for server RTT", byDefault: "1s");
    private static readonly Flag<long> RequestWarn = Flag.Duration("req-warn", "Warning threshold to allow for full round trip test", byDefault: "500ms");
    private static readonly Flag<long> RequestCritical = Flag.Duration("req-critical", "Critical threshold to allow for full round trip test", byDefault: "1s");

    public static CommandSpec Spec => new("connection", "Checks basic server connection")
    {
        Aliases = ["conn"],
        Flags = [ConnectWarn, ConnectCritical, RttWarn, RttCritical, RequestWarn, RequestCritical, .. CheckRunner.Flags],
        Run = RunAsync,
    };

    private static Task RunAsync(CommandContext context)
    {
        var start = context.Host.Clock.GetTimestamp();
        return CheckRunner.RunAsync(
            context, "Connection", "connections", (connection, result) => CheckAsync(context, connection, result, context.Host.Clock.GetElapsedTime(start)));
    }

    private static async Task CheckAsync(CommandContext context, CliConnection connection, CheckResult result, TimeSpan connectTime)
    {
        var nats = connection.Nats;
        result.Judge(
            Metric(context, "connect_time", connectTime, ConnectWarn, ConnectCritical, "The time taken to set up the connection"),
            $"connected to {nats.ConnectedUrl} in {Durations.Exact(connectTime.Ticks * 100)}");
        var rtt = await nats.PingAsync().ConfigureAwait(false);
        result.Judge(
            Metric(context, "rtt", rtt, RttWarn, RttCritical, "The round-trip-time of the connection"), $"rtt time {Durations.Exact(rtt.Ticks * 100)}");
        var request = await RoundTripAsync(context, nats).ConfigureAwait(false);
        result.Judge(
            Metric(context, "request_time", request, RequestWarn, RequestCritical, "The time taken for a full Request-Reply operation"),
            string.Create(CultureInfo.InvariantCulture, $"round trip took {request.TotalSeconds:F6}s"));
    }

    /// <summary>How long it takes until a message of ours is back.</summary>
    private static async Task<TimeSpan> RoundTripAsync(CommandContext context, NatsConnection nats)
    {
        var inbox = nats.NewInbox();
        await using var subscription = nats.SubscribeAsync(inbox);
        var start = context.Host.Clock.GetTimestamp();
        await nats.PublishAsync(inbox, "test"u8.ToArray()).ConfigureAwait(false);
        using var limit = new CancellationTokenSource(nats.Options.RequestTimeout);
        await subscription.ReadAsync(limit.Token).ConfigureAwait(false);
        return context.Host.Clock.GetElapsedTime(start);
    }

    private static CheckMetric Metric(CommandContext context, string name, TimeSpan value, Flag<long> warn, Flag<long> critical, string help) =>
        new(name, value.TotalSeconds, "s", Seconds(context, warn), Seconds(context, critical), help);

    private static double Seconds(CommandContext context, Flag<long> flag) => context.Get(flag) / (double)Durations.Second;
}
