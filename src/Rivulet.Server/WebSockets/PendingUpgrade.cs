using System.Buffers;
using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography;
using Rivulet.JetStream.Hosting;
using Rivulet.Server.Connections;
using Rivulet.Server.Logging;
using Rivulet.Server.Monitoring.Http;
using Rivulet.Server.Tls;
using Rivulet.Server.Transports;

namespace Rivulet.Server.WebSockets;

/// <summary>One connection on its way to become a WebSocket: TLS, the request, the answer. All of it within a time, in bounded memory.</summary>
internal sealed class PendingUpgrade : IWorkItem
{
    private const int FirstBufferBytes = 1024;
    private const int HeadBytesMax = 64 * 1024;
    private static readonly TimeSpan TimeMax = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LingerTime = TimeSpan.FromMilliseconds(250);

    private readonly WebSocketListener _listener;
    private readonly ConnectionEnvironment _environment;
    private readonly WebSocketServerOptions _options;
    private readonly IByteTransport _socket;
    private readonly string _peer;
    private IByteTransport _transport;
    private TlsSession? _session;

    /// <summary>The upgrade of a connection that was just accepted; owns it until it is handed on.</summary>
    public PendingUpgrade(WebSocketListener listener, IByteTransport socket, WebSocketServerOptions options, ConnectionEnvironment environment)
    {
        _listener = listener;
        _environment = environment;
        _options = options;
        _socket = socket;
        _transport = socket;
        _peer = socket.RemoteEndPoint?.ToString() ?? "";
    }

    /// <inheritdoc/>
    public void Execute()
    {
        _ = RunAsync();
    }

    /// <summary>Ends it early. Any thread.</summary>
    public void Abort()
    {
        _socket.Abort();
    }

    private async Task RunAsync()
    {
        bool isHandedOn = false;
        try
        {
            await using var timer = _environment.Time.CreateTimer(
                static self => ((PendingUpgrade)self!).Abort(), this, _options.HandshakeTimeout ?? TimeMax, Timeout.InfiniteTimeSpan);
            if (await SecureAsync().ConfigureAwait(false))
                isHandedOn = await UpgradeAsync().ConfigureAwait(false);
        }
#pragma warning disable CA1031 // A fault of ours in serving one client must end that client only, and must be seen.
        catch (Exception e)
#pragma warning restore CA1031
        {
            ServerLog.WebSocketFault(_environment.Log, e);
        }

        if (!isHandedOn)
        {
            _transport.Abort();
            await _transport.DisposeAsync().ConfigureAwait(false);
        }

        _listener.Ended(this);
    }

    private async Task<bool> SecureAsync()
    {
        if (_environment.WebSocketTls is not { } tls)
            return true;
        var verification = new PeerVerification(tls.Options, _environment.Time);
        var secure = new TlsTransport(_socket);
        _transport = secure;
        string? complaint;
        try
        {
            await secure.AuthenticateAsync(stream => tls.AuthenticateAsync(stream, verification)).ConfigureAwait(false);
            _session = TlsSession.Of(secure.Session!, wasFirst: false, verification);
            complaint = verification.CheckPin(_session.PeerCertificate);
        }
        catch (Exception e) when (e is AuthenticationException or IOException or CryptographicException or InvalidOperationException)
        {
            complaint = verification.Complaint ?? HandshakeFailure.Describe(e);
        }

        if (complaint is null)
            return true;
        ServerLog.WebSocketHandshakeFailed(_environment.Log, _peer, complaint);
        return false;
    }

    private async Task<bool> UpgradeAsync()
    {
        var headers = new HttpHeaders();
        var (head, refusal) = await ReceiveHeadAsync(headers).ConfigureAwait(false);
        if (head is null)
        {
            if (refusal is not null)
                await RefuseAsync(refusal).ConfigureAwait(false);
            return false;
        }

        var request = new UpgradeRequest(head, headers, _options);
        refusal ??= request.Check(isSecure: _session is not null, _listener.Origins);
        if (refusal is not null)
        {
            await RefuseAsync(refusal).ConfigureAwait(false);
            return false;
        }

        var terms = request.Terms(_environment.Options.MaxPayload);
        var sent = await _transport.SendAsync(request.Answer(terms)).ConfigureAwait(false);
        if (sent.Status != TransportStatus.Completed)
            return false;
        if (head.Path.EndsWith("/leafnode", StringComparison.Ordinal))
        {
            ServerLog.NoLeafNodes(_environment.Log);
            return false;
        }

        _listener.HandOn(
            new WebSocketTransport(_transport, terms),
            new ConnectionPeer
            {
                Kind = ConnectionKind.WebSocket,
                Tls = _session,
                Cookies = request.Cookies(),
                ForwardedFor = request.ForwardedFor(),
            });
        return true;
    }

    private async Task<(HttpHead? Head, UpgradeRefusal? Refusal)> ReceiveHeadAsync(HttpHeaders headers)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(FirstBufferBytes);
        try
        {
            int filled = 0;
            while (true)
            {
                var received = await _transport.ReceiveAsync(buffer.AsMemory(filled)).ConfigureAwait(false);
                if (received.Status != TransportStatus.Completed)
                    return (null, null);
                filled += received.Bytes;
                switch (HttpHeadParser.Parse(buffer.AsSpan(0, filled), out var head, out int consumed, headers))
                {
                    case HttpParseStatus.Complete when consumed < filled:
                        return (head, new UpgradeRefusal(HttpStatusCode.BadRequest, "client sent data before handshake is complete"));
                    case HttpParseStatus.Complete:
                        return (head, null);
                    case HttpParseStatus.Malformed:
                        return (null, new UpgradeRefusal(HttpStatusCode.BadRequest, "malformed request"));
                }

                if (filled >= HeadBytesMax)
                    return (null, new UpgradeRefusal(HttpStatusCode.RequestHeaderFieldsTooLarge, "request head too large"));
                if (filled == buffer.Length)
                    Grow(ref buffer);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }
    }

    // Cookies may be credentials, so nothing stays behind in a buffer that others get.
    private static void Grow(ref byte[] buffer)
    {
        byte[] next = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
        buffer.CopyTo(next, 0);
        ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        buffer = next;
    }

    private async Task RefuseAsync(UpgradeRefusal refusal)
    {
        ServerLog.WebSocketRefused(_environment.Log, _peer, refusal.Reason);
        await _transport.SendAsync(refusal.Answer(_environment.Time.GetUtcNow())).ConfigureAwait(false);
        _transport.CloseOutput(ClosedReason.ProtocolViolation);

        // Input that is left unread would reset the connection and take the answer back.
        await using var linger = _environment.Time.CreateTimer(
            static self => ((PendingUpgrade)self!).Abort(), this, LingerTime, Timeout.InfiniteTimeSpan);
        byte[] dropped = new byte[FirstBufferBytes];
        while ((await _transport.ReceiveAsync(dropped).ConfigureAwait(false)).Status == TransportStatus.Completed)
        {
        }
    }
}
