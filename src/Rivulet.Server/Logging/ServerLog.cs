using Microsoft.Extensions.Logging;
using Rivulet.Protocol;

namespace Rivulet.Server.Logging;

/// <summary>Every log line of the server. Event ids are stable: a retired one is not used again.</summary>
/// <remarks>
/// 1 to 49 start and stop, 50 to 99 JetStream's start, 100 to 199 connections. The start and stop lines are the reference
/// server's, because scripts wait for them.
/// </remarks>
internal static partial class ServerLog
{
    [LoggerMessage(1, LogLevel.Information, "{Text}")]
    public static partial void Notice(ILogger log, string text);

    [LoggerMessage(2, LogLevel.Information, "Listening for client connections on {Host}:{Port}")]
    public static partial void Listening(ILogger log, string host, int port);

    [LoggerMessage(3, LogLevel.Information, "Server is ready")]
    public static partial void Ready(ILogger log);

    [LoggerMessage(4, LogLevel.Information, "Initiating Shutdown...")]
    public static partial void ShuttingDown(ILogger log);

    [LoggerMessage(5, LogLevel.Information, "Server Exiting..")]
    public static partial void Exiting(ILogger log);

    [LoggerMessage(6, LogLevel.Error, "Error accepting a connection, trying again: {Reason}")]
    public static partial void AcceptFailed(ILogger log, string reason);

    [LoggerMessage(7, LogLevel.Warning,
        "Maximum payloads over 8.00 MB are generally discouraged and could lead to poor performance")]
    public static partial void LargePayload(ILogger log);

    [LoggerMessage(8, LogLevel.Critical, "A piece of background work failed")]
    public static partial void WorkFailed(ILogger log, Exception exception);

    [LoggerMessage(127, LogLevel.Critical, "A connection ended by a failure of the server")]
    public static partial void LoopFailed(ILogger log, Exception exception);

    [LoggerMessage(9, LogLevel.Warning, "{Count} connections had not closed in time and were cut")]
    public static partial void ConnectionsCut(ILogger log, int count);

    [LoggerMessage(10, LogLevel.Information, "Entering lame duck mode, stop accepting new clients")]
    public static partial void Retiring(ILogger log);

    [LoggerMessage(11, LogLevel.Information, "Closing existing clients")]
    public static partial void ClosingClients(ILogger log);

    [LoggerMessage(12, LogLevel.Information, "Starting http monitor on {Address}")]
    public static partial void MonitoringStarted(ILogger log, string address);

    [LoggerMessage(13, LogLevel.Error, "Error accepting a monitoring connection: {Reason}")]
    public static partial void MonitoringAcceptFailed(ILogger log, string reason);

    [LoggerMessage(14, LogLevel.Error, "Answering a monitoring request failed")]
    public static partial void MonitoringFault(ILogger log, Exception exception);

    [LoggerMessage(15, LogLevel.Warning, "Healthcheck failed: {Reason}")]
    public static partial void Unhealthy(ILogger log, string reason);

    [LoggerMessage(16, LogLevel.Information, "TLS required for client connections")]
    public static partial void TlsRequired(ILogger log);

    [LoggerMessage(17, LogLevel.Information, "TLS available for client connections")]
    public static partial void TlsAvailable(ILogger log);

    [LoggerMessage(18, LogLevel.Warning, "Clients that are not using \"TLS Handshake First\" option will fail to connect")]
    public static partial void HandshakeFirstOnly(ILogger log);

    [LoggerMessage(19, LogLevel.Information, "Listening for websocket clients on {Scheme}://{Host}:{Port}")]
    public static partial void WebSocketListening(ILogger log, string scheme, string host, int port);

    [LoggerMessage(20, LogLevel.Warning, "Websocket not configured with TLS. DO NOT USE IN PRODUCTION!")]
    public static partial void WebSocketInPlain(ILogger log);

    [LoggerMessage(21, LogLevel.Error, "{Peer} - websocket handshake error: {Reason}")]
    public static partial void WebSocketRefused(ILogger log, string peer, string reason);

    [LoggerMessage(22, LogLevel.Error, "websocket: http: TLS handshake error from {Peer}: {Reason}")]
    public static partial void WebSocketHandshakeFailed(ILogger log, string peer, string reason);

    [LoggerMessage(23, LogLevel.Error, "Serving a WebSocket request failed")]
    public static partial void WebSocketFault(ILogger log, Exception exception);

    [LoggerMessage(24, LogLevel.Information, "Starting https monitor on {Address}")]
    public static partial void SecureMonitoringStarted(ILogger log, string address);

    [LoggerMessage(25, LogLevel.Error, "Not configured to accept leaf node connections")]
    public static partial void NoLeafNodes(ILogger log);

    [LoggerMessage(26, LogLevel.Warning, "The option `default_js_domain` is a temporary backwards compatibility measure and will be removed")]
    public static partial void DefaultDomains(ILogger log);

    [LoggerMessage(50, LogLevel.Information, "Took {Duration} to start JetStream")]
    public static partial void JetStreamStarted(ILogger log, string duration);

    [LoggerMessage(51, LogLevel.Information, "Initiating JetStream Shutdown...")]
    public static partial void JetStreamShuttingDown(ILogger log);

    [LoggerMessage(52, LogLevel.Information, "JetStream Shutdown")]
    public static partial void JetStreamShutdown(ILogger log);

    [LoggerMessage(53, LogLevel.Error, "JetStream Shutdown failed: {Reason}")]
    public static partial void JetStreamCloseFailed(ILogger log, string reason);

    [LoggerMessage(60, LogLevel.Error, "answering a request of the system account failed")]
    public static partial void SystemRequestFault(ILogger log, Exception exception);

    [LoggerMessage(61, LogLevel.Error, "telling an event in the system account failed")]
    public static partial void SystemEventFault(ILogger log, Exception exception);

    [LoggerMessage(100, LogLevel.Debug, "{Connection} - Client connection created")]
    public static partial void ConnectionCreated(ILogger log, string connection);

    [LoggerMessage(101, LogLevel.Debug, "{Connection} - Client connection closed: {Reason}")]
    public static partial void ConnectionClosed(ILogger log, string connection, string reason);

    [LoggerMessage(102, LogLevel.Error, "{Connection} - serving the connection failed")]
    public static partial void ConnectionFault(ILogger log, string connection, Exception exception);

    [LoggerMessage(103, LogLevel.Error, "{Connection} - protocol error: {Violation}")]
    public static partial void ProtocolError(ILogger log, string connection, ProtocolViolation violation);

    [LoggerMessage(104, LogLevel.Information,
        "{Connection} - Slow Consumer Detected: MaxPending of {MaxPending} Exceeded")]
    public static partial void SlowConsumerPending(ILogger log, string connection, long maxPending);

    [LoggerMessage(105, LogLevel.Information,
        "{Connection} - Slow Consumer Detected: WriteDeadline of {Deadline} exceeded with {Chunks} chunks of {Bytes} total bytes.")]
    public static partial void SlowConsumerDeadline(ILogger log, string connection, string deadline, int chunks, long bytes);

    [LoggerMessage(106, LogLevel.Error, "{Connection} - maximum connections exceeded")]
    public static partial void TooManyConnections(ILogger log, string connection);

    [LoggerMessage(108, LogLevel.Error, "{Connection} - {Violation}")]
    public static partial void PermissionsViolation(ILogger log, string connection, string violation);

    [LoggerMessage(120, LogLevel.Debug, "{Connection} - Starting TLS client connection handshake")]
    public static partial void HandshakeStarted(ILogger log, string connection);

    [LoggerMessage(121, LogLevel.Debug, "{Connection} - TLS handshake complete")]
    public static partial void HandshakeComplete(ILogger log, string connection);

    [LoggerMessage(122, LogLevel.Debug, "{Connection} - TLS version {Version}, cipher suite {CipherSuite}")]
    public static partial void SessionEstablished(ILogger log, string connection, string version, string cipherSuite);

    [LoggerMessage(123, LogLevel.Error, "{Connection} - TLS handshake error: {Reason}")]
    public static partial void HandshakeFailed(ILogger log, string connection, string reason);

    [LoggerMessage(124, LogLevel.Debug, "{Connection} - TLS handshake error: {Reason}")]
    public static partial void HandshakeProbe(ILogger log, string connection, string reason);

    [LoggerMessage(125, LogLevel.Debug, "{Connection} - TLS handshake timeout")]
    public static partial void HandshakeTimeout(ILogger log, string connection);

    [LoggerMessage(126, LogLevel.Error, "{Connection} - read error: {Reason}")]
    public static partial void ReadFailed(ILogger log, string connection, string reason);

    [LoggerMessage(116, LogLevel.Error, "{Connection} - authentication error{User}")]
    public static partial void AuthenticationFailed(ILogger log, string connection, string user);

    [LoggerMessage(117, LogLevel.Debug, "{Connection} - {Reason}")]
    public static partial void AuthenticationReason(ILogger log, string connection, string reason);

    [LoggerMessage(107, LogLevel.Trace, "{Connection} - {Text}")]
    public static partial void Trace(ILogger log, string connection, string text);
}
