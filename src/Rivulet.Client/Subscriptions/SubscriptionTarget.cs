namespace Rivulet.Client;

/// <summary>
/// Where the messages of one subscription go. The receive loop calls <see cref="Deliver"/>, one call at a time; a target
/// must be quick there and must not run the caller's code.
/// </summary>
internal abstract class SubscriptionTarget
{
    private long _received;

    protected SubscriptionTarget(string subject, string? queueGroup, long maxMessages)
    {
        Subject = subject;
        QueueGroup = queueGroup;
        MaxMessages = maxMessages;
    }

    public string Subject { get; }

    public string? QueueGroup { get; }

    /// <summary>Ends after this many messages; 0: never.</summary>
    public long MaxMessages { get; }

    /// <summary>The number by which server and client know the subscription. Given when it is registered.</summary>
    public long Sid { get; set; }

    /// <summary>Messages received so far.</summary>
    public long Received => Volatile.Read(ref _received);

    /// <summary>Messages still to come before it ends by itself; <see cref="long.MaxValue"/> for no end.</summary>
    public long Remaining => MaxMessages == 0 ? long.MaxValue : MaxMessages - Received;

    /// <summary>Counts a message; called by the receive loop before <see cref="Deliver"/>.</summary>
    public void CountReceived() => Volatile.Write(ref _received, _received + 1);

    /// <summary>Takes a message. The spans are borrowed.</summary>
    public abstract void Deliver(in InboundMessage message);

    /// <summary>There will be no more. Null: it ended as wanted. May be called more than once, from any thread.</summary>
    public abstract void Complete(Exception? error);

    /// <summary>The connection has come back, and the subscription with it; messages may have been missed.</summary>
    public virtual void OnReconnected()
    {
    }
}
