using System.Buffers;

namespace Rivulet.Client;

/// <summary>
/// A growing buffer for one payload on its way into the outbound buffer. Each thread keeps one between uses; disposing of
/// it gives it back.
/// </summary>
internal sealed class ScratchWriter : IBufferWriter<byte>, IDisposable
{
    private const int InitialBytes = 4 * 1024;

    /// <summary>A buffer that grew beyond this is not kept.</summary>
    private const int KeptBytesMax = 256 * 1024;

    [ThreadStatic]
    private static ScratchWriter? _kept;

    private byte[] _buffer = new byte[InitialBytes];
    private int _count;

    private ScratchWriter()
    {
    }

    public ReadOnlyMemory<byte> Memory => _buffer.AsMemory(0, _count);

    public ReadOnlySpan<byte> Span => _buffer.AsSpan(0, _count);

    public static ScratchWriter Rent()
    {
        ScratchWriter writer = _kept ?? new ScratchWriter();
        _kept = null;
        writer._count = 0;
        return writer;
    }

    public void Advance(int count) => _count = checked(_count + count);

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        EnsureRoom(sizeHint);
        return _buffer.AsMemory(_count);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        EnsureRoom(sizeHint);
        return _buffer.AsSpan(_count);
    }

    public void Dispose()
    {
        if (_buffer.Length <= KeptBytesMax)
            _kept = this;
    }

    private void EnsureRoom(int sizeHint)
    {
        int needed = checked(_count + Math.Max(1, sizeHint));
        if (needed > _buffer.Length)
            Array.Resize(ref _buffer, Math.Max(needed, _buffer.Length * 2));
    }
}
