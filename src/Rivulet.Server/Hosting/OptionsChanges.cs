using System.Globalization;
using Rivulet.Server.Logging;
using Rivulet.Server.Security;
using Rivulet.Server.Security.Operators;
using Rivulet.Storage;

namespace Rivulet.Server.Hosting;

/// <summary>Compares settings before and after a reload: what changed, and whether it may.</summary>
internal static class OptionsChanges
{
    /// <summary>What changed, in the reference server's words.</summary>
    /// <param name="old">The settings so far.</param>
    /// <param name="now">The settings to come.</param>
    /// <param name="port">The port listened on, which any free one may turn out to be.</param>
    /// <param name="httpPort">The port of monitoring.</param>
    /// <param name="webSocketPort">The port for WebSocket clients.</param>
    /// <exception cref="NatsServerOptionsException">Something changed that cannot.</exception>
    public static IReadOnlyList<string> Between(NatsServerOptions old, NatsServerOptions now, int port, int httpPort, int webSocketPort)
    {
        RequireSame("Host", old.Host, now.Host);
        RequireSamePort("Port", old.Port, now.Port, port);
        RequireSame("ServerName", old.ServerName, now.ServerName);
        RequireSamePort("HTTPPort", old.HttpPort, now.HttpPort, httpPort);
        RequireSamePort("HTTPSPort", old.HttpsPort, now.HttpsPort, httpPort);
        RequireSame("HTTPHost", old.HttpHost, now.HttpHost);
        RequireSame("HTTPBasePath", old.HttpBasePath, now.HttpBasePath);
        RequireSame("MaxPending", old.MaxPending, now.MaxPending);
        RequireSame("MaxSubs", old.MaxSubscriptions, now.MaxSubscriptions);
        RequireSame("MaxSubTokens", old.MaxSubscriptionTokens, now.MaxSubscriptionTokens);
        RequireSame("MaxClosedClients", old.MaxClosedClients, now.MaxClosedClients);
        RequireSame("NoHeaderSupport", Text(old.NoHeaderSupport), Text(now.NoHeaderSupport));
        RequireSame("LameDuckDuration", GoDuration.Format(old.LameDuckDuration), GoDuration.Format(now.LameDuckDuration));
        RequireSame("LameDuckGracePeriod", GoDuration.Format(old.LameDuckGracePeriod), GoDuration.Format(now.LameDuckGracePeriod));
        RequireSame("AllowNonTLS", Text(old.AllowNonTls), Text(now.AllowNonTls));
        if (!WebSocketServerOptions.AreSame(old.WebSocket, now.WebSocket) || (old.WebSocket is null) != (now.WebSocket is null))
            throw new NatsServerOptionsException($"config reload not supported for Websocket: old={old.WebSocket}, new={now.WebSocket}");
        RequireSamePort("Websocket", old.WebSocket?.Port ?? 0, now.WebSocket?.Port ?? 0, webSocketPort);
        if ((old.WebSocket?.Tls is null) != (now.WebSocket?.Tls is null))
            throw new NatsServerOptionsException($"config reload not supported for Websocket: old={old.WebSocket}, new={now.WebSocket}");
        RequireSame("JsAccDefaultDomain", Text(old.DefaultJetStreamDomains), Text(now.DefaultJetStreamDomains));
        RequireSame("SystemAccount", old.SystemAccount, now.SystemAccount);
        RequireSame("NoAuthUser", old.NoAuthUser, now.NoAuthUser);
        RequireSameOperators(old.Operators ?? new OperatorSettings(), now.Operators ?? new OperatorSettings());
        if (!Equals(old.Authorization?.Callout, now.Authorization?.Callout))
            throw new NatsServerOptionsException("config reload not supported for AuthCallout");
        RequireSameStore(old.JetStream, now.JetStream);
        return [.. Changes(old, now)];
    }

    // It may be turned on or off. Limits may be others, and those of bytes higher. Where messages are kept, and how, is settled at its start.
    private static void RequireSameStore(JetStreamServerOptions? old, JetStreamServerOptions? now)
    {
        if (old is null || now is null)
            return;
        if (old.EffectiveStoreDirectory != now.EffectiveStoreDirectory)
            throw new NatsServerOptionsException("config reload not supported for jetstream storage directory");
        RequireSame("SyncInterval", Text(old.SyncPolicy), Text(now.SyncPolicy));
        RequireSame("JetStreamDomain", old.Domain ?? "", now.Domain ?? "");
        RequireSame("NoJetStreamStrict", Text(!old.Strict), Text(!now.Strict));
        RequireNoLess(old.MaxMemoryStore, now.MaxMemoryStore);
        RequireNoLess(old.MaxFileStore, now.MaxFileStore);
    }

    private static void RequireNoLess(long? old, long? now)
    {
        if ((old is null) != (now is null))
            throw new NatsServerOptionsException("config reload not supported for jetstream dynamic max memory and store");
        if (now < old)
            throw new NatsServerOptionsException("config reload not supported for decreasing jetstream max memory and store");
    }

    private static IEnumerable<string> JetStreamChanges(JetStreamServerOptions old, JetStreamServerOptions now)
    {
        if (old.MaxMemoryStore != now.MaxMemoryStore)
            yield return $"JetStream max_mem_store = {ByteSize.Format(now.MaxMemoryStore ?? -1)}";
        if (old.MaxFileStore != now.MaxFileStore)
            yield return $"JetStream max_file_store = {ByteSize.Format(now.MaxFileStore ?? -1)}";
        bool hasSameLimits = (old.MaxAckPending, old.MaxRequestBatch, old.DuplicateWindowMax) == (now.MaxAckPending, now.MaxRequestBatch, now.DuplicateWindowMax)
            && old.Batches == now.Batches;
        if (!hasSameLimits)
            yield return "JetStream limits";
    }

    // Who is trusted stays; which accounts there are, and what is said of them, may change.
    private static void RequireSameOperators(OperatorSettings old, OperatorSettings now)
    {
        if (!ListEquality.AreEqual(old.Operators, now.Operators))
            throw new NatsServerOptionsException("config reload not supported for TrustedOperators");
        if (!ListEquality.AreEqual(old.TrustedKeys, now.TrustedKeys))
            throw new NatsServerOptionsException("config reload not supported for TrustedKeys");
        if (old.Operators.Count > 0 && (OperatorTrust.ResolverOf(old) is null) != (OperatorTrust.ResolverOf(now) is null))
            throw new NatsServerOptionsException("config reload does not support moving to or from an account resolver");
    }

    private static IEnumerable<string> AuthorizationChanges(AuthorizationSettings old, AuthorizationSettings now)
    {
        if (old.User != now.User)
            yield return "authorization username";
        if (old.Password != now.Password)
            yield return "authorization password";
        if (old.Token != now.Token)
            yield return "authorization token";
        if (old.Timeout != now.Timeout)
            yield return $"authorization timeout = {Text((now.Timeout ?? AuthorizationSettings.DefaultTimeout).TotalSeconds)}";
        if (!ListEquality.AreEqual(Users(old, areKeys: false), Users(now, areKeys: false)))
            yield return "authorization users";
        if (!ListEquality.AreEqual(Users(old, areKeys: true), Users(now, areKeys: true)))
            yield return "authorization nkey users";
    }

    private static List<UserSettings> Users(AuthorizationSettings settings, bool areKeys)
    {
        return [.. (settings.Users ?? []).Where(user => user.NKey is not null == areKeys)];
    }

    private static IEnumerable<string> Changes(NatsServerOptions old, NatsServerOptions now)
    {
        foreach (string change in TlsChanges(old.Tls, now.Tls))
            yield return change;
        foreach (string change in AuthorizationChanges(old.Authorization ?? new AuthorizationSettings(), now.Authorization ?? new AuthorizationSettings()))
            yield return change;
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
        if (old.TraceHeaders != now.TraceHeaders)
            yield return $"trace_headers = {Text(now.TraceHeaders)}";
        if (old.MaxTracedMessageLength != now.MaxTracedMessageLength)
            yield return $"max_traced_msg_len = {Text(now.MaxTracedMessageLength)}";
        if (old.NoFastProducerStall != now.NoFastProducerStall)
            yield return now.NoFastProducerStall ? "fast producers will not be stalled" : "fast producers will be stalled";
        if (!ListEquality.AreEqual(old.Accounts, now.Accounts) || !Equals(old.Operators, now.Operators))
            yield return "accounts";
        if ((old.JetStream is null) != (now.JetStream is null))
            yield return "JetStream";
        if (old.JetStream is not null && now.JetStream is not null)
        {
            foreach (string change in JetStreamChanges(old.JetStream, now.JetStream))
                yield return change;
        }

        if (!old.Tags.SequenceEqual(now.Tags))
            yield return "tags";
        if (old.Metadata.Count != now.Metadata.Count || old.Metadata.Except(now.Metadata).Any())
            yield return "metadata";
    }

    private static IEnumerable<string> TlsChanges(TlsServerOptions? old, TlsServerOptions? now)
    {
        if (!TlsServerOptions.AreSame(old, now))
            yield return now is null ? "tls = disabled" : "tls = enabled";
        if (now is null)
            yield break;
        var before = old ?? new TlsServerOptions();
        if (before.Timeout != now.Timeout)
            yield return string.Create(CultureInfo.InvariantCulture, $"tls timeout = {now.Timeout.TotalSeconds}");
        if (!before.PinnedCertificates.SetEquals(now.PinnedCertificates))
            yield return string.Create(CultureInfo.InvariantCulture, $"{now.PinnedCertificates.Count} pinned_certs");
        if (before.HandshakeFirst != now.HandshakeFirst)
            yield return $"Client TLS handshake first: {Text(now.HandshakeFirst)}";
        if (before.HandshakeFirstFallback != now.HandshakeFirstFallback)
            yield return $"Client TLS handshake first fallback delay: {GoDuration.Format(now.HandshakeFirstFallback)}";
    }

    private static string Text(IReadOnlyDictionary<string, string> map)
    {
        return $"map[{string.Join(' ', map.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}:{pair.Value}"))}]";
    }

    private static string Text(SyncPolicy policy)
    {
        return policy.IsAlways ? "always" : GoDuration.Format(policy.SyncInterval);
    }

    private static string Text(bool value)
    {
        return value ? "true" : "false";
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

    private static string Text(double number)
    {
        return number.ToString(CultureInfo.InvariantCulture);
    }

    private static string Text(int number)
    {
        return number.ToString(CultureInfo.InvariantCulture);
    }
}
