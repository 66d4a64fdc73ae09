using System.IO.Pipelines;

namespace Rivulet.Client;

/// <summary>How to connect, and how the connection behaves. Immutable; use <c>with</c> to vary one.</summary>
public sealed record NatsConnectionOptions
{
    /// <summary>The options that a bare <c>ConnectAsync()</c> uses.</summary>
    public static NatsConnectionOptions Default { get; } = new();

    /// <summary>
    /// Servers to try: <c>nats://</c> or <c>tls://</c> addresses, <c>host</c> or <c>host:port</c>; one string may hold
    /// several, separated by commas. <c>user:password@</c> or <c>token@</c> in an address wins over the options below.
    /// </summary>
    public IReadOnlyList<string> Servers { get; init; } = ["nats://localhost:4222"];

    /// <summary>The connection's name, shown in the server's monitoring.</summary>
    public string? Name { get; init; }

    /// <summary>User name.</summary>
    public string? User { get; init; }

    /// <summary>Password of <see cref="User"/>.</summary>
    public string? Password { get; init; }

    /// <summary>Token, for servers that take one instead of a user.</summary>
    public string? Token { get; init; }

    /// <summary>False: the connection's own subscriptions do not receive what it publishes.</summary>
    public bool Echo { get; init; } = true;

    /// <summary>True: the server acknowledges every operation with <c>+OK</c>. For looking at the protocol.</summary>
    public bool Verbose { get; init; }

    /// <summary>True: the server checks subjects more strictly.</summary>
    public bool Pedantic { get; init; }

    /// <summary>Time for one server to be connected to, greet and accept us.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Time for a request's answer, where the call gives none of its own.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Time between pings that find a dead connection. Zero or less: none are sent.</summary>
    public TimeSpan PingInterval { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Time that a drain waits for the readers of subscriptions.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Unanswered pings after which the connection counts as dead.</summary>
    public int MaxPingsOutstanding { get; init; } = 2;

    /// <summary>
    /// Connect attempts per server after a loss, without a success between them; -1 never gives up, 0 does not reconnect
    /// at all.
    /// </summary>
    public int MaxReconnectAttempts { get; init; } = -1;

    /// <summary>The pause after the first failed round through the servers; it doubles with each further one.</summary>
    public TimeSpan ReconnectDelay { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest pause between two rounds.</summary>
    public TimeSpan ReconnectDelayMax { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A random time up to this is added to each pause, so that clients do not come back all at once.</summary>
    public TimeSpan ReconnectJitter { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>True: a first connect that fails is retried by the rules of a reconnect instead of throwing.</summary>
    public bool RetryOnInitialConnect { get; init; }

    /// <summary>False: servers are tried in the order given instead of a random one.</summary>
    public bool RandomizeServers { get; init; } = true;

    /// <summary>True: addresses that the server tells of (<c>connect_urls</c>) do not join the list.</summary>
    public bool IgnoreDiscoveredServers { get; init; }

    /// <summary>
    /// Bytes waiting to be sent above which a publish waits until the writer has taken them. A single message larger
    /// than this is accepted when nothing else waits.
    /// </summary>
    public int OutboundBufferBytes { get; init; } = 1024 * 1024;

    /// <summary>Bytes of publishes kept while reconnecting; beyond it a publish fails. 0: none are kept.</summary>
    public int ReconnectBufferBytes { get; init; } = 8 * 1024 * 1024;

    /// <summary>Messages that a subscription holds for its reader; beyond it new ones are dropped and reported.</summary>
    public int PendingMessagesMax { get; init; } = 65_536;

    /// <summary>Bytes that a subscription holds for its reader; beyond it new messages are dropped and reported.</summary>
    public long PendingBytesMax { get; init; } = 64 * 1024 * 1024;

    /// <summary>The first tokens of reply subjects.</summary>
    public string InboxPrefix { get; init; } = "_INBOX";

    /// <summary>TLS, null for what the address and the server ask for.</summary>
    public NatsTlsOptions? Tls { get; init; }

    /// <summary>
    /// Opens the transport instead of a socket to one of <see cref="Servers"/>, at the first connect and at every
    /// reconnect: an embedded server's in-process pipe, for one.
    /// </summary>
    public Func<CancellationToken, ValueTask<IDuplexPipe>>? TransportFactory { get; init; }

    /// <summary>How values become payloads and back in the generic overloads.</summary>
    public NatsSerializerRegistry Serializers { get; init; } = NatsSerializerRegistry.Default;

    /// <summary>Told of each request and its answer, for looking at what goes on. Null for none.</summary>
    public INatsRequestTracer? RequestTracer { get; init; }

    /// <summary>The clock of time-outs, pings and pauses.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
