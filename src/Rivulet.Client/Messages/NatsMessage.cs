namespace Rivulet.Client;

/// <summary>A received message. Immutable; may be kept and read from any thread.</summary>
public sealed class NatsMessage
{
    private readonly NatsConnection _connection;

    internal NatsMessage(
        NatsConnection connection, string subject, string? replyTo, NatsHeaders? headers, ReadOnlyMemory<byte> payload)
    {
        _connection = connection;
        Subject = subject;
        ReplyTo = replyTo;
        Headers = headers;
        Payload = payload;
    }

    /// <summary>The subject it was published to.</summary>
    public string Subject { get; }

    /// <summary>The subject that an answer goes to, null if none is wanted.</summary>
    public string? ReplyTo { get; }

    /// <summary>Its headers, null if it has none.</summary>
    public NatsHeaders? Headers { get; }

    /// <summary>Its payload. Belongs to this message alone.</summary>
    public ReadOnlyMemory<byte> Payload { get; }

    /// <summary>The payload as a value, by the given serializer or the connection's.</summary>
    public T Decode<T>(INatsSerializer<T>? serializer = null) =>
        (serializer ?? _connection.Options.Serializers.Get<T>()).Deserialize(Payload);

    /// <summary>Publishes an answer to <see cref="ReplyTo"/>.</summary>
    /// <exception cref="InvalidOperationException">The message wants no answer.</exception>
    public ValueTask ReplyAsync(
        ReadOnlyMemory<byte> payload = default, NatsHeaders? headers = null, CancellationToken cancellationToken = default) =>
        _connection.PublishAsync(RequireReplyTo(), payload, null, headers, cancellationToken);

    /// <summary>Publishes a value as the answer to <see cref="ReplyTo"/>.</summary>
    /// <exception cref="InvalidOperationException">The message wants no answer.</exception>
    public ValueTask ReplyAsync<T>(
        T value,
        NatsHeaders? headers = null,
        INatsSerializer<T>? serializer = null,
        CancellationToken cancellationToken = default) =>
        _connection.PublishAsync(RequireReplyTo(), value, null, headers, serializer, cancellationToken);

    private string RequireReplyTo() =>
        ReplyTo ?? throw new InvalidOperationException($"The message on '{Subject}' has no reply subject.");
}
