using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Rivulet.Server.Tls;

namespace Rivulet.Server.Monitoring.Http;

/// <summary>One connection: a request comes, its answer goes, the connection ends. All of it within a time, in bounded memory.</summary>
/// <remarks>
/// One request for each connection keeps no state and no buffer for clients that think; what asks for these pages asks every
/// few seconds at most.
/// </remarks>
internal sealed class HttpExchange : IDisposable
{
    /// <summary>Most bytes of a request head.</summary>
    public const int HeadBytesMax = 8 * 1024;

    private const int FirstBufferBytes = 1024;
    private const int DrainBytesMax = 64 * 1024;
    private static readonly TimeSpan HeadTimeMax = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan SendTimeMax = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan DrainTimeMax = TimeSpan.FromSeconds(1);

    private readonly Socket _socket;
    private readonly TlsServer? _tls;
    private readonly TimeProvider _time;
    private Stream _stream;
    private byte[] _buffer = new byte[FirstBufferBytes];

    /// <summary>An exchange on a socket, which it owns.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="tls">The server's side of TLS; null for none. Nobody is asked for a certificate.</param>
    /// <param name="time">The clock.</param>
    public HttpExchange(Socket socket, TlsServer? tls, TimeProvider time)
    {
        _socket = socket;
        _tls = tls;
        _time = time;
        _stream = new NetworkStream(socket, ownsSocket: true);
    }

    /// <summary>Receives, answers and closes.</summary>
    /// <param name="respond">Makes the answer; may take its time.</param>
    /// <param name="stop">Ends it early.</param>
    /// <exception cref="IOException">The client has gone.</exception>
    /// <exception cref="AuthenticationException">The client and TLS do not come together.</exception>
    /// <exception cref="OperationCanceledException">The client was too slow, or the server stops.</exception>
    public async Task RunAsync(Func<HttpHead, HttpReply> respond, CancellationToken stop)
    {
        if (_tls is not null)
            await SecureAsync(_tls, stop).ConfigureAwait(false);
        HttpHead? head = null;
        HttpReply reply;
        try
        {
            (head, reply) = await ReceiveHeadAsync(stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            reply = HttpReply.Text(408, "the request took too long\n");
        }

        // Pages take locks and walk over what there is: not on the thread that sockets complete on.
        if (head is { } request)
            reply = await Task.Run(() => respond(request), stop).ConfigureAwait(false);
        await SendAsync(reply, withBody: head?.Method != "HEAD", stop).ConfigureAwait(false);
        await DrainAsync(stop).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stream.Dispose();
    }

    private async Task SecureAsync(TlsServer tls, CancellationToken stop)
    {
        var session = new SslStream(_stream, leaveInnerStreamOpen: false);
        _stream = session;
        using var limit = Limit(HeadTimeMax, stop);

        // The handshake knows no token, so that the time is up by the end of the socket.
        await using var end = limit.Token.Register(static socket => ((Socket)socket!).Dispose(), _socket).ConfigureAwait(false);
        await tls.AuthenticateAsync(session, verification: null).ConfigureAwait(false);
    }

    private async Task<(HttpHead? Head, HttpReply Complaint)> ReceiveHeadAsync(CancellationToken stop)
    {
        using var limit = Limit(HeadTimeMax, stop);
        int filled = 0;
        while (true)
        {
            int received = await _stream.ReadAsync(_buffer.AsMemory(filled), limit.Token).ConfigureAwait(false);
            if (received == 0)
                throw new EndOfStreamException();
            filled += received;
            switch (HttpHeadParser.Parse(_buffer.AsSpan(0, filled), out var head, out _))
            {
                case HttpParseStatus.Complete:
                    return (head, HttpReply.Text(200, ""));
                case HttpParseStatus.Malformed:
                    return (null, HttpReply.Text(400, "400 Bad Request\n"));
            }

            if (filled == HeadBytesMax)
                return (null, HttpReply.Text(431, "the request head is too large\n"));
            if (filled == _buffer.Length)
                Array.Resize(ref _buffer, Math.Min(_buffer.Length * 2, HeadBytesMax));
        }
    }

    private async Task SendAsync(HttpReply reply, bool withBody, CancellationToken stop)
    {
        using var limit = Limit(SendTimeMax, stop);
        await _stream.WriteAsync(reply.Head(_time.GetUtcNow()), limit.Token).ConfigureAwait(false);
        if (withBody)
            await _stream.WriteAsync(reply.Body, limit.Token).ConfigureAwait(false);
    }

    // A socket that is closed with input unread is reset, which can take the answer back from the client.
    private async Task DrainAsync(CancellationToken stop)
    {
        if (_stream is SslStream session)
            await session.ShutdownAsync().ConfigureAwait(false);
        _socket.Shutdown(SocketShutdown.Send);
        using var limit = Limit(DrainTimeMax, stop);
        for (int drained = 0; drained < DrainBytesMax;)
        {
            int received = await _stream.ReadAsync(_buffer, limit.Token).ConfigureAwait(false);
            if (received == 0)
                return;
            drained += received;
        }
    }

    private static CancellationTokenSource Limit(TimeSpan time, CancellationToken stop)
    {
        var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(time);
        return limit;
    }
}
