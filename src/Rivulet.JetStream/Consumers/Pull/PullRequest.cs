namespace Rivulet.JetStream.Consumers.Pull;

/// <summary>What a pull request asks for. Durations are nanoseconds, and 0 is "not asked for" unless said otherwise.</summary>
internal readonly record struct PullRequest
{
    /// <summary>A request without a body: one message, however long it takes.</summary>
    public static PullRequest One { get; } = new() { Batch = 1 };

    /// <summary>Most messages. A request for none or less gets one.</summary>
    public long Batch { get; init; }

    /// <summary>Most bytes of subject, reply, headers and payload.</summary>
    public long MaxBytes { get; init; }

    /// <summary>How long the request may wait; a negative time is over when it comes.</summary>
    public long ExpiresNanos { get; init; }

    /// <summary>Silence after which it wants a heartbeat.</summary>
    public long HeartbeatNanos { get; init; }

    /// <summary>Whether it takes what is there and does not wait for more.</summary>
    public bool NoWait { get; init; }

    /// <summary>Priority group; empty for none.</summary>
    public string Group { get; init; }

    /// <summary>Pin that the client holds; empty for none.</summary>
    public string PinId { get; init; }

    /// <summary>Wants to be served only when at least this many messages are pending.</summary>
    public long MinPending { get; init; }

    /// <summary>Wants to be served only when at least this many acks are pending.</summary>
    public long MinAckPending { get; init; }

    /// <summary>0, served first, to 9.</summary>
    public int Priority { get; init; }

    /// <summary>Whether the body was a JSON object. Others know nothing of priorities, and are not held to them.</summary>
    public bool IsObject { get; init; }

    /// <summary>Makes the request for nothing in particular.</summary>
    public PullRequest()
    {
        Group = "";
        PinId = "";
    }
}
