using Rivulet.JetStream.Api.Json;
using Rivulet.JetStream.Consumers.Delivery;
using Rivulet.JetStream.Hosting;
using Rivulet.Storage;

namespace Rivulet.JetStream.Consumers.Acks;

/// <summary>
/// Takes the acks of one consumer, inside the receive loops of those who send them. An ack that wants an answer gets it
/// once it is committed, so that what was answered is not delivered again whatever happens to the server.
/// </summary>
internal sealed class AckHandler : IMessageHandler
{
    private readonly Consumer _consumer;
    private readonly AckReplies _replies;

    /// <summary>For a consumer.</summary>
    public AckHandler(Consumer consumer)
    {
        _consumer = consumer;
        _replies = new AckReplies(consumer);
    }

    private enum Answer
    {
        None,
        AtOnce,
        AfterCommit,
    }

    /// <inheritdoc/>
    public bool Handle(in RoutedMessage message, DeliveryBatch batch)
    {
        if (!AckToken.TryParse(message.Subject, out AckToken token))
            return true;

        AckRequest request = AckRequest.Parse(message.Payload);
        Answer answer;
        List<Outbox.Outgoing>? toSend;
        LogPosition commit = default;
        lock (_consumer.Gate)
        {
            if (_consumer.IsClosed)
                return false;
            long now = _consumer.Time.UnixNanosNow();
            _consumer.LastUsedNanos = now;
            answer = Apply(request, token, now);
            if (answer == Answer.AfterCommit && !message.Reply.IsEmpty && _consumer.Journal is { } journal)
            {
                journal.Flush(_consumer.Acks);
                commit = journal.Position;
            }

            toSend = _consumer.Outbox.Take();
        }

        if (commit != default)
            _consumer.Journal?.HandOver();
        if (answer == Answer.AfterCommit && _consumer.Stream.Consumed.IsActive)
        {
            LogPosition removal = _consumer.Stream.Consumed.SettleFor(message.Publisher, batch);

            // Of a consumer in memory only, nothing but the removal says that the message was acknowledged.
            if (_consumer.Journal is null && _consumer.Stream.IsDurable)
                commit = removal;
        }

        Outbox.Send(toSend, _consumer.Router, batch);
        if (request.Kind == AckKind.DoneAndNext)
            _consumer.HandlePull(message.Reply, request.Argument, batch);
        else if (answer != Answer.None && !message.Reply.IsEmpty)
            Reply(message.Reply, commit, batch);
        _consumer.Wake();
        return true;
    }

    private void Reply(ReadOnlySpan<byte> subject, LogPosition commit, DeliveryBatch batch)
    {
        if (commit <= _consumer.Stream.Store.Committed)
            _consumer.Router.Publish(subject, default, default, default, batch);
        else
            _replies.Add(subject, commit);
    }

    private Answer Apply(in AckRequest request, in AckToken token, long now)
    {
        SequencePair sequences = token.Sequences;
        bool isOfMessage = sequences.StreamSequence > 0;
        switch (request.Kind)
        {
            case AckKind.Done:
            case AckKind.DoneAndNext:
                return Acknowledge(token, now, isSampled: true);
            case AckKind.Terminate:
                Answer answer = Acknowledge(token, now, isSampled: false);
                _consumer.Outbox.Add(_consumer.Events.Terminated(sequences, token.Deliveries, request.Argument));
                return answer;
            case AckKind.Redeliver:
                Redeliver(request.Argument, token, now);
                break;
            case AckKind.InProgress:
                PutOff(sequences.StreamSequence, now, delayNanos: null);
                break;
            default:
                break;
        }

        return isOfMessage ? Answer.AtOnce : Answer.None;
    }

    private Answer Acknowledge(in AckToken token, long now, bool isSampled)
    {
        SequencePair sequences = token.Sequences;
        if (sequences.StreamSequence > _consumer.Acks.Delivered.StreamSequence)
            return Answer.None;

        if (_consumer.Config.AckPolicy == Configuration.AckPolicy.All)
        {
            _consumer.AcknowledgeAll(sequences, now);
            return Answer.AfterCommit;
        }

        _consumer.LastAckedNanos = now;
        if (_consumer.Acknowledge(sequences.StreamSequence, out PendingAck ack))
        {
            if (isSampled && _consumer.ShouldSample())
                _consumer.Outbox.Add(_consumer.Events.AckSample(sequences, token.Deliveries, now - ack.DeliveredNanos));
        }

        return Answer.AfterCommit;
    }

    private void Redeliver(ReadOnlySpan<byte> argument, in AckToken token, long now)
    {
        (ulong delivery, ulong sequence) = (token.Sequences.ConsumerSequence, token.Sequences.StreamSequence);
        AckState acks = _consumer.Acks;
        if (delivery <= acks.Floor.ConsumerSequence || delivery > acks.Delivered.ConsumerSequence + 1)
            return;
        if (!acks.Pending.TryGet(sequence, out PendingAck ack))
            return;
        _consumer.Outbox.Add(_consumer.Events.Naked(token.Sequences, token.Deliveries));
        if (_consumer.IsExhausted(ack))
            _consumer.GiveUp(ack);
        else if (NakDelay.TryParse(argument, out long delayNanos))
            PutOff(sequence, now, delayNanos);
        else
            acks.Pending.Queue(sequence);
    }

    private void PutOff(ulong sequence, long now, long? delayNanos)
    {
        if (!_consumer.Acks.Pending.TryGet(sequence, out PendingAck ack))
            return;
        long deadline = delayNanos is { } delay
            ? Nanos.SaturatingAdd(now, Math.Max(0, delay))
            : _consumer.DeadlineNanos(now, ack.Deliveries);
        long delivered = delayNanos is null ? now : ack.DeliveredNanos;
        _consumer.Acks.PutOff(sequence, delivered, deadline);
        _consumer.Journal?.Changes.PutOff(sequence, deadline);
    }
}
