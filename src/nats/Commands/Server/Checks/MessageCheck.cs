using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Rivulet.Cli.CommandLine;
using Rivulet.Cli.Connecting;
using Rivulet.Cli.Formats;
using Rivulet.Client.JetStream;

namespace Rivulet.Cli.Commands.Server.Checks;

/// <summary><c>nats server check message</c>: whether the last message of a subject is young enough, and says what it should.</summary>
internal static class MessageCheck
{
    private static readonly TimeSpan MatchTime = TimeSpan.FromSeconds(5);
    private static readonly Flag<string> Stream = Flag.Text("stream", "The stream to check");
    private static readonly Flag<string> Subject = Flag.Text("subject", "The subject to fetch a message from", byDefault: ">");
    private static readonly Flag<long> AgeWarn = Flag.Duration("age-warn", "Warning threshold for message age as a duration", "DURATION");
    private static readonly Flag<long> AgeCritical = Flag.Duration("age-critical", "Critical threshold for message age as a duration", "DURATION");
    private static readonly Flag<string> Content = Flag.Text("content", "Regular expression to check the content against", byDefault: ".");
    private static readonly Flag<bool> BodyTimestamp = Flag.Switch("body-timestamp", "Use message body as a unix timestamp instead of message metadata");

    public static CommandSpec Spec => new("message", "Checks properties of a message stored in a stream")
    {
        Flags = [Stream, Subject, AgeWarn, AgeCritical, Content, BodyTimestamp, .. CheckRunner.Flags],
        Run = context =>
        {
            CheckFlags.Require(context, Stream);
            return CheckRunner.RunAsync(context, "Stream Message", "message", (connection, result) => CheckAsync(context, connection, result));
        },
    };

    private static async Task CheckAsync(CommandContext context, CliConnection connection, CheckResult result)
    {
        StoredMessage message;
        try
        {
            message = await connection.JetStream.Stream(context.Text(Stream))
                .GetMessageAsync(MessageSelector.LastOf(context.Text(Subject))).ConfigureAwait(false);
        }
        catch (JetStreamApiException refused)
        {
            result.Critical(refused.Error.Description);
            return;
        }

        CheckAge(context, result, message);
        var pattern = context.Text(Content);
        result.Add(new CheckMetric("size", message.Payload.Length, "B", Help: "The size of the message"));
        if (Regex.IsMatch(Encoding.UTF8.GetString(message.Payload.Span), pattern, RegexOptions.None, MatchTime))
        {
            result.Ok("Valid message on " + $"{context.Text(Stream)} > {message.Subject}");
        }
        else
        {
            result.Critical($"does not match regex: {pattern}");
        }
    }

    private static void CheckAge(CommandContext context, CheckResult result, StoredMessage message)
    {
        var time = message.Timestamp;
        if (context.Get(BodyTimestamp))
        {
            if (!long.TryParse(Encoding.UTF8.GetString(message.Payload.Span).Trim(), CultureInfo.InvariantCulture, out var seconds))
            {
                result.Critical("invalid unix timestamp in message body");
                return;
            }

            time = DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(seconds, 0, 253402300799));
        }

        var age = context.Host.Clock.GetUtcNow() - time;
        var (warn, critical) = (context.Get(AgeWarn), context.Get(AgeCritical));
        result.Add(new CheckMetric(
            "age", age.TotalSeconds, "s", warn / (double)Durations.Second, critical / (double)Durations.Second, "The age of the message"));
        if (critical > 0 && age.Ticks * 100 > critical)
        {
            result.Critical($"{Durations.Short(age.Ticks * 100)} old");
        }
        else if (warn > 0 && age.Ticks * 100 > warn)
        {
            result.Warn($"{Durations.Short(age.Ticks * 100)} old");
        }
    }
}
