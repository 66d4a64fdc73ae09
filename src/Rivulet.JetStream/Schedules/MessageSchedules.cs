using Rivulet.JetStream.Api.Json;
using Rivulet.JetStream.Hosting;
using Rivulet.JetStream.Streams;
using Rivulet.Storage;

namespace Rivulet.JetStream.Schedules;

/// <summary>
/// The schedules of a stream: messages from which others are made when their time comes. One timer stands on the next of them.
/// </summary>
/// <remarks>
/// The stream's writer lock guards it. <see cref="Arm"/> is called without it, after whatever brought a nearer time. The work runs
/// on host threads, one run at a time: it reads without a lock what it is going to store under it.
/// </remarks>
internal sealed class MessageSchedules : IWorkItem, IDisposable
{
    /// <summary>Schedules that fire in one go.</summary>
    private const int SliceMax = 64;

    /// <summary>How long one waits that cannot be read or stored yet.</summary>
    private const long RetryNanos = 250_000_000;

    private static readonly TimeSpan WaitMax = TimeSpan.FromDays(30);

    private readonly JetStreamStream _stream;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly Lock _running = new();
    private readonly StoredMessage _read = new();
    private readonly StoredMessage _source = new();
    private readonly Dictionary<ReadOnlyMemory<byte>, Schedule> _bySubject = new(SubjectBytesComparer.Instance);

    // Has entries that are out of date as well; they are known by their time.
    private readonly PriorityQueue<Schedule, long> _queue = new();
    private long _nextNanos = long.MaxValue;
    private int _queued;

    public MessageSchedules(JetStreamStream stream)
    {
        _stream = stream;
        _time = stream.Account.Engine.Host.Time;
        _timer = _time.CreateTimer(_ => Queue(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>How many there are.</summary>
    public int Count => _bySubject.Count;

    /// <summary>Whether the last message of a subject is a schedule.</summary>
    public bool Contains(ReadOnlyMemory<byte> subject) => _bySubject.ContainsKey(subject);

    /// <summary>A message was appended: it may be a schedule, take the place of one, or end one.</summary>
    /// <param name="subject">Its subject; copied where it is kept.</param>
    /// <param name="sequence">Its sequence.</param>
    /// <param name="change">What it does to the schedules.</param>
    /// <param name="effects">What this leads to.</param>
    public void OnAppended(ReadOnlySpan<byte> subject, ulong sequence, in ScheduleChange change, ref PublishEffects effects)
    {
        if (change.IsSchedule)
        {
            var schedule = new Schedule(subject.ToArray(), sequence);
            _bySubject[schedule.Subject] = schedule;
            effects.HasSoonerSchedule |= SetTime(schedule, change.FiresNanos);
        }
        else if (!change.KeepsSubject && _bySubject.Count > 0)
        {
            _bySubject.Remove(subject.ToArray());
        }

        if (change.Purged is not { } purged)
            return;
        _bySubject.Remove(purged);

        // Only what was there before: behind it in its batch there may be a new schedule.
        PurgeResult result = _stream.Log.Purge(purged, beforeSequence: sequence, keep: 0);
        if (result.Count > 0)
            effects.Appended = LogPosition.Max(effects.Appended, result.Position);
        _stream.TrackUsage();
    }

    /// <summary>
    /// Reads the schedules back, and when each fires next: before the stream takes messages. One whose time has gone by fires once.
    /// </summary>
    public void Recover()
    {
        ulong sequence = 0;
        while ((sequence = _stream.Log.FindNextWithHeaders(sequence + 1)) != 0)
        {
            if (_stream.Log.Read(sequence, _read) == ReadStatus.Found)
                Recover(_read);
        }

        _queue.Clear();
        foreach (Schedule schedule in _bySubject.Values)
            SetTime(schedule, schedule.FiresNanos);
    }

    /// <summary>Sets the timer to the next time.</summary>
    public void Arm()
    {
        long armed;
        do
        {
            armed = Volatile.Read(ref _nextNanos);
            _timer.Change(armed == long.MaxValue ? Timeout.InfiniteTimeSpan : WaitUntil(armed), Timeout.InfiniteTimeSpan);
        }
        while (armed != Volatile.Read(ref _nextNanos));
    }

    void IWorkItem.Execute()
    {
        Volatile.Write(ref _queued, 0);
        bool more;
        lock (_running)
            more = Fire();
        if (more)
            Queue();
        else
            Arm();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _timer.Dispose();
        lock (_running)
        {
            _read.Dispose();
            _source.Dispose();
        }
    }

    private void Queue()
    {
        if (Interlocked.Exchange(ref _queued, 1) == 0)
            _stream.Account.Engine.Host.Work.Queue(this);
    }

    private TimeSpan WaitUntil(long nanos)
    {
        TimeSpan wait = TimeSpan.FromMilliseconds((Math.Max(0, nanos - _time.UnixNanosNow()) / 1_000_000) + 1);
        return wait < WaitMax ? wait : WaitMax;
    }

    private bool SetTime(Schedule schedule, long firesNanos)
    {
        schedule.FiresNanos = firesNanos;
        if (_queue.Count > 64 + (2 * _bySubject.Count))
        {
            _queue.Clear();
            foreach (Schedule other in _bySubject.Values)
                _queue.Enqueue(other, other.FiresNanos);
        }
        else
        {
            _queue.Enqueue(schedule, firesNanos);
        }

        if (firesNanos >= _nextNanos)
            return false;
        Volatile.Write(ref _nextNanos, firesNanos);
        return true;
    }

    private bool IsCurrent(Schedule schedule) =>
        _bySubject.TryGetValue(schedule.Subject, out Schedule? current) && current == schedule;

    private void Recover(StoredMessage message)
    {
        ScheduleHeaders headers = ScheduleHeaders.Read(message.Headers);
        byte[] subject = message.Subject.ToArray();
        if (!headers.Pattern.IsEmpty)
        {
            bool fires = ScheduledMessage.TryReadPattern(headers, out SchedulePattern? pattern);
            if (fires && pattern!.Next(message.TimestampNanos, message.TimestampNanos) is { } next)
                _bySubject[subject] = new Schedule(subject, message.Sequence) { FiresNanos = next };
        }
        else if (headers.Scheduler.IsEmpty)
        {
            _bySubject.Remove(subject);
        }
        else if (headers.Next.SequenceEqual("purge"u8))
        {
            // A power cut may have come between this message and the removal that goes with it.
            _bySubject.Remove(headers.Scheduler.ToArray());
        }
        else if (GoTimeOf(headers.Next) is { } next && _bySubject.TryGetValue(headers.Scheduler.ToArray(), out Schedule? schedule))
        {
            schedule.FiresNanos = next;
        }
    }

    private static long? GoTimeOf(ReadOnlySpan<byte> text) =>
        GoText.TryParseTime(System.Text.Encoding.UTF8.GetString(text), out long nanos, out _) ? nanos : null;

    /// <summary>Makes and stores the messages of schedules whose time has come.</summary>
    /// <returns>Whether there are more.</returns>
    private bool Fire()
    {
        List<(Schedule Schedule, long Nanos)> due = TakeDue(out bool more);
        if (due.Count == 0)
            return false;
        DeliveryBatch batch = _stream.Router.CreateBatch();
        foreach ((Schedule schedule, long nanos) in due)
        {
            bool isRead = _stream.Log.Read(schedule.Sequence, _read) == ReadStatus.Found;
            ScheduledMessage? made = isRead ? Make(nanos) : null;
            Store(schedule, nanos, isRead, made, batch);
        }

        batch.Flush();
        return more;
    }

    private List<(Schedule Schedule, long Nanos)> TakeDue(out bool more)
    {
        var due = new List<(Schedule Schedule, long Nanos)>();
        lock (_stream.WriterLock)
        {
            long now = _time.UnixNanosNow();
            more = false;
            long next = long.MaxValue;
            while (!_stream.IsStopped && _queue.TryPeek(out Schedule? schedule, out long nanos))
            {
                bool isCurrent = IsCurrent(schedule) && schedule.FiresNanos == nanos;
                more = isCurrent && nanos <= now && due.Count == SliceMax;
                if (isCurrent && (nanos > now || more))
                {
                    next = nanos;
                    break;
                }

                _queue.Dequeue();
                if (isCurrent)
                    due.Add((schedule, nanos));
            }

            Volatile.Write(ref _nextNanos, next);
        }

        // Those of one time in the order in which they were stored.
        due.Sort((a, b) => (a.Nanos, a.Schedule.Sequence).CompareTo((b.Nanos, b.Schedule.Sequence)));
        return due;
    }

    private ScheduledMessage? Make(long nanos)
    {
        ScheduleHeaders headers = ScheduleHeaders.Read(_read.Headers);
        bool hasSource = !headers.Source.IsEmpty && _stream.Log.ReadLast(headers.Source, _source) == ReadStatus.Found;
        return ScheduledMessage.Make(_read, hasSource ? _source : null, nanos, _time.UnixNanosNow());
    }

    private void Store(Schedule schedule, long nanos, bool isRead, ScheduledMessage? made, DeliveryBatch batch)
    {
        PublishEffects effects = default;
        lock (_stream.WriterLock)
        {
            if (_stream.IsStopped || !IsCurrent(schedule) || schedule.FiresNanos != nanos)
                return;
            bool isCommitted = _stream.Log.State.LastSequence >= schedule.Sequence;
            if (!isRead && !isCommitted)
            {
                // It was stored so recently that nobody may read it yet.
                SetTime(schedule, nanos + RetryNanos);
                return;
            }

            if (made is null)
            {
                _bySubject.Remove(schedule.Subject);
                return;
            }

            bool isStored = _stream.Publishing.AppendScheduled(made, schedule.Subject, ref effects);
            if (made.NextNanos is { } next)
                SetTime(schedule, next);
            else if (!isStored)
                SetTime(schedule, nanos + RetryNanos);
        }

        if (effects.Appended != LogPosition.None)
            _stream.Publishing.AfterAppend(publisher: null, effects, batch);
    }

    /// <summary>A schedule.</summary>
    /// <param name="subject">Subject of its message.</param>
    /// <param name="sequence">Sequence of its message.</param>
    private sealed class Schedule(byte[] subject, ulong sequence)
    {
        public byte[] Subject { get; } = subject;

        public ulong Sequence { get; } = sequence;

        public long FiresNanos { get; set; }
    }
}
