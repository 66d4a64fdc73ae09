using System.Net;
using System.Security.Cryptography.X509Certificates;
using Rivulet.Server.Security;
using Rivulet.Server.Tls;
using Rivulet.Server.WebSockets;

namespace Rivulet.Server.Connections;

/// <summary>What is known of a peer from the way that it came, before it says CONNECT. Authentication reads it.</summary>
internal sealed record ConnectionPeer
{
    /// <summary>A peer of which nothing is known.</summary>
    public static ConnectionPeer Plain { get; } = new();

    /// <summary>How it speaks.</summary>
    public ConnectionKind Kind { get; init; }

    /// <summary>Whether it is in the same process.</summary>
    public bool IsInProcess { get; init; }

    /// <summary>The way it came, as users may be allowed some.</summary>
    public ConnectionTypes ConnectionType => Kind == ConnectionKind.WebSocket
        ? ConnectionTypes.WebSocket
        : IsInProcess ? ConnectionTypes.InProcess : ConnectionTypes.Standard;

    /// <summary>The TLS session; null without TLS.</summary>
    public TlsSession? Tls { get; init; }

    /// <summary>The certificate that it showed and that was verified; null without.</summary>
    public X509Certificate2? Certificate => Tls?.PeerCertificate;

    /// <summary>Credentials from cookies of a WebSocket request, for where CONNECT has none; null without. Secrets: never logged.</summary>
    public CookieCredentials? Cookies { get; init; }

    /// <summary>The address that a proxy says the client has; null without. Anyone may claim to be a proxy.</summary>
    public IPAddress? ForwardedFor { get; init; }
}
