using System.Buffers.Text;
using Rivulet.Protocol;

namespace Rivulet.Client.JetStream;

/// <summary>The headers by which a direct get says which message it answered. Borrows from the message.</summary>
internal readonly ref struct DirectHeaders
{
    public ReadOnlySpan<byte> Subject { get; private init; }

    public ulong Sequence { get; private init; }

    public DateTimeOffset Timestamp { get; private init; }

    public static bool TryRead(NatsMessage message, out DirectHeaders headers)
    {
        headers = default;
        if (message.HeaderBytes.IsEmpty)
            return false;
        ReadOnlySpan<byte> subject = default;
        ReadOnlySpan<byte> sequence = default;
        ReadOnlySpan<byte> timestamp = default;
        // A stored header may bear one of these names; the server's own stand behind it, so the last one counts.
        foreach (HeaderField field in message.HeaderBlock)
        {
            if (field.Name.SequenceEqual("Nats-Subject"u8))
                subject = field.Value;
            else if (field.Name.SequenceEqual("Nats-Sequence"u8))
                sequence = field.Value;
            else if (field.Name.SequenceEqual("Nats-Time-Stamp"u8))
                timestamp = field.Value;
        }

        if (!Utf8Parser.TryParse(sequence, out ulong number, out int consumed) || consumed != sequence.Length)
            return false;
        if (!Rfc3339.TryParse(timestamp, out DateTimeOffset time))
            return false;
        headers = new DirectHeaders { Subject = subject, Sequence = number, Timestamp = time };
        return true;
    }
}
