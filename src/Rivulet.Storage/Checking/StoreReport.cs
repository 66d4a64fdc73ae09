namespace Rivulet.Storage.Checking;

/// <summary>What a store directory holds, and what is wrong with it.</summary>
public sealed record StoreReport
{
    /// <summary>The directory.</summary>
    public required string Directory { get; init; }

    /// <summary>Its segment files, by number and generation.</summary>
    public required IReadOnlyList<SegmentSummary> Segments { get; init; }

    /// <summary>Its streams, by account and name, as a server would serve them.</summary>
    public required IReadOnlyList<StreamSummary> Streams { get; init; }

    /// <summary>What was found, in the order of the log.</summary>
    public required IReadOnlyList<StoreFinding> Findings { get; init; }

    /// <summary>Whether anything is damaged.</summary>
    public bool IsDamaged => Findings.Any(finding => finding.IsDamage);

    /// <summary>How many records were read.</summary>
    public long Records => Segments.Sum(segment => segment.Records.Values.Sum());
}

/// <summary>What became of a segment file.</summary>
public enum SegmentRole
{
    /// <summary>Part of the log; another follows.</summary>
    Sealed,

    /// <summary>The end of the log.</summary>
    Tail,

    /// <summary>Made ahead, and not used yet.</summary>
    Prepared,

    /// <summary>Left behind by a rewriting; the next start deletes it.</summary>
    Leftover,

    /// <summary>Not readable as a segment.</summary>
    Unusable,
}

/// <summary>A segment file.</summary>
public sealed record SegmentSummary
{
    /// <summary>Its name, without the directory.</summary>
    public required string File { get; init; }

    /// <summary>What became of it.</summary>
    public required SegmentRole Role { get; init; }

    /// <summary>Its number.</summary>
    public required int Number { get; init; }

    /// <summary>The last number that it stands for.</summary>
    public int LastNumber { get; init; }

    /// <summary>How often it was rewritten.</summary>
    public uint Generation { get; init; }

    /// <summary>Position of its first record in the log, in bytes.</summary>
    public long FirstPosition { get; init; }

    /// <summary>Position behind its last record, or behind the last one of what it was rewritten from.</summary>
    public long EndPosition { get; init; }

    /// <summary>Length of the file.</summary>
    public required long FileBytes { get; init; }

    /// <summary>What its records take.</summary>
    public long RecordBytes { get; init; }

    /// <summary>What of that is live: referred to by an index, or part of what a stream is.</summary>
    public long LiveBytes { get; init; }

    /// <summary>What of its records nothing needs any more, up to facts that compaction has to keep.</summary>
    public long DeadBytes => Math.Max(0, RecordBytes - LiveBytes);

    /// <summary>How many records there are of each kind.</summary>
    public IReadOnlyDictionary<string, long> Records { get; init; } = new Dictionary<string, long>();
}

/// <summary>A stream of a store.</summary>
public sealed record StreamSummary
{
    /// <summary>Its name.</summary>
    public required StreamIdentity Identity { get; init; }

    /// <summary>The number that the store gave it.</summary>
    public required uint StreamId { get; init; }

    /// <summary>When it was created, in nanoseconds since the Unix epoch.</summary>
    public required long CreatedNanos { get; init; }

    /// <summary>What it holds.</summary>
    public required StreamState State { get; init; }

    /// <summary>Names of its attachments, such as its consumers' states.</summary>
    public required IReadOnlyList<string> Attachments { get; init; }
}
