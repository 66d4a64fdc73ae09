using System.Diagnostics.CodeAnalysis;

namespace Rivulet.Client;

/// <summary>
/// The life of a connection: it opens a session with a server, runs it, looks for a server again when it ends, and closes
/// when that is wanted or hopeless. One loop does all of it; other threads only ask it to close.
/// </summary>
[SuppressMessage(
    "Design",
    "CA1001",
    Justification = "A cancellation source without a timer holds nothing to give back, and a late close may still use it.")]
internal sealed class ConnectionRunner
{
    /// <summary>Time for what is buffered to be sent when the connection is closed.</summary>
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(2);

    private readonly NatsConnection _connection;
    private readonly NatsConnectionOptions _options;
    private readonly ServerPool _pool;
    private readonly CancellationTokenSource _closing = new();
    private readonly Lock _gate = new();
    private NatsConnectionState _state = NatsConnectionState.Connecting;
    private ServerSession? _session;
    private Task _loop = Task.CompletedTask;
    private long _reconnects;

    public ConnectionRunner(NatsConnection connection)
    {
        _connection = connection;
        _options = connection.Options;
        _pool = new ServerPool(_options);
    }

    public NatsConnectionState State
    {
        get
        {
            lock (_gate)
                return _state;
        }
    }

    /// <summary>The session now, or the last one.</summary>
    public ServerSession? Session => Volatile.Read(ref _session);

    public IReadOnlyList<string> Servers => _pool.Urls;

    public long Reconnects => Volatile.Read(ref _reconnects);

    /// <summary>Opens the first session and starts the loop.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        ServerSession session = await OpenFirstAsync(cancellationToken).ConfigureAwait(false);
        Begin(session);
        _loop = RunAsync(session);
    }

    /// <summary>Sends what is buffered, closes, and waits until that is done.</summary>
    public async Task CloseAsync()
    {
        _connection.Outbound.Close();
        if (State is not (NatsConnectionState.Open or NatsConnectionState.Draining))
            await _closing.CancelAsync().ConfigureAwait(false);
        try
        {
            await _loop.WaitAsync(CloseTimeout, _options.TimeProvider).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // The server does not take what is left: it is given up.
        }

        await _closing.CancelAsync().ConfigureAwait(false);
        Session?.Abort(null);
        await _loop.ConfigureAwait(false);
    }

    /// <summary>True if the state was open and is draining now.</summary>
    public bool TryDrain() => ChangeState(NatsConnectionState.Draining, null);

    /// <summary>The server told which servers there are.</summary>
    public void OnServersDiscovered(IReadOnlyList<string> hostAndPorts)
    {
        if (Session is { } session)
            _pool.Discovered(hostAndPorts, session.Server);
    }

    /// <summary>Tries every server once; with the option to retry, as a reconnect would.</summary>
    private async Task<ServerSession> OpenFirstAsync(CancellationToken cancellationToken)
    {
        Exception? last = null;
        NatsAuthenticationException? refused = null;
        for (int remaining = _pool.Count; remaining > 0 && _pool.First is { } server; remaining--)
        {
            try
            {
                return await OpenAsync(server, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
            {
                last = failure;
                refused ??= failure as NatsAuthenticationException;
                _pool.Failed(server, -1, giveUp: false);
            }
        }

        if (_options.RetryOnInitialConnect)
        {
            return await ReconnectAsync(cancellationToken).ConfigureAwait(false)
                ?? throw new NatsNoServersException(last);
        }

        throw refused as Exception ?? new NatsNoServersException(last);
    }

    private async Task<ServerSession> OpenAsync(ServerPool.Entry server, CancellationToken cancellationToken)
    {
        using CancellationTokenSource timeout = new(_options.ConnectTimeout, _options.TimeProvider);
        using CancellationTokenSource either =
            CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            return await ServerSession.OpenAsync(_connection, server, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new NatsTimeoutException($"timeout while connecting to {server.Address.Url}");
        }
    }

    /// <summary>A session is open: what waits goes to it.</summary>
    private void Begin(ServerSession session)
    {
        _pool.Connected(session.Server);
        Volatile.Write(ref _session, session);
        _connection.OnServerInfo(session.Info);
        _connection.Outbound.Resume();
        ChangeState(NatsConnectionState.Open, null);
    }

    private async Task RunAsync(ServerSession first)
    {
        Exception? cause = null;
        try
        {
            cause = await RunSessionsAsync(first).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_closing.IsCancellationRequested)
        {
            // Closed while looking for a server.
        }
        catch (Exception failure)
        {
            cause = failure;
        }

        Finish(cause);
    }

    /// <summary>Runs one session after the other. Returns why there are no more; null if closed by the caller.</summary>
    private async Task<Exception?> RunSessionsAsync(ServerSession session)
    {
        while (true)
        {
            SessionEnd end = await session.RunAsync().ConfigureAwait(false);
            await session.DisposeAsync().ConfigureAwait(false);
            if (end.Cause is null || _connection.Outbound.IsClosed)
                return null;
            if (end.IsFatal || _options.MaxReconnectAttempts == 0 || State == NatsConnectionState.Draining)
                return end.Cause;

            ChangeState(NatsConnectionState.Reconnecting, end.Cause);
            _connection.FailLost(end.Cause);
            ServerSession? next = await ReconnectAsync(_closing.Token).ConfigureAwait(false);
            if (next is null)
                return new NatsNoServersException(end.Cause);
            session = next;
            next.Resubscribe(_connection.Subscriptions.Targets);
            Interlocked.Increment(ref _reconnects);
            Begin(next);
            foreach (SubscriptionTarget target in _connection.Subscriptions.Targets)
                target.OnReconnected();
        }
    }

    /// <summary>Goes round the servers until one is open. Null: all of them have been given up.</summary>
    private async Task<ServerSession?> ReconnectAsync(CancellationToken cancellationToken)
    {
        for (int round = 0; ; round++)
        {
            await Task.Delay(Pause(round), _options.TimeProvider, cancellationToken).ConfigureAwait(false);
            for (int remaining = _pool.Count; remaining > 0; remaining--)
            {
                if (_pool.First is not { } server)
                    return null;
                try
                {
                    return await OpenAsync(server, cancellationToken).ConfigureAwait(false);
                }
                catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
                {
                    _connection.ReportError(failure);
                    _pool.Failed(server, _options.MaxReconnectAttempts, IsSecondRefusal(server, failure));
                }
            }

            if (_pool.Count == 0)
                return null;
        }
    }

    /// <summary>The same refusal of credentials twice in a row: a third attempt would not go better.</summary>
    private static bool IsSecondRefusal(ServerPool.Entry server, Exception failure)
    {
        string? refusal = (failure as NatsAuthenticationException)?.Message;
        bool second = refusal is not null && refusal == server.LastAuthenticationError;
        server.LastAuthenticationError = refusal;
        return second;
    }

    private TimeSpan Pause(int round)
    {
        TimeSpan jitter = _options.ReconnectJitter * Random.Shared.NextDouble();
        if (round == 0)
            return jitter;
        double factor = Math.Pow(2, Math.Min(round - 1, 20));
        TimeSpan pause = _options.ReconnectDelay * factor;
        return (pause < _options.ReconnectDelayMax ? pause : _options.ReconnectDelayMax) + jitter;
    }

    private void Finish(Exception? cause)
    {
        ChangeState(NatsConnectionState.Closed, cause);
        _connection.OnClosed(cause);
    }

    /// <summary>Closed is final, and draining ends only there. True if the state changed.</summary>
    private bool ChangeState(NatsConnectionState state, Exception? cause)
    {
        NatsConnectionState previous;
        lock (_gate)
        {
            previous = _state;
            bool allowed = state switch
            {
                NatsConnectionState.Closed => previous != NatsConnectionState.Closed,
                NatsConnectionState.Draining => previous == NatsConnectionState.Open,
                _ => previous is not (NatsConnectionState.Closed or NatsConnectionState.Draining) && previous != state,
            };
            if (!allowed)
                return false;
            _state = state;
        }

        _connection.ReportState(previous, state, cause);
        return true;
    }
}

/// <summary>Why a session ended.</summary>
/// <param name="Cause">The reason; null if it was closed by us.</param>
/// <param name="IsFatal">True: another session would end the same way.</param>
internal readonly record struct SessionEnd(Exception? Cause, bool IsFatal);
