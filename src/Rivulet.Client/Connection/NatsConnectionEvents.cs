namespace Rivulet.Client;

/// <summary>A connection went from one state to another.</summary>
public sealed class NatsStateChangedEventArgs : EventArgs
{
    internal NatsStateChangedEventArgs(NatsConnectionState previous, NatsConnectionState current, Exception? cause) =>
        (Previous, Current, Cause) = (previous, current, cause);

    /// <summary>The state left.</summary>
    public NatsConnectionState Previous { get; }

    /// <summary>The state entered.</summary>
    public NatsConnectionState Current { get; }

    /// <summary>Why, where something failed.</summary>
    public Exception? Cause { get; }
}

/// <summary>Something failed that no call waits for: an error of the server, a failed connect attempt, a handler's exception.</summary>
public sealed class NatsErrorEventArgs : EventArgs
{
    internal NatsErrorEventArgs(Exception error) => Error = error;

    /// <summary>The error.</summary>
    public Exception Error { get; }
}

/// <summary>A subscription's reader is too slow: a message was dropped because its queue is full.</summary>
public sealed class NatsSlowConsumerEventArgs : EventArgs
{
    internal NatsSlowConsumerEventArgs(NatsSubscription subscription) => Subscription = subscription;

    /// <summary>The subscription. Its <see cref="NatsSubscription.DroppedMessages"/> says how many it has lost so far.</summary>
    public NatsSubscription Subscription { get; }
}
