namespace Rivulet.Storage.Log;

/// <summary>
/// The segments of a store that have a file, by number. Readers look up without a lock; the committer adds.
/// </summary>
internal sealed class SegmentSet
{
    private volatile LogSegment?[] _segments = new LogSegment?[8];

    public LogSegment? Find(int number)
    {
        LogSegment?[] segments = _segments;
        return (uint)number < (uint)segments.Length ? Volatile.Read(ref segments[number]) : null;
    }

    /// <summary>Adds a segment. One thread at a time.</summary>
    public void Add(LogSegment segment)
    {
        LogSegment?[] segments = _segments;
        if (segment.Number >= segments.Length)
            Array.Resize(ref segments, Math.Max(segment.Number + 1, segments.Length * 2));
        Volatile.Write(ref segments[segment.Number], segment);
        _segments = segments;
    }

    /// <summary>Closes every file. Nobody reads any more.</summary>
    public void Close()
    {
        foreach (LogSegment? segment in _segments)
            segment?.File?.Dispose();
    }
}
