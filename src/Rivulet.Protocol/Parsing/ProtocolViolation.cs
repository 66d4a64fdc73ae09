namespace Rivulet.Protocol;

/// <summary>
/// Everything a server complains of on a connection, by one fixed text each; see
/// <see cref="ProtocolViolationExtensions"/> for the texts and for which of them end the connection.
/// </summary>
public enum ProtocolViolation
{
    /// <summary>Nothing is wrong.</summary>
    None,

    /// <summary>An operation name not known, a blank line, or a payload that is not followed by CR LF.</summary>
    UnknownOperation,

    /// <summary>More arguments than <see cref="ParserLimits.MaxControlLine"/> allows.</summary>
    ControlLineTooLong,

    /// <summary>A message larger than <see cref="ParserLimits.MaxPayload"/>.</summary>
    PayloadTooLarge,

    /// <summary>Arguments of a known operation that make no sense. The peer is not told.</summary>
    InvalidArguments,

    /// <summary>A CONNECT that is not a JSON object of the right shape. The peer is not told.</summary>
    InvalidConnect,

    /// <summary>The client itself sent an error. It is not answered.</summary>
    ReportedByClient,

    /// <summary>Wrong or missing credentials, or an operation before the CONNECT that should bring them.</summary>
    AuthorizationViolation,

    /// <summary>No CONNECT in time.</summary>
    AuthenticationTimeout,

    /// <summary>The user's credentials have run out.</summary>
    UserAuthenticationExpired,

    /// <summary>The credentials of the user's account have run out.</summary>
    AccountAuthenticationExpired,

    /// <summary>The user's credentials have been revoked.</summary>
    UserAuthenticationRevoked,

    /// <summary>The connection's account is full.</summary>
    MaximumAccountConnectionsExceeded,

    /// <summary>The server is full.</summary>
    MaximumConnectionsExceeded,

    /// <summary>Too many pings unanswered.</summary>
    StaleConnection,

    /// <summary>A CONNECT with a protocol version other than 0 and 1.</summary>
    InvalidClientProtocol,

    /// <summary>A CONNECT that asks for no-responders replies without header support.</summary>
    NoRespondersRequiresHeaders,

    /// <summary>A client that did not start TLS where it must.</summary>
    TlsRequired,

    /// <summary>A subscription to an invalid subject. The connection stays.</summary>
    InvalidSubject,

    /// <summary>A publish to an invalid subject on a pedantic connection. The connection stays, the message is routed.</summary>
    InvalidPublishSubject,

    /// <summary>More subscriptions than the connection or its account may have. The connection stays.</summary>
    MaximumSubscriptionsExceeded,
}
