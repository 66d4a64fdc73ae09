using System.Text;
using System.Text.RegularExpressions;
using Rivulet.Cli.CommandLine;
using Rivulet.Cli.Connecting;
using Rivulet.Cli.Formats;
using Rivulet.Client;

namespace Rivulet.Cli.Commands.Server.Checks;

/// <summary><c>nats server check request</c>: whether a service answers, with what it should, and soon enough.</summary>
internal static class RequestCheck
{
    private static readonly TimeSpan MatchTime = TimeSpan.FromSeconds(5);
    private static readonly Flag<string> Subject = Flag.Text("subject", "The subject to send the request to");
    private static readonly Flag<string> Payload = Flag.Text("payload", "Payload to send in the request");
    private static readonly Flag<string> Headers = Flag.Texts("headers", "Headers to publish in the request", "KEY=VALUE");
    private static readonly Flag<string> MatchPayload = Flag.Text("match-payload", "Regular expression the response should match");
    private static readonly Flag<string> MatchHeaders = Flag.Texts("match-headers", "Headers that the response should have", "KEY=VALUE");
    private static readonly Flag<long> ResponseCritical = Flag.Duration("response-critical", "Critical threshold for response time", "DURATION");
    private static readonly Flag<long> ResponseWarn = Flag.Duration("response-warn", "Warning threshold for response time", "DURATION");

    public static CommandSpec Spec => new("request", "Checks a request-reply service")
    {
        Aliases = ["req"],
        Flags = [Subject, Payload, Headers, MatchPayload, MatchHeaders, ResponseCritical, ResponseWarn, .. CheckRunner.Flags],
        Run = context =>
        {
            CheckFlags.Require(context, Subject);
            return CheckRunner.RunAsync(context, context.Text(Subject), "request", (connection, result) => CheckAsync(context, connection, result));
        },
    };

    private static async Task CheckAsync(CommandContext context, CliConnection connection, CheckResult result)
    {
        NatsHeaders? headers = null;
        foreach (var (name, value) in Pairs(context, Headers))
        {
            (headers ??= []).Add(name, value);
        }

        var start = context.Host.Clock.GetTimestamp();
        NatsMessage response;
        try
        {
            response = await connection.Nats.RequestAsync(context.Text(Subject), Encoding.UTF8.GetBytes(context.Text(Payload)), headers).ConfigureAwait(false);
        }
        catch (NatsException failure)
        {
            result.Critical($"could not send request: {ErrorText.Describe(failure)}");
            return;
        }

        var took = context.Host.Clock.GetElapsedTime(start);
        var (warn, critical) = (context.Get(ResponseWarn), context.Get(ResponseCritical));
        result.Add(new CheckMetric(
            "time", took.TotalSeconds, "s", warn / (double)Durations.Second, critical / (double)Durations.Second, "How long the request took"));
        Match(context, result, response);
        if (critical > 0 && took.Ticks * 100 > critical)
        {
            result.Critical($"response took {Durations.Short(took.Ticks * 100)}");
        }
        else if (warn > 0 && took.Ticks * 100 > warn)
        {
            result.Warn($"response took {Durations.Short(took.Ticks * 100)}");
        }

        if (result.ExitCode == 0)
        {
            result.Ok("Valid response");
        }
    }

    private static void Match(CommandContext context, CheckResult result, NatsMessage response)
    {
        if (context.Text(MatchPayload) is { Length: > 0 } pattern)
        {
            try
            {
                if (!Regex.IsMatch(Encoding.UTF8.GetString(response.Payload.Span), pattern, RegexOptions.None, MatchTime))
                {
                    result.Critical("response does not match regexp");
                }
            }
            catch (Exception failure) when (failure is ArgumentException or RegexMatchTimeoutException)
            {
                result.Critical($"content regex compile failed: {failure.Message}");
            }
        }

        foreach (var (name, value) in Pairs(context, MatchHeaders))
        {
            var found = response.Headers?[name] ?? "";
            if (found != value)
            {
                result.Critical($"invalid header {Quoting.Quote(name)} = {Quoting.Quote(found)}");
            }
        }
    }

    private static IEnumerable<(string Name, string Value)> Pairs(CommandContext context, Flag<string> flag)
    {
        foreach (var text in context.GetAll(flag))
        {
            var at = text.IndexOf('=', StringComparison.Ordinal);
            yield return at > 0 ? (text[..at], text[(at + 1)..]) : throw new CliException($"expected KEY=VALUE got '{text}'");
        }
    }
}
