using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Rivulet.Server.Accounts;
using Rivulet.Server.Hosting;
using Rivulet.Server.Security;
using Rivulet.Server.Security.Operators;

namespace Rivulet.Server;

/// <summary>Settings of a <see cref="NatsServer"/>, with the reference server's names and defaults.</summary>
public sealed record NatsServerOptions
{
    /// <summary>Address to listen on: an IP address, or a host name of this machine.</summary>
    public string Host { get; init; } = "0.0.0.0";

    /// <summary>Port to listen on; -1 for any free one.</summary>
    public int Port { get; init; } = 4222;

    /// <summary>Whether to listen at all. A server that does not is reached with <see cref="NatsServer.ConnectInProcess"/>.</summary>
    public bool Listen { get; init; } = true;

    /// <summary>Name of the server; null to use its id.</summary>
    public string? ServerName { get; init; }

    /// <summary>The configuration file that these settings are from, for the log; null for none.</summary>
    public string? ConfigFile { get; init; }

    /// <summary>A hash of what that file says, for the log and for monitoring; null for none.</summary>
    public string? ConfigDigest { get; init; }

    /// <summary>Labels of the server, for monitoring. Lower case, each once.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>Labels of the server with values, for monitoring.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    /// <summary>Host, or host and port, that clients are told to reach the server at; null for what it listens on.</summary>
    public string? ClientAdvertise { get; init; }

    /// <summary>Address that monitoring listens on; null for <see cref="Host"/>.</summary>
    public string? HttpHost { get; init; }

    /// <summary>Port of monitoring over HTTP: -1 for any free one, 0 for no monitoring.</summary>
    public int HttpPort { get; init; }

    /// <summary>
    /// Port of monitoring over HTTPS, with the certificate of <see cref="Tls"/>: -1 for any free one, 0 for none. Not together with
    /// <see cref="HttpPort"/>.
    /// </summary>
    public int HttpsPort { get; init; }

    /// <summary>What the paths of monitoring begin with, such as <c>/nats</c>; empty for nothing.</summary>
    public string HttpBasePath { get; init; } = "";

    /// <summary>TLS of the client port; null for none. Connections inside the process are without in any case.</summary>
    public TlsServerOptions? Tls { get; init; }

    /// <summary>Whether clients may connect without TLS although there is <see cref="Tls"/>.</summary>
    public bool AllowNonTls { get; init; }

    /// <summary>A port for WebSocket clients; null for none.</summary>
    public WebSocketServerOptions? WebSocket { get; init; }

    /// <summary>Most bytes of headers and payload in one message.</summary>
    public int MaxPayload { get; init; } = 1024 * 1024;

    /// <summary>Most bytes of arguments in one protocol line.</summary>
    public int MaxControlLine { get; init; } = 4096;

    /// <summary>Most bytes that may wait for one client before it is closed as a slow consumer.</summary>
    public long MaxPending { get; init; } = 64 * 1024 * 1024;

    /// <summary>Most connections; -1 for no limit.</summary>
    public int MaxConnections { get; init; } = 65536;

    /// <summary>Most subscriptions of one connection; 0 for no limit.</summary>
    public int MaxSubscriptions { get; init; }

    /// <summary>Most tokens in the subject of a subscription, 255 at most; 0 for no limit.</summary>
    public int MaxSubscriptionTokens { get; init; }

    /// <summary>Closed connections that monitoring remembers.</summary>
    public int MaxClosedClients { get; init; } = 10_000;

    /// <summary>Silence of a client after which it is pinged.</summary>
    public TimeSpan PingInterval { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>
    /// Whether the first ping, too, waits for <see cref="PingInterval"/>. Otherwise it comes within seconds of connecting,
    /// to measure the round trip.
    /// </summary>
    public bool NoShortFirstPing { get; init; }

    /// <summary>Pings that may be unanswered before a client is closed as stale.</summary>
    public int PingMax { get; init; } = 2;

    /// <summary>How long a client may take nothing of what is being sent to it.</summary>
    public TimeSpan WriteDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Over what time a lame duck closes its clients.</summary>
    public TimeSpan LameDuckDuration { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How long a lame duck waits before it closes the first one. Below <see cref="LameDuckDuration"/>.</summary>
    public TimeSpan LameDuckGracePeriod { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether message headers are refused.</summary>
    public bool NoHeaderSupport { get; init; }

    /// <summary>Whether producers are not held back when their receivers lag.</summary>
    public bool NoFastProducerStall { get; init; }

    /// <summary>Whether trace logs show headers of messages, and no payloads.</summary>
    public bool TraceHeaders { get; init; }

    /// <summary>Most bytes of a payload shown in trace logs; 0 for no limit.</summary>
    public int MaxTracedMessageLength { get; init; }

    /// <summary>
    /// The accounts; those that there always are, <c>$G</c> and <c>$SYS</c>, may be missing. Where there are others, clients belong
    /// to those of their users.
    /// </summary>
    public IReadOnlyList<AccountSettings> Accounts { get; init; } = [];

    /// <summary>Operators who vouch for accounts, instead of <see cref="Accounts"/> and users; null for none.</summary>
    public OperatorSettings? Operators { get; init; }

    /// <summary>The account of the server's own events.</summary>
    public string SystemAccount { get; init; } = AccountSettings.SystemName;

    /// <summary>Name of the user that a client is who shows no credentials; null if it has to show some.</summary>
    public string? NoAuthUser { get; init; }

    /// <summary>
    /// Domains of JetStream by the names of accounts whose requests go there although they do not name it: accounts without JetStream of their own.
    /// The empty domain changes nothing.
    /// </summary>
    public IReadOnlyDictionary<string, string> DefaultJetStreamDomains { get; init; } = new Dictionary<string, string>();

    /// <summary>Who may connect, and how long it may take to say so; null where that is said nowhere.</summary>
    public AuthorizationSettings? Authorization { get; init; }

    /// <summary>JetStream; null for a server without it.</summary>
    public JetStreamServerOptions? JetStream { get; init; }

    /// <summary>Where log lines go.</summary>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;

    /// <summary>The clock.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Seed of everything random, for tests that want to repeat a run; null for a different one each time.</summary>
    public int? RandomSeed { get; init; }

    /// <summary>How long a client may take for its CONNECT where one is required: the handshake is not counted, and expected.</summary>
    internal TimeSpan AuthenticationTimeout =>
        Authorization?.Timeout ?? (Tls is { } tls ? tls.Timeout + TimeSpan.FromSeconds(1) : AuthorizationSettings.DefaultTimeout);

    /// <summary>Throws if a setting makes no sense.</summary>
    /// <exception cref="NatsServerOptionsException">Says which one, and why.</exception>
    public void Validate()
    {
        Require(Port is >= -1 and <= 65535, $"port must be between -1 and 65535, not {Port}");
        Require(!string.IsNullOrWhiteSpace(Host) || !Listen, "host must not be empty");
        Require(ServerName is null || !ServerName.Any(char.IsWhiteSpace), "server name cannot contain spaces");
        Require(ServerName is not { Length: 0 }, "server name cannot be empty");
        Require(MaxPayload > 0, $"max_payload must be above zero, not {MaxPayload}");
        Require(MaxControlLine > 0, $"max_control_line must be above zero, not {MaxControlLine}");
        Require(MaxPending > 0, $"max_pending must be above zero, not {MaxPending}");
        Require(
            MaxPayload <= MaxPending, $"max_payload ({MaxPayload}) cannot be higher than max_pending ({MaxPending})");
        Require(MaxConnections is -1 or > 0, $"max_connections must be -1 or above zero, not {MaxConnections}");
        Require(MaxSubscriptions >= 0, $"max_subscriptions must not be negative, but is {MaxSubscriptions}");
        Require(IsTimer(PingInterval), $"ping_interval must be above zero and below 49 days, not {PingInterval}");
        Require(PingMax >= 0, $"ping_max must not be negative, but is {PingMax}");
        Require(IsTimer(WriteDeadline), $"write_deadline must be above zero and below 49 days, not {WriteDeadline}");
        Require(HttpPort is >= -1 and <= 65535, $"http_port must be between -1 and 65535, not {HttpPort}");
        Require(
            MaxSubscriptionTokens is >= 0 and <= 255, $"max_subscription_tokens must be between 0 and 255, not {MaxSubscriptionTokens}");
        Require(MaxClosedClients >= 0, $"max_closed_clients must not be negative, but is {MaxClosedClients}");
        Require(IsTimer(LameDuckDuration), $"lame_duck_duration must be above zero and below 49 days, not {LameDuckDuration}");
        Require(
            LameDuckGracePeriod >= TimeSpan.Zero && LameDuckGracePeriod < LameDuckDuration,
            $"lame duck grace period ({GoDuration.Format(LameDuckGracePeriod)}) should be strictly lower than lame duck duration ({GoDuration.Format(LameDuckDuration)})");
        Require(MaxTracedMessageLength >= 0, $"max_traced_msg_len must not be negative, but is {MaxTracedMessageLength}");
        Require(HttpsPort is >= -1 and <= 65535, $"https_port must be between -1 and 65535, not {HttpsPort}");
        Require(HttpPort == 0 || HttpsPort == 0, $"can't specify both HTTP ({HttpPort}) and HTTPs ({HttpsPort}) ports");
        Require(HttpsPort == 0 || Tls is not null, "TLS cert and key required for HTTPS");
        Tls?.Validate();
        WebSocket?.Validate();
        Require(
            WebSocket?.JwtCookie is null || Operators is { IsUsed: true },
            $"trusted operators or trusted keys configuration is required for JWT authentication via cookie \"{WebSocket?.JwtCookie}\"");
        SecurityChecks.Validate(this);
        DefaultDomains.Validate(this);
        JetStream?.Validate();
    }

    /// <summary>Whether accounts or users are others than those of <paramref name="other"/>, or may do something else.</summary>
    internal bool HasOtherUsersThan(NatsServerOptions other)
    {
        return !ListEquality.AreEqual(Accounts, other.Accounts)
            || !Equals(Authorization, other.Authorization)
            || !Equals(Operators, other.Operators)
            || (SystemAccount, NoAuthUser) != (other.SystemAccount, other.NoAuthUser);
    }

    /// <summary>The account of the server's own events: where there are operators, the one that they name unless another is set.</summary>
    internal string EffectiveSystemAccount =>
        Operators is { IsUsed: true } operators && SystemAccount == AccountSettings.SystemName
            ? OperatorTrust.SystemAccountOf(operators) ?? SystemAccount
            : SystemAccount;

    /// <summary>Whether clients may be decided about by a service that is asked in secret.</summary>
    internal bool NeedsEncryptionKeys => Operators is { IsUsed: true } || Authorization?.Callout is not null;

    internal static void Require(bool condition, string complaint)
    {
        if (!condition)
            throw new NatsServerOptionsException(complaint);
    }

    private static bool IsTimer(TimeSpan duration)
    {
        return duration > TimeSpan.Zero && duration.TotalMilliseconds < uint.MaxValue - 1;
    }
}
