using System.Buffers.Text;

namespace Rivulet.Protocol;

/// <summary>Writes pieces one after the other into a span that the caller has made large enough.</summary>
internal ref struct SpanWriter(Span<byte> destination)
{
    /// <summary>The most digits of a 32-bit number that is not negative.</summary>
    public const int Int32DigitsMax = 10;

    private readonly Span<byte> _destination = destination;

    /// <summary>How many bytes have been written.</summary>
    public int Length { get; private set; }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_destination[Length..]);
        Length += bytes.Length;
    }

    /// <summary>Writes an argument and the blank after it; nothing if it is empty.</summary>
    public void WriteArgument(ReadOnlySpan<byte> argument)
    {
        if (argument.IsEmpty)
            return;
        Write(argument);
        Write(" "u8);
    }

    public void WriteNumber(long value)
    {
        if (!Utf8Formatter.TryFormat(value, _destination[Length..], out int written))
            throw new ArgumentException("The destination is too small.", nameof(value));
        Length += written;
    }

    public void WriteLineEnd()
    {
        Write("\r\n"u8);
    }
}
