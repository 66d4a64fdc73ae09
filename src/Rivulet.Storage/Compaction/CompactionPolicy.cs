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

    /// <summary>Picks a group: without a gap, since positions are what tells that something is missing there.</summary>
    /// <param name="segments">All segments, in the order of the log; the last one is appended to.</param>
    /// <param name="committed">Everything before this position is committed and merged.</param>
    /// <param name="maxBytes">The configured size of a segment.</param>
    /// <returns>The group, or null when nothing is to be gained.</returns>
    public static CompactionGroup? Pick(IReadOnlyList<LogSegment> segments, LogPosition committed, int maxBytes)
    {
        int best = -1;
        for (int i = 0; i < segments.Count - 1; i++)
        {
            if (DeadBytes(segments[i]) > 0 && (best < 0 || DeadShare(segments[i]) > DeadShare(segments[best])) &&
                IsReadyWithBatches(segments, i, committed))
            {
                best = i;
            }
        }
        if (best < 0)
            return null;
        (int first, int last) = WithBatches(segments, best);
        long keptBytes = segments.Skip(first).Take(last - first + 1).Sum(KeptBytes);
        while (first > 0 && AreJoined(segments, first - 1) && !segments[first - 1].EndsInBatch && !EndsInBatchBefore(segments, first - 1) && Joins(segments, first - 1, committed, maxBytes, ref keptBytes))
            first--;
        while (last + 2 < segments.Count && AreJoined(segments, last) && !segments[last + 1].EndsInBatch && Joins(segments, last + 1, committed, maxBytes, ref keptBytes))
            last++;
        return new CompactionGroup([.. segments.Skip(first).Take(last - first + 1)], segments[last].EndPosition);
    }

    /// <summary>Whether a segment and the neighbours with which it shares atomic batches can be rewritten together.</summary>
    private static bool IsReadyWithBatches(IReadOnlyList<LogSegment> segments, int i, LogPosition committed)
    {
        (int first, int last) = WithBatches(segments, i);
        for (int each = first; each <= last; each++)
        {
            bool isReady = each < segments.Count - 1 && IsReady(segments[each], committed) &&
                (each == last || AreJoined(segments, each));
            if (!isReady)
                return false;
        }
        return true;
    }

    /// <summary>The first and the last of the neighbours with which a segment shares atomic batches.</summary>
    private static (int First, int Last) WithBatches(IReadOnlyList<LogSegment> segments, int i)
    {
        int first = i;
        while (EndsInBatchBefore(segments, first))
            first--;
        int last = i;
        while (last < segments.Count - 1 && segments[last].EndsInBatch)
            last++;
        return (first, last);
    }

    /// <summary>Whether nothing is missing between a segment and the next one.</summary>
    private static bool AreJoined(IReadOnlyList<LogSegment> segments, int i) =>
        segments[i].EndPosition == segments[i + 1].Header.FirstPosition;

    private static bool EndsInBatchBefore(IReadOnlyList<LogSegment> segments, int i) =>
        i > 0 && segments[i - 1].EndsInBatch;

    private static bool Joins(
        IReadOnlyList<LogSegment> segments, int i, LogPosition committed, int maxBytes, ref long keptBytes)
    {
        LogSegment segment = segments[i];
        bool isWorthIt = DeadBytes(segment) * SparseShare >= segment.FileBytes ||
            segment.FileBytes * SmallShare <= maxBytes;
        if (!isWorthIt || !IsReady(segment, committed) || keptBytes + KeptBytes(segment) > maxBytes)
            return false;
        keptBytes += KeptBytes(segment);
        return true;
    }

    private static bool IsReady(LogSegment segment, LogPosition committed) =>
        !segment.IsDamaged && segment.File is not null && segment.EndPosition <= committed.Value;

    private static long DeadBytes(LogSegment segment) =>
        Math.Max(0, segment.FileBytes - SegmentHeader.AreaBytes - KeptBytes(segment));

    private static long KeptBytes(LogSegment segment) => segment.LiveBytes + segment.KeptFactBytes;

    private static double DeadShare(LogSegment segment) => (double)DeadBytes(segment) / segment.FileBytes;
}
