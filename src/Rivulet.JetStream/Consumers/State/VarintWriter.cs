using System.Buffers;
using System.Buffers.Binary;

namespace Rivulet.JetStream.Consumers.State;

/// <summary>Appends numbers and bytes in the compact form of consumer records to a buffer that is used again and again.</summary>
internal sealed class VarintWriter
{
    private const int VarintLengthMax = 10;

    private readonly ArrayBufferWriter<byte> _buffer = new();

    /// <summary>What was written since the last <see cref="Clear"/>.</summary>
    public ReadOnlySpan<byte> Written => _buffer.WrittenSpan;

    /// <summary>Bytes written.</summary>
    public int Length => _buffer.WrittenCount;

    /// <summary>Starts over.</summary>
    public void Clear() => _buffer.ResetWrittenCount();

    /// <summary>One byte.</summary>
    public void Byte(byte value)
    {
        _buffer.GetSpan(1)[0] = value;
        _buffer.Advance(1);
    }

    /// <summary>Seven bits a byte, lowest first; the top bit says that more follow.</summary>
    public void Number(ulong value)
    {
        Span<byte> span = _buffer.GetSpan(VarintLengthMax);
        int length = 0;
        for (; value >= 0x80; value >>= 7)
            span[length++] = (byte)(value | 0x80);
        span[length++] = (byte)value;
        _buffer.Advance(length);
    }

    /// <summary>A time in eight bytes, lowest first: times are too large for a varint to save anything.</summary>
    public void Time(long nanos)
    {
        BinaryPrimitives.WriteInt64LittleEndian(_buffer.GetSpan(sizeof(long)), nanos);
        _buffer.Advance(sizeof(long));
    }

    /// <summary>Bytes, with their number in front.</summary>
    public void Bytes(ReadOnlySpan<byte> value)
    {
        Number((ulong)value.Length);
        _buffer.Write(value);
    }
}
