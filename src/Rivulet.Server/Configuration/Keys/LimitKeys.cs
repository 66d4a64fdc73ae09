using Rivulet.Server.Configuration.Language;
using Rivulet.Server.Hosting;

namespace Rivulet.Server.Configuration.Keys;

/// <summary>Keys for limits, timers and the behaviour of client connections. Zero leaves the default, as in the reference server.</summary>
internal static class LimitKeys
{
    private const int TokensMax = byte.MaxValue;
    private static readonly TimeSpan LameDuckMin = TimeSpan.FromSeconds(30);

    /// <summary>Adds them.</summary>
    public static void AddTo(KeyTable<ServerConfiguration> table)
    {
        AddLimits(table);
        AddTimers(table);
        table
            .Boolean((c, v) => c with { Server = c.Server with { NoHeaderSupport = v } }, "no_header_support")
            .Boolean((c, v) => c with { Server = c.Server with { NoFastProducerStall = v } }, "no_fast_producer_stall")
            .Custom(WriteTimeout, "write_timeout");
    }

    private static void AddLimits(KeyTable<ServerConfiguration> table)
    {
        table
            .Integer((c, v) => v == 0 ? c : c with { Server = c.Server with { MaxControlLine = v } }, "max_control_line")
            .Integer((c, v) => v == 0 ? c : c with { Server = c.Server with { MaxPayload = v } }, "max_payload")
            .Long((c, v) => v == 0 ? c : c with { Server = c.Server with { MaxPending = v } }, "max_pending")
            .Integer((c, v) => v == 0 ? c : c with { Server = c.Server with { MaxConnections = Math.Max(v, -1) } }, "max_connections", "max_conn")
            .Integer((c, v) => c with { Server = c.Server with { MaxSubscriptions = Math.Max(v, 0) } }, "max_subscriptions", "max_subs")
            .Custom(SubscriptionTokens, "max_subscription_tokens", "max_sub_tokens")
            .Integer((c, v) => c with { Server = c.Server with { MaxClosedClients = v == 0 ? c.Server.MaxClosedClients : Math.Max(v, 0) } }, "max_closed_clients");
    }

    private static void AddTimers(KeyTable<ServerConfiguration> table)
    {
        table
            .Duration((c, v, _, _) => v == TimeSpan.Zero ? c : c with { Server = c.Server with { PingInterval = v } }, "ping_interval")
            .Integer((c, v) => v == 0 ? c : c with { Server = c.Server with { PingMax = v } }, "ping_max")
            .Duration((c, v, _, _) => v == TimeSpan.Zero ? c : c with { Server = c.Server with { WriteDeadline = v } }, "write_deadline")
            .Duration(LameDuckDuration, "lame_duck_duration")
            .Duration(LameDuckGracePeriod, "lame_duck_grace_period");
    }

    private static ServerConfiguration SubscriptionTokens(ServerConfiguration settings, ConfigEntry entry, ConfigProblems problems)
    {
        if (entry.Value is not ConfigInteger { Value: var tokens })
            problems.WrongKind(entry.Position, entry.Value, "int64");
        else if (tokens > TokensMax)
            problems.Error(entry.Position, "max_subscription_tokens value is too big");
        else if (tokens < 0)
            problems.Error(entry.Position, "max_subscription_tokens value can not be negative");
        else
            return settings with { Server = settings.Server with { MaxSubscriptionTokens = (int)tokens } };
        return settings;
    }

    private static ServerConfiguration WriteTimeout(ServerConfiguration settings, ConfigEntry entry, ConfigProblems problems)
    {
        if (entry.Value is not ConfigText { Value: var policy })
            problems.WrongKind(entry.Position, entry.Value, "string");
        else if (policy == "retry")
            problems.Unsupported(entry, "clients that miss the write deadline are closed");
        else if (policy is not ("default" or "close"))
            problems.Error(entry.Position, "write_timeout must be 'default', 'close' or 'retry'");
        return settings;
    }

    private static ServerConfiguration LameDuckDuration(
        ServerConfiguration settings, TimeSpan duration, ConfigEntry entry, ConfigProblems problems)
    {
        if (duration >= LameDuckMin)
            return settings with { Server = settings.Server with { LameDuckDuration = duration } };
        problems.Error(entry.Position, $"invalid lame_duck_duration of {GoDuration.Format(duration)}, minimum is 30 seconds");
        return settings;
    }

    private static ServerConfiguration LameDuckGracePeriod(
        ServerConfiguration settings, TimeSpan period, ConfigEntry entry, ConfigProblems problems)
    {
        if (period >= TimeSpan.Zero)
            return settings with { Server = settings.Server with { LameDuckGracePeriod = period } };
        problems.Error(entry.Position, "invalid lame_duck_grace_period, needs to be positive");
        return settings;
    }
}
