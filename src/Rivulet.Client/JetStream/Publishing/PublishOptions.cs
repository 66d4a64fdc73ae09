using System.Globalization;

namespace Rivulet.Client.JetStream;

/// <summary>What a stream must check before it stores a message, and what it does with it.</summary>
public sealed record PublishOptions
{
    /// <summary>An id by which the stream knows a repeat (<c>Nats-Msg-Id</c>).</summary>
    public string? MessageId { get; init; }

    /// <summary>The stream that must store it.</summary>
    public string? ExpectedStream { get; init; }

    /// <summary>The stream's last sequence must be this.</summary>
    public ulong? ExpectedLastSequence { get; init; }

    /// <summary>The last sequence of the message's subject must be this; 0: the subject holds nothing.</summary>
    public ulong? ExpectedLastSubjectSequence { get; init; }

    /// <summary>A subject or filter to which <see cref="ExpectedLastSubjectSequence"/> applies instead.</summary>
    public string? ExpectedLastSubjectSequenceSubject { get; init; }

    /// <summary>The id of the last message accepted must be this.</summary>
    public string? ExpectedLastMessageId { get; init; }

    /// <summary>Time until the message expires; <see cref="System.Threading.Timeout.InfiniteTimeSpan"/> for never.</summary>
    public TimeSpan? TimeToLive { get; init; }

    /// <summary>Whether older messages go as this one is stored.</summary>
    public MessageRollup Rollup { get; init; }

    /// <summary>Time for the acknowledgement; null takes the context's.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>The given headers with those of these options behind them; the given ones are not changed.</summary>
    internal NatsHeaders AddTo(NatsHeaders? headers)
    {
        NatsHeaders all = [];
        foreach ((string name, string value) in headers ?? [])
            all.Add(name, value);
        Add(all, PublishHeaders.MessageId, MessageId);
        Add(all, PublishHeaders.ExpectedStream, ExpectedStream);
        Add(all, PublishHeaders.ExpectedLastSequence, ExpectedLastSequence);
        Add(all, PublishHeaders.ExpectedLastSubjectSequence, ExpectedLastSubjectSequence);
        Add(all, PublishHeaders.ExpectedLastSubjectSequenceSubject, ExpectedLastSubjectSequenceSubject);
        Add(all, PublishHeaders.ExpectedLastMessageId, ExpectedLastMessageId);
        if (TimeToLive is { } timeToLive)
            all.Add(PublishHeaders.TimeToLive, PublishHeaders.FormatTimeToLive(timeToLive));
        if (Rollup != MessageRollup.None)
            all.Add(PublishHeaders.Rollup, Rollup == MessageRollup.All ? "all" : "sub");
        return all;
    }

    private static void Add(NatsHeaders headers, string name, string? value)
    {
        if (value is not null)
            headers.Add(name, value);
    }

    private static void Add(NatsHeaders headers, string name, ulong? value)
    {
        if (value is { } number)
            headers.Add(name, number.ToString(CultureInfo.InvariantCulture));
    }
}

/// <summary>Which older messages a message replaces.</summary>
public enum MessageRollup
{
    /// <summary>None.</summary>
    None,

    /// <summary>Those of its subject.</summary>
    Subject,

    /// <summary>All of the stream.</summary>
    All,
}
