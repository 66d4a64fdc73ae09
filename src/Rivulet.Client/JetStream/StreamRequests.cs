namespace Rivulet.Client.JetStream;

/// <summary>What of a stream to purge. Nothing set: everything.</summary>
public sealed record StreamPurgeOptions
{
    /// <summary>Only subjects that match.</summary>
    public string? Filter { get; init; }

    /// <summary>Only messages before this sequence. Not with <see cref="Keep"/>.</summary>
    public ulong BeforeSequence { get; init; }

    /// <summary>The number of last messages that stay. Not with <see cref="BeforeSequence"/>.</summary>
    public ulong Keep { get; init; }
}

/// <summary>Which message of a stream to read. Use one of the factory methods.</summary>
public sealed record MessageSelector
{
    private MessageSelector()
    {
    }

    internal ulong Sequence { get; init; }

    internal string? LastBySubject { get; init; }

    internal string? NextBySubject { get; init; }

    internal DateTimeOffset? StartTime { get; init; }

    /// <summary>The message with this sequence.</summary>
    public static MessageSelector BySequence(ulong sequence) => new() { Sequence = sequence };

    /// <summary>The last message of a subject or of a filter.</summary>
    public static MessageSelector LastOf(string subject) => new() { LastBySubject = subject };

    /// <summary>The first message of a subject or of a filter, at or after a sequence.</summary>
    public static MessageSelector NextOf(string subject, ulong fromSequence = 0) =>
        new() { NextBySubject = subject, Sequence = fromSequence };

    /// <summary>The first message at or after a time.</summary>
    public static MessageSelector FromTime(DateTimeOffset time) => new() { StartTime = time };
}

/// <summary>Messages to read in one request. Needs <see cref="StreamConfig.AllowDirect"/>.</summary>
public sealed record DirectBatchRequest
{
    /// <summary>Messages at most; 0 for what the server allows.</summary>
    public int MaxMessages { get; init; }

    /// <summary>Bytes at most; 0 for what the server allows.</summary>
    public int MaxBytes { get; init; }

    /// <summary>Sequence to start at; 0 for the first.</summary>
    public ulong FromSequence { get; init; }

    /// <summary>Time to start at, instead of a sequence.</summary>
    public DateTimeOffset? FromTime { get; init; }

    /// <summary>Only subjects that match.</summary>
    public string? Filter { get; init; }
}

/// <summary>The last message of many subjects, read in one request. Needs <see cref="StreamConfig.AllowDirect"/>.</summary>
public sealed record DirectLastRequest
{
    /// <summary>Creates the request from subjects or filters.</summary>
    public DirectLastRequest(params IReadOnlyList<string> filters) => Filters = filters;

    /// <summary>Subjects or filters; at most 1024 subjects may match.</summary>
    public IReadOnlyList<string> Filters { get; init; }

    /// <summary>As the stream was at this sequence; 0 for now.</summary>
    public ulong UpToSequence { get; init; }

    /// <summary>As the stream was at this time, instead of a sequence.</summary>
    public DateTimeOffset? UpToTime { get; init; }

    /// <summary>Messages at most; 0 for all.</summary>
    public int MaxMessages { get; init; }

    /// <summary>Bytes at most; 0 for what the server allows.</summary>
    public int MaxBytes { get; init; }
}
