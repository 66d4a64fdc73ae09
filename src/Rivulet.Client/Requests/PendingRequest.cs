using System.Threading.Tasks.Sources;

namespace Rivulet.Client;

/// <summary>
/// One request that waits for its answer. Pooled: it belongs to a slot of the <see cref="RequestMultiplexer"/> for ever,
/// and each use has a token of its own. Whoever takes the token away completes the use: the answer, the clock, the
/// caller's cancellation or the end of the connection.
/// </summary>
internal sealed class PendingRequest : IValueTaskSource<NatsResult<NatsMessage>>
{
    private readonly RequestMultiplexer _owner;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private ManualResetValueTaskSourceCore<NatsResult<NatsMessage>> _core = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration _cancellation;
    private long _token;
    private long _deadline;

    /// <summary>Where in the outbound bytes the request ends; 0 until it is known.</summary>
    private long _position;

    /// <summary>The subject, for a refusal of the server that names it. Written before the token, so before any reader.</summary>
    private byte[] _subject = new byte[64];
    private int _subjectLength;

    public PendingRequest(RequestMultiplexer owner, int slot, TimeProvider time)
    {
        _owner = owner;
        Slot = slot;
        _time = time;
        _timer = time.CreateTimer(
            static state => ((PendingRequest)state!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Its place in the multiplexer's table.</summary>
    public int Slot { get; }

    /// <summary>How often it was used; part of the token.</summary>
    public long Uses { get; set; }

    /// <summary>Starts a use. The answer is to carry the token.</summary>
    public ValueTask<NatsResult<NatsMessage>> Start(
        long token, ReadOnlySpan<byte> subject, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (_subject.Length < subject.Length)
            _subject = new byte[subject.Length];
        subject.CopyTo(_subject);
        _subjectLength = subject.Length;
        ValueTask<NatsResult<NatsMessage>> task = new(this, _core.Version);
        Volatile.Write(ref _position, 0);
        Volatile.Write(ref _deadline, timeout < TimeSpan.Zero
            ? long.MaxValue
            : _time.GetTimestamp() + (long)(timeout.TotalSeconds * _time.TimestampFrequency));
        Volatile.Write(ref _token, token);
        if (timeout >= TimeSpan.Zero)
            _timer.Change(timeout, Timeout.InfiniteTimeSpan);
        if (cancellationToken.CanBeCanceled)
        {
            _cancellation = cancellationToken.UnsafeRegister(
                static (state, cancelled) => ((PendingRequest)state!).OnCancelled(cancelled), this);
        }

        return task;
    }

    /// <summary>The request is in the outbound buffer, up to this position.</summary>
    public void Sent(long position) => Volatile.Write(ref _position, position);

    /// <summary>Completes the use that carries the token; nothing happens if that use is over.</summary>
    public bool TryComplete(long token, NatsResult<NatsMessage> result)
    {
        if (token == 0 || Interlocked.CompareExchange(ref _token, 0, token) != token)
            return false;
        _core.SetResult(result);
        return true;
    }

    /// <summary>Fails the use if its request went with a lost session.</summary>
    public void FailIfSentBefore(long lostPosition, NatsException error)
    {
        long token = Volatile.Read(ref _token);
        long position = Volatile.Read(ref _position);
        if (position != 0 && position <= lostPosition)
            TryComplete(token, error);
    }

    /// <summary>Fails the use if its request went to a subject.</summary>
    public void FailIfSentTo(ReadOnlySpan<byte> subject, NatsException error)
    {
        long token = Volatile.Read(ref _token);
        // The next use may be starting: what is read then is of no use, and the old token completes nothing.
        byte[] buffer = Volatile.Read(ref _subject);
        int length = Volatile.Read(ref _subjectLength);
        if (token != 0 && length <= buffer.Length && subject.SequenceEqual(buffer.AsSpan(0, length)))
            TryComplete(token, error);
    }

    /// <summary>Fails the use, whatever its state.</summary>
    public void Fail(NatsException error) => TryComplete(Volatile.Read(ref _token), error);

    NatsResult<NatsMessage> IValueTaskSource<NatsResult<NatsMessage>>.GetResult(short token)
    {
        try
        {
            return _core.GetResult(token);
        }
        finally
        {
            _cancellation.Dispose();
            _cancellation = default;
            _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _core.Reset();
            _owner.Release(this);
        }
    }

    ValueTaskSourceStatus IValueTaskSource<NatsResult<NatsMessage>>.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource<NatsResult<NatsMessage>>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    /// <summary>
    /// A late call for an earlier use, or one that came a little early, finds a deadline that is not reached and sets the
    /// clock again.
    /// </summary>
    private void OnTimer()
    {
        long token = Volatile.Read(ref _token);
        if (token == 0)
            return;
        long deadline = Volatile.Read(ref _deadline);
        long now = _time.GetTimestamp();
        if (now >= deadline)
            TryComplete(token, new NatsTimeoutException());
        else if (deadline != long.MaxValue)
            _timer.Change(_time.GetElapsedTime(now, deadline) + TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
    }

    private void OnCancelled(CancellationToken cancelled)
    {
        long token = Volatile.Read(ref _token);
        if (token != 0 && Interlocked.CompareExchange(ref _token, 0, token) == token)
            _core.SetException(new OperationCanceledException(cancelled));
    }
}
