namespace Rivulet.Storage.Log;

/// <summary>
/// A buffer of the log's tail: a stretch of one segment that is appended to in memory and written by the committer.
/// Appenders fill it under the log's tail lock; the committer reads what was filled before it looked, with no lock.
/// </summary>
internal sealed class LogChunk(int capacityBytes)
{
    public byte[] Bytes { get; } = GC.AllocateUninitializedArray<byte>(capacityBytes, pinned: true);

    /// <summary>The segment that this is a stretch of.</summary>
    public LogSegment Segment { get; private set; } = null!;

    /// <summary>Where in the segment its first byte belongs.</summary>
    public int SegmentOffsetBytes { get; private set; }

    /// <summary>How much is filled. Moved by appenders, under the tail lock.</summary>
    public int FilledBytes { get; set; }

    /// <summary>How much the committer has taken. Moved by the committer, under the tail lock.</summary>
    public int TakenBytes { get; set; }

    public void Start(LogSegment segment, int segmentOffsetBytes)
    {
        Segment = segment;
        SegmentOffsetBytes = segmentOffsetBytes;
        FilledBytes = TakenBytes = 0;
    }
}
