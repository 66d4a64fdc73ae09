using Rivulet.JetStream.Consumers.Acks;
using Rivulet.JetStream.Consumers.Configuration;
using Rivulet.JetStream.Consumers.State;

namespace Rivulet.JetStream.Tests.Consumers;

/// <summary>What the log says of a consumer, read back.</summary>
public sealed class ConsumerChangesTests
{
    [Fact]
    public void A_delivery_that_is_there_twice_counts_as_a_further_one()
    {
        // The record that said that the first one was taken back is damaged.
        var changes = new ConsumerChanges();
        changes.Delivered(5, deadlineNanos: 10);
        changes.Delivered(5, deadlineNanos: 20);
        changes.Delivered(6, deadlineNanos: 30);
        changes.Acknowledged(6);
        changes.Delivered(6, deadlineNanos: 40);
        var state = new AckState(AckPolicy.Explicit, before: 4);

        ConsumerChanges.Replay(changes.Written, state, ackWaitNanos: 1);

        Assert.Equal(6UL, state.Delivered.StreamSequence);
        Assert.True(state.Pending.TryGetFirst(out PendingAck pending));
        Assert.Equal((5UL, 2U, 20L), (pending.Sequences.StreamSequence, pending.Deliveries, pending.DeadlineNanos));
        Assert.Equal(1, state.Pending.Count);
    }
}
