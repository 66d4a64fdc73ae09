namespace Rivulet.Client;

/// <summary>
/// A subscription. Its messages are read by enumerating it, or one by one with <see cref="ReadAsync"/>; by one reader at a
/// time. Leaving an enumeration, cancelling it, or disposing of the subscription ends it.
/// </summary>
/// <remarks>
/// The subscription is in force from the moment it is created, not from the first read: what is published on the same
/// connection after <c>SubscribeAsync</c> returned reaches it. Messages wait in a bounded queue; when it is full new ones
/// are dropped, counted in <see cref="DroppedMessages"/> and reported by <see cref="NatsConnection.SlowConsumer"/>.
/// </remarks>
public sealed class NatsSubscription : IAsyncEnumerable<NatsMessage>, IAsyncDisposable
{
    /// <summary>The subject or filter.</summary>
    public string Subject { get; } = "";

    /// <summary>The queue group, null for none.</summary>
    public string? QueueGroup { get; }

    /// <summary>Messages waiting for the reader.</summary>
    public int PendingMessages => throw new NotImplementedException();

    /// <summary>Messages received so far, dropped ones included.</summary>
    public long ReceivedMessages => throw new NotImplementedException();

    /// <summary>Messages dropped because the queue was full.</summary>
    public long DroppedMessages => throw new NotImplementedException();

    /// <summary>The next message; null when the subscription has ended. Does not end it when cancelled.</summary>
    /// <exception cref="NatsException">The subscription ended with an error: refused, or the connection closed.</exception>
    public ValueTask<NatsMessage?> ReadAsync(CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    /// <summary>The messages, until the subscription ends.</summary>
    /// <exception cref="NatsException">The subscription ended with an error: refused, or the connection closed.</exception>
    public IAsyncEnumerator<NatsMessage> GetAsyncEnumerator(CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    /// <summary>Stops receiving; messages already on their way are still handed out, then the enumeration ends.</summary>
    public ValueTask DrainAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Ends the subscription; messages not yet read are dropped.</summary>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
