using Rivulet.JetStream.Api.Json;
using Rivulet.JetStream.Consumers.Acks;
using Rivulet.JetStream.Consumers.Configuration;
using Rivulet.JetStream.Consumers.Pull;
using Rivulet.JetStream.Consumers.Push;
using Rivulet.JetStream.Hosting;

namespace Rivulet.JetStream.Consumers.Api;

/// <summary>Fills in what responses tell about a consumer.</summary>
internal static class ConsumerInfoWriter
{
    /// <summary>Fills in configuration and state. Not under the consumer's gate.</summary>
    /// <param name="info">The response.</param>
    /// <param name="consumer">The consumer.</param>
    /// <param name="shown">Whether the metadata also tells version and level of the server.</param>
    /// <returns>False if the consumer is gone.</returns>
    public static bool TryFill(IConsumerInfo info, Consumer consumer, bool shown)
    {
        int waiting = 0;
        if (consumer.Target is PullTarget target)
        {
            DeliveryBatch batch = consumer.Router.CreateBatch();
            waiting = PullHandler.SweepWaiting(consumer, target, batch);
            batch.Flush();
        }

        ulong pending = consumer.CountPendingNow();
        lock (consumer.Gate)
        {
            if (consumer.IsClosed)
                return false;
            FillIdentity(info, consumer, shown);
            FillProgress(info, consumer);
        }

        info.Waiting = waiting;
        info.Pending = pending;
        return true;
    }

    private static void FillIdentity(IConsumerInfo info, Consumer consumer, bool shown)
    {
        ConsumerConfig config = consumer.Config;
        long now = consumer.Time.UnixNanosNow();
        info.StreamName = consumer.Stream.Name;
        info.Name = consumer.Name;
        info.CreatedNanos = consumer.CreatedNanos;
        info.Config = shown ? ConsumerMetadata.Shown(config) : config;
        info.TimestampNanos = now;
        info.PushBound = consumer.Target is PushTarget { IsBound: true } ? true : null;
        if (consumer.IsPaused(now))
        {
            info.Paused = true;
            info.PauseRemainingNanos = config.PauseUntilNanos - now;
        }

        if (config.PriorityGroups is { } groups)
            info.PriorityGroups = [GroupState(groups[0], consumer.Target)];
    }

    private static PriorityGroupState GroupState(string group, Delivery.DeliveryTarget target) =>
        target is PullTarget { Pin: { CurrentId.Length: > 0 } pin }
            ? new PriorityGroupState { Group = group, PinnedClientId = pin.CurrentId, PinnedAtNanos = pin.PinnedAtNanos }
            : new PriorityGroupState { Group = group };

    private static void FillProgress(IConsumerInfo info, Consumer consumer)
    {
        AckState acks = consumer.Acks;
        info.Delivered = Sequences(acks.Delivered, consumer.LastDeliveredNanos);
        info.AckFloor = Sequences(acks.Floor, consumer.LastAckedNanos);
        info.AckPending = acks.Pending.Count;

        // A message that may be delivered only once counts as given up from its first delivery on; that is not news.
        info.Redelivered = consumer.Config.MaxDeliver == 1 ? 0 : acks.RedeliveredCount;
    }

    private static SequenceInfo Sequences(SequencePair pair, long lastNanos) => new()
    {
        ConsumerSequence = pair.ConsumerSequence,
        StreamSequence = pair.StreamSequence,
        LastActiveNanos = lastNanos == 0 ? null : lastNanos,
    };
}
