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

    /// <summary>
    /// Where to go on: with the first change behind this position. The watch fails with
    /// <see cref="KeyValueRevisionCompactedException"/>, when it is created or when it has read what was there, if changes behind
    /// it are gone that the changes which are left do not make up for. Not with the other ways to begin. Needs Rivulet's server.
    /// </summary>
    public KeyValuePosition? ResumeAfter { get; init; }

    /// <summary>
    /// True, with <see cref="ResumeAfter"/>: it also fails if revisions behind the position are gone because newer ones of the
    /// same key replaced them.
    /// </summary>
    public bool EveryRevision { get; init; }

    /// <summary>True: revisions that only extend the time to live of a key (<see cref="KeyValueEntry.TouchedRevision"/>) are left out.</summary>
    public bool IgnoreTouches { get; init; }

    /// <summary>Time after which an idle server says that it is alive.</summary>
    public TimeSpan IdleHeartbeat { get; init; } = TimeSpan.FromSeconds(5);
}
