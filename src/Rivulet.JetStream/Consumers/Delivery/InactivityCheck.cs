using Rivulet.JetStream.Api.Json;
using Rivulet.JetStream.Consumers.Acks;
using Rivulet.JetStream.Consumers.Pull;
using Rivulet.JetStream.Hosting;

namespace Rivulet.JetStream.Consumers.Delivery;

/// <summary>
/// Looks closer at a consumer whose time without use is over, before it is removed. A pull request that still waits is a
/// use, and so is a message that is being worked on: its ack may yet come.
/// </summary>
internal static class InactivityCheck
{
    /// <summary>Whether the consumer is of use after all; its time then begins anew. Not under the gate.</summary>
    public static bool FindsUse(Consumer consumer, DeliveryBatch batch)
    {
        bool isWaitedFor = consumer.Target is PullTarget target && PullHandler.SweepWaiting(consumer, target, batch) > 0;
        lock (consumer.Gate)
        {
            long now = consumer.Time.UnixNanosNow();
            if (consumer.IsClosed)
                return true;
            if (isWaitedFor)
                consumer.LastUsedNanos = now;
            else if (consumer.Target is PullTarget)
                consumer.LastUsedNanos = Math.Max(consumer.LastUsedNanos, LastDeadline(consumer));
            if (now >= consumer.UnusedAtNanos)
                return false;
        }

        consumer.Wake();
        return true;
    }

    private static long LastDeadline(Consumer consumer)
    {
        long last = 0;
        var pending = new List<PendingAck>(consumer.Acks.Pending.Count);
        consumer.Acks.Pending.CopyTo(pending);
        foreach (PendingAck ack in pending)
            last = Math.Max(last, ack.DeadlineNanos);
        return last;
    }
}
