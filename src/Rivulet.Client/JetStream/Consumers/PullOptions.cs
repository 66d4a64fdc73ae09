namespace Rivulet.Client.JetStream;

/// <summary>One pull: a number of messages, and how long to wait for them.</summary>
public sealed record FetchOptions
{
    /// <summary>Messages at most.</summary>
    public int MaxMessages { get; init; } = 100;

    /// <summary>Bytes at most (subjects, headers, payloads); 0 for no limit.</summary>
    public int MaxBytes { get; init; }

    /// <summary>Time to wait for <see cref="MaxMessages"/>.</summary>
    public TimeSpan Expires { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>True: take what is there and do not wait.</summary>
    public bool NoWait { get; init; }

    /// <summary>Priority group to pull for.</summary>
    public string? Group { get; init; }
}

/// <summary>Pulling without end: how much is asked for ahead of the reader.</summary>
public sealed record ConsumeOptions
{
    /// <summary>Messages on their way or waiting for the reader.</summary>
    public int MaxMessages { get; init; } = 500;

    /// <summary>More are asked for when no more than this are left; 0 for half of <see cref="MaxMessages"/>.</summary>
    public int ThresholdMessages { get; init; }

    /// <summary>Life of one pull.</summary>
    public TimeSpan Expires { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Time between signs of life of the server, at most half of <see cref="Expires"/>; null for a sixth of it, at most 5 s.
    /// After three of them without any the messages are asked for again.
    /// </summary>
    public TimeSpan? IdleHeartbeat { get; init; }

    /// <summary>Priority group to pull for.</summary>
    public string? Group { get; init; }
}

/// <summary>What an ordered consumer reads.</summary>
public sealed record OrderedConsumerOptions
{
    /// <summary>Only subjects that match one of these; empty for all.</summary>
    public IReadOnlyList<string> FilterSubjects { get; init; } = [];

    /// <summary>Where it starts.</summary>
    public DeliverPolicy DeliverPolicy { get; init; }

    /// <summary>Sequence to start at, with <see cref="DeliverPolicy.ByStartSequence"/>.</summary>
    public ulong StartSequence { get; init; }

    /// <summary>Time to start at, with <see cref="DeliverPolicy.ByStartTime"/>.</summary>
    public DateTimeOffset? StartTime { get; init; }

    /// <summary>Pace.</summary>
    public ReplayPolicy ReplayPolicy { get; init; }

    /// <summary>True: headers and the payload's size, not the payload.</summary>
    public bool HeadersOnly { get; init; }

    /// <summary>Time after which an idle server says that it is alive.</summary>
    public TimeSpan IdleHeartbeat { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Time without this client after which the server removes the consumer.</summary>
    public TimeSpan InactiveThreshold { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>First part of the consumer's name; null for none.</summary>
    public string? NamePrefix { get; init; }
}
