using System.Text;
using Rivulet.JetStream.Consumers.Configuration;
using Rivulet.JetStream.Consumers.Delivery;

namespace Rivulet.JetStream.Consumers.Push;

/// <summary>
/// The deliver subject of a push consumer: messages go there as long as someone is subscribed and keeps up, and heartbeats
/// when there is nothing else to say. Guarded by the consumer's lock.
/// </summary>
internal sealed class PushTarget : DeliveryTarget
{
    private readonly Random _random;
    private readonly long _heartbeatNanos;
    private readonly bool _acknowledgesByFlowControl;
    private byte[] _subject;
    private long _maxAckPending;
    private long _lastSentNanos;

    /// <summary>Nobody is there until <see cref="IsBound"/> says so.</summary>
    /// <param name="place">What the subjects of answers to flow control say of the consumer.</param>
    /// <param name="config">Configuration of the consumer.</param>
    /// <param name="random">For the names of flow control requests.</param>
    /// <param name="nowNanos">The time, nanoseconds since 1970.</param>
    public PushTarget(string place, ConsumerConfig config, Random random, long nowNanos)
    {
        _random = random;
        _heartbeatNanos = config.HeartbeatNanos;
        _acknowledgesByFlowControl = config.AckPolicy == AckPolicy.FlowControl;
        _lastSentNanos = nowNanos;
        _subject = [];
        Reconfigure(config);
        Window = config.FlowControl ? new FlowControlWindow(place) : null;
    }

    /// <summary>Whether someone is subscribed to the deliver subject.</summary>
    public bool IsBound { get; set; }

    /// <summary>How much may be under way; <c>null</c> without flow control.</summary>
    public FlowControlWindow? Window { get; }

    /// <inheritdoc/>
    public override bool IsReady => IsBound && Window is not { IsOpen: false };

    /// <summary>Delivers somewhere else from now on.</summary>
    public void Reconfigure(ConsumerConfig config)
    {
        _subject = Encoding.UTF8.GetBytes(config.DeliverSubject ?? "");
        _maxAckPending = config.MaxAckPending;
    }

    /// <inheritdoc/>
    public override bool TryChoose(in Offer offer, Recipient recipient, Outbox outbox)
    {
        if (!IsReady)
            return false;
        recipient.Set(_subject);
        return true;
    }

    /// <inheritdoc/>
    public override void Delivered(in Offer offer, Recipient recipient, Outbox outbox)
    {
        _lastSentNanos = offer.NowNanos;
        if (Window is null)
            return;
        bool isFull = _acknowledgesByFlowControl && offer.AckPending + 1 >= _maxAckPending;
        if (Window.Sent(offer.SizeBytes) || (isFull && !Window.IsAwaitingAnswer))
            AskForFlowControl(outbox);
    }

    /// <inheritdoc/>
    public override void Undelivered(Recipient recipient) => IsBound = false;

    /// <inheritdoc/>
    public override long Tend(long nowNanos, bool endOfStream, Progress progress, Outbox outbox)
    {
        if (_heartbeatNanos == 0)
            return long.MaxValue;
        long due = Nanos.SaturatingAdd(_lastSentNanos, _heartbeatNanos);
        if (nowNanos < due)
            return due;

        _lastSentNanos = nowNanos;
        if (IsBound)
        {
            ReadOnlySpan<byte> stalledOn = Window is null ? default : Window.OpenRequest;
            outbox.Add(_subject, StatusMessage.IdleHeartbeat(progress.ConsumerSequence, progress.StreamSequence, stalledOn));

            // What was delivered last is acknowledged by an answer too, so a quiet consumer has to ask for one.
            if (_acknowledgesByFlowControl && progress.AckPending > 0 && !Window!.IsAwaitingAnswer)
                AskForFlowControl(outbox);
        }

        return Nanos.SaturatingAdd(nowNanos, _heartbeatNanos);
    }

    /// <summary>Asks the client to answer once it has come this far.</summary>
    private void AskForFlowControl(Outbox outbox) =>
        outbox.Add(_subject, StatusMessage.FlowControlRequest, Window!.Ask(_random));

    /// <inheritdoc/>
    public override void Close(ConsumerEnd end, Outbox outbox) => IsBound = false;
}
