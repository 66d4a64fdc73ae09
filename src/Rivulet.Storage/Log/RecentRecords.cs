namespace Rivulet.Storage.Log;

/// <summary>
/// The newest records, in the buffers that they were written from: a ring of chunks, of which the oldest is filled again when
/// another is needed. Whoever follows a stream closely reads from here and not from the file.
/// </summary>
/// <remarks>
/// Chunks are added under the tail's lock. Readers take no lock: they copy, and look afterwards whether the chunk was begun
/// anew meanwhile. What they look for is committed, so its bytes do not change as long as the chunk is what it was.
/// </remarks>
internal sealed class RecentRecords
{
    /// <summary>How much a chunk holds.</summary>
    public const int ChunkBytes = 256 << 10;

    private const int ChunksMin = 4;

    // Those that are written but had to leave the ring before: at most as many as are in it.
    private readonly Stack<LogChunk> _spare = [];
    private readonly LogChunk?[] _ring;
    private readonly bool _isRead;
    private int _newest;
    private long _fromPosition = long.MaxValue;

    /// <summary>An empty ring.</summary>
    /// <param name="bytes">How much to keep, in bytes; 0: nothing is read from here, and chunks are only filled again.</param>
    public RecentRecords(int bytes)
    {
        _ring = new LogChunk?[Math.Max(ChunksMin, bytes / ChunkBytes)];
        _isRead = bytes > 0;
    }

    /// <summary>
    /// A chunk to fill: the oldest, if it is written and handed over. Otherwise, when more waits for the disk than the ring
    /// holds, another takes its place. Under the tail's lock.
    /// </summary>
    public LogChunk Next()
    {
        int next = (_newest + 1) % _ring.Length;
        LogChunk? oldest = _ring[next];
        LogChunk chunk = oldest is { IsReleased: true } ? oldest
            : _spare.TryPop(out LogChunk? spare) ? spare
            : new LogChunk(ChunkBytes);
        if (chunk != oldest && oldest is not null)
            oldest.HasLeft = true;
        chunk.Forget();
        Volatile.Write(ref _ring[next], chunk);
        Volatile.Write(ref _newest, next);
        return chunk;
    }

    /// <summary>The chunk from <see cref="Next"/> has its place in the log. Under the tail's lock.</summary>
    public void Started()
    {
        for (int i = 1; i <= _ring.Length; i++)
        {
            if (_ring[(_newest + i) % _ring.Length] is not { } oldest)
                continue;
            Volatile.Write(ref _fromPosition, oldest.FromPosition);
            return;
        }
    }

    /// <summary>A chunk is written and handed over: it may be filled again. Under the tail's lock.</summary>
    public void Release(LogChunk chunk)
    {
        chunk.IsReleased = true;
        if (!chunk.HasLeft)
            return;
        chunk.HasLeft = false;
        if (_spare.Count < _ring.Length)
            _spare.Push(chunk);
    }

    /// <summary>Copies a committed record, and what follows it as far as there is room, if it is here. Any thread.</summary>
    /// <param name="segment">Its segment.</param>
    /// <param name="offsetBytes">Where in the segment it begins.</param>
    /// <param name="into">Where to.</param>
    /// <param name="read">How many bytes were copied.</param>
    public bool TryRead(LogSegment segment, int offsetBytes, Span<byte> into, out int read)
    {
        read = 0;
        if (!_isRead || segment.Header.IsRewritten || segment.PositionAt(offsetBytes) < Volatile.Read(ref _fromPosition))
            return false;
        int newest = Volatile.Read(ref _newest);
        for (int i = 0; i < _ring.Length; i++)
        {
            LogChunk? chunk = Volatile.Read(ref _ring[(newest - i + _ring.Length) % _ring.Length]);
            if (chunk is not null && chunk.TryCopy(segment, offsetBytes, into, out read))
                return true;
        }
        return false;
    }
}
