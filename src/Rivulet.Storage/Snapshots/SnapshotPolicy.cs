using Rivulet.Storage.Compaction;
using Rivulet.Storage.Log;
using Rivulet.Storage.Records;

namespace Rivulet.Storage.Snapshots;

/// <summary>Which segment gets a snapshot: one that will be there for a while, and is worth it.</summary>
internal static class SnapshotPolicy
{
    /// <summary>What is not in a snapshot is worth one from so many bytes of the log on.</summary>
    public const int BytesMin = 128 << 10;

    /// <summary>How often a segment may turn out to be unfit.</summary>
    private const int RefusalsMax = 3;

    /// <summary>In a busy store, at most one part in this many of a segment may be dead: soon it is rewritten.</summary>
    private const int DeadShareMax = 8;

    /// <summary>Picks a segment.</summary>
    /// <param name="segments">All segments, in the order of the log; the last one is appended to.</param>
    /// <param name="synced">Everything before this position is on the disk.</param>
    /// <param name="bytesMin">How much of the log there has to be for it.</param>
    /// <returns>The segment, and where in it the snapshot is to end; null when there is none.</returns>
    public static (LogSegment Segment, int EndBytes)? Pick(
        IReadOnlyList<LogSegment> segments, LogPosition synced, int bytesMin) =>
        Find(segments, synced, bytesMin, static _ => true);

    /// <summary>The same, in a store that much is appended to.</summary>
    /// <param name="segments">All segments, in the order of the log; the last one is appended to.</param>
    /// <param name="synced">Everything before this position is on the disk.</param>
    /// <param name="lastNumber">Segments behind this one are too young.</param>
    public static (LogSegment Segment, int EndBytes)? PickSettled(
        IReadOnlyList<LogSegment> segments, LogPosition synced, int lastNumber) =>
        Find(segments, synced, BytesMin, segment => segment.Number <= lastNumber && IsSettled(segment));

    private static (LogSegment Segment, int EndBytes)? Find(
        IReadOnlyList<LogSegment> segments, LogPosition synced, int bytesMin, Predicate<LogSegment> isCandidate)
    {
        for (int i = 0; i < segments.Count; i++)
        {
            int endBytes = EndOf(segments, i, synced);
            if (isCandidate(segments[i]) && IsWorthIt(segments[i], endBytes, bytesMin))
                return (segments[i], endBytes);
        }
        return null;
    }

    private static bool IsSettled(LogSegment segment) =>
        CompactionPolicy.DeadBytes([segment]) * DeadShareMax <= segment.FileBytes;

    private static bool IsWorthIt(LogSegment segment, int endBytes, int bytesMin) =>
        segment.File is not null && !segment.IsDamaged && segment.SnapshotRefusals < RefusalsMax &&
        endBytes - Math.Max(segment.SnapshotEndBytes, SegmentHeader.AreaBytes) >= bytesMin;

    /// <summary>Where a segment ends, as far as it is synced; 0 when nothing of it is.</summary>
    private static int EndOf(IReadOnlyList<LogSegment> segments, int i, LogPosition synced)
    {
        LogSegment segment = segments[i];
        if (segment.Header.IsRewritten)
            return (int)segment.Header.SizeBytes;
        long end = i + 1 < segments.Count ? segment.EndPosition : synced.Value;
        return end > segment.Header.FirstPosition && end <= synced.Value ? (int)segment.OffsetAt(end) : 0;
    }
}
