using Rivulet.Client;
using Rivulet.Client.JetStream;

namespace Rivulet.Cli.Messages;

/// <summary>What is shown of a message, whether it came from a subscription or out of a stream.</summary>
internal readonly record struct ShownMessage(string Subject, string? ReplyTo, NatsHeaders? Headers, ReadOnlyMemory<byte> Payload)
{
    public static ShownMessage From(NatsMessage message) => new(message.Subject, message.ReplyTo, message.Headers, message.Payload);

    public static ShownMessage From(JetStreamMessage message) => new(message.Subject, null, message.Headers, message.Payload);
}
