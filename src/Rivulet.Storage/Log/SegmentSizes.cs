using Rivulet.Storage.Records;

namespace Rivulet.Storage.Log;

/// <summary>
/// How large segments are. Where the file system does not know sparse files, the one that is written to and the one made ahead take
/// their whole length and hold no live data yet, so they are small beside what is live; and large enough that a busy store does not begin a new one many times a second.
/// <code>
///   quiet:  live / 256, at least 256 KiB     two of them are next to nothing beside what is live
///   busy:   up to live / 16, at least 16 MiB doubled as long as one is full within a quarter of a second
/// </code>
/// A record that does not fit has a segment as large as it needs. Nothing is ever larger than the configured size but
/// for that.
/// </summary>
internal static class SegmentSizes
{
    private const long QuietMinBytes = 256 << 10;
    private const long BusyMinBytes = 16 << 20;
    private const int QuietShare = 256;
    private const int BusyShare = 16;
    private const int RewrittenShare = 8;
    private const long BusyFillNanos = 250_000_000;
    private const long QuietFillNanos = 2_000_000_000;

    /// <summary>The size of a store's first segment.</summary>
    public static long First(int maxBytes) => Math.Min(maxBytes, QuietMinBytes);

    /// <summary>The least size in a store in which much happens.</summary>
    public static long LeastBusy(int maxBytes) => Math.Min(maxBytes, BusyMinBytes);

    /// <summary>The size for a store in which little happens.</summary>
    public static long Quiet(long liveBytes, int maxBytes) =>
        Math.Min(maxBytes, Math.Max(QuietMinBytes, PowerOfTwoAtMost(liveBytes / QuietShare)));

    /// <summary>The size of a segment.</summary>
    /// <param name="previousBytes">Size of the one before.</param>
    /// <param name="fillNanos">How long that took to fill, in nanoseconds.</param>
    /// <param name="liveBytes">What is live in the store.</param>
    /// <param name="maxBytes">The configured size.</param>
    public static long Next(long previousBytes, long fillNanos, long liveBytes, int maxBytes)
    {
        long quietBytes = Quiet(liveBytes, maxBytes);
        long busyBytes = Math.Max(LeastBusy(maxBytes), Math.Min(maxBytes, PowerOfTwoAtMost(liveBytes / BusyShare)));
        long wanted = fillNanos < BusyFillNanos ? previousBytes * 2
            : fillNanos > QuietFillNanos ? previousBytes / 2
            : previousBytes;
        return Math.Clamp(PowerOfTwoAtMost(wanted), quietBytes, Math.Max(quietBytes, busyBytes));
    }

    /// <summary>
    /// How much several segments are rewritten into at most: old and new are both there meanwhile.
    /// </summary>
    public static int Rewritten(long liveBytes, int maxBytes) =>
        (int)Math.Max(LeastBusy(maxBytes), Math.Min(maxBytes, liveBytes / RewrittenShare));

    /// <summary>At least <paramref name="usualBytes"/>, and room for one record.</summary>
    public static long For(long usualBytes, int recordBytes) =>
        Math.Max(usualBytes, SegmentHeader.AreaBytes + (long)recordBytes);

    private static long PowerOfTwoAtMost(long bytes) =>
        bytes < 1 ? 0 : 1L << (63 - System.Numerics.BitOperations.LeadingZeroCount((ulong)bytes));
}
