using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Rivulet.Server.Logging;

namespace Rivulet.Server.Transports;

/// <summary>Accepts client connections on one port and hands each over as a transport. Owns the listening socket.</summary>
internal sealed class ClientListener : IAsyncDisposable
{
    private static readonly TimeSpan RetryAfterMin = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan RetryAfterMax = TimeSpan.FromSeconds(1);

    private readonly Socket _socket;
    private readonly SocketCompletions _completions;
    private readonly Action<IByteTransport> _accepted;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _stop = new();
    private Task _loop = Task.CompletedTask;
    private int _disposed;

    private ClientListener(
        Socket socket, SocketCompletions completions, Action<IByteTransport> accepted, TimeProvider time, ILogger log)
    {
        // What follows an accept is short, and runs where the runtime learns of it.
        _ = completions.Prepare(socket);
        _completions = completions;
        _socket = socket;
        _accepted = accepted;
        _time = time;
        _log = log;
        Port = ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    /// <summary>The port listened on.</summary>
    public int Port { get; }

    /// <summary>Opens the port. <see cref="Start"/> begins to accept.</summary>
    /// <exception cref="NatsServerListenException">The port cannot be listened on.</exception>
    public static ClientListener Open(
        string host, int port, SocketCompletions completions, Action<IByteTransport> accepted, TimeProvider time, ILogger log)
    {
        return new ClientListener(ListenAddress.Listen(host, Math.Max(port, 0)), completions, accepted, time, log);
    }

    /// <summary>Begins to accept.</summary>
    public void Start()
    {
        _loop = AcceptAsync();
    }

    /// <summary>Stops accepting and closes the port. Connections made before live on. May be called again.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        await _stop.CancelAsync().ConfigureAwait(false);
        _socket.Dispose();
        await _loop.ConfigureAwait(false);
        _stop.Dispose();
    }

    private void HandOver(Socket socket)
    {
        try
        {
            _accepted(new SocketTransport(socket, _completions));
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task AcceptAsync()
    {
        var retryAfter = RetryAfterMin;
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                HandOver(await _socket.AcceptAsync(_stop.Token).ConfigureAwait(false));
                retryAfter = RetryAfterMin;
            }
            catch (Exception e) when (_stop.IsCancellationRequested && e is OperationCanceledException or ObjectDisposedException or SocketException)
            {
                return;
            }
#pragma warning disable CA1031 // Whatever keeps one connection from being served must not keep the server from accepting others.
            catch (Exception e)
#pragma warning restore CA1031
            {
                // The peer went before it was accepted, or the process is out of descriptors, threads or memory for the moment.
                ServerLog.AcceptFailed(_log, e.Message);
                await Task.Delay(retryAfter, _time).ConfigureAwait(false);
                retryAfter = retryAfter * 2 < RetryAfterMax ? retryAfter * 2 : RetryAfterMax;
            }
        }
    }
}
