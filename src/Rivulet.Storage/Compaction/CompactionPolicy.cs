using Rivulet.Storage.Log;
using Rivulet.Storage.Records;

namespace Rivulet.Storage.Compaction;

/// <summary>
/// Which segments are worth rewriting. The one with the largest dead share goes first, with neighbours that are sparse or
/// small as well, as long as what is live of them fits into one segment.
/// </summary>
internal static class CompactionPolicy
{
    /// <summary>A neighbour joins when at least one part in this many of it is dead.</summary>
    private const int SparseShare = 8;

    /// <summary>A neighbour joins when it is at most one part in this many of a full segment.</summary>
    private const int SmallShare = 8;

    /// <summary>Space of sealed segments that nothing refers to, in bytes.</summary>
    public static long DeadBytes(IEnumerable<LogSegment> sealedSegments) => sealedSegments.Sum(DeadBytes);

    /// <summary>Picks a group.</summary>
    /// <param name="segments">All segments, in the order of the log; the last one is appended to.</param>
    /// <param name="committed">Everything before this position is committed and merged.</param>
    /// <param name="maxBytes">The configured size of a segment.</param>
    /// <returns>The group, or null when nothing is to be gained.</returns>
    public static CompactionGroup? Pick(IReadOnlyList<LogSegment> segments, LogPosition committed, int maxBytes)
    {
        int best = -1;
        for (int i = 0; i < segments.Count - 1; i++)
        {
            if (IsReady(segments, i, committed) && DeadBytes(segments[i]) > 0 &&
                (best < 0 || DeadShare(segments[i]) > DeadShare(segments[best])))
            {
                best = i;
            }
        }
        if (best < 0)
            return null;
        int first = best;
        int last = best;
        long keptBytes = KeptBytes(segments[best]);
        if (!Complete(segments, committed, ref first, ref last, ref keptBytes))
            return null;
        while (first > 0 && !segments[first - 1].EndsInBatch && !EndsInBatchBefore(segments, first - 1) && Joins(segments, first - 1, committed, maxBytes, ref keptBytes))
            first--;
        while (last + 2 < segments.Count && !segments[last + 1].EndsInBatch && Joins(segments, last + 1, committed, maxBytes, ref keptBytes))
            last++;
        return new CompactionGroup([.. segments.Skip(first).Take(last - first + 1)], EndOf(segments, last));
    }

    /// <summary>Takes in neighbours with which a segment shares an atomic batch.</summary>
    private static bool Complete(
        IReadOnlyList<LogSegment> segments, LogPosition committed, ref int first, ref int last, ref long keptBytes)
    {
        while (EndsInBatchBefore(segments, first))
            keptBytes += KeptBytes(segments[--first]);
        while (last < segments.Count - 1 && segments[last].EndsInBatch)
            keptBytes += KeptBytes(segments[++last]);
        for (int i = first; i <= last; i++)
        {
            if (i == segments.Count - 1 || !IsReady(segments, i, committed))
                return false;
        }
        return true;
    }

    private static bool EndsInBatchBefore(IReadOnlyList<LogSegment> segments, int i) =>
        i > 0 && segments[i - 1].EndsInBatch;

    private static bool Joins(
        IReadOnlyList<LogSegment> segments, int i, LogPosition committed, int maxBytes, ref long keptBytes)
    {
        LogSegment segment = segments[i];
        bool isWorthIt = DeadBytes(segment) * SparseShare >= segment.FileBytes ||
            segment.FileBytes * SmallShare <= maxBytes;
        if (!isWorthIt || !IsReady(segments, i, committed) || keptBytes + KeptBytes(segment) > maxBytes)
            return false;
        keptBytes += KeptBytes(segment);
        return true;
    }

    private static bool IsReady(IReadOnlyList<LogSegment> segments, int i, LogPosition committed) =>
        !segments[i].IsDamaged && segments[i].File is not null && EndOf(segments, i) <= committed.Value;

    private static long EndOf(IReadOnlyList<LogSegment> segments, int i) => segments[i].Header.IsRewritten
        ? segments[i].Header.EndPosition
        : segments[i + 1].Header.FirstPosition;

    private static long DeadBytes(LogSegment segment) =>
        Math.Max(0, segment.FileBytes - SegmentHeader.AreaBytes - KeptBytes(segment));

    private static long KeptBytes(LogSegment segment) => segment.LiveBytes + segment.KeptFactBytes;

    private static double DeadShare(LogSegment segment) => (double)DeadBytes(segment) / segment.FileBytes;
}
