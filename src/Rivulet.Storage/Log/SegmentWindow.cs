using System.Buffers;
using Rivulet.Storage.Files;

namespace Rivulet.Storage.Log;

/// <summary>
/// A part of a segment file in memory, which moves along as the file is read from front to back. One thread.
/// </summary>
/// <param name="file">The file.</param>
/// <param name="limitBytes">Nothing behind this is read.</param>
internal sealed class SegmentWindow(IFile file, long limitBytes) : IDisposable
{
    private const int WindowBytes = 1 << 20;

    private readonly IFile _file = file;
    private readonly long _limitBytes = limitBytes;
    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(WindowBytes);
    private int _start;
    private int _length;

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
    }

    /// <summary>Bytes of the file; fewer than asked for at its end. Valid until the next call.</summary>
    public ReadOnlySpan<byte> Bytes(int offset, int length)
    {
        length = (int)Math.Max(0, Math.Min(length, _limitBytes - offset));
        if (!Holds(offset, length))
            Fill(offset, length);
        int available = Math.Max(0, Math.Min(length, _start + _length - offset));
        return _bytes.AsSpan(offset - _start, available);
    }

    /// <summary>What is in memory from an offset on; reads more when that is less than <paramref name="least"/> bytes.</summary>
    public ReadOnlySpan<byte> Rest(int offset, int least)
    {
        int wanted = (int)Math.Min(least, _limitBytes - offset);
        if (!Holds(offset, wanted))
            Fill(offset, wanted);
        return _bytes.AsSpan(offset - _start, _length - (offset - _start));
    }

    /// <summary>Flips a bit in memory, of what was last asked for.</summary>
    /// <param name="bit">Counted from the front of the file.</param>
    public void Flip(long bit) => _bytes[(bit / 8) - _start] ^= (byte)(1 << (int)(bit % 8));

    private bool Holds(int offset, int length) => offset >= _start && offset + (long)length <= _start + (long)_length;

    private void Fill(int offset, int length)
    {
        if (_bytes.Length < length)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = ArrayPool<byte>.Shared.Rent(length);
        }
        int wanted = (int)Math.Min(_bytes.Length, _limitBytes - offset);
        _start = offset;
        _length = _file.Read(_bytes.AsSpan(0, wanted), offset);
    }
}
