namespace Rivulet.Client;

/// <summary>How a subscription behaves beyond its subject and queue group.</summary>
public sealed record NatsSubscriptionOptions
{
    /// <summary>The subscription ends by itself after this many messages; 0 never.</summary>
    public int MaxMessages { get; init; }

    /// <summary>Messages held for the reader; null takes <see cref="NatsConnectionOptions.PendingMessagesMax"/>.</summary>
    public int? PendingMessagesMax { get; init; }

    /// <summary>Bytes held for the reader; null takes <see cref="NatsConnectionOptions.PendingBytesMax"/>.</summary>
    public long? PendingBytesMax { get; init; }
}

/// <summary>When the answers to a request to many are complete. Whichever comes first ends it.</summary>
public sealed record NatsRequestManyOptions
{
    /// <summary>Answers to take; 0 for no limit.</summary>
    public int MaxReplies { get; init; }

    /// <summary>Time for all of it; null takes <see cref="NatsConnectionOptions.RequestTimeout"/>.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Time between two answers, from the first on; null waits for <see cref="Timeout"/>.</summary>
    public TimeSpan? IdleTimeout { get; init; }

    /// <summary>True: an answer with an empty payload ends it and is not handed out.</summary>
    public bool StopOnEmpty { get; init; }
}
