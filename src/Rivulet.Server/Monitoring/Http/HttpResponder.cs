using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Microsoft.Extensions.Logging;
using Rivulet.Server.Logging;
using Rivulet.Server.Tls;
using Rivulet.Server.Transports;

namespace Rivulet.Server.Monitoring.Http;

/// <summary>Listens on a port and answers HTTP requests, a bounded number at a time. Owns the listening socket.</summary>
internal sealed class HttpResponder : IAsyncDisposable
{
    // Whoever holds that many connections open keeps others from being answered for a few seconds, and nothing more.
    private const int ExchangesMax = 64;
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(100);

    private readonly Socket _socket;
    private readonly Func<HttpHead, HttpReply> _respond;
    private readonly Func<TlsServer?> _tls;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly SemaphoreSlim _room = new(ExchangesMax);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;

    private HttpResponder(
        Socket socket, Func<HttpHead, HttpReply> respond, Func<TlsServer?> tls, TimeProvider time, ILogger log)
    {
        _socket = socket;
        _respond = respond;
        _tls = tls;
        _time = time;
        _log = log;
        Port = ((IPEndPoint)socket.LocalEndPoint!).Port;
        _loop = AcceptAsync();
    }

    /// <summary>The port listened on.</summary>
    public int Port { get; }

    /// <summary>Opens the port and begins to answer.</summary>
    /// <param name="host">Where to listen.</param>
    /// <param name="port">The port; -1 for any free one.</param>
    /// <param name="respond">Makes the answers; on the thread pool, several at once.</param>
    /// <param name="tls">The server's side of TLS at the time of a connection; null for none.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">Where log lines go.</param>
    /// <exception cref="NatsServerListenException">The port cannot be listened on.</exception>
    public static HttpResponder Start(
        string host, int port, Func<HttpHead, HttpReply> respond, Func<TlsServer?> tls, TimeProvider time, ILogger log)
    {
        return new HttpResponder(ListenAddress.Listen(host, Math.Max(port, 0)), respond, tls, time, log);
    }

    /// <summary>Closes the port and ends what is being answered.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        _socket.Dispose();
        await _loop.ConfigureAwait(false);
        for (int i = 0; i < ExchangesMax; i++)
            await _room.WaitAsync().ConfigureAwait(false);
        _room.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            try
            {
                await _room.WaitAsync(_stop.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            if (!await TryAcceptAsync().ConfigureAwait(false))
                _room.Release();
        }
    }

    private async Task<bool> TryAcceptAsync()
    {
        try
        {
            var client = await _socket.AcceptAsync(_stop.Token).ConfigureAwait(false);
            _ = ServeAsync(client);
            return true;
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            return false;
        }
        catch (SocketException e)
        {
            if (_stop.IsCancellationRequested)
                return false;
            ServerLog.MonitoringAcceptFailed(_log, e.Message);
            await Task.Delay(RetryAfter, _time).ConfigureAwait(false);
            return false;
        }
    }

    private async Task ServeAsync(Socket client)
    {
        try
        {
            using var exchange = new HttpExchange(client, _tls(), _time);
            await exchange.RunAsync(_respond, _stop.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or IOException or AuthenticationException or OperationCanceledException or ObjectDisposedException)
        {
            // The client went, or was too slow: its own business.
        }
#pragma warning disable CA1031 // A fault of ours in serving one client must end that client only, and must be seen.
        catch (Exception e)
#pragma warning restore CA1031
        {
            ServerLog.MonitoringFault(_log, e);
        }
        finally
        {
            _room.Release();
        }
    }
}
