using Rivulet.JetStream.Api.Json;
using Rivulet.JetStream.Consumers.Acks;
using Rivulet.JetStream.Consumers.Configuration;
using Rivulet.JetStream.Consumers.Push;
using Rivulet.JetStream.Hosting;
using Rivulet.Protocol;
using Rivulet.Storage;

namespace Rivulet.JetStream.Consumers.Delivery;

/// <summary>
/// Moves messages from the stream to those who want them, for one consumer. It runs on the host's threads, one run at a
/// time, whenever something happened: a message came, an ack or a pull request, interest changed, or a timer fired. A run
/// delivers a bounded slice, flushes once, and queues itself again if there is more.
/// </summary>
/// <remarks>
/// <para>
/// For each message: under the consumer's gate, decide what to read; outside of it, read; under it, make sure that this is
/// still wanted, choose the receiver and write the delivery down; outside of it, route. The delivery is written down first
/// because its ack may arrive before routing returns; if nobody was there it is taken back.
/// </para>
/// <para>
/// Whatever is not guarded by the gate belongs to the run. <see cref="_signals"/> counts the calls of <see cref="Wake"/>
/// since the pump was last idle: the one that raises it from 0 queues the pump, the others only make it look again.
/// </para>
/// </remarks>
internal sealed class DeliveryPump : IWorkItem, IDisposable
{
    private const int SliceMessagesMax = 256;
    private const long SliceBytesMax = 1024 * 1024;
    private const long RetryAfterFailureNanos = Nanos.PerSecond;

    // How many messages that nobody acknowledges or paces go out between two looks at the clock.
    private const int MessagesBetweenLooks = 16;
    // Of the time that passes, this part is spent counting at most.
    private const int CountingCostFactor = 10;

    // Where so much was delivered that the last count says little, this part.
    private const int HurriedCountingCostFactor = 3;
    private const long CheckInterestAfterNanos = 250 * Nanos.PerMillisecond;

    private readonly Consumer _consumer;
    private readonly DeliveryBatch _batch;
    private readonly AckSubjectFormatter _ackSubject;
    private readonly DeliveredHeaders _headers = new();
    private readonly StoredMessage _message = new();
    private readonly Recipient _recipient = new();
    private readonly ITimer _timer;
    private readonly DeliveryPace _pace;
    private readonly RemovedMessages _removed;
    private int _signals;
    private bool _mustCheckInterest;
    private long _checkInterestAtNanos = long.MaxValue;
    private long _timerAtNanos = long.MaxValue;
    private long _pacedUntilNanos;
    private long _dropGoneAtNanos;
    private long _countedRemovals;

    // Which removals are taken off the list of messages to deliver first.
    private long _prunedRemovals;
    private ulong _deliveredSinceCount;
    private long _countAgainAt;
    private long _countSoonestAt;

    // Whether it had reached the end of the stream, and has not been left far behind since; and whether it is behind.
    private bool _isFollowing;
    private bool _isBehind;
    private ulong _pending;

    /// <summary>A pump that is idle.</summary>
    public DeliveryPump(Consumer consumer)
    {
        _consumer = consumer;
        _batch = consumer.Router.CreateBatch();
        _ackSubject = new AckSubjectFormatter(consumer.AckPlaces.Told);
        _countedRemovals = _prunedRemovals = consumer.Set.Removals;
        _removed = new RemovedMessages(consumer);
        _pace = new DeliveryPace(consumer.Config, consumer.Stream.Log.State.LastSequence);
        _timer = consumer.Time.CreateTimer(
            static pump => ((DeliveryPump)pump!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Looks after what has left the stream.</summary>
    public RemovedMessages Removed => _removed;

    /// <summary>Which removals of messages the count of pending messages takes into account.</summary>
    public long CountedRemovals => Volatile.Read(ref _countedRemovals);

    private enum Outcome
    {
        Delivered,
        PassedOver,
        EndOfStream,
        NobodyReady,
        AcksPending,
        Paced,
        Failed,
    }

    /// <summary>Has the pump run soon. Any thread.</summary>
    public void Wake()
    {
        if (Interlocked.Increment(ref _signals) == 1)
            _consumer.Stream.Account.Engine.Host.Work.Queue(this);
    }

    /// <summary>Has the pump look whether anyone is subscribed to the deliver subject. Any thread.</summary>
    public void CheckInterest()
    {
        Volatile.Write(ref _mustCheckInterest, true);
        Wake();
    }

    /// <summary>Takes over what the configuration says about the pace. Under the gate.</summary>
    public void ReconfigurePace() => _pace.Reconfigure(_consumer.Config);

    /// <summary>Ends, after the consumer was closed: the last run gives back what it read into.</summary>
    public void Dispose()
    {
        _timer.Dispose();
        Wake();
    }

    void IWorkItem.Execute()
    {
        int seen = Volatile.Read(ref _signals);
        bool more = false;
        long started = _consumer.Time.GetTimestamp();
        try
        {
            more = RunSlice();
        }
        catch (Exception e)
        {
            // Whatever it is, it must not take the host's thread down; the consumer keeps it, and tells whoever asks.
            _consumer.Fail(e);
        }

        _batch.Flush();
        bool holdsUp = more && _isFollowing && _pending >= FollowerGate.BehindFrom && !_consumer.IsClosed;
        NoteBehind(holdsUp && _consumer.Time.GetElapsedTime(started) <= FollowerGate.SliceMax);
        if (_consumer.IsClosed)
            _message.Dispose();
        if (more || Interlocked.CompareExchange(ref _signals, 0, seen) != seen)
            _consumer.Stream.Account.Engine.Host.Work.Queue(this);
    }

    private void NoteBehind(bool isBehind)
    {
        if (_isBehind || isBehind)
            _consumer.Set.Followers.Note(_isBehind, isBehind);
        _isBehind = isBehind;
    }

    /// <returns>True if there is more to deliver at once.</returns>
    private bool RunSlice()
    {
        long now = _consumer.Time.UnixNanosNow();
        if (Volatile.Read(ref _mustCheckInterest) || now >= _checkInterestAtNanos)
            UpdateInterest();
        _removed.Prune();
        _dropGoneAtNanos = _removed.DropGone(now);
        QueueDueAcks(now);

        // Until it is released, whoever makes it counts.
        if (_consumer.MustCount && _consumer.IsReleased)
            CountPending();

        Outcome outcome = Outcome.Delivered;
        long bytes = 0;
        int messages = 0;

        // Perf: where nothing hangs on when exactly a message was delivered, the clock is not asked each time.
        int messagesBetweenLooks = _consumer.Config.AckPolicy == AckPolicy.None && !_pace.IsPaced ? MessagesBetweenLooks : 1;
        while (outcome is Outcome.Delivered or Outcome.PassedOver && messages < SliceMessagesMax && bytes < SliceBytesMax)
        {
            if (messages % messagesBetweenLooks == 0)
                now = _consumer.Time.UnixNanosNow();
            outcome = DeliverNext(now);
            messages++;
            bytes += outcome == Outcome.Delivered ? _message.Payload.Length : 0;
        }

        bool more = outcome is Outcome.Delivered or Outcome.PassedOver;
        if (!more)
            _message.ReleaseAhead();
        Tend(outcome);
        return more;
    }

    private Outcome DeliverNext(long now)
    {
        if (!TryPlan(now, out Candidate candidate, out Outcome refusal))
            return refusal;

        ReadStatus status = candidate.IsExact
            ? _consumer.Stream.Log.Read(candidate.Sequence, _message)
            : _consumer.Stream.Log.ReadNext(candidate.Sequence, candidate.Filters, _message);
        if (status != ReadStatus.Found)
            return PassOver(candidate, status);

        if (_countedRemovals != _consumer.Set.Removals)
            CorrectPending(candidate);
        return Deliver(candidate, now);
    }

    private bool TryPlan(long now, out Candidate candidate, out Outcome refusal)
    {
        lock (_consumer.Gate)
        {
            candidate = default;
            refusal = Outcome.NobodyReady;
            if (_consumer.IsClosed)
                return false;
            if (!_consumer.IsReleased || _consumer.IsPaused(now) || !_consumer.Target.IsReady)
                return false;

            int moves = _consumer.Cursor.Moves;
            while (_consumer.Acks.Pending.TryPeekQueued(out PendingAck ack))
            {
                if (_consumer.IsExhausted(ack))
                {
                    _consumer.GiveUp(ack);
                    continue;
                }

                candidate = new Candidate(ack.Sequences.StreamSequence, CandidateKind.Redelivery, moves, _consumer.Filters);
                return true;
            }

            refusal = Outcome.AcksPending;
            if (_consumer.Acks.Pending.Count >= _consumer.MaxAckPending)
                return false;
            candidate = _consumer.Cursor.TryPeekListed(out ulong listed)
                ? new Candidate(listed, CandidateKind.Listed, moves, _consumer.Filters, Next: _consumer.Cursor.Next)
                : new Candidate(
                    _consumer.Cursor.Next,
                    CandidateKind.Next,
                    moves,
                    _consumer.Filters,
                    LastCommitted: _consumer.Set.LastCommitted);
            return true;
        }
    }

    // Nothing was read. Whether the candidate is gone, damaged or not there yet decides how to go on.
    private Outcome PassOver(in Candidate candidate, ReadStatus status)
    {
        if (status == ReadStatus.Failed)
            return Outcome.Failed;
        lock (_consumer.Gate)
        {
            if (_consumer.Cursor.Moves != candidate.Moves)
                return Outcome.PassedOver;
            switch (candidate.Kind)
            {
                case CandidateKind.Redelivery:
                    _removed.Forget(candidate.Sequence);
                    return Outcome.PassedOver;
                case CandidateKind.Listed:
                    _consumer.Cursor.Pass(candidate.Sequence);
                    return Outcome.PassedOver;
                case CandidateKind.Next when status == ReadStatus.Damaged:
                    _consumer.Cursor.Pass(_message.Sequence);
                    return Outcome.PassedOver;
                default:
                    _consumer.Cursor.SkipTo(candidate.LastCommitted);
                    return Outcome.EndOfStream;
            }
        }
    }

    private Outcome Deliver(in Candidate candidate, long now)
    {
        ReadOnlySpan<byte> headers = _message.Headers;
        ReadOnlySpan<byte> payload = _message.Payload;
        if (_consumer.Config.HeadersOnly)
        {
            headers = _headers.WithSize(headers, payload.Length);
            payload = default;
        }

        Outcome outcome = Commit(candidate, headers.Length + payload.Length, now, out Delivery delivery);
        if (outcome != Outcome.Delivered)
        {
            Outbox.Send(delivery.ToSend, _consumer.Router, _batch);
            return outcome;
        }

        if (_recipient.PinId is { } pin)
            headers = _headers.WithPin(headers, pin);
        bool received = _consumer.Router.Deliver(
            _recipient.Subject,
            _message.Subject,
            _ackSubject.Current,
            headers,
            payload,
            _batch);
        if (!received)
            TakeBack(candidate, delivery);
        if (_consumer.Routed != 0)
            EndRouting(received);
        Outbox.Send(delivery.ToSend, _consumer.Router, _batch);
        return received ? Outcome.Delivered : Outcome.PassedOver;
    }

    /// <summary>Chooses the receiver of the message that was read, and writes the delivery down.</summary>
    private Outcome Commit(in Candidate candidate, int contentBytes, long now, out Delivery delivery)
    {
        delivery = default;
        lock (_consumer.Gate)
        {
            AckState acks = _consumer.Acks;
            uint deliveries = 0;
            if (candidate.Kind == CandidateKind.Redelivery)
            {
                if (!acks.Pending.TryGet(candidate.Sequence, out PendingAck ack))
                    return Outcome.PassedOver;
                deliveries = ack.Deliveries;
            }

            if (_consumer.IsClosed || _consumer.Cursor.Moves != candidate.Moves)
                return Outcome.PassedOver;
            _pacedUntilNanos = _pace.ReadyAtNanos(_message.Sequence, _message.TimestampNanos);
            if (_pacedUntilNanos > now)
                return Outcome.Paced;

            bool isNew = deliveries == 0;
            ulong pendingAfter =
                isNew ? _consumer.Cursor.PendingAfter(_message.Sequence) : _consumer.Cursor.Pending;
            var sequences = new SequencePair(acks.Delivered.ConsumerSequence + 1, _message.Sequence);
            var token = new AckToken(deliveries + 1, sequences, _message.TimestampNanos, pendingAfter);
            _ackSubject.Format(token);
            int sizeBytes = _message.Subject.Length + _ackSubject.Current.Length + contentBytes;
            var offer = new Offer(sizeBytes, pendingAfter + 1, acks.Pending.Count, now);
            if (!_consumer.Target.TryChoose(offer, _recipient, _consumer.Outbox))
            {
                delivery = new Delivery(acks.Delivered, _consumer.Outbox.Take());
                return Outcome.NobodyReady;
            }

            SequencePair before = acks.Delivered;
            WriteDown(_message.Sequence, isNew, deliveries + 1, now);
            _consumer.Target.Delivered(offer, _recipient, _consumer.Outbox);
            _pace.Sent(_message.TimestampNanos, sizeBytes, now);
            delivery = new Delivery(before, _consumer.Outbox.Take());
            return Outcome.Delivered;
        }
    }

    // Without acks, a message is done with once somebody received it.
    private void EndRouting(bool received)
    {
        lock (_consumer.Gate)
        {
            if (received)
                _consumer.Stream.Consumed.Note(_consumer.Routed);
            _consumer.Routed = 0;
        }
    }

    private void WriteDown(ulong sequence, bool isNew, uint deliveries, long now)
    {
        long deadline = _consumer.DeadlineNanos(now, deliveries);
        if (isNew)
        {
            _consumer.Acks.Deliver(sequence, now, deadline);
            _consumer.Cursor.Pass(sequence);
            if (_consumer.Config.AckPolicy == AckPolicy.None && _consumer.Stream.Consumed.IsActive)
                _consumer.Routed = sequence;
            _consumer.Journal?.Changes.Delivered(sequence, deadline);
            _deliveredSinceCount++;
        }
        else
        {
            _consumer.Acks.Redeliver(sequence, now, deadline);
            _consumer.Journal?.Changes.Redelivered(sequence, deadline);
        }

        _consumer.LastDeliveredNanos = now;
        if (_consumer.Target is not PushTarget)
            _consumer.LastUsedNanos = now;
    }

    // Nobody was there: the message goes to the next one who asks, as if nothing had happened.
    private void TakeBack(in Candidate candidate, in Delivery delivery)
    {
        lock (_consumer.Gate)
        {
            _consumer.Target.Undelivered(_recipient);
            if (_consumer.Target is PushTarget)
                _checkInterestAtNanos = _consumer.LastDeliveredNanos + CheckInterestAfterNanos;
            bool isRedelivery = candidate.Kind == CandidateKind.Redelivery;
            bool isMoved = _consumer.Cursor.Moves != candidate.Moves;
            if (isMoved || !_consumer.Acks.Undo(_message.Sequence, delivery.Before, isRedelivery))
                return;
            _consumer.Journal?.Changes.Undone(_message.Sequence, delivery.Before, isRedelivery);
            if (!isRedelivery)
                _consumer.Cursor.StepBack(_message.Sequence, candidate.Kind == CandidateKind.Listed);
        }
    }

    private void QueueDueAcks(long now)
    {
        lock (_consumer.Gate)
        {
            while (!_consumer.IsClosed && _consumer.Acks.Pending.TryPeekDue(now, out PendingAck ack))
            {
                if (_consumer.IsExhausted(ack))
                    _consumer.GiveUp(ack);
                else
                    _consumer.Acks.Pending.Queue(ack.Sequences.StreamSequence);
            }
        }
    }

    /// <summary>Does what time demands, writes changes to the log, and sets the timer for the next time.</summary>
    private void Tend(Outcome outcome)
    {
        List<Outbox.Outgoing>? toSend;
        long next;
        bool isUnused, isAppended;
        lock (_consumer.Gate)
        {
            if (_consumer.IsClosed)
                return;
            long now = _consumer.Time.UnixNanosNow();
            _pending = _consumer.Cursor.Pending;
            _isFollowing = outcome == Outcome.EndOfStream || (_isFollowing && _pending < FollowerGate.LostFrom);
            _consumer.EndPause(now);
            bool atEnd = outcome is Outcome.EndOfStream or Outcome.NobodyReady || _consumer.Target.IsDue(now);
            next = _consumer.TendTarget(now, atEnd);
            next = Math.Min(next, _consumer.Acks.Pending.NextDeadlineNanos);
            next = Math.Min(next, _consumer.Config.PauseUntilNanos is { } until && until > now ? until : long.MaxValue);
            next = Math.Min(next, _checkInterestAtNanos);
            next = Math.Min(next, _dropGoneAtNanos);
            next = Math.Min(next, outcome == Outcome.Paced ? _pacedUntilNanos : long.MaxValue);
            next = Math.Min(next, outcome == Outcome.Failed ? now + RetryAfterFailureNanos : long.MaxValue);
            isUnused = now >= _consumer.UnusedAtNanos;
            next = Math.Min(next, isUnused ? long.MaxValue : _consumer.UnusedAtNanos);
            isAppended = _consumer.Journal?.Flush(_consumer.Acks) ?? false;
            toSend = _consumer.Outbox.Take();
            SetTimer(now, next);
        }

        if (isAppended)
            _consumer.Journal!.HandOver();
        Outbox.Send(toSend, _consumer.Router, _batch);
        if (isUnused && !InactivityCheck.FindsUse(_consumer, _batch))
            _consumer.Set.RemoveUnused(_consumer);
    }

    private void SetTimer(long now, long next)
    {
        if (next == long.MaxValue || next >= Volatile.Read(ref _timerAtNanos))
            return;
        Volatile.Write(ref _timerAtNanos, next);
        long ticks = Math.Max(1, (next - now + TimeSpan.NanosecondsPerTick - 1) / TimeSpan.NanosecondsPerTick);
        _timer.Change(TimeSpan.FromTicks(Math.Min(ticks, TimerTicksMax)), Timeout.InfiniteTimeSpan);
    }

    // Timers reach no further than some 49 days; the run that comes too early sets it again.
    private const long TimerTicksMax = 40 * TimeSpan.TicksPerDay;

    private void OnTimer()
    {
        Volatile.Write(ref _timerAtNanos, long.MaxValue);
        Wake();
    }

    private void UpdateInterest()
    {
        Volatile.Write(ref _mustCheckInterest, false);
        _checkInterestAtNanos = long.MaxValue;
        string? deliverTo = _consumer.Config.DeliverSubject;
        if (deliverTo is null)
            return;
        byte[] subject = System.Text.Encoding.UTF8.GetBytes(deliverTo);
        bool isBound = _consumer.Router.HasInterest(subject, _consumer.Config.DeliverGroup);
        lock (_consumer.Gate)
        {
            if (_consumer.IsClosed || _consumer.Target is not PushTarget push || push.IsBound == isBound)
                return;
            push.IsBound = isBound;
            _consumer.LastUsedNanos = _consumer.Time.UnixNanosNow();
        }
    }

    private void CountPending()
    {
        _removed.PruneList();
        ulong from;
        lock (_consumer.Gate)
        {
            _consumer.MustCount = false;
            _countedRemovals = _consumer.Set.Removals;
            _consumer.Cursor.BeginCounting();
            from = _consumer.Cursor.Next;
        }

        TimeProvider time = _consumer.Time;
        long started = time.GetTimestamp();
        (ulong count, ulong upTo) = _consumer.CountFrom(from);
        lock (_consumer.Gate)
            _consumer.Cursor.EndCounting(from, count, upTo);
        _deliveredSinceCount = 0;
        long took = time.GetTimestamp() - started;
        _countAgainAt = started + (took * (CountingCostFactor + 1));
        _countSoonestAt = started + (took * (HurriedCountingCostFactor + 1));
    }

    /// <summary>
    /// Brings the number of pending messages in order after messages were removed. Counting costs what is counted, so it is
    /// done again only long after the last time, or not quite so long when a good part has been delivered; in between it is made sure
    /// that the last message, and no other, says that none is left.
    /// </summary>
    private void CorrectPending(in Candidate candidate)
    {
        if (candidate.Kind == CandidateKind.Redelivery)
        {
            if (_consumer.Time.GetTimestamp() >= _countAgainAt)
                CountPending();
            return;
        }

        long removals = _consumer.Set.Removals;
        if (candidate.Kind == CandidateKind.Listed && _prunedRemovals != removals)
        {
            _removed.PruneList();
            _prunedRemovals = removals;
        }

        ulong after = candidate.Kind == CandidateKind.Listed ? candidate.Next : _message.Sequence + 1;
        bool anyLeft = _consumer.Stream.Log.FindNext(after, candidate.Filters) != 0;
        ulong pending;
        lock (_consumer.Gate)
        {
            if (_consumer.Cursor.Moves != candidate.Moves)
                return;
            _consumer.Cursor.CorrectPending(_message.Sequence, anyLeft);
            pending = _consumer.Cursor.Pending;
        }

        if (!anyLeft)
        {
            _countedRemovals = removals;
            return;
        }

        long now = _consumer.Time.GetTimestamp();
        if (now >= (_deliveredSinceCount > pending / 4 ? _countSoonestAt : _countAgainAt))
            CountPending();
    }

    private enum CandidateKind
    {
        Next,
        Listed,
        Redelivery,
    }

    private readonly record struct Candidate(
        ulong Sequence,
        CandidateKind Kind,
        int Moves,
        FilterSet Filters,
        ulong Next = 0,
        ulong LastCommitted = 0)
    {
        public bool IsExact => Kind != CandidateKind.Next;
    }

    private readonly record struct Delivery(SequencePair Before, List<Outbox.Outgoing>? ToSend);
}
