using Rivulet.Protocol;

namespace Rivulet.Server.Connections;

/// <summary>
/// Ends one connection when its time is over: first that for a CONNECT with credentials, then that of the credentials
/// themselves. Any thread; the lock is a leaf, and the connection is ended outside it.
/// </summary>
internal sealed class AdmissionTimer : IDisposable
{
    // What a timer takes at once. A credential that is good for longer is looked at again then.
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(40);

    private readonly Lock _lock = new();
    private readonly ClientConnection _connection;
    private readonly TimeProvider _time;
    private ITimer? _timer;
    private DateTimeOffset? _expires;
    private bool _waits;
    private bool _disposed;

    /// <summary>A timer that is not started.</summary>
    public AdmissionTimer(ClientConnection connection, TimeProvider time)
    {
        _connection = connection;
        _time = time;
    }

    /// <summary>Begins to wait for a CONNECT.</summary>
    public void Start(TimeSpan timeout)
    {
        lock (_lock)
        {
            _waits = true;
            Set(timeout);
        }
    }

    /// <summary>A CONNECT has come. Nothing runs out until <see cref="EndAt"/>.</summary>
    public void Stop()
    {
        lock (_lock)
        {
            _waits = false;
            _expires = null;
            _timer?.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Ends the connection when the credentials run out.</summary>
    public void EndAt(DateTimeOffset expires)
    {
        lock (_lock)
        {
            _expires = expires;
            Set(expires - _time.GetUtcNow());
        }
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

    private void Set(TimeSpan after)
    {
        if (_disposed)
            return;
        _timer ??= _time.CreateTimer(
            static self => ((AdmissionTimer)self!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(after < TimeSpan.Zero ? TimeSpan.Zero : after < LongestWait ? after : LongestWait, Timeout.InfiniteTimeSpan);
    }

    private void OnTimer()
    {
        bool late;
        lock (_lock)
        {
            if (_disposed)
                return;
            late = _waits;
            if (!late && _expires is not { } expires)
                return;
            if (!late && _expires > _time.GetUtcNow())
            {
                Set(_expires.Value - _time.GetUtcNow());
                return;
            }
        }

        if (late)
            _connection.CloseWith(ProtocolViolation.AuthenticationTimeout, ClosedReason.AuthenticationTimeout);
        else
            _connection.CloseWith(ProtocolViolation.UserAuthenticationExpired, ClosedReason.AuthenticationExpired);
    }
}
