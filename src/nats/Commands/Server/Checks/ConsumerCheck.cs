using System.Globalization;
using Rivulet.Cli.CommandLine;
using Rivulet.Cli.Connecting;
using Rivulet.Cli.Formats;
using Rivulet.Client.JetStream;

namespace Rivulet.Cli.Commands.Server.Checks;

/// <summary><c>nats server check consumer</c>: whether a consumer's clients keep up.</summary>
internal static class ConsumerCheck
{
    private const string MetadataPrefix = "io.nats.monitor.";

    private static readonly Flag<string> Stream = Flag.Text("stream", "The stream to check");
    private static readonly Flag<string> Consumer = Flag.Text("consumer", "The consumer to check");
    private static readonly Flag<long> AckPending = Threshold("outstanding-ack-critical", "Maximum number of outstanding acks to allow");
    private static readonly Flag<long> Waiting = Threshold("waiting-critical", "Maximum number of waiting pulls to allow");
    private static readonly Flag<long> Pending = Threshold("unprocessed-critical", "Maximum number of unprocessed messages to allow");
    private static readonly Flag<long> Redelivered = Threshold("redelivery-critical", "Maximum number of redeliveries to allow");
    private static readonly Flag<long> LastDelivery = Flag.Duration("last-delivery-critical", "Time to allow since the last delivery", byDefault: "0s");
    private static readonly Flag<long> LastAck = Flag.Duration("last-ack-critical", "Time to allow since the last ack", byDefault: "0s");

    public static CommandSpec Spec => new("consumer", "Checks the health of a consumer")
    {
        Flags = [Stream, Consumer, AckPending, Waiting, Pending, LastDelivery, LastAck, Redelivered, .. CheckRunner.Flags],
        Run = context =>
        {
            CheckFlags.Require(context, Stream);
            CheckFlags.Require(context, Consumer);
            return CheckRunner.RunAsync(
                context,
                $"{context.Text(Stream)}_{context.Text(Consumer)}",
                "consumer",
                (connection, result) => CheckAsync(context, connection, result));
        },
    };

    private static Flag<long> Threshold(string name, string help) => Flag.Within(name, help, -1, long.MaxValue, -1);

    private static async Task CheckAsync(CommandContext context, CliConnection connection, CheckResult result)
    {
        ConsumerInfo info;
        try
        {
            var consumer = await connection.JetStream.Stream(context.Text(Stream)).GetConsumerAsync(context.Text(Consumer)).ConfigureAwait(false);
            info = await consumer.GetInfoAsync().ConfigureAwait(false);
        }
        catch (JetStreamApiException refused)
        {
            result.Critical($"could not load info: {refused.Error.Description}");
            return;
        }

        Check(context, info, result, AckPending, info.AckPending, "ack_pending", "Ack Pending", "The number of messages waiting to be Acknowledged");
        Check(context, info, result, Waiting, info.Waiting, "pull_waiting", "Waiting Pulls", "The number of waiting Pull requests");
        Check(
            context, info, result, Pending, (long)Math.Min(info.Pending, long.MaxValue), "pending", "Unprocessed Messages",
            "The number of messages that have not yet been consumed");
        Check(context, info, result, Redelivered, info.Redelivered, "redelivered", "Redelivered", "The number of messages currently being redelivered");
        CheckTime(context, info, result, LastDelivery, info.Delivered.LastActive, "last_delivery", "delivery", "deliveries");
        CheckTime(context, info, result, LastAck, info.AckFloor.LastActive, "last_ack", "ack", "acks");
    }

    private static void Check(
        CommandContext context, ConsumerInfo info, CheckResult result, Flag<long> flag, long value, string name, string text, string help)
    {
        var critical = ThresholdOf(context, info, flag, Numbers.ParseSigned);
        result.Add(new CheckMetric(name, value, Critical: Math.Max(0, critical), Help: help));
        if (critical <= 0)
        {
            return;
        }

        var found = string.Create(CultureInfo.InvariantCulture, $"{text}: {value}");
        if (value >= critical)
        {
            result.Critical(found);
        }
        else
        {
            result.Ok(found);
        }
    }

    private static void CheckTime(
        CommandContext context, ConsumerInfo info, CheckResult result, Flag<long> flag, DateTimeOffset? last, string name, string what, string many)
    {
        var critical = ThresholdOf(context, info, flag, Durations.Parse);
        var ago = last is { } time ? context.Host.Clock.GetUtcNow() - time : (TimeSpan?)null;
        if (ago is { } measured)
        {
            result.Add(new CheckMetric(
                name, measured.TotalSeconds, "s", 0, critical / (double)Durations.Second, $"Seconds since the last message was {(what == "ack" ? "acknowledged" : "delivered")}"));
        }

        if (critical <= 0)
        {
            return;
        }

        if (ago is not { } age)
        {
            result.Critical($"No {many}");
        }
        else if (age.Ticks * 100 >= critical)
        {
            result.Critical($"Last {what} {Durations.Short(age.Ticks * 100)} ago");
        }
        else
        {
            result.Ok($"Last {what} {Durations.Short(age.Ticks * 100)} ago");
        }
    }

    /// <summary>What the command line says, or else the consumer's metadata.</summary>
    private static long ThresholdOf(CommandContext context, ConsumerInfo info, Flag<long> flag, Func<string, long> parse)
    {
        if (context.Has(flag) || info.Config.Metadata?.TryGetValue(MetadataPrefix + flag.Name, out var text) != true)
        {
            return context.Get(flag);
        }

        return parse(text!);
    }
}
