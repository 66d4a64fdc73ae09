namespace Rivulet.Storage.Log;

/// <summary>
/// A buffer of the log's tail: a stretch of one segment that is appended to in memory and written by the committer.
/// Appenders fill it under the log's tail lock; the committer reads what was filled before it looked, with no lock. Once
/// written it stays readable until it is begun anew (<see cref="RecentRecords"/>).
/// </summary>
internal sealed class LogChunk(int capacityBytes)
{
    // Odd while the chunk is nowhere in the log.
    private int _version = 1;

    public byte[] Bytes { get; } = GC.AllocateUninitializedArray<byte>(capacityBytes, pinned: true);

    /// <summary>The segment that this is a stretch of.</summary>
    public LogSegment Segment { get; private set; } = null!;

    /// <summary>Where in the segment its first byte belongs.</summary>
    public int SegmentOffsetBytes { get; private set; }

    /// <summary>The position of the log that its first byte has.</summary>
    public long FromPosition { get; private set; }

    /// <summary>How much is filled. Moved by appenders, under the tail lock.</summary>
    public int FilledBytes { get; set; }

    /// <summary>How much the committer has taken. Moved by the committer, under the tail lock.</summary>
    public int TakenBytes { get; set; }

    /// <summary>Whether it is full, written and handed over, so that it may be filled again. Under the tail lock.</summary>
    public bool IsReleased { get; set; }

    /// <summary>Whether another took its place among the recent ones before it was written. Under the tail lock.</summary>
    public bool HasLeft { get; set; }

    /// <summary>From here on nobody finds anything in it. Under the tail lock.</summary>
    public void Forget()
    {
        if ((_version & 1) != 0)
            return;
        Volatile.Write(ref _version, _version + 1);
        Volatile.WriteBarrier();
    }

    /// <summary>Gives it its place, after <see cref="Forget"/>. Under the tail lock.</summary>
    public void Start(LogSegment segment, int segmentOffsetBytes)
    {
        Segment = segment;
        SegmentOffsetBytes = segmentOffsetBytes;
        FromPosition = segment.PositionAt(segmentOffsetBytes);
        FilledBytes = TakenBytes = 0;
        IsReleased = false;
        Volatile.Write(ref _version, _version + 1);
    }

    /// <summary>Copies what is committed at a place of a segment, if that lies in here. Any thread.</summary>
    public bool TryCopy(LogSegment segment, int offsetBytes, Span<byte> into, out int read)
    {
        read = 0;
        int version = Volatile.Read(ref _version);
        int at = offsetBytes - SegmentOffsetBytes;
        int filledBytes = FilledBytes;
        if ((version & 1) != 0 || Segment != segment || at < 0 || at >= filledBytes)
            return false;
        read = Math.Min(into.Length, filledBytes - at);
        Bytes.AsSpan(at, read).CopyTo(into);
        Volatile.ReadBarrier();
        return Volatile.Read(ref _version) == version;
    }
}
