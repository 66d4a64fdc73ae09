using Rivulet.Server.WebSockets;

namespace Rivulet.Server;

/// <summary>A port for clients that speak the protocol in WebSocket messages: the <c>websocket</c> block of the configuration.</summary>
public sealed record WebSocketServerOptions
{
    /// <summary>Address to listen on.</summary>
    public string Host { get; init; } = "0.0.0.0";

    /// <summary>Port to listen on; -1 for any free one.</summary>
    public int Port { get; init; }

    /// <summary>Host and port that clients of a cluster would be told; a server on its own only shows it in monitoring.</summary>
    public string? Advertise { get; init; }

    /// <summary>TLS; null for none, which has to be said with <see cref="NoTls"/> as well.</summary>
    public TlsServerOptions? Tls { get; init; }

    /// <summary>Whether connections may be without TLS. Counts only where there is no <see cref="Tls"/>.</summary>
    public bool NoTls { get; init; }

    /// <summary>Whether the pages that browsers connect from must be from the same host and port.</summary>
    public bool SameOrigin { get; init; }

    /// <summary>The origins that browsers may connect from, such as <c>https://example.com</c>; empty for any.</summary>
    public IReadOnlyList<string> AllowedOrigins { get; init; } = [];

    /// <summary>Time from the accept to the answer of the upgrade request, TLS included; null for two seconds.</summary>
    public TimeSpan? HandshakeTimeout { get; init; }

    /// <summary>Whether messages are compressed (<c>permessage-deflate</c>) for clients that offer it.</summary>
    public bool Compression { get; init; }

    /// <summary>The cookie that a user's JWT may be in; null for none.</summary>
    public string? JwtCookie { get; init; }

    /// <summary>The cookie that a user name may be in; null for none.</summary>
    public string? UserCookie { get; init; }

    /// <summary>The cookie that a password may be in; null for none.</summary>
    public string? PasswordCookie { get; init; }

    /// <summary>The cookie that a token may be in; null for none.</summary>
    public string? TokenCookie { get; init; }

    /// <summary>
    /// The user that a client of this port is who shows no credentials; null for what holds for the client port. With operators there can be none.
    /// </summary>
    public string? NoAuthUser { get; init; }

    /// <summary>The name of the only user of this port; null for none. Not where there are other users.</summary>
    public string? UserName { get; init; }

    /// <summary>The password of <see cref="UserName"/>.</summary>
    public string? Password { get; init; }

    /// <summary>The token that lets clients of this port in; null for none. Not where there are users.</summary>
    public string? Token { get; init; }

    /// <summary>Time for CONNECT on this port; null for what holds for the client port.</summary>
    public TimeSpan? AuthTimeout { get; init; }

    /// <summary>Headers that the answer to an upgrade request has beside its own.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>Silence of a client after which it is pinged; null for what holds for the client port.</summary>
    public TimeSpan? PingInterval { get; init; }

    /// <summary>Throws if a setting makes no sense.</summary>
    /// <exception cref="NatsServerOptionsException">Says which one, and why.</exception>
    internal void Validate()
    {
        Require(Port is -1 or (> 0 and <= 65535), $"websocket port must be -1 or between 1 and 65535, not {Port}");
        Require(Tls is not null || NoTls, "websocket requires TLS configuration");
        Tls?.Validate();
        Require(
            HandshakeTimeout is null || (HandshakeTimeout > TimeSpan.Zero && HandshakeTimeout.Value.TotalMilliseconds < int.MaxValue),
            $"websocket handshake_timeout must be above zero and below 24 days, not {HandshakeTimeout}");
        Require(
            PingInterval is null || (PingInterval > TimeSpan.Zero && PingInterval.Value.TotalMilliseconds < int.MaxValue),
            $"websocket ping_interval must be above zero and below 24 days, not {PingInterval}");
        foreach (string origin in AllowedOrigins)
        {
            if (OriginRules.Complaint(origin) is { } complaint)
                throw new NatsServerOptionsException(complaint);
        }

        foreach (var (name, value) in Headers)
            ValidateHeader(name, value);
    }

    private static void ValidateHeader(string name, string value)
    {
        string lower = name.ToLowerInvariant();
        Require(
            lower is not ("host" or "content-length" or "connection" or "upgrade" or "nats-no-masking"),
            $"websocket: invalid header \"{name}\" not allowed");
        Require(
            !lower.StartsWith("sec-websocket-", StringComparison.Ordinal),
            $"websocket: invalid header \"{name}\", \"Sec-WebSocket-\" prefix not allowed");
        Require(
            name.Length > 0 && !name.Any(c => c is <= ' ' or ':' or >= '\x7f') && !value.Any(c => c is '\r' or '\n' or '\0'),
            $"websocket: invalid header \"{name}\"");
    }

    private static void Require(bool condition, string complaint)
    {
        NatsServerOptions.Require(condition, complaint);
    }

    /// <summary>Whether this port has users of its own, in place of what is said of the client port.</summary>
    internal bool HasAuthorization => UserName is not null || Token is not null || NoAuthUser is not null;

    /// <summary>Whether both make the same of a connection, TLS apart.</summary>
    internal static bool AreSame(WebSocketServerOptions? one, WebSocketServerOptions? other)
    {
        if (one is null || other is null)
            return one is null && other is null;
        var same = one with { Port = other.Port, Tls = other.Tls, AllowedOrigins = other.AllowedOrigins, Headers = other.Headers };
        return same == other
            && one.AllowedOrigins.SequenceEqual(other.AllowedOrigins)
            && one.Headers.Count == other.Headers.Count
            && !one.Headers.Except(other.Headers).Any();
    }

    /// <summary>Nothing of it: there are secrets among it.</summary>
    public override string ToString()
    {
        return $"websocket on {Host}:{Port}";
    }
}
