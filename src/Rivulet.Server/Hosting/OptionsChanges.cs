using System.Globalization;
using Rivulet.Server.Security;

namespace Rivulet.Server.Hosting;

/// <summary>Compares settings before and after a reload: what changed, and whether it may.</summary>
internal static class OptionsChanges
{
    /// <summary>What changed, in the reference server's words.</summary>
    /// <param name="old">The settings so far.</param>
    /// <param name="now">The settings to come.</param>
    /// <param name="port">The port listened on, which any free one may turn out to be.</param>
    /// <param name="httpPort">The port of monitoring.</param>
    /// <exception cref="NatsServerOptionsException">Something changed that cannot.</exception>
    public static IReadOnlyList<string> Between(NatsServerOptions old, NatsServerOptions now, int port, int httpPort)
    {
        RequireSame("Host", old.Host, now.Host);
        RequireSamePort("Port", old.Port, now.Port, port);
        RequireSame("ServerName", old.ServerName, now.ServerName);
        RequireSame("HTTPHost", old.HttpHost, now.HttpHost);
        RequireSamePort("HTTPPort", old.HttpPort, now.HttpPort, httpPort);
        RequireSame("HTTPBasePath", old.HttpBasePath, now.HttpBasePath);
        RequireSame("MaxPending", old.MaxPending, now.MaxPending);
        RequireSame("MaxSubs", old.MaxSubscriptions, now.MaxSubscriptions);
        RequireSame("MaxSubTokens", old.MaxSubscriptionTokens, now.MaxSubscriptionTokens);
        RequireSame("MaxClosedClients", old.MaxClosedClients, now.MaxClosedClients);
        RequireSame("NoHeaderSupport", old.NoHeaderSupport, now.NoHeaderSupport);
        RequireSame("LameDuckDuration", GoDuration.Format(old.LameDuckDuration), GoDuration.Format(now.LameDuckDuration));
        RequireSame("LameDuckGracePeriod", GoDuration.Format(old.LameDuckGracePeriod), GoDuration.Format(now.LameDuckGracePeriod));
        RequireSame("SystemAccount", old.SystemAccount, now.SystemAccount);
        if (old.JetStream != now.JetStream)
            throw new NatsServerOptionsException("config reload not supported for JetStream");
        return [.. Changes(old, now)];
    }

    private static IEnumerable<string> Changes(NatsServerOptions old, NatsServerOptions now)
    {
        if (old.ClientAdvertise != now.ClientAdvertise)
            yield return $"client_advertise = {now.ClientAdvertise}";
        if (old.MaxConnections != now.MaxConnections)
            yield return $"max_connections = {Text(now.MaxConnections)}";
        if (old.MaxControlLine != now.MaxControlLine)
            yield return $"max_control_line = {Text(now.MaxControlLine)}";
        if (old.MaxPayload != now.MaxPayload)
            yield return $"max_payload = {Text(now.MaxPayload)}";
        if (old.PingInterval != now.PingInterval)
            yield return $"ping_interval = {GoDuration.Format(now.PingInterval)}";
        if (old.PingMax != now.PingMax)
            yield return $"ping_max = {Text(now.PingMax)}";
        if (old.WriteDeadline != now.WriteDeadline)
            yield return $"write_deadline = {GoDuration.Format(now.WriteDeadline)}";
        if (old.MaxTracedMessageLength != now.MaxTracedMessageLength)
            yield return $"max_traced_msg_len = {Text(now.MaxTracedMessageLength)}";
        if (old.NoFastProducerStall != now.NoFastProducerStall)
            yield return $"no_fast_producer_stall = {(now.NoFastProducerStall ? "true" : "false")}";
        if (!ListEquality.AreEqual(old.Accounts, now.Accounts))
            yield return "accounts";
        if (!old.Tags.SequenceEqual(now.Tags))
            yield return "tags";
        if (old.Metadata.Count != now.Metadata.Count || old.Metadata.Except(now.Metadata).Any())
            yield return "metadata";
    }

    private static void RequireSamePort(string name, int old, int now, int actual)
    {
        // "Any free port" stays what it has become.
        if (old != now && (now != actual || actual == 0) && now != -1)
            RequireSame(name, old, now);
    }

    private static void RequireSame<T>(string name, T old, T now)
    {
        if (!EqualityComparer<T>.Default.Equals(old, now))
            throw new NatsServerOptionsException(string.Create(CultureInfo.InvariantCulture, $"config reload not supported for {name}: old={old}, new={now}"));
    }

    private static string Text(int number)
    {
        return number.ToString(CultureInfo.InvariantCulture);
    }
}
