namespace Rivulet.Server.Connections;

/// <summary>Messages and bytes that went through one or more connections. Bytes are those of headers and payloads.</summary>
public readonly record struct TrafficCounters
{
    /// <summary>Messages received from clients.</summary>
    public long InMessages { get; init; }

    /// <summary>Their bytes.</summary>
    public long InBytes { get; init; }

    /// <summary>Messages sent to clients.</summary>
    public long OutMessages { get; init; }

    /// <summary>Their bytes.</summary>
    public long OutBytes { get; init; }

    /// <summary>The sums of both.</summary>
    public TrafficCounters Plus(TrafficCounters other)
    {
        return new()
        {
            InMessages = InMessages + other.InMessages,
            InBytes = InBytes + other.InBytes,
            OutMessages = OutMessages + other.OutMessages,
            OutBytes = OutBytes + other.OutBytes,
        };
    }
}
