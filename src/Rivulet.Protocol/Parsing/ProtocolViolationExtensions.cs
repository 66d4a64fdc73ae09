namespace Rivulet.Protocol;

/// <summary>The text and the consequence of each <see cref="ProtocolViolation"/>.</summary>
public static class ProtocolViolationExtensions
{
    /// <summary>The text of the <c>-ERR</c> line, without its quotes; empty if the peer is not told.</summary>
    public static ReadOnlySpan<byte> ErrorText(this ProtocolViolation violation)
    {
        return violation switch
        {
            ProtocolViolation.UnknownOperation => "Unknown Protocol Operation"u8,
            ProtocolViolation.ControlLineTooLong => "maximum control line exceeded"u8,
            ProtocolViolation.PayloadTooLarge => "Maximum Payload Violation"u8,
            ProtocolViolation.AuthorizationViolation => "Authorization Violation"u8,
            ProtocolViolation.AuthenticationTimeout => "Authentication Timeout"u8,
            ProtocolViolation.UserAuthenticationExpired => "User Authentication Expired"u8,
            ProtocolViolation.AccountAuthenticationExpired => "Account Authentication Expired"u8,
            ProtocolViolation.UserAuthenticationRevoked => "User Authentication Revoked"u8,
            ProtocolViolation.MaximumAccountConnectionsExceeded => "maximum account active connections exceeded"u8,
            ProtocolViolation.MaximumConnectionsExceeded => "maximum connections exceeded"u8,
            ProtocolViolation.StaleConnection => "Stale Connection"u8,
            ProtocolViolation.InvalidClientProtocol => "invalid client protocol"u8,
            ProtocolViolation.NoRespondersRequiresHeaders => "no responders requires headers support"u8,
            ProtocolViolation.TlsRequired => "Secure Connection - TLS Required"u8,
            ProtocolViolation.InvalidSubject => "Invalid Subject"u8,
            ProtocolViolation.InvalidPublishSubject => "Invalid Publish Subject"u8,
            ProtocolViolation.MaximumSubscriptionsExceeded => "maximum subscriptions exceeded"u8,
            _ => default,
        };
    }

    /// <summary>Whether the connection ends after the <c>-ERR</c> line, or without one where there is no text.</summary>
    public static bool ClosesConnection(this ProtocolViolation violation)
    {
        return violation is not (
            ProtocolViolation.None
            or ProtocolViolation.InvalidSubject
            or ProtocolViolation.InvalidPublishSubject
            or ProtocolViolation.MaximumSubscriptionsExceeded);
    }
}
