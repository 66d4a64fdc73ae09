namespace Rivulet.Server.Connections;

/// <summary>The reference server's words for each <see cref="ClosedReason"/>.</summary>
public static class ClosedReasonText
{
    /// <summary>The text that monitoring shows.</summary>
    public static string ToText(this ClosedReason reason)
    {
        return reason switch
        {
            ClosedReason.ClientClosed => "Client Closed",
            ClosedReason.AuthenticationTimeout => "Authentication Timeout",
            ClosedReason.AuthenticationViolation => "Authentication Failure",
            ClosedReason.TlsHandshakeError => "TLS Handshake Failure",
            ClosedReason.SlowConsumerPendingBytes => "Slow Consumer (Pending Bytes)",
            ClosedReason.SlowConsumerWriteDeadline => "Slow Consumer (Write Deadline)",
            ClosedReason.WriteError => "Write Error",
            ClosedReason.ReadError => "Read Error",
            ClosedReason.ParseError => "Parse Error",
            ClosedReason.StaleConnection => "Stale Connection",
            ClosedReason.ProtocolViolation => "Protocol Violation",
            ClosedReason.BadClientProtocolVersion => "Bad Client Protocol Version",
            ClosedReason.WrongPort => "Incorrect Port",
            ClosedReason.MaxConnectionsExceeded => "Maximum Connections Exceeded",
            ClosedReason.MaxAccountConnectionsExceeded => "Maximum Account Connections Exceeded",
            ClosedReason.MaxPayloadExceeded => "Maximum Message Payload Exceeded",
            ClosedReason.MaxControlLineExceeded => "Maximum Control Line Exceeded",
            ClosedReason.MaxSubscriptionsExceeded => "Maximum Subscriptions Exceeded",
            ClosedReason.ServerShutdown => "Server Shutdown",
            ClosedReason.AuthenticationExpired => "Authentication Expired",
            ClosedReason.MissingAccount => "Missing Account",
            ClosedReason.Revocation => "Credentials Revoked",
            ClosedReason.MessageHeaderViolation => "Message Header Violation",
            ClosedReason.NoRespondersRequiresHeaders => "No Responders Requires Headers",
            ClosedReason.Kicked => "Kicked",
            ClosedReason.InternalError => "Internal Client",
            _ => "Unknown State",
        };
    }
}
