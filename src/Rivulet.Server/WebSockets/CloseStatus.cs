using Rivulet.Server.Connections;

namespace Rivulet.Server.WebSockets;

/// <summary>Status codes of close frames (RFC 6455, section 7.4).</summary>
internal static class CloseStatus
{
    /// <summary>The purpose of the connection has been fulfilled.</summary>
    public const int Normal = 1000;

    /// <summary>The server goes, or does not get through any more.</summary>
    public const int GoingAway = 1001;

    /// <summary>The peer broke the rules.</summary>
    public const int ProtocolError = 1002;

    /// <summary>A close frame had none. Never sent.</summary>
    public const int None = 1005;

    /// <summary>A text is not UTF-8.</summary>
    public const int InvalidData = 1007;

    /// <summary>Something that is not allowed.</summary>
    public const int PolicyViolation = 1008;

    /// <summary>A message is too large.</summary>
    public const int TooBig = 1009;

    /// <summary>Something else.</summary>
    public const int ServerError = 1011;

    /// <summary>The TLS handshake failed. Never sent.</summary>
    public const int TlsHandshake = 1015;

    /// <summary>The status for the end of a connection.</summary>
    public static int For(ClosedReason reason)
    {
        return reason switch
        {
            ClosedReason.ClientClosed => Normal,
            ClosedReason.AuthenticationTimeout
                or ClosedReason.AuthenticationViolation
                or ClosedReason.SlowConsumerPendingBytes
                or ClosedReason.SlowConsumerWriteDeadline
                or ClosedReason.MaxAccountConnectionsExceeded
                or ClosedReason.MaxConnectionsExceeded
                or ClosedReason.MaxControlLineExceeded
                or ClosedReason.MaxSubscriptionsExceeded
                or ClosedReason.MissingAccount
                or ClosedReason.AuthenticationExpired
                or ClosedReason.Revocation => PolicyViolation,
            ClosedReason.TlsHandshakeError => TlsHandshake,
            ClosedReason.ParseError or ClosedReason.ProtocolViolation or ClosedReason.BadClientProtocolVersion => ProtocolError,
            ClosedReason.MaxPayloadExceeded => TooBig,
            ClosedReason.WriteError or ClosedReason.ReadError or ClosedReason.StaleConnection or ClosedReason.ServerShutdown => GoingAway,
            _ => ServerError,
        };
    }

    /// <summary>Whether a peer may send a status.</summary>
    public static bool MayBeReceived(int status)
    {
        return status is >= 1000 and < 5000 and not (1004 or None or 1006 or TlsHandshake) and not (>= 1016 and <= 2999);
    }
}
