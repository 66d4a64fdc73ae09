using System.Text;

namespace Rivulet.Client.JetStream;

/// <summary>A message read from a stream by its place.</summary>
public sealed class StoredMessage
{
    private readonly NatsConnection _connection;

    private StoredMessage(
        NatsConnection connection,
        string subject,
        ulong sequence,
        DateTimeOffset timestamp,
        NatsHeaders? headers,
        ReadOnlyMemory<byte> payload)
    {
        _connection = connection;
        Subject = subject;
        Sequence = sequence;
        Timestamp = timestamp;
        Headers = headers;
        Payload = payload;
    }

    /// <summary>The subject it is stored under.</summary>
    public string Subject { get; }

    /// <summary>Its sequence in the stream.</summary>
    public ulong Sequence { get; }

    /// <summary>When it was stored.</summary>
    public DateTimeOffset Timestamp { get; }

    /// <summary>Its headers, null if it has none. A direct get adds headers of its own (<c>Nats-Stream</c> …).</summary>
    public NatsHeaders? Headers { get; }

    /// <summary>Its payload.</summary>
    public ReadOnlyMemory<byte> Payload { get; }

    /// <summary>The payload as a value, by the given serializer or the connection's.</summary>
    public T Decode<T>(INatsSerializer<T>? serializer = null) =>
        (serializer ?? _connection.Options.Serializers.Get<T>()).Deserialize(Payload);

    /// <summary>From the answer of the API.</summary>
    internal static StoredMessage FromApi(NatsConnection connection, MessageGetBody body) => new(
        connection,
        body.Subject,
        body.Sequence,
        body.Time,
        body.Headers is { Length: > 0 } block ? NatsHeaders.Read(block) : null,
        body.Data);

    /// <summary>From the answer of a direct get; null if its headers do not say which message it is.</summary>
    internal static StoredMessage? TryFromDirect(NatsMessage message) =>
        DirectHeaders.TryRead(message, out DirectHeaders headers)
            ? new StoredMessage(
                message.Connection,
                headers.Subject.Length == 0 ? message.Subject : Encoding.UTF8.GetString(headers.Subject),
                headers.Sequence,
                headers.Timestamp,
                message.Headers,
                message.Payload)
            : null;
}
