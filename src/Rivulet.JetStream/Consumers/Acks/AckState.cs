using System.Diagnostics;
using Rivulet.JetStream.Consumers.Configuration;

namespace Rivulet.JetStream.Consumers.Acks;

/// <summary>
/// What a consumer remembers of its deliveries: how far it has delivered, up to where everything is acknowledged, what
/// waits for an ack, and what was given up after too many deliveries.
/// </summary>
/// <remarks>
/// <para>Invariants: the floor is never past what was delivered; every pending stream sequence is above the floor and at
/// most the delivered one; a consumer without acks has no pending ones and its floor is what it delivered.</para>
/// <para>
/// Purely a state: it reads no clock and writes no log, so that replaying the same calls gives the same state.
/// Not safe for use by two threads at once: the consumer's lock guards it.
/// </para>
/// </remarks>
internal sealed class AckState
{
    private readonly Dictionary<ulong, uint> _exhausted = [];
    private readonly AckPolicy _policy;

    /// <summary>A consumer that has delivered nothing and starts after the stream sequence <paramref name="before"/>.</summary>
    public AckState(AckPolicy policy, ulong before)
    {
        _policy = policy;
        Delivered = Floor = SettledFloor = new SequencePair(0, before);
    }

    /// <summary>A consumer as it was written down.</summary>
    public AckState(AckPolicy policy, SequencePair delivered, SequencePair floor)
    {
        _policy = policy;
        Delivered = delivered;
        Floor = SettledFloor = floor;
    }

    /// <summary>Last consumer sequence used, and highest stream sequence delivered.</summary>
    public SequencePair Delivered { get; private set; }

    /// <summary>
    /// Everything up to here is acknowledged. What was given up is not, and holds the floor until nothing is pending any more.
    /// </summary>
    public SequencePair Floor { get; private set; }

    /// <summary>
    /// Everything up to here is acknowledged, or was given up since the server started: where a reset goes back to. Clients are
    /// told <see cref="Floor"/>.
    /// </summary>
    public SequencePair SettledFloor { get; private set; }

    /// <summary>What waits for an ack.</summary>
    public PendingAcks Pending { get; } = new();

    /// <summary>Messages given up after too many deliveries, and how often each was delivered.</summary>
    public IReadOnlyDictionary<ulong, uint> Exhausted => _exhausted;

    /// <summary>Messages delivered more than once, or given up, that are neither acknowledged nor gone.</summary>
    public int RedeliveredCount => Pending.RedeliveredCount + _exhausted.Count;

    /// <summary>Records the first delivery of a message.</summary>
    /// <returns>Its consumer sequence.</returns>
    public ulong Deliver(ulong streamSequence, long nowNanos, long deadlineNanos)
    {
        Debug.Assert(streamSequence > Delivered.StreamSequence, $"{streamSequence} was delivered before");
        var sequences = new SequencePair(Delivered.ConsumerSequence + 1, streamSequence);
        Delivered = sequences;
        if (_policy == AckPolicy.None)
            Floor = SettledFloor = sequences;
        else
            Pending.Add(new PendingAck(sequences, 1, nowNanos, deadlineNanos));
        return sequences.ConsumerSequence;
    }

    /// <summary>Records that a pending message was delivered once more.</summary>
    /// <returns>The consumer sequence of this delivery; 0 if the message is not pending any more.</returns>
    public ulong Redeliver(ulong streamSequence, long nowNanos, long deadlineNanos)
    {
        if (!Pending.TryGet(streamSequence, out PendingAck ack))
            return 0;

        Delivered = Delivered with { ConsumerSequence = Delivered.ConsumerSequence + 1 };
        Pending.Update(ack with
        {
            Deliveries = ack.Deliveries + 1,
            DeliveredNanos = nowNanos,
            DeadlineNanos = deadlineNanos,
        });
        return Delivered.ConsumerSequence;
    }

    /// <summary>Takes the newest delivery back: nobody was there to receive it. Does nothing if it was acknowledged.</summary>
    /// <param name="streamSequence">The message of the newest delivery.</param>
    /// <param name="before">What <see cref="Delivered"/> was before it.</param>
    /// <param name="redelivery">Whether it had been delivered before; it is then queued again.</param>
    /// <returns>True if it was taken back.</returns>
    public bool Undo(ulong streamSequence, SequencePair before, bool redelivery)
    {
        if (_policy == AckPolicy.None)
        {
            Delivered = Floor = SettledFloor = before;
            return true;
        }

        if (!Pending.TryGet(streamSequence, out PendingAck ack))
            return false;

        Delivered = before;
        if (redelivery)
        {
            Pending.Update(ack with { Deliveries = ack.Deliveries - 1 });
            Pending.Queue(streamSequence, atStart: true);
        }
        else
        {
            Pending.Remove(streamSequence, out _);
        }

        return true;
    }

    /// <summary>Records the ack of one message, or that it is not wanted any more.</summary>
    /// <returns>True if it was pending.</returns>
    public bool Acknowledge(ulong streamSequence, out PendingAck ack)
    {
        _exhausted.Remove(streamSequence);
        return RemovePending(streamSequence, out ack);
    }

    /// <summary>Records the ack of everything up to a delivery.</summary>
    /// <param name="upTo">The delivery.</param>
    /// <param name="settled">Receives the messages that needed the ack; <c>null</c> if nobody asks.</param>
    /// <returns>True if that moved the floor.</returns>
    public bool AcknowledgeAll(SequencePair upTo, ICollection<ulong>? settled = null)
    {
        if (upTo.ConsumerSequence <= Floor.ConsumerSequence || upTo.StreamSequence <= Floor.StreamSequence)
            return false;

        while (Pending.TryGetFirst(out PendingAck first) && first.Sequences.StreamSequence <= upTo.StreamSequence)
            Settle(first.Sequences.StreamSequence, settled);
        Floor = SettledFloor = upTo;
        if (settled is not null)
            AddExhausted(upTo.StreamSequence, settled);
        RemoveExhausted(upTo.StreamSequence);
        return true;
    }

    /// <summary>Records that a message is given up: it stays in the stream, and is not delivered again.</summary>
    /// <returns>True if it was pending.</returns>
    public bool GiveUp(ulong streamSequence)
    {
        if (!Pending.Remove(streamSequence, out PendingAck ack))
            return false;
        _exhausted[streamSequence] = ack.Deliveries;
        SettledFloor = Follow(SettledFloor, ack);
        return true;
    }

    /// <summary>Notes a message as given up, as it was written down.</summary>
    public void RestoreGivenUp(ulong streamSequence, uint deliveries) => _exhausted[streamSequence] = deliveries;

    /// <summary>Puts off the deadline of a pending message, and takes it off the redelivery queue.</summary>
    /// <returns>True if it is pending.</returns>
    public bool PutOff(ulong streamSequence, long deliveredNanos, long deadlineNanos) =>
        Pending.TryGet(streamSequence, out PendingAck ack)
        && Pending.Update(ack with { DeliveredNanos = deliveredNanos, DeadlineNanos = deadlineNanos });

    /// <summary>Goes past messages that have left the stream.</summary>
    /// <param name="streamSequence">Everything up to here is gone.</param>
    public void SkipTo(ulong streamSequence)
    {
        RemoveExhausted(streamSequence);
        while (Pending.TryGetFirst(out PendingAck first) && first.Sequences.StreamSequence <= streamSequence)
            Acknowledge(first.Sequences.StreamSequence, out _);
        if (Delivered.StreamSequence >= streamSequence)
            return;
        Delivered = Delivered with { StreamSequence = streamSequence };
        Floor = SettledFloor = Delivered;
    }

    /// <summary>Starts over before the stream sequence <paramref name="before"/>: nothing delivered, nothing pending.</summary>
    public void Reset(ulong before)
    {
        Pending.Clear();
        _exhausted.Clear();
        Delivered = Floor = SettledFloor = new SequencePair(0, before);
    }

    /// <summary>The calls that were written down are replayed: what is not, is not known, whatever form it was written in.</summary>
    public void EndReplay() => SettledFloor = Floor;

    /// <summary>Forgets what was given up and has left the stream since.</summary>
    public void RemoveExhausted(ulong upToSequence)
    {
        if (_exhausted.Count == 0)
            return;
        foreach (ulong sequence in _exhausted.Keys)
        {
            if (sequence <= upToSequence)
                _exhausted.Remove(sequence);
        }
    }

    /// <summary>Everything that the stream keeps for this consumer has this sequence, or a higher one.</summary>
    public ulong KeptFrom => Math.Min(Floor.StreamSequence, _exhausted.Count == 0 ? ulong.MaxValue : _exhausted.Keys.Min());

    /// <summary>Whether the stream must keep this message for this consumer.</summary>
    public bool Needs(ulong streamSequence) =>
        streamSequence > Delivered.StreamSequence
        || Pending.Contains(streamSequence)
        || _exhausted.ContainsKey(streamSequence);

    private void Settle(ulong streamSequence, ICollection<ulong>? settled)
    {
        Pending.Remove(streamSequence, out _);
        settled?.Add(streamSequence);
    }

    private void AddExhausted(ulong upToSequence, ICollection<ulong> settled)
    {
        foreach (ulong sequence in _exhausted.Keys)
        {
            if (sequence <= upToSequence)
                settled.Add(sequence);
        }
    }

    private bool RemovePending(ulong streamSequence, out PendingAck ack)
    {
        if (!Pending.Remove(streamSequence, out ack))
            return false;
        Floor = Follow(Floor, ack);
        SettledFloor = Follow(SettledFloor, ack);
        return true;
    }

    // A floor follows the lowest pending message, but only when the one right above the floor went: until the first ack it
    // stays where the consumer started, however far the first delivery was.
    private SequencePair Follow(SequencePair floor, in PendingAck gone)
    {
        if (!Pending.TryGetFirst(out PendingAck lowest))
            return Delivered;
        return gone.Sequences.ConsumerSequence == floor.ConsumerSequence + 1
            ? new SequencePair(lowest.Sequences.ConsumerSequence - 1, lowest.Sequences.StreamSequence - 1)
            : floor;
    }
}
