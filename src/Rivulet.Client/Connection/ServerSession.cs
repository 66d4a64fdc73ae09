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
    /// <summary>Time for the server to close once we have said that nothing more will be sent.</summary>
    private static readonly TimeSpan LingerMax = TimeSpan.FromMilliseconds(250);

    private readonly NatsConnection _connection;
    private readonly ClientTransport _transport;
    private readonly ReceiveBuffer _received;
    private readonly ITimer? _pingTimer;
    private ReadOnlyMemory<byte> _preamble;
    private Exception? _cause;
    private int _ended;
    private bool _fatal;

    /// <summary>We have said that nothing more will be sent; the server's close is the answer.</summary>
    private bool _closing;

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

    /// <summary>Network address of the server; empty where the transport has none.</summary>
    public string RemoteAddress => _transport.RemoteAddress;

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

    /// <summary>The exception for bytes that break the protocol.</summary>
    public static NatsProtocolException ToException(ProtocolViolation violation)
    {
        string text = Encoding.UTF8.GetString(violation.ErrorText());
        return new NatsProtocolException($"the server broke the protocol: {(text.Length == 0 ? violation.ToString() : text)}");
    }

    /// <summary>Before <see cref="RunAsync"/>: the subscriptions that the server shall know before anything else.</summary>
    public void Resubscribe(IEnumerable<SubscriptionTarget> targets)
    {
        Span<byte> subjectBuffer = stackalloc byte[Utf8Text.StackBytes];
        Span<byte> queueGroupBuffer = stackalloc byte[Utf8Text.StackBytes];
        using ScratchWriter scratch = ScratchWriter.Rent();
        foreach (SubscriptionTarget target in targets)
        {
            if (target.Remaining <= 0)
                continue;
            using SubscriptionText text = new(target, subjectBuffer, queueGroupBuffer);
            OutboundSubscribe operation = text.Operation(target.MaxMessages == 0 ? 0 : (int)target.Remaining);
            scratch.Advance(operation.Write(scratch.GetSpan(operation.MaxLength)));
        }

        _preamble = scratch.Memory.ToArray();
    }

    /// <summary>Runs both loops until the session ends.</summary>
    public async Task<SessionEnd> RunAsync()
    {
        TimeSpan interval = _connection.Options.PingInterval;
        _pingTimer?.Change(interval, interval);
        Task receiving = ReceiveLoopAsync();
        Task sending = SendLoopAsync(receiving);
        await receiving.ConfigureAwait(false);
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

    private async Task SendLoopAsync(Task receiving)
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

            if (!outbound.IsClosed)
                return;
            Volatile.Write(ref _closing, true);
            await _transport.CloseSendAsync().ConfigureAwait(false);
            await Task.WhenAny(receiving, Task.Delay(LingerMax, _connection.Options.TimeProvider)).ConfigureAwait(false);
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
            int neededBytes = Parse();
            while (neededBytes >= 0)
            {
                int count = await _transport.ReceiveAsync(_received.GetFree(neededBytes), CancellationToken.None)
                    .ConfigureAwait(false);
                if (count == 0)
                {
                    Abort(Volatile.Read(ref _closing)
                        ? null
                        : new NatsConnectionLostException("the server closed the connection"));
                    return;
                }

                _received.Received(count);
                if (_received.Unread.Length >= neededBytes)
                    neededBytes = Parse();
            }
        }
        catch (Exception failure)
        {
            Abort(failure);
        }
    }

    /// <summary>Hands out every whole operation received. Returns what the next needs in bytes, or -1 at the end.</summary>
    private int Parse()
    {
        Dispatcher dispatcher = new(_connection, this);
        ParseStatus status = ServerOperationParser.Parse(
            _received.Unread, SessionLimits.Value, ref dispatcher, out int consumed, out int neededBytes);
        _received.Consume(consumed);
        if (status.IsViolation)
            Abort(ToException(status.Violation));
        return status.Outcome == ParseOutcome.NeedMoreData ? neededBytes : -1;
    }

    private void OnPingTimer()
    {
        if (_connection.Pings.Count >= _connection.Options.MaxPingsOutstanding)
            Abort(new NatsServerException("stale connection"));
        else
            _connection.Pings.SendUnwatched(_connection.Outbound);
    }

    /// <summary>The server reported an error. False: it ends the session.</summary>
    private bool OnServerError(string text)
    {
        NatsServerException error = ServerErrors.ToException(text);
        switch (ServerErrors.Classify(text))
        {
            case ServerErrorKind.Permission when error is NatsPermissionException violation:
                _connection.OnPermissionViolation(violation);
                return true;
            case ServerErrorKind.Refusal:
                _connection.ReportError(error);
                return true;
            case ServerErrorKind.Authentication:
            case ServerErrorKind.Recoverable:
                _connection.ReportError(error);
                Abort(error);
                return false;
            default:
                _connection.ReportError(error);
                Abort(error, fatal: true);
                return false;
        }
    }

    /// <summary>Takes the operations of an open session.</summary>
    private readonly struct Dispatcher(NatsConnection connection, ServerSession session) : IServerOperationHandler
    {
        public bool OnMessage(in MessageOperation operation)
        {
            ReadOnlySpan<byte> body = operation.Body;
            connection.CountReceived(body.Length);
            InboundMessage message = new()
            {
                Subject = operation.Subject,
                ReplyTo = operation.ReplyTo,
                Headers = body[..operation.HeaderLength],
                Payload = body[operation.HeaderLength..],
            };
            connection.Subscriptions.Deliver(operation.Sid, message);
            return true;
        }

        public bool OnInfo(ReadOnlySpan<byte> json)
        {
            ServerInfo info = ServerInfo.TryParse(json) ?? throw new NatsProtocolException("the server's INFO cannot be read");
            connection.OnServerInfo(info);
            return true;
        }

        public bool OnPing()
        {
            connection.Outbound.Append(new OutboundPong(), AppendKind.Always, out _);
            return true;
        }

        public bool OnPong()
        {
            connection.Pings.OnPong();
            return true;
        }

        public bool OnOk() => true;

        public bool OnError(ReadOnlySpan<byte> text) => session.OnServerError(Encoding.UTF8.GetString(text));
    }
}
