using System.Security.Authentication;
using System.Security.Cryptography;
using Rivulet.Server.Logging;
using Rivulet.Server.Tls;
using Rivulet.Server.Transports;

namespace Rivulet.Server.Connections;

/// <summary>Brings a connection on a port with TLS to the point where the client may say CONNECT: INFO and the handshake, in either order.</summary>
/// <remarks>
/// The reference server's rules. Usually INFO comes first and the handshake follows. With <c>handshake_first</c> it is the other way
/// round, unless there is a time after which a silent client gets INFO after all. With <c>allow_non_tls</c> the client's first byte
/// decides. Nothing here holds up anybody else, and all of it together has the time that handshakes have.
/// </remarks>
internal sealed class TlsOpening
{
    private const byte HandshakeRecord = 0x16;

    private readonly ClientConnection _connection;
    private readonly TlsTransport _transport;
    private readonly TlsServer _tls;
    private readonly ConnectionEnvironment _environment;
    private volatile bool _isOver;
    private volatile bool _timedOut;

    /// <summary>The opening of one connection.</summary>
    public TlsOpening(ClientConnection connection, TlsTransport transport, TlsServer tls, ConnectionEnvironment environment)
    {
        _connection = connection;
        _transport = transport;
        _tls = tls;
        _environment = environment;
    }

    /// <summary>Sends INFO and makes the handshake. False if the connection is over.</summary>
    public async Task<bool> RunAsync()
    {
        var options = _tls.Options;
        bool isFirst = options.HandshakeFirst;
        if (!isFirst)
        {
            Greet(tlsRequired: null);
        }
        else if (options.HandshakeFirstFallback > TimeSpan.Zero
            && await _transport.PeekAsync(options.HandshakeFirstFallback, _environment.Time).ConfigureAwait(false) is null)
        {
            isFirst = false;
            Greet(tlsRequired: null);
        }

        bool isSecure = isFirst || !_environment.Options.AllowNonTls
            || await _transport.PeekAsync(options.Timeout, _environment.Time).ConfigureAwait(false) is HandshakeRecord;
        if (isSecure && !await SecureAsync(isFirst).ConfigureAwait(false))
            return false;
        if (isFirst)
            Greet(tlsRequired: true);
        return true;
    }

    private void Greet(bool? tlsRequired)
    {
        _connection.Greet(tlsRequired);
    }

    private async Task<bool> SecureAsync(bool isFirst)
    {
        if (_tls.Rate?.TryTake(_environment.Time) == false)
        {
            _connection.Enqueue("-ERR 'Connection throttling is active. Please try again later.'\r\n"u8);
            _connection.Close(ClosedReason.MaxConnectionsExceeded);
            return false;
        }

        ServerLog.HandshakeStarted(_environment.Log, _connection.Label);
        var verification = new PeerVerification(_tls.Options, _environment.Time);
        await using var timer = _environment.Time.CreateTimer(
            static self => ((TlsOpening)self!).OnTimeout(), this, _tls.Options.Timeout, Timeout.InfiniteTimeSpan);
        try
        {
            await _transport.AuthenticateAsync(stream => _tls.AuthenticateAsync(stream, verification)).ConfigureAwait(false);
            _isOver = true;
        }
        catch (Exception e) when (e is AuthenticationException or IOException or CryptographicException or InvalidOperationException)
        {
            _isOver = true;
            Fail(verification.Complaint, e);
            return false;
        }

        // A client that showed no certificate was not asked for one, and has no key that could be one of those.
        var session = TlsSession.Of(_transport.Session!, isFirst, verification);
        if (verification.CheckPin(session.PeerCertificate) is { } complaint)
        {
            Fail(complaint, null);
            return false;
        }

        _connection.Secured(session);
        ServerLog.HandshakeComplete(_environment.Log, _connection.Label);
        ServerLog.SessionEstablished(_environment.Log, _connection.Label, session.Version, session.CipherSuite);
        return true;
    }

    private void Fail(string? complaint, Exception? exception)
    {
        if (!_timedOut && _connection.ClosedReason == ClosedReason.None)
        {
            string reason = complaint ?? HandshakeFailure.Describe(exception!);
            if (complaint is null && HandshakeFailure.IsProbe(exception!))
                ServerLog.HandshakeProbe(_environment.Log, _connection.Label, reason);
            else
                ServerLog.HandshakeFailed(_environment.Log, _connection.Label, reason);
        }

        _connection.Close(ClosedReason.TlsHandshakeError);
    }

    private void OnTimeout()
    {
        if (_isOver)
            return;
        _timedOut = true;
        ServerLog.HandshakeTimeout(_environment.Log, _connection.Label);
        _connection.Close(ClosedReason.TlsHandshakeError);
    }
}
