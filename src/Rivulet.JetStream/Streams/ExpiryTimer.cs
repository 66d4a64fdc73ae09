using System.Globalization;
using System.Text;
using Rivulet.JetStream.Api.Json;
using Rivulet.JetStream.Buckets;
using Rivulet.JetStream.Hosting;
using Rivulet.Protocol;
using Rivulet.Storage;

namespace Rivulet.JetStream.Streams;

/// <summary>
/// Removes the messages of a stream whose time has come, by one timer that stands on the next deadline, and leaves markers
/// behind for subjects that lost their last message.
/// </summary>
/// <remarks>
/// The deadline is guarded by the stream's writer lock. <see cref="Arm"/> is called without it, after whatever brought a
/// nearer deadline. The work runs on host threads, in slices, one run at a time.
/// </remarks>
internal sealed class ExpiryTimer : IWorkItem, IDisposable
{
    /// <summary>Messages removed while the writer lock is held once.</summary>
    private const int SliceMessages = 256;

    /// <summary>
    /// The same where messages are read under the lock: on a stream that leaves markers each subject's last message, to see
    /// whether it is a marker itself, and on one that keeps several of a subject the newest, to see whether the others go with
    /// it. Once the removal is committed nobody could tell any more.
    /// </summary>
    private const int SliceMessagesThatAreRead = 16;

    /// <summary>Slices in one go: then whatever else waits for the host's threads has its turn.</summary>
    private const int SlicesMax = 16;

    private const long NanosPerSecond = 1_000_000_000;

    /// <summary>Longest wait in one go; timers take no longer ones.</summary>
    private static readonly TimeSpan WaitMax = TimeSpan.FromDays(30);

    private readonly JetStreamStream _stream;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly StoredMessage _expired = new();
    private readonly Action<IReadOnlyList<ExpiredMessage>> _beforeRemoval;
    private readonly Func<ExpiredMessage, bool> _endsKey;
    private readonly Func<ExpiredMessage, bool> _isMarked;

    // Those that a marker is due for. Under the writer lock.
    private readonly List<ExpiredMessage> _marked = [];
    private long _deadlineNanos = long.MaxValue;
    private int _queued;

    public ExpiryTimer(JetStreamStream stream)
    {
        _stream = stream;
        _beforeRemoval = BeforeRemoval;
        _endsKey = EndsKey;
        _isMarked = message => _marked.Exists(marked => marked.Sequence == message.Sequence);
        _time = stream.Account.Engine.Host.Time;
        _timer = _time.CreateTimer(_ => Queue(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>When a message of the stream expires, in nanoseconds since the Unix epoch.</summary>
    /// <param name="timestampNanos">When it was stored.</param>
    /// <param name="expiresAtNanos">Its own expiry: 0 for none, <see cref="long.MaxValue"/> for never.</param>
    public long DeadlineOf(long timestampNanos, long expiresAtNanos)
    {
        if (expiresAtNanos == long.MaxValue)
            return long.MaxValue;
        long maxAge = _stream.Config.MaxAgeNanos;
        long byAge = maxAge > 0 && timestampNanos < long.MaxValue - maxAge ? timestampNanos + maxAge : long.MaxValue;
        return expiresAtNanos > 0 ? Math.Min(byAge, expiresAtNanos) : byAge;
    }

    /// <summary>Under the writer lock: takes a deadline in.</summary>
    /// <returns>Whether it is the nearest now, so that <see cref="Arm"/> is due once the lock is released.</returns>
    public bool IsSooner(long deadlineNanos)
    {
        if (deadlineNanos >= _deadlineNanos)
            return false;
        Volatile.Write(ref _deadlineNanos, deadlineNanos);
        return true;
    }

    /// <summary>Sets the timer to the nearest deadline.</summary>
    public void Arm()
    {
        long armed;
        do
        {
            armed = Volatile.Read(ref _deadlineNanos);
            _timer.Change(armed == long.MaxValue ? Timeout.InfiniteTimeSpan : WaitUntil(armed), Timeout.InfiniteTimeSpan);
        }
        while (armed != Volatile.Read(ref _deadlineNanos));
    }

    /// <summary>Looks at once for what has expired: after recovery, and when the maximum age has changed.</summary>
    public void Queue()
    {
        if (Interlocked.Exchange(ref _queued, 1) == 0)
            _stream.Account.Engine.Host.Work.Queue(this);
    }

    void IWorkItem.Execute()
    {
        Volatile.Write(ref _queued, 0);
        bool more = true;
        lock (_expired)
        {
            for (int slices = 0; slices < SlicesMax && (more = RunSlice()); slices++)
                _stream.Store.DeliverCommits();
        }

        if (more)
            Queue();
        else
            Arm();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _timer.Dispose();
        lock (_expired)
            _expired.Dispose();
    }

    private TimeSpan WaitUntil(long deadlineNanos)
    {
        long nanos = Math.Max(0, deadlineNanos - _time.UnixNanosNow());
        TimeSpan wait = TimeSpan.FromMilliseconds((nanos / 1_000_000) + 1);
        return wait < WaitMax ? wait : WaitMax;
    }

    /// <summary>Removes some of what is due.</summary>
    /// <returns>Whether anything was removed.</returns>
    private bool RunSlice()
    {
        lock (_stream.WriterLock)
        {
            if (_stream.IsStopped || _stream.Store.Failure is not null)
            {
                Volatile.Write(ref _deadlineNanos, long.MaxValue);
                return false;
            }

            _stream.Origins.WriteDown();
            long now = _time.UnixNanosNow();
            StreamConfig config = _stream.Config;
            bool marks = config.SubjectDeleteMarkerTtlNanos > 0;
            bool endsKeys = config.AllowMessageTtl && config.MaxMessagesPerSubject != 1;
            ExpireResult result = _stream.Log.Expire(
                now,
                marks || endsKeys ? SliceMessagesThatAreRead : SliceMessages,
                marks || _stream.Revisions is not null ? _beforeRemoval : null,
                endsKeys ? _endsKey : null);
            Volatile.Write(ref _deadlineNanos, result.NextDeadlineNanos);
            _stream.Publishing.DependOn(result.Position);
            _stream.TrackUsage();
            if (marks)
                LeaveMarkers(now);
            return result.Messages.Count > 0;
        }
    }

    private void BeforeRemoval(IReadOnlyList<ExpiredMessage> expired)
    {
        bool marks = _stream.Config.SubjectDeleteMarkerTtlNanos > 0;
        foreach (ExpiredMessage message in expired)
        {
            if (marks && message.WasLastOfSubject && CausesMarker(message.Sequence))
                _marked.Add(message);
        }

        _stream.Revisions?.OnExpiring(expired, marks ? _isMarked : null);
    }

    private void LeaveMarkers(long now)
    {
        foreach (ExpiredMessage message in _marked)
            LeaveMarker(message.Subject.Span, Math.Max(now, _stream.Log.Tail.LastTimestampNanos));
        _marked.Clear();
    }

    /// <summary>Whether the key ends with this message, which was its newest: then older ones do not come back.</summary>
    private bool EndsKey(ExpiredMessage message) =>
        _stream.Log.Read(message.Sequence, _expired) == ReadStatus.Found
        && !_expired.Headers.IsEmpty
        && new HeaderBlock(_expired.Headers).TryGet(BucketHeaders.Expiry, out ReadOnlySpan<byte> scope)
        && scope.SequenceEqual(BucketHeaders.ExpiryOfKey);

    /// <summary>A marker, and the purge operation of a bucket, mark already: they go without a trace.</summary>
    private bool CausesMarker(ulong sequence)
    {
        // The removal is not even appended, so that readers, who see what is committed, still find the message.
        if (_stream.Log.Read(sequence, _expired) != ReadStatus.Found || _expired.Headers.IsEmpty)
            return true;
        var headers = new HeaderBlock(_expired.Headers);
        if (headers.TryGet("Nats-Marker-Reason"u8, out ReadOnlySpan<byte> reason) && !reason.IsEmpty)
            return false;
        return !(headers.TryGet("KV-Operation"u8, out ReadOnlySpan<byte> operation) && operation.SequenceEqual("PURGE"u8));
    }

    private void LeaveMarker(ReadOnlySpan<byte> subject, long storedNanos)
    {
        long ttlNanos = _stream.Config.SubjectDeleteMarkerTtlNanos / NanosPerSecond * NanosPerSecond;
        string ttl = DurationText.Format(ttlNanos);
        string text = string.Create(
            CultureInfo.InvariantCulture,
            $"NATS/1.0\r\nNats-Marker-Reason: MaxAge\r\nNats-TTL: {ttl}\r\nNats-Rollup: sub\r\n\r\n");
        var marker = new NewMessage
        {
            Subject = subject,
            Headers = Encoding.ASCII.GetBytes(text),
            TimestampNanos = storedNanos,
            ExpiresAtNanos = storedNanos + ttlNanos,
            Rollup = RollupScope.Subject,
        };
        _stream.Publishing.AppendOwn(marker, out _);
    }
}
