namespace Rivulet.JetStream;

/// <summary>What unfinished publish batches may be. Values that are not set are the defaults, which differ for atomic and fast batches.</summary>
public sealed record PublishBatchLimits
{
    /// <summary>Unfinished batches of one kind in a stream; null for 50 atomic and 1,000 fast ones.</summary>
    public int? InflightPerStream { get; init; }

    /// <summary>Unfinished batches of one kind on the server; null for 1,000 atomic and 50,000 fast ones.</summary>
    public int? InflightTotal { get; init; }

    /// <summary>Messages of an atomic batch.</summary>
    public int AtomicMessages { get; init; } = 1000;

    /// <summary>How long a batch may be left alone before it is given up.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);
}
