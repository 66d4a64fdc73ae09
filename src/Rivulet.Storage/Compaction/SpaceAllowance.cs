namespace Rivulet.Storage.Compaction;

/// <summary>
/// What a store may take beyond a share of its live data, in bytes: the segment that is written to, the one made ahead,
/// and the few that wait to be rewritten have a size below which they cost more than the space is worth. Beside the
/// live data of a large store they are nothing, and it is held to its share.
/// </summary>
/// <param name="segmentBytes">The least size of a segment in a busy store.</param>
internal readonly struct SpaceAllowance(long segmentBytes)
{
    private const int StoreSegmentsMin = 2;
    private const int StoreSegmentsMax = 6;

    private readonly long _segmentBytes = segmentBytes;

    /// <summary>How much a store may take in all.</summary>
    public long OfStore(long liveBytes) =>
        Math.Max(StoreSegmentsMin * _segmentBytes, (StoreSegmentsMax * _segmentBytes) - (liveBytes / 4));

    /// <summary>How much dead space may wait while the store is busy.</summary>
    public long OfBusy(long liveBytes) => Math.Max(0, _segmentBytes - (liveBytes / 8));
}
