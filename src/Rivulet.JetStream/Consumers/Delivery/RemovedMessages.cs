using Rivulet.JetStream.Api.Json;
using Rivulet.JetStream.Consumers.Acks;
using Rivulet.Protocol;

namespace Rivulet.JetStream.Consumers.Delivery;

/// <summary>
/// Has a consumer forget what it keeps about messages that have left its stream: what was purged, as if it had been delivered
/// and acknowledged, and what went in another way, so that it waits for no ack and takes no place among those that do.
/// </summary>
/// <remarks>Belongs to the consumer's pump, one run at a time. Takes the consumer's gate, and is called without it.</remarks>
internal sealed class RemovedMessages(Consumer consumer)
{
    private const int PrunedListMax = 4096;

    // Looking costs what waits for acks, however little went: of the time that passes, this part is spent on it at most.
    private const int LookingCostFactor = 10;

    private readonly Consumer _consumer = consumer;
    private readonly List<PendingAck> _pending = [];
    private readonly List<ulong> _gone = [];
    private long _lookAgainAt;

    /// <summary>Forgets what was purged or deleted, if anything was.</summary>
    public void Prune()
    {
        if (!_consumer.RemovalsToPrune.TryTake(out bool wasPurged))
            return;
        _pending.Clear();
        lock (_consumer.Gate)
        {
            if (wasPurged)
                _consumer.Acks.Pending.CopyTo(_pending);
        }

        ulong first = _consumer.Stream.Log.State.FirstSequence;
        _pending.RemoveAll(IsThere);
        PruneList();
        lock (_consumer.Gate)
        {
            foreach (PendingAck ack in _pending)
                Forget(ack.Sequences.StreamSequence, isReported: false);
            _consumer.Cursor.Forget(first);
            if (wasPurged && first > _consumer.Acks.Delivered.StreamSequence + 1)
            {
                _consumer.Acks.SkipTo(first - 1);
                _consumer.Journal?.Changes.SkippedTo(first - 1);
            }

            _consumer.MustCount = true;
        }
    }

    /// <summary>Takes what has gone off the list of messages to deliver first.</summary>
    public void PruneList()
    {
        List<ulong> listed = CopyListed();
        listed.RemoveAll(IsThere);
        if (listed.Count == 0)
            return;
        lock (_consumer.Gate)
            _consumer.Cursor.DropListed([.. listed]);
    }

    /// <summary>How many messages of that list are there. Any thread.</summary>
    public int CountListed()
    {
        List<ulong> listed = CopyListed();
        int gone = listed.Count - listed.Count(IsThere);
        lock (_consumer.Gate)
            return Math.Max(0, _consumer.Cursor.ListedCount - gone);
    }

    /// <summary>Forgets what limits, age or a deletion took, if anything may have gone.</summary>
    /// <param name="nowNanos">The time, nanoseconds since 1970.</param>
    /// <returns>When to call again, nanoseconds since 1970; <see cref="long.MaxValue"/> if there is no need to.</returns>
    public long DropGone(long nowNanos)
    {
        if (!_consumer.MustDropGone)
            return long.MaxValue;
        TimeProvider time = _consumer.Time;
        long started = time.GetTimestamp();
        if (started < _lookAgainAt)
            return Nanos.SaturatingAdd(nowNanos, (long)time.GetElapsedTime(started, _lookAgainAt).TotalNanoseconds);

        FindGone();
        lock (_consumer.Gate)
        {
            foreach (ulong sequence in _gone)
                Forget(sequence, isReported: true);
        }

        _lookAgainAt = started + ((time.GetTimestamp() - started) * (LookingCostFactor + 1));
        return long.MaxValue;
    }

    /// <summary>Forgets a message whose turn to be delivered again has come, and that is not there. Under the gate.</summary>
    public void Forget(ulong sequence) => Forget(sequence, isReported: true);

    // A long list is not worth it: what is gone is passed over when its turn comes.
    private List<ulong> CopyListed()
    {
        lock (_consumer.Gate)
            return _consumer.Cursor.ListedCount <= PrunedListMax ? _consumer.Cursor.CopyListed() : [];
    }

    private bool IsThere(PendingAck ack) => IsThere(ack.Sequences.StreamSequence);

    private bool IsThere(ulong sequence) => _consumer.Stream.Log.FindNext(sequence, FilterSet.All) == sequence;

    private void FindGone()
    {
        _pending.Clear();
        _gone.Clear();
        lock (_consumer.Gate)
        {
            _consumer.MustDropGone = false;
            _consumer.Acks.Pending.CopyTo(_pending);
            _gone.AddRange(_consumer.Acks.Exhausted.Keys);
        }

        foreach (PendingAck ack in _pending)
            _gone.Add(ack.Sequences.StreamSequence);
        _gone.RemoveAll(IsThere);
    }

    private void Forget(ulong sequence, bool isReported)
    {
        bool wasGivenUp = _consumer.Acks.Exhausted.ContainsKey(sequence);
        bool wasPending = _consumer.Acks.Acknowledge(sequence, out PendingAck ack);
        if (!wasPending && !wasGivenUp)
            return;
        _consumer.Journal?.Changes.Acknowledged(sequence);
        if (wasPending)
            _consumer.LastAckedNanos = _consumer.Time.UnixNanosNow();
        if (wasPending && isReported)
        {
            _consumer.Outbox.Add(
                _consumer.Events.Terminated(ack.Sequences, ack.Deliveries, "Unacknowledged message was deleted"u8));
        }
    }
}
