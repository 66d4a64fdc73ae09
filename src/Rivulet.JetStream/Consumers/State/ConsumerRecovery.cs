using Rivulet.JetStream.Consumers.Acks;
using Rivulet.JetStream.Consumers.Configuration;
using Rivulet.JetStream.Consumers.Delivery;
using Rivulet.JetStream.Streams;
using Rivulet.Storage;

namespace Rivulet.JetStream.Consumers.State;

/// <summary>Brings a consumer back from what its stream keeps of it.</summary>
internal static class ConsumerRecovery
{
    /// <summary>Makes the consumer as it was. It is not started.</summary>
    /// <exception cref="InvalidDataException">What was kept can not be read.</exception>
    public static Consumer Recover(ConsumerSet set, string name, StreamAttachment attachment)
    {
        (ConsumerConfig config, long createdNanos, AckState acks) = ConsumerRecord.Read(attachment.Value.Span);
        // A work queue may have been stopped between an ack and the removal that follows it.
        bool isWorkQueue = set.Stream.Config.Retention == RetentionPolicy.WorkQueue;
        List<ulong>? settled = isWorkQueue ? [] : null;
        foreach (ReadOnlyMemory<byte> changes in attachment.Deltas)
            ConsumerChanges.Replay(changes.Span, acks, config.AckWaitNanos, settled);
        acks.EndReplay();

        StreamState stream = set.Stream.Log.State;
        ulong lastPossible = LastPossible(acks, config, stream.LastSequence);
        if (acks.Delivered.StreamSequence > lastPossible)
            acks = RollBack(acks, config, lastPossible);
        ulong next = Math.Max(acks.Delivered.StreamSequence + 1, Math.Max(stream.FirstSequence, 1));
        if (stream.FirstSequence > 0)
            acks.RemoveExhausted(stream.FirstSequence - 1);
        foreach (ulong sequence in settled ?? [])
        {
            if (!acks.Needs(sequence))
                set.Stream.Consumed.Note(sequence);
        }

        return new Consumer(
            set, name, config, createdNanos, acks, new StartingPoint(next), ConsumerFactory.RemoveAfter(set, config))
        {
            MustCount = true,
            MustDropGone = true,
        };
    }

    // A consumer that was told to start at a sequence may wait for the stream to get there.
    private static ulong LastPossible(AckState acks, ConsumerConfig config, ulong lastSequence)
    {
        bool hasNotStarted = config.DeliverPolicy == DeliverPolicy.ByStartSequence && acks.Delivered.ConsumerSequence == 0;
        return hasNotStarted ? Math.Max(lastSequence, config.StartSequence - 1) : lastSequence;
    }

    // A store that syncs on a timer may have lost the end of the stream, and will give the same sequences to other messages.
    private static AckState RollBack(AckState acks, ConsumerConfig config, ulong lastSequence)
    {
        var pending = new List<PendingAck>();
        acks.Pending.CopyTo(pending);
        pending.RemoveAll(ack => ack.Sequences.StreamSequence > lastSequence);

        var delivered = acks.Delivered with { StreamSequence = lastSequence };
        SequencePair floor = acks.Floor.StreamSequence > lastSequence ? delivered : acks.Floor;
        var rolledBack = new AckState(config.AckPolicy, delivered, floor);
        foreach (PendingAck ack in pending)
            rolledBack.Pending.Add(ack);
        foreach ((ulong sequence, uint deliveries) in acks.Exhausted)
        {
            if (sequence <= lastSequence)
                rolledBack.RestoreGivenUp(sequence, deliveries);
        }

        return rolledBack;
    }
}
