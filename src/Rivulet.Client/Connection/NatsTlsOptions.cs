using System.Net.Security;

namespace Rivulet.Client;

/// <summary>How a connection uses TLS.</summary>
public sealed record NatsTlsOptions
{
    /// <summary>True: refuse a server that offers no TLS. A <c>tls://</c> address does the same.</summary>
    public bool Required { get; init; }

    /// <summary>True: the handshake comes before the server's first line (<c>handshake_first</c> servers).</summary>
    public bool HandshakeFirst { get; init; }

    /// <summary>
    /// Certificates, validation and protocol versions. The target host is filled in from the address if it is null.
    /// Null takes the platform's defaults.
    /// </summary>
    public SslClientAuthenticationOptions? Authentication { get; init; }
}
