using System.Text;
using Rivulet.Client.Transport;
using Rivulet.Protocol;

namespace Rivulet.Client;

/// <summary>
/// One connection to one server, from the greeting to the loss. Two loops, started by <see cref="RunAsync"/>: one receives
/// and hands out, the other sends what the connection's outbound buffer holds. The first failure of either ends both.
/// </summary>
internal sealed class ServerSession : IAsyncDisposable
{
    private readonly NatsConnection _connection;
    private readonly ClientTransport _transport;
    private readonly ReceiveBuffer _received;
    private readonly ITimer? _pingTimer;
    private ReadOnlyMemory<byte> _preamble;
    private Exception? _cause;
    private int _ended;
    private bool _fatal;

    private ServerSession(
        NatsConnection connection,
        ServerPool.Entry server,
        ServerInfo info,
        ClientTransport transport,
        ReceiveBuffer received)
    {
        _connection = connection;
        Server = server;
        Info = info;
        _transport = transport;
        _received = received;
        if (connection.Options.PingInterval > TimeSpan.Zero)
            _pingTimer = connection.Options.TimeProvider.CreateTimer(
                static state => ((ServerSession)state!).OnPingTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public ServerPool.Entry Server { get; }

    /// <summary>What the server said of itself when it accepted us.</summary>
    public ServerInfo Info { get; }

    /// <summary>Connects, greets and is accepted.</summary>
    /// <exception cref="NatsException">The server refused, or is not one.</exception>
    public static async Task<ServerSession> OpenAsync(
        NatsConnection connection, ServerPool.Entry server, CancellationToken cancellationToken)
    {
        Handshake handshake = new(connection.Options, server.Address);
        try
        {
            ServerInfo info = await handshake.RunAsync(cancellationToken).ConfigureAwait(false);
            return new ServerSession(connection, server, info, handshake.Transport!, handshake.Received);
        }
        catch
        {
            await handshake.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Before <see cref="RunAsync"/>: the subscriptions that the server shall know before anything else.</summary>
    public void Resubscribe(IEnumerable<SubscriptionTarget> targets)
    {
        using ScratchWriter scratch = ScratchWriter.Rent();
        foreach (SubscriptionTarget target in targets)
        {
            if (target.Remaining <= 0)
                continue;
            using SubscriptionText text = new(target);
            text.Append(scratch, target.MaxMessages == 0 ? 0 : target.Remaining);
        }

        _preamble = scratch.Memory.ToArray();
    }

    /// <summary>Runs both loops until the session ends.</summary>
    public async Task<SessionEnd> RunAsync()
    {
        TimeSpan interval = _connection.Options.PingInterval;
        _pingTimer?.Change(interval, interval);
        Task sending = SendLoopAsync();
        await ReceiveLoopAsync().ConfigureAwait(false);
        _connection.Outbound.Suspend();
        await sending.ConfigureAwait(false);
        return new SessionEnd(_cause, _fatal);
    }

    /// <summary>Ends the session. The first cause counts; null: it was wanted.</summary>
    public void Abort(Exception? cause, bool fatal = false)
    {
        if (Interlocked.Exchange(ref _ended, 1) == 0)
        {
            _cause = cause;
            _fatal = fatal;
        }

        _transport.Abort();
    }

    public async ValueTask DisposeAsync()
    {
        if (_pingTimer is not null)
            await _pingTimer.DisposeAsync().ConfigureAwait(false);
        _transport.Abort();
        await _transport.DisposeAsync().ConfigureAwait(false);
        _received.Dispose();
    }

    private async Task SendLoopAsync()
    {
        OutboundBuffer outbound = _connection.Outbound;
        try
        {
            if (!_preamble.IsEmpty)
                await _transport.SendAsync(_preamble, CancellationToken.None).ConfigureAwait(false);
            while (true)
            {
                ReadOnlyMemory<byte> taken = await outbound.TakeAsync().ConfigureAwait(false);
                if (taken.IsEmpty)
                    break;
                try
                {
                    await _transport.SendAsync(taken, CancellationToken.None).ConfigureAwait(false);
                }
                finally
                {
                    outbound.Return(taken);
                }
            }

            if (outbound.IsClosed)
                Abort(null);
        }
        catch (Exception failure)
        {
            Abort(failure);
        }
    }

    private async Task ReceiveLoopAsync()
    {
        try
        {
            int neededBytes = 0;
            while (true)
            {
                neededBytes = Parse(neededBytes);
                if (neededBytes < 0)
                    return;
                int count = await _transport.ReceiveAsync(_received.GetFree(neededBytes), CancellationToken.None)
                    .ConfigureAwait(false);
                if (count == 0)
                {
                    Abort(new NatsConnectionLostException("the server closed the connection"));
                    return;
                }

                _received.Received(count);
            }
        }
        catch (Exception failure)
        {
            Abort(failure);
        }
    }

    /// <summary>Hands out every whole operation received. Returns what the next needs in bytes, or -1 at the end.</summary>
    private int Parse(int neededBefore)
    {
        if (_received.Unread.IsEmpty || _received.Unread.Length < neededBefore)
            return neededBefore;
        Dispatcher dispatcher = new(this);
        ParseStatus status = ServerOperationParser.Parse(
            _received.Unread, ParserLimits.Default, ref dispatcher, out int consumed, out int neededBytes);
        _received.Consume(consumed);
        return 0;
    }

    private void OnPingTimer()
    {
        if (_connection.Pings.Count >= _connection.Options.MaxPingsOutstanding)
            Abort(new NatsServerException("stale connection"));
        else
            _connection.Pings.Send(_connection.Outbound);
    }
}
