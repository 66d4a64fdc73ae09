namespace Rivulet.Server.Connections;

/// <summary>Why a connection ended. Monitoring and disconnect events show the text of <see cref="ClosedReasonText"/>.</summary>
public enum ClosedReason
{
    /// <summary>It is open.</summary>
    None = 0,

    /// <summary>The client ended it.</summary>
    ClientClosed,

    /// <summary>No CONNECT within the time allowed.</summary>
    AuthenticationTimeout,

    /// <summary>Wrong credentials, or none.</summary>
    AuthenticationViolation,

    /// <summary>The TLS handshake failed.</summary>
    TlsHandshakeError,

    /// <summary>More bytes were waiting for the client than <c>max_pending</c> allows.</summary>
    SlowConsumerPendingBytes,

    /// <summary>The client took nothing for as long as <c>write_deadline</c> allows.</summary>
    SlowConsumerWriteDeadline,

    /// <summary>Writing failed.</summary>
    WriteError,

    /// <summary>Reading failed.</summary>
    ReadError,

    /// <summary>The client sent what could not be understood, or an error of its own.</summary>
    ParseError,

    /// <summary>The client left too many pings unanswered.</summary>
    StaleConnection,

    /// <summary>The client broke the rules of the protocol.</summary>
    ProtocolViolation,

    /// <summary>CONNECT named a protocol version that does not exist.</summary>
    BadClientProtocolVersion,

    /// <summary>The client connected to a port for something else.</summary>
    WrongPort,

    /// <summary>The server has as many connections as it may have.</summary>
    MaxConnectionsExceeded,

    /// <summary>The account has as many connections as it may have.</summary>
    MaxAccountConnectionsExceeded,

    /// <summary>A message was larger than <c>max_payload</c>.</summary>
    MaxPayloadExceeded,

    /// <summary>A control line was longer than <c>max_control_line</c>.</summary>
    MaxControlLineExceeded,

    /// <summary>More subscriptions than a connection may have.</summary>
    MaxSubscriptionsExceeded,

    /// <summary>The server stops.</summary>
    ServerShutdown,

    /// <summary>The credentials ran out.</summary>
    AuthenticationExpired,

    /// <summary>The account does not exist.</summary>
    MissingAccount,

    /// <summary>The credentials were revoked.</summary>
    Revocation,

    /// <summary>A header block was wrong.</summary>
    MessageHeaderViolation,

    /// <summary>CONNECT asked for no-responders notices without header support.</summary>
    NoRespondersRequiresHeaders,

    /// <summary>An operator ended it.</summary>
    Kicked,

    /// <summary>Something went wrong in the server itself.</summary>
    InternalError,
}
