using System.Globalization;

namespace Rivulet.JetStream.Hosting;

/// <summary>JetStream limits of one account. -1 is unlimited everywhere.</summary>
public sealed record AccountLimits
{
    /// <summary>No limits.</summary>
    public static AccountLimits Unlimited { get; } = new();

    /// <summary>Bytes of all memory streams together.</summary>
    public long MaxMemoryBytes { get; init; } = -1;

    /// <summary>Bytes of all file streams together.</summary>
    public long MaxStoreBytes { get; init; } = -1;

    /// <summary>Number of streams.</summary>
    public int MaxStreams { get; init; } = -1;

    /// <summary>Number of consumers in each stream.</summary>
    public int MaxConsumers { get; init; } = -1;

    /// <summary>Highest <c>max_ack_pending</c> that a consumer may ask for.</summary>
    public int MaxAckPending { get; init; } = -1;

    /// <summary>Highest <c>max_batch</c> that a pull consumer may ask for, and what it has if it asks for none.</summary>
    public int MaxRequestBatch { get; init; } = -1;

    /// <summary>Highest <c>max_bytes</c> of a memory stream.</summary>
    public long MemoryMaxStreamBytes { get; init; } = -1;

    /// <summary>Highest <c>max_bytes</c> of a file stream.</summary>
    public long StoreMaxStreamBytes { get; init; } = -1;

    /// <summary>Whether a stream must set <c>max_bytes</c>.</summary>
    public bool MaxBytesRequired { get; init; }

    /// <summary>
    /// Limits by tier, "R1" for streams of one replica and so on; <c>null</c> for an account that has one set of limits. The other
    /// members are then those of "R1", the only tier whose streams one server can have.
    /// </summary>
    public IReadOnlyDictionary<string, AccountLimits>? Tiers { get; init; }

    /// <summary>Whether there are limits for streams of so many replicas; without them there can be no such stream.</summary>
    /// <param name="replicas">Number of replicas; 0 is one.</param>
    public bool Cover(long replicas)
    {
        return Tiers is null || Tiers.ContainsKey(TierOf(replicas));
    }

    /// <summary>Name of the tier of streams of so many replicas.</summary>
    /// <param name="replicas">Number of replicas; 0 is one.</param>
    public static string TierOf(long replicas)
    {
        return string.Create(CultureInfo.InvariantCulture, $"R{Math.Max(1, replicas)}");
    }
}
