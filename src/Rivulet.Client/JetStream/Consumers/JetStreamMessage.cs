using System.Diagnostics;
using System.Text;

namespace Rivulet.Client.JetStream;

/// <summary>A message that a consumer delivered. Immutable; may be kept and acknowledged from any thread.</summary>
public sealed class JetStreamMessage
{
    private static readonly ReadOnlyMemory<byte> Ack = "+ACK"u8.ToArray();
    private static readonly ReadOnlyMemory<byte> Nak = "-NAK"u8.ToArray();
    private static readonly ReadOnlyMemory<byte> InProgress = "+WPI"u8.ToArray();
    private static readonly ReadOnlyMemory<byte> Terminate = "+TERM"u8.ToArray();

    private readonly NatsMessage _message;
    private JetStreamMessageMetadata? _metadata;

    private JetStreamMessage(NatsMessage message, in AckReply reply)
    {
        _message = message;
        StreamSequence = reply.StreamSequence;
        ConsumerSequence = reply.ConsumerSequence;
        Pending = reply.Pending;
        Timestamp = reply.Timestamp;
    }

    /// <summary>The subject it is stored under.</summary>
    public string Subject => _message.Subject;

    /// <summary>Its headers, null if it has none.</summary>
    public NatsHeaders? Headers => _message.Headers;

    /// <summary>Its payload.</summary>
    public ReadOnlyMemory<byte> Payload => _message.Payload;

    /// <summary>Its sequence in the stream.</summary>
    public ulong StreamSequence { get; }

    /// <summary>When it was stored.</summary>
    public DateTimeOffset Timestamp { get; }

    /// <summary>Messages that match and come after it.</summary>
    public ulong Pending { get; }

    /// <summary>Where it comes from and how often it was delivered.</summary>
    public JetStreamMessageMetadata Metadata => _metadata ??= ReadMetadata();

    internal ulong ConsumerSequence { get; }

    internal NatsMessage Message => _message;

    private NatsConnection Connection => _message.Connection;

    private string ReplyTo => _message.ReplyTo!;

    /// <summary>The payload as a value, by the given serializer or the connection's.</summary>
    public T Decode<T>(INatsSerializer<T>? serializer = null) => _message.Decode(serializer);

    /// <summary>Acknowledges. Does not wait for the server.</summary>
    public ValueTask AckAsync(CancellationToken cancellationToken = default) => PublishAsync(Ack, cancellationToken);

    /// <summary>Acknowledges, and waits until the server has recorded it.</summary>
    /// <exception cref="NatsNoRespondersException">The consumer is gone.</exception>
    /// <exception cref="NatsTimeoutException">The server did not answer in time.</exception>
    public async ValueTask AckSyncAsync(CancellationToken cancellationToken = default) =>
        await Connection.RequestAsync(ReplyTo, Ack, cancellationToken: cancellationToken).ConfigureAwait(false);

    /// <summary>Asks for another delivery, at once or after a delay.</summary>
    public ValueTask NakAsync(TimeSpan delay = default, CancellationToken cancellationToken = default) =>
        PublishAsync(
            delay <= TimeSpan.Zero
                ? Nak
                : Encoding.ASCII.GetBytes($"-NAK {{\"delay\":{NanosecondsConverter.ToNanos(delay)}}}"),
            cancellationToken);

    /// <summary>Says that work goes on: the time to acknowledge starts again.</summary>
    public ValueTask InProgressAsync(CancellationToken cancellationToken = default) =>
        PublishAsync(InProgress, cancellationToken);

    /// <summary>Asks for no further delivery.</summary>
    /// <param name="reason">Goes into the server's advisory.</param>
    /// <param name="cancellationToken">Ends the wait for room in the outbound buffer.</param>
    public ValueTask TerminateAsync(string? reason = null, CancellationToken cancellationToken = default) =>
        PublishAsync(reason is null ? Terminate : Encoding.UTF8.GetBytes($"+TERM {reason}"), cancellationToken);

    /// <summary>A message as a consumer delivers it; null if its reply subject says otherwise.</summary>
    internal static JetStreamMessage? TryFrom(NatsMessage message) =>
        AckReply.TryParse(message.ReplyToBytes, out AckReply reply) ? new JetStreamMessage(message, reply) : null;

    private ValueTask PublishAsync(ReadOnlyMemory<byte> answer, CancellationToken cancellationToken) =>
        Connection.PublishAsync(ReplyTo, answer, cancellationToken: cancellationToken);

    private JetStreamMessageMetadata ReadMetadata()
    {
        if (!AckReply.TryParse(_message.ReplyToBytes, out AckReply reply))
            throw new UnreachableException("A delivered message was made from this very subject.");
        return new JetStreamMessageMetadata(
            Encoding.UTF8.GetString(reply.Stream),
            Encoding.UTF8.GetString(reply.Consumer),
            reply.Deliveries,
            reply.StreamSequence,
            reply.ConsumerSequence,
            reply.Timestamp,
            reply.Pending,
            reply.Domain.IsEmpty ? null : Encoding.UTF8.GetString(reply.Domain));
    }
}
