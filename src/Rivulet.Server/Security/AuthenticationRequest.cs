using System.Net;
using System.Security.Cryptography.X509Certificates;
using Rivulet.Protocol;

namespace Rivulet.Server.Security;

/// <summary>What a client presents, and how it is connected. Holds secrets: never for a log.</summary>
internal sealed class AuthenticationRequest
{
    /// <summary>What CONNECT said.</summary>
    public required ConnectOptions Connect { get; init; }

    /// <summary>The nonce that INFO offered on this connection, as it was sent; empty for none.</summary>
    public string Nonce { get; init; } = "";

    /// <summary>The certificate that the client authenticated with in TLS; null for none.</summary>
    public X509Certificate2? PeerCertificate { get; init; }

    /// <summary>Whether that certificate says which user it is.</summary>
    public bool IsMapped { get; init; }

    /// <summary>How it is connected: one type.</summary>
    public ConnectionTypes ConnectionType { get; init; } = ConnectionTypes.Standard;

    /// <summary>The peer's address; null in-process.</summary>
    public IPAddress? RemoteAddress { get; init; }

    /// <summary>The connection's id.</summary>
    public ulong ConnectionId { get; init; }
}
