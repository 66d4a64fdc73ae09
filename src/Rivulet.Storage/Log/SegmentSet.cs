namespace Rivulet.Storage.Log;

/// <summary>
/// The segments of a store by slot, the number that index entries hold. Readers look up without a lock. A slot is given
/// out again after its segment is gone, so whoever remembered one and finds something else there has to look its message
/// up again.
/// </summary>
internal sealed class SegmentSet
{
    /// <summary>Slots are this many bits wide in an index entry.</summary>
    public const int SlotBits = 24;

    private readonly Lock _gate = new();

    // First in, first out: a slot rests as long as possible before it means something else.
    private readonly Queue<int> _free = new();
    private volatile LogSegment?[] _segments = new LogSegment?[8];
    private int _slots = 1;

    /// <summary>The segments, in the order of the log; a snapshot.</summary>
    public List<LogSegment> InOrder
    {
        get
        {
            List<LogSegment> segments;
            lock (_gate)
                segments = [.. _segments.OfType<LogSegment>()];
            segments.Sort(static (a, b) => a.Number.CompareTo(b.Number));
            return segments;
        }
    }

    /// <summary>What all segment files and their snapshots take on the disk, and how much is live, in bytes.</summary>
    public (long FileBytes, long LiveBytes) Totals
    {
        get
        {
            long fileBytes = 0;
            long liveBytes = 0;
            foreach (LogSegment? segment in _segments)
            {
                fileBytes += segment is null ? 0 : segment.FileBytes + segment.SnapshotBytes;
                liveBytes += segment?.LiveBytes ?? 0;
            }
            return (fileBytes, liveBytes);
        }
    }

    public LogSegment? Find(int slot)
    {
        LogSegment?[] segments = _segments;
        return (uint)slot < (uint)segments.Length ? Volatile.Read(ref segments[slot]) : null;
    }

    /// <summary>Adds a segment and gives it a slot. Any thread.</summary>
    public void Add(LogSegment segment)
    {
        lock (_gate)
        {
            // Slot 0 stays empty, so that an entry without a place refers to nothing.
            int slot = _free.Count > 16 ? _free.Dequeue() : _slots++;
            LogSegment?[] segments = _segments;
            if (slot >= segments.Length)
                Array.Resize(ref segments, segments.Length * 2);
            segment.Slot = slot;
            Volatile.Write(ref segments[slot], segment);
            _segments = segments;
        }
    }

    /// <summary>Forgets a segment that nothing refers to any more. Any thread.</summary>
    public void Remove(LogSegment segment)
    {
        lock (_gate)
        {
            Volatile.Write(ref _segments[segment.Slot], null);
            _free.Enqueue(segment.Slot);
        }
    }

    /// <summary>Closes every file. Nobody reads any more.</summary>
    public void Close()
    {
        foreach (LogSegment? segment in _segments)
            segment?.File?.Dispose();
    }
}
