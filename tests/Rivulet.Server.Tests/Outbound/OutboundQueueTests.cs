using System.Text;
using Rivulet.Server.Connections;
using Rivulet.Server.Outbound;
using Rivulet.TestKit.Measuring;

namespace Rivulet.Server.Tests.Outbound;

/// <summary>Bytes in order, counted, bounded.</summary>
public class OutboundQueueTests
{
    private readonly OutboundChunkPool _pool = new();

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(4_000)]
    [InlineData(5_000)]
    [InlineData(16_000)]
    [InlineData(20_000)]
    [InlineData(70_000)]
    [InlineData(300_000)]
    public void Frames_of_any_size_come_out_as_they_went_in(int payloadBytes)
    {
        var queue = new OutboundQueue(_pool, maxPendingBytes: 100_000_000);
        var expected = new StringBuilder();
        for (int i = 0; i < 7; i++)
        {
            string payload = new((char)('a' + i), payloadBytes);
            Append(queue, "foo", payload, out string frame);
            expected.Append(frame);
            queue.Append("PONG\r\n"u8);
            expected.Append("PONG\r\n");
        }

        Assert.Equal(expected.Length, queue.PendingBytes);
        Assert.Equal(expected.ToString(), TakeAll(queue));
        Assert.Equal(0, queue.PendingBytes);
    }

    [Fact]
    public void More_than_the_limit_is_an_overflow_and_is_not_queued()
    {
        var queue = new OutboundQueue(_pool, maxPendingBytes: 40);
        Assert.Equal(QueueOutcome.Queued, Append(queue, "foo", "0123456789", out string frame));
        Assert.Equal(QueueOutcome.Overflow, Append(queue, "foo", "0123456789", out _));
        Assert.Equal(QueueOutcome.Queued, queue.Append("PING\r\n"u8));
        Assert.Equal(frame + "PING\r\n", TakeAll(queue));
        Assert.Equal(QueueOutcome.Queued, Append(queue, "foo", "0123456789", out _));
    }

    [Fact]
    public void What_is_being_sent_still_counts()
    {
        var queue = new OutboundQueue(_pool, maxPendingBytes: 100);
        queue.Append(new byte[80]);
        Assert.True(queue.TryBeginSend(out var chunk, out _));
        Assert.True(queue.IsLagging);
        Assert.Equal(QueueOutcome.Overflow, queue.Append(new byte[21]));
        chunk.Sent(30);
        queue.Sent(30);
        Assert.Equal(50, queue.PendingBytes);
        Assert.Equal(QueueOutcome.Queued, queue.Append(new byte[21]));
    }

    [Fact]
    public void One_sender_at_a_time_and_it_gets_what_is_queued_meanwhile()
    {
        var queue = new OutboundQueue(_pool, maxPendingBytes: 1000);
        queue.Append("one"u8);
        Assert.True(queue.TryBeginSend(out var first, out _));
        queue.Append("two"u8);
        Assert.False(queue.TryBeginSend(out _, out _));
        Assert.Equal("one", Encoding.Latin1.GetString(first.Unsent.Span));
        Assert.True(queue.ContinueOrEndSend(3, out var second, out _));
        Assert.Equal("two", Encoding.Latin1.GetString(second.Unsent.Span));
        Assert.False(queue.ContinueOrEndSend(3, out _, out bool drained));
        Assert.False(drained);
        Assert.False(queue.TryBeginSend(out _, out _));
    }

    [Fact]
    public void A_completed_queue_takes_nothing_and_tells_once_that_it_drained()
    {
        var queue = new OutboundQueue(_pool, maxPendingBytes: 1000);
        queue.Append("last"u8);
        queue.Complete();
        Assert.Equal(QueueOutcome.Refused, queue.Append("more"u8));
        Assert.Equal(QueueOutcome.Refused, Append(queue, "foo", "x", out _));
        Assert.True(queue.TryBeginSend(out _, out bool early));
        Assert.False(early);
        Assert.False(queue.ContinueOrEndSend(4, out _, out bool drained));
        Assert.True(drained);
        queue.TryBeginSend(out _, out bool again);
        Assert.False(again);
    }

    [Fact]
    public void An_empty_completed_queue_tells_whoever_flushes_it()
    {
        var queue = new OutboundQueue(_pool, maxPendingBytes: 1000);
        queue.Complete();
        Assert.False(queue.TryBeginSend(out _, out bool drained));
        Assert.True(drained);
    }

    [Fact]
    public void Abandoning_drops_everything_and_says_whether_a_sender_is_at_it()
    {
        var queue = new OutboundQueue(_pool, maxPendingBytes: 1000);
        queue.Append("gone"u8);
        Assert.True(queue.Abandon());
        Assert.False(queue.TryBeginSend(out _, out bool drained));
        Assert.False(drained);

        var busy = new OutboundQueue(_pool, maxPendingBytes: 1000);
        busy.Append("sending"u8);
        Assert.True(busy.TryBeginSend(out _, out _));
        busy.Append("gone"u8);
        Assert.False(busy.Abandon());
        Assert.False(busy.ContinueOrEndSend(7, out _, out drained));
        Assert.True(drained);
    }

    [Fact]
    public void Deliveries_of_a_limited_subscription_end_with_the_last()
    {
        var queue = new OutboundQueue(_pool, maxPendingBytes: 1000);
        var subscription = Subscription();
        Assert.False(queue.LimitDeliveries(subscription, 2));
        var frame = new MessageFrame("a"u8, default, default, "1"u8, default, "x"u8);
        Assert.Equal(QueueOutcome.Queued, queue.AppendMessage(frame, subscription));
        Assert.Equal(QueueOutcome.QueuedLast, queue.AppendMessage(frame, subscription));
        Assert.Equal(QueueOutcome.Refused, queue.AppendMessage(frame, subscription));
        Assert.Equal((2, 2), (queue.Messages, queue.MessageBytes));
    }

    [Fact]
    public void A_queue_that_drains_between_messages_reuses_its_chunk()
    {
        var queue = new OutboundQueue(_pool, maxPendingBytes: 1000);
        queue.Append("warm"u8);
        TakeAll(queue);
        Assert.Equal(0, ThreadAllocation.InSteadyState(0, 1000, _ =>
        {
            queue.Append("PONG\r\n"u8);
            queue.TryBeginSend(out var chunk, out bool _);
            chunk!.Sent(6);
            queue.Recycle(chunk);
            queue.ContinueOrEndSend(6, out OutboundChunk? _, out bool _);
        }));
    }

    private static QueueOutcome Append(OutboundQueue queue, string subject, string payload, out string text)
    {
        string size = payload.Length.ToString();
        text = $"MSG {subject} 9 {size}\r\n{payload}\r\n";
        var frame = new MessageFrame(
            Encoding.Latin1.GetBytes(subject), default, default, Encoding.Latin1.GetBytes(size), default, Encoding.Latin1.GetBytes(payload));
        return queue.AppendMessage(frame, Subscription());
    }

    private static ClientSubscription Subscription()
    {
        return new ClientSubscription(null!, [], null, "9"u8.ToArray());
    }

    private static string TakeAll(OutboundQueue queue)
    {
        var text = new StringBuilder();
        bool more = queue.TryBeginSend(out var chunk, out _);
        while (more)
        {
            int sent = 0;
            while (chunk is not null)
            {
                text.Append(Encoding.Latin1.GetString(chunk.Unsent.Span));
                sent += chunk.Unsent.Length;
                var next = chunk.Next;
                queue.Recycle(chunk);
                chunk = next;
            }

            more = queue.ContinueOrEndSend(sent, out chunk, out _);
        }

        return text.ToString();
    }
}
