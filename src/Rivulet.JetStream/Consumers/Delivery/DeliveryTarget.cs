namespace Rivulet.JetStream.Consumers.Delivery;

/// <summary>
/// Where a consumer's messages go: to the deliver subject of a push consumer, or to the requests that wait at a pull
/// consumer. Guarded by the consumer's lock.
/// </summary>
internal abstract class DeliveryTarget
{
    /// <summary>Whether a message could be delivered now.</summary>
    public abstract bool IsReady { get; }

    /// <summary>Whether something falls due at this time that ends a wait, so that those who do not wait for more are ended as well.</summary>
    public virtual bool IsDue(long nowNanos) => false;

    /// <summary>Finds someone for a message. Whoever can not take it, and never will, is told so.</summary>
    /// <param name="offer">The message.</param>
    /// <param name="recipient">Receives the address.</param>
    /// <param name="outbox">For those who can not take it.</param>
    public abstract bool TryChoose(in Offer offer, Recipient recipient, Outbox outbox);

    /// <summary>Notes that the message is on its way to the one who was chosen last.</summary>
    public abstract void Delivered(in Offer offer, Recipient recipient, Outbox outbox);

    /// <summary>Notes that the one who was chosen last was not there.</summary>
    public abstract void Undelivered(Recipient recipient);

    /// <summary>Does what time demands: heartbeats, expired requests.</summary>
    /// <param name="nowNanos">The time, nanoseconds since 1970.</param>
    /// <param name="endOfStream">Whether everything that is there was delivered.</param>
    /// <param name="progress">How far the consumer has come.</param>
    /// <param name="outbox">For what there is to say.</param>
    /// <returns>When to be called again, nanoseconds since 1970; <see cref="long.MaxValue"/> for never.</returns>
    public abstract long Tend(long nowNanos, bool endOfStream, Progress progress, Outbox outbox);

    /// <summary>Tells those who wait that it is over.</summary>
    public abstract void Close(ConsumerEnd end, Outbox outbox);
}

/// <summary>How far a consumer has come, for those who hear only that it is alive.</summary>
/// <param name="ConsumerSequence">Last delivery.</param>
/// <param name="StreamSequence">Last sequence of the stream that was looked at.</param>
/// <param name="AckPending">Deliveries that wait for their ack.</param>
internal readonly record struct Progress(ulong ConsumerSequence, ulong StreamSequence, int AckPending);

/// <summary>A message that could be delivered.</summary>
/// <param name="SizeBytes">Bytes of subject, reply, headers and payload.</param>
/// <param name="Pending">Matching messages ahead, this one included.</param>
/// <param name="AckPending">Deliveries that wait for their ack, this one not included.</param>
/// <param name="NowNanos">The time, nanoseconds since 1970.</param>
internal readonly record struct Offer(int SizeBytes, ulong Pending, int AckPending, long NowNanos);
