namespace Rivulet.Client.KeyValue;

/// <summary>Which keys of a bucket, in the order of their bytes. Everything given holds together.</summary>
public sealed record KeyValueSelection
{
    /// <summary>The most keys of one page.</summary>
    public const int LimitMax = 1024;

    /// <summary>Filters of keys, any of which may match; null or empty for every key.</summary>
    public IReadOnlyList<string>? Filters { get; init; }

    /// <summary>What keys begin with, whole tokens or not; null for anything.</summary>
    public string? Prefix { get; init; }

    /// <summary>The first key, or what lies before it; null for no bound.</summary>
    public string? From { get; init; }

    /// <summary>What all keys lie before; null for no bound.</summary>
    public string? Before { get; init; }

    /// <summary>The key behind which the first one comes; null for none.</summary>
    public string? After { get; init; }

    /// <summary>Most keys of a page, 1 to <see cref="LimitMax"/>; 0 for the most there may be.</summary>
    public int Limit { get; init; }

    /// <summary>
    /// As of which revision; 0 for the present. The bucket's history must still hold it
    /// (<see cref="KeyValueRevisionCompactedException"/>).
    /// </summary>
    public ulong Revision { get; init; }

    /// <summary>True: deleted keys are among them, as long as the bucket keeps what says so.</summary>
    public bool IncludeDeletes { get; init; }
}
