using System.Buffers;

namespace Rivulet.Storage.Log;

/// <summary>
/// Reads records for one reader, one thread at a time. When that reader goes through a segment in order, a stretch of the file
/// is read at once and the next records come from there.
/// </summary>
/// <remarks>
/// A stretch may have been read before a record in it was written. Whoever cannot make sense of what
/// <see cref="TryTake"/> gave reads it again.
/// </remarks>
internal sealed class ReadAhead
{
    private const int StretchBytes = 16 << 10;

    // Up to here the next record is in order: those in between are dead or of other streams.
    private const int GapBytesMax = 2 << 10;
    private const int InOrderMin = 2;

    private byte[] _stretch = [];
    private LogSegment? _segment;
    private int _fromBytes;
    private int _filledBytes;
    private LogSegment? _lastSegment;
    private int _lastEndBytes;
    private int _inOrder;

    /// <summary>Copies a record that was read ahead, if all of it was.</summary>
    public bool TryTake(LogSegment segment, int offsetBytes, Span<byte> into)
    {
        int at = offsetBytes - _fromBytes;
        if (_segment != segment || at < 0 || at > _filledBytes - into.Length)
            return false;
        _stretch.AsSpan(at, into.Length).CopyTo(into);
        return true;
    }

    /// <summary>Reads a record from its file, and what follows it if the reader goes in order.</summary>
    /// <returns>How many bytes of it were read: fewer than there is room for at the end of the file.</returns>
    public int Read(LogSegment segment, int offsetBytes, Span<byte> into)
    {
        int gapBytes = offsetBytes - _lastEndBytes;
        _inOrder = _lastSegment == segment && gapBytes is >= 0 and <= GapBytesMax ? _inOrder + 1 : 0;
        _lastSegment = segment;
        _lastEndBytes = offsetBytes + into.Length;
        if (_inOrder < InOrderMin || into.Length > StretchBytes / 4)
            return segment.File?.Read(into, offsetBytes) ?? 0;

        if (_stretch.Length == 0)
            _stretch = ArrayPool<byte>.Shared.Rent(StretchBytes);
        _segment = null;
        _fromBytes = offsetBytes;
        _filledBytes = segment.File?.Read(_stretch.AsSpan(0, StretchBytes), offsetBytes) ?? 0;
        _segment = segment;
        _lastEndBytes = offsetBytes + _filledBytes;
        int read = Math.Min(into.Length, _filledBytes);
        _stretch.AsSpan(0, read).CopyTo(into);
        return read;
    }

    /// <summary>Gives back what was read ahead.</summary>
    public void Release()
    {
        _segment = null;
        _lastSegment = null;
        if (_stretch.Length > 0)
            ArrayPool<byte>.Shared.Return(_stretch);
        _stretch = [];
    }
}
