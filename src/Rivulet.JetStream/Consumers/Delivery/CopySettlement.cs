using Rivulet.JetStream.Api.Json;

namespace Rivulet.JetStream.Consumers.Delivery;

/// <summary>
/// Moves a consumer past messages that another stream has copied: each counts as delivered and acknowledged, in one step.
/// </summary>
internal static class CopySettlement
{
    private const int SliceMessages = 256;

    /// <summary>Settles what matches up to a sequence. With no lock held; by one thread at a time for a consumer.</summary>
    public static void Settle(Consumer consumer, ulong upTo)
    {
        var sequences = new List<ulong>();
        ulong next;
        lock (consumer.Gate)
            next = consumer.Acks.Delivered.StreamSequence + 1;
        do
        {
            sequences.Clear();
            while (sequences.Count < SliceMessages && next <= upTo)
            {
                ulong found = consumer.Stream.Log.FindNext(next, consumer.Filters);
                if (found == 0 || found > upTo)
                    break;
                sequences.Add(found);
                next = found + 1;
            }

            if (sequences.Count > 0)
                Settle(consumer, sequences);
        }
        while (sequences.Count == SliceMessages);
    }

    private static void Settle(Consumer consumer, List<ulong> sequences)
    {
        bool isAppended;
        lock (consumer.Gate)
        {
            if (consumer.IsClosed)
                return;
            long now = consumer.Time.UnixNanosNow();
            foreach (ulong sequence in sequences)
            {
                if (sequence <= consumer.Acks.Delivered.StreamSequence)
                    continue;
                consumer.Acks.Deliver(sequence, now, long.MaxValue);
                consumer.Journal?.Changes.Delivered(sequence, long.MaxValue);
                if (sequence >= consumer.Cursor.Next)
                    consumer.Cursor.Pass(sequence);
            }

            consumer.AcknowledgeAll(consumer.Acks.Delivered, now);
            consumer.LastDeliveredNanos = consumer.LastAckedNanos = now;
            isAppended = consumer.Journal?.Flush(consumer.Acks) ?? false;
        }

        if (isAppended)
            consumer.Journal!.HandOver();
    }
}
