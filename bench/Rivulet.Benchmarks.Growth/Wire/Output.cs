using System.Buffers.Text;

namespace Rivulet.Benchmarks.Growth.Wire;

/// <summary>Bytes on their way to the server. Grows to what a full window takes, and is then used again and again.</summary>
internal sealed class Output
{
    private byte[] _bytes = new byte[4096];

    public int Length { get; private set; }

    public Memory<byte> Written => _bytes.AsMemory(0, Length);

    public void Clear() => Length = 0;

    public void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Room(bytes.Length));
        Length += bytes.Length;
    }

    public void WriteNumber(long value)
    {
        Utf8Formatter.TryFormat(value, Room(20), out int written);
        Length += written;
    }

    /// <summary>With leading zeros, so that all names of a kind are of one length.</summary>
    public void WriteDigits(long value, int width)
    {
        Span<byte> room = Room(width)[..width];
        for (int i = width - 1; i >= 0; i--)
        {
            room[i] = (byte)('0' + (value % 10));
            value /= 10;
        }

        Length += width;
    }

    private Span<byte> Room(int size)
    {
        if (_bytes.Length - Length < size)
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, Length + size));
        return _bytes.AsSpan(Length);
    }
}
