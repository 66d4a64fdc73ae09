namespace Rivulet.Client.JetStream;

/// <summary>A message read from a stream by its place.</summary>
public sealed class StoredMessage
{
    internal StoredMessage(
        NatsConnection connection,
        string subject,
        ulong sequence,
        DateTimeOffset timestamp,
        NatsHeaders? headers,
        ReadOnlyMemory<byte> payload)
    {
        Connection = connection;
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

    private NatsConnection Connection { get; }

    /// <summary>The payload as a value, by the given serializer or the connection's.</summary>
    public T Decode<T>(INatsSerializer<T>? serializer = null) =>
        (serializer ?? Connection.Options.Serializers.Get<T>()).Deserialize(Payload);
}
