using System.Globalization;
using System.Text.Json;
using Rivulet.Cli.CommandLine;
using Rivulet.Cli.Connecting;
using Rivulet.Cli.Formats;

namespace Rivulet.Cli.Commands.Server.Checks;

/// <summary><c>nats server check server</c>: what a server uses, and whether it is set up as it should be.</summary>
internal static class ServerCheck
{
    private static readonly Flag<string> Name = Flag.Text("name", "Server name to require in the result");
    private static readonly Flag<long> CpuWarn = Threshold("cpu-warn", "Warning threshold for CPU usage, in percent");
    private static readonly Flag<long> CpuCritical = Threshold("cpu-critical", "Critical threshold for CPU usage, in percent");
    private static readonly Flag<long> MemoryWarn = Threshold("mem-warn", "Warning threshold for Memory usage, in bytes");
    private static readonly Flag<long> MemoryCritical = Threshold("mem-critical", "Critical threshold for Memory usage, in bytes");
    private static readonly Flag<long> ConnectionsWarn = Threshold("conn-warn", "Warning threshold for connections, supports inversion");
    private static readonly Flag<long> ConnectionsCritical = Threshold("conn-critical", "Critical threshold for connections, supports inversion");
    private static readonly Flag<long> SubscriptionsWarn = Threshold("subs-warn", "Warning threshold for number of active subscriptions, supports inversion");
    private static readonly Flag<long> SubscriptionsCritical = Threshold("subs-critical", "Critical threshold for number of active subscriptions, supports inversion");
    private static readonly Flag<long> UptimeWarn = Flag.Duration("uptime-warn", "Warning threshold for server uptime as duration", "DURATION");
    private static readonly Flag<long> UptimeCritical = Flag.Duration("uptime-critical", "Critical threshold for server uptime as duration", "DURATION");
    private static readonly Flag<bool> AuthRequired = Flag.Switch("auth-required", "Checks that authentication is enabled");
    private static readonly Flag<bool> TlsRequired = Flag.Switch("tls-required", "Checks that TLS is required");
    private static readonly Flag<bool> JetStreamRequired = Flag.Switch("js-required", "Checks that JetStream is enabled");
    private static readonly Flag<long> CertificateWarn = Flag.Duration("tls-cert-warn", "Warning threshold for TLS certificate expiry like 1d3h5m", "DURATION");
    private static readonly Flag<long> CertificateCritical = Flag.Duration("tls-cert-crit", "Critical threshold for TLS certificate expiry like 1d3h5m", "DURATION");

    public static CommandSpec Spec => new("server", "Checks a NATS Server health")
    {
        Flags =
        [
            Name, CpuWarn, CpuCritical, MemoryWarn, MemoryCritical, ConnectionsWarn, ConnectionsCritical, SubscriptionsWarn, SubscriptionsCritical,
            UptimeWarn, UptimeCritical, AuthRequired, TlsRequired, JetStreamRequired, CertificateWarn, CertificateCritical, .. CheckRunner.Flags,
        ],
        Run = context =>
        {
            CheckFlags.Require(context, Name);
            return CheckRunner.RunAsync(context, context.Text(Name), "server", (connection, result) => CheckAsync(context, connection, result));
        },
    };

    private static Flag<long> Threshold(string name, string help) => Flag.Within(name, help, 0, long.MaxValue, 0);

    private static async Task CheckAsync(CommandContext context, CliConnection connection, CheckResult result)
    {
        var body = SystemQuery.Body(json =>
        {
            json.WriteString("server_name", context.Text(Name));
            json.WriteBoolean("exact_match", true);
        });
        JsonElement page;
        try
        {
            page = SystemQuery.Data(await SystemQuery.AskOneAsync(context, connection, "$SYS.REQ.SERVER.PING.VARZ", body).ConfigureAwait(false));
        }
        catch (CliException failure)
        {
            result.Critical($"varz failed: {failure.Message}");
            return;
        }

        Require(context, result, JetStreamRequired, page.At("jetstream", "config") is { ValueKind: JsonValueKind.Object }, "JetStream enabled", "JetStream not enabled");
        Require(context, result, TlsRequired, page.Flag("tls_required"), "TLS required", "TLS not required");
        Require(context, result, AuthRequired, page.Flag("auth_required"), "Authentication required", "Authentication not required");
        CheckCertificates(context, result, page);
        CheckUptime(context, result, page.Time("now") - page.Time("start"));
        CheckUse(context, result, page);
    }

    private static void Require(CommandContext context, CheckResult result, Flag<bool> flag, bool holds, string good, string bad)
    {
        if (!context.Get(flag))
        {
            return;
        }

        if (holds)
        {
            result.Ok(good);
        }
        else
        {
            result.Critical(bad);
        }
    }

    private static void CheckCertificates(CommandContext context, CheckResult result, JsonElement page)
    {
        var (warn, critical) = (context.Get(CertificateWarn), context.Get(CertificateCritical));
        if (warn <= 0 && critical <= 0)
        {
            return;
        }

        if (warn <= 0 || critical <= 0)
        {
            result.Critical("TLS certificate expiry requires both warning and critical thresholds");
            return;
        }

        var ends = new[] { ("server", page.Time("tls_cert_not_after")), ("websocket", page.Time("websocket", "tls_cert_not_after")) };
        if (ends.All(end => end.Item2 == DateTimeOffset.MinValue))
        {
            result.Critical("TLS certificate expiry thresholds configured but no TLS certificates found");
        }

        foreach (var (component, end) in ends.Where(end => end.Item2 != DateTimeOffset.MinValue))
        {
            var left = (end - page.Time("now")).Ticks * 100;
            var text = left <= 0
                ? $"{component} TLS certificate expired ({context.Time(end)})"
                : $"{component} TLS certificate expires in {Durations.Short(left)} ({context.Time(end)})";
            if (left <= critical)
            {
                result.Critical(text);
            }
            else if (left <= warn)
            {
                result.Warn(text);
            }
            else
            {
                result.Ok(text);
            }
        }
    }

    private static void CheckUptime(CommandContext context, CheckResult result, TimeSpan uptime)
    {
        var (warn, critical) = (context.Get(UptimeWarn), context.Get(UptimeCritical));
        var text = $"Up {Durations.Short(uptime.Ticks * 100)}";
        if (critical > warn)
        {
            result.Critical("Up invalid thresholds");
        }
        else if (critical > 0 && uptime.Ticks * 100 <= critical)
        {
            result.Critical(text);
        }
        else if (warn > 0 && uptime.Ticks * 100 <= warn)
        {
            result.Warn(text);
        }
        else if (warn > 0 || critical > 0)
        {
            result.Ok(text);
        }

        result.Add(new CheckMetric(
            "uptime", uptime.TotalSeconds, "s", warn / (double)Durations.Second, critical / (double)Durations.Second, "NATS Server uptime in seconds"));
    }

    private static void CheckUse(CommandContext context, CheckResult result, JsonElement page)
    {
        Check(context, result, "CPU", new CheckMetric("cpu", page.Fraction("cpu"), "%", Help: "NATS Server CPU usage in percentage"), CpuWarn, CpuCritical, isInvertible: false);
        Check(context, result, "Memory", new CheckMetric("mem", page.Number("mem"), Help: "NATS Server memory usage in bytes"), MemoryWarn, MemoryCritical, isInvertible: false);
        Check(context, result, "Connections", new CheckMetric("connections", page.Number("connections"), Help: "Active connections"), ConnectionsWarn, ConnectionsCritical, isInvertible: true);
        Check(
            context, result, "Subscriptions", new CheckMetric("subscriptions", page.Number("subscriptions"), Help: "Active subscriptions"), SubscriptionsWarn, SubscriptionsCritical, isInvertible: true);
    }

    private static void Check(
        CommandContext context, CheckResult result, string name, CheckMetric metric, Flag<long> warnFlag, Flag<long> criticalFlag, bool isInvertible)
    {
        var (warn, critical) = (context.Get(warnFlag), context.Get(criticalFlag));
        result.Add(metric with { Warning = warn, Critical = critical });
        if (warn == 0 && critical == 0)
        {
            return;
        }

        var isInverted = critical < warn;
        var text = string.Create(CultureInfo.InvariantCulture, $"{name} {metric.Value:F2}");
        if (isInverted && !isInvertible)
        {
            result.Critical($"{name} invalid thresholds");
        }
        else if (isInverted ? metric.Value <= critical : metric.Value >= critical)
        {
            result.Critical(text);
        }
        else if (isInverted ? metric.Value <= warn : metric.Value >= warn)
        {
            result.Warn(text);
        }
        else
        {
            result.Ok(text);
        }
    }
}
