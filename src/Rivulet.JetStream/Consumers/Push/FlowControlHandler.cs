using System.Buffers.Text;
using Rivulet.JetStream.Api.Json;
using Rivulet.JetStream.Consumers.Acks;
using Rivulet.JetStream.Consumers.Configuration;
using Rivulet.JetStream.Hosting;
using Rivulet.Protocol;

namespace Rivulet.JetStream.Consumers.Push;

/// <summary>Takes the answers to the flow control requests of one consumer, inside receive loops.</summary>
internal sealed class FlowControlHandler : IMessageHandler
{
    private readonly Consumer _consumer;

    /// <summary>For a consumer.</summary>
    public FlowControlHandler(Consumer consumer) => _consumer = consumer;

    /// <inheritdoc/>
    public bool Handle(in RoutedMessage message, DeliveryBatch batch)
    {
        lock (_consumer.Gate)
        {
            bool isOpen = !_consumer.IsClosed && _consumer.Target is PushTarget { Window: { } window }
                && window.Answer(message.Subject);
            if (!isOpen)
                return true;
            if (_consumer.Config.AckPolicy == AckPolicy.FlowControl && TryReadProgress(message.Headers, out SequencePair upTo))
                Acknowledge(upTo);
        }

        _consumer.Wake();
        return true;
    }

    private void Acknowledge(SequencePair upTo)
    {
        if (upTo.StreamSequence <= _consumer.Acks.Delivered.StreamSequence)
            _consumer.AcknowledgeAll(upTo, _consumer.Time.UnixNanosNow());
    }

    private static bool TryReadProgress(ReadOnlySpan<byte> headers, out SequencePair upTo)
    {
        upTo = default;
        if (headers.IsEmpty)
            return false;
        var block = new HeaderBlock(headers);
        bool isThere = TryReadNumber(block, "Nats-Last-Stream"u8, out ulong stream) && stream > 0;
        TryReadNumber(block, "Nats-Last-Consumer"u8, out ulong consumer);
        upTo = new SequencePair(consumer, stream);
        return isThere;
    }

    private static bool TryReadNumber(HeaderBlock block, ReadOnlySpan<byte> name, out ulong value)
    {
        value = 0;
        return block.TryGet(name, out ReadOnlySpan<byte> text)
            && Utf8Parser.TryParse(text, out value, out int used)
            && used == text.Length;
    }
}
