namespace Rivulet.Server.Connections;

/// <summary>Pings one client: soon after it connects, then whenever it has been silent for a ping interval.</summary>
/// <remarks>
/// The timer, the receive loop and whoever closes the connection call in from their threads; the lock is a leaf, and what
/// is to be done about the connection is done outside it.
/// </remarks>
internal sealed class KeepAlive : IDisposable
{
    // The first ping measures the round trip, and finds clients that never answer while someone is still looking.
    private static readonly TimeSpan FirstPingAfterMax = TimeSpan.FromSeconds(2);

    // A busy client is not pinged to see whether it lives, but now and then to measure the round trip anew.
    private static readonly TimeSpan RoundTripAgeMax = TimeSpan.FromHours(1);

    private readonly Lock _lock = new();
    private readonly ClientConnection _connection;
    private readonly TimeProvider _time;
    private readonly TimeSpan _interval;
    private readonly TimeSpan _firstAfter;
    private readonly int _unansweredMax;
    private readonly double _jitter;
    private ITimer? _timer;
    private int _unanswered;
    private long _pingSentAt;
    private bool _measured;
    private long _activeAt;
    private TimeSpan _roundTrip;
    private bool _disposed;

    /// <summary>Pings for one connection, not started.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="options">How often to ping, and how many may be unanswered.</param>
    /// <param name="time">The clock.</param>
    /// <param name="jitter">From 0 to 1: spreads the first pings of clients that connected together.</param>
    public KeepAlive(ClientConnection connection, NatsServerOptions options, TimeProvider time, double jitter)
    {
        _connection = connection;
        _interval = connection.Peer.Kind == ConnectionKind.WebSocket && options.WebSocket?.PingInterval is { } interval
            ? interval
            : options.PingInterval;
        _firstAfter = options.NoShortFirstPing || _interval < FirstPingAfterMax ? _interval : FirstPingAfterMax;
        _unansweredMax = options.PingMax;
        _time = time;
        _jitter = jitter;
        _activeAt = time.GetTimestamp();
    }

    /// <summary>The last round trip measured; zero before that.</summary>
    public TimeSpan RoundTrip
    {
        get
        {
            lock (_lock)
                return _roundTrip;
        }
    }

    /// <summary>Time since the client published or pinged last.</summary>
    public TimeSpan IdleFor => _time.GetElapsedTime(Volatile.Read(ref _activeAt));

    /// <summary>(Re)starts the way to the first ping; on connecting, and again on each CONNECT.</summary>
    public void Start()
    {
        var first = _firstAfter + _firstAfter / 5 * _jitter;
        lock (_lock)
        {
            if (_disposed)
                return;
            _timer ??= _time.CreateTimer(
                static self => ((KeepAlive)self!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _timer.Change(first, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Notes that the client published or pinged.</summary>
    public void NoteActivity()
    {
        Volatile.Write(ref _activeAt, _time.GetTimestamp());
    }

    /// <summary>Notes an answer to a ping. In the receive loop.</summary>
    public void NotePong()
    {
        lock (_lock)
        {
            if (_unanswered == 0)
                return;
            _unanswered = 0;
            _roundTrip = _time.GetElapsedTime(_pingSentAt);
            _measured = true;
        }

        _connection.Context.Measured(RoundTrip);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            _timer?.Dispose();
        }
    }

    private void OnTimer()
    {
        bool ping;
        bool stale;
        lock (_lock)
        {
            if (_disposed)
                return;
            ping = IsPingDue();
            stale = ping && _unanswered == _unansweredMax;
            if (ping && !stale)
            {
                _unanswered++;
                _pingSentAt = _time.GetTimestamp();
            }

            if (!stale)
                _timer!.Change(_interval, Timeout.InfiniteTimeSpan);
        }

        if (stale)
            _connection.CloseAsStale();
        else if (ping)
            _connection.SendPing();
    }

    private bool IsPingDue()
    {
        bool measure = !_measured || _time.GetElapsedTime(_pingSentAt) > RoundTripAgeMax;
        return measure || _time.GetElapsedTime(Volatile.Read(ref _activeAt)) >= _interval;
    }
}
