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
    private readonly NatsConnection _connection;
    private readonly MessageQueue _queue;
    private CancellationTokenRegistration _cancellation;

    internal NatsSubscription(
        NatsConnection connection, string subject, string? queueGroup, NatsSubscriptionOptions options)
    {
        _connection = connection;
        _queue = new MessageQueue(connection, subject, queueGroup, options)
        {
            OnDropping = () => connection.ReportSlowConsumer(this),
        };
    }

    /// <summary>The subject or filter.</summary>
    public string Subject => _queue.Subject;

    /// <summary>The queue group, null for none.</summary>
    public string? QueueGroup => _queue.QueueGroup;

    /// <summary>Messages waiting for the reader.</summary>
    public int PendingMessages => _queue.PendingMessages;

    /// <summary>Messages received so far, dropped ones included.</summary>
    public long ReceivedMessages => _queue.Received;

    /// <summary>Messages dropped because the queue was full.</summary>
    public long DroppedMessages => _queue.DroppedMessages;

    internal MessageQueue Queue => _queue;

    /// <summary>The next message; null when the subscription has ended. Does not end it when cancelled.</summary>
    /// <exception cref="NatsException">The subscription ended with an error: refused, or the connection closed.</exception>
    public async ValueTask<NatsMessage?> ReadAsync(CancellationToken cancellationToken = default)
    {
        do
        {
            if (_queue.TryRead(out NatsMessage? message))
                return message;
        }
        while (await _queue.WaitToReadAsync(cancellationToken).ConfigureAwait(false));

        return null;
    }

    /// <summary>The messages, until the subscription ends.</summary>
    /// <exception cref="NatsException">The subscription ended with an error: refused, or the connection closed.</exception>
    public async IAsyncEnumerator<NatsMessage> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        try
        {
            while (await ReadAsync(cancellationToken).ConfigureAwait(false) is { } message)
                yield return message;
        }
        finally
        {
            await DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Stops receiving, and waits until the server has heard of it: messages already on their way are still handed out,
    /// then the enumeration ends.
    /// </summary>
    public async ValueTask DrainAsync(CancellationToken cancellationToken = default)
    {
        _connection.SendUnsubscribe(_queue);
        await _connection.FlushAsync(cancellationToken).ConfigureAwait(false);
        _connection.Forget(_queue);
        _queue.Complete(null);
    }

    /// <summary>Ends the subscription; messages not yet read are dropped.</summary>
    public ValueTask DisposeAsync()
    {
        _cancellation.Dispose();
        _connection.Unsubscribe(_queue);
        _queue.Abandon();
        return ValueTask.CompletedTask;
    }

    /// <summary>Ends the subscription, with an <see cref="OperationCanceledException"/>, when the token is cancelled.</summary>
    internal void EndOn(CancellationToken cancellationToken)
    {
        if (cancellationToken.CanBeCanceled)
        {
            _cancellation = cancellationToken.UnsafeRegister(
                static (state, token) => ((NatsSubscription)state!).Cancel(token), this);
        }
    }

    private void Cancel(CancellationToken cancellationToken)
    {
        _connection.Unsubscribe(_queue);
        _queue.Complete(new OperationCanceledException(cancellationToken));
    }
}
