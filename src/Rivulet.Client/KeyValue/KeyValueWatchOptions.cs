namespace Rivulet.Client.KeyValue;

/// <summary>What a watch hands out.</summary>
public sealed record KeyValueWatchOptions
{
    /// <summary>True: every revision kept, not only the latest of each key. Not with <see cref="UpdatesOnly"/>.</summary>
    public bool IncludeHistory { get; init; }

    /// <summary>True: only what changes from now on.</summary>
    public bool UpdatesOnly { get; init; }

    /// <summary>True: deletes and purges are left out.</summary>
    public bool IgnoreDeletes { get; init; }

    /// <summary>True: without values; <see cref="KeyValueEntry.SizeBytes"/> is known.</summary>
    public bool MetaOnly { get; init; }

    /// <summary>Above zero: starts with this revision instead of the latest of each key.</summary>
    public ulong ResumeFromRevision { get; init; }

    /// <summary>Time after which an idle server says that it is alive.</summary>
    public TimeSpan IdleHeartbeat { get; init; } = TimeSpan.FromSeconds(5);
}
