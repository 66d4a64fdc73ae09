namespace Rivulet.Client.JetStream;

/// <summary>A message that a consumer delivered.</summary>
public sealed class JetStreamMessage
{
    private readonly NatsMessage _message;

    internal JetStreamMessage(NatsMessage message) => _message = message;

    /// <summary>The subject it is stored under.</summary>
    public string Subject => _message.Subject;

    /// <summary>Its headers, null if it has none.</summary>
    public NatsHeaders? Headers => _message.Headers;

    /// <summary>Its payload.</summary>
    public ReadOnlyMemory<byte> Payload => _message.Payload;

    /// <summary>Where it comes from and how often it was delivered.</summary>
    public JetStreamMessageMetadata Metadata => throw new NotImplementedException();

    /// <summary>The payload as a value, by the given serializer or the connection's.</summary>
    public T Decode<T>(INatsSerializer<T>? serializer = null) => _message.Decode(serializer);

    /// <summary>Acknowledges. Does not wait for the server.</summary>
    public ValueTask AckAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Acknowledges, and waits until the server has recorded it.</summary>
    public ValueTask AckSyncAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Asks for another delivery, at once or after a delay.</summary>
    public ValueTask NakAsync(TimeSpan delay = default, CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    /// <summary>Says that work goes on: the time to acknowledge starts again.</summary>
    public ValueTask InProgressAsync(CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    /// <summary>Asks for no further delivery.</summary>
    public ValueTask TerminateAsync(string? reason = null, CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();
}
