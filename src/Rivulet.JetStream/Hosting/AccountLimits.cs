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
    /// Limits by tier, <c>R1</c> for streams with one replica, where the account has tiers; <c>null</c> where it has none. The other
    /// members are then those of <c>R1</c>, which may be missing: nothing can be stored without.
    /// </summary>
    public IReadOnlyDictionary<string, AccountLimits>? Tiers { get; init; }

    /// <summary>Whether there are limits for streams with so many replicas.</summary>
    /// <param name="replicas">Number of replicas; below one means one.</param>
    public bool HasTierOf(long replicas) =>
        Tiers is null || Tiers.ContainsKey(string.Create(CultureInfo.InvariantCulture, $"R{Math.Max(1, replicas)}"));
}
