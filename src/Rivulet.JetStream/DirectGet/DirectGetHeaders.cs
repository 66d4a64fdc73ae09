using Rivulet.JetStream.Api.Json;
using Rivulet.JetStream.Streams;
using Rivulet.Protocol;
using Rivulet.Storage;

namespace Rivulet.JetStream.DirectGet;

/// <summary>Writes the headers that a directly gotten message carries: its own first, then where it comes from.</summary>
internal static class DirectGetHeaders
{
    /// <summary>Starts the block of a message. More may be added before it is finished.</summary>
    public static void Start(ref HeaderBlockBuilder headers, JetStreamStream stream, StoredMessage message)
    {
        Span<byte> time = stackalloc byte[Rfc3339.LengthMax];
        headers.Start();
        if (!message.Headers.IsEmpty)
            headers.AddRaw(new HeaderBlock(message.Headers).Pairs);
        headers.Add("Nats-Stream"u8, stream.NameBytes.Span);
        headers.Add("Nats-Subject"u8, message.Subject);
        headers.Add("Nats-Sequence"u8, message.Sequence);
        headers.Add("Nats-Time-Stamp"u8, time[..Rfc3339.Format(message.TimestampNanos, time)]);
    }
}
