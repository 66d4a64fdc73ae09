using System.Buffers.Text;

namespace Rivulet.JetStream.Consumers.Acks;

/// <summary>
/// The decimal digits of a number that mostly goes up or down by one: then only the last digit is written anew. One thread.
/// </summary>
internal sealed class SteppingNumber
{
    /// <summary>Room that <see cref="CopyTo"/> needs, in bytes.</summary>
    public const int LengthMax = 20;

    private readonly byte[] _digits = new byte[LengthMax];
    private ulong _value;
    private int _length;

    /// <summary>Writes a number.</summary>
    /// <param name="value">The number, at best a neighbour of the last one.</param>
    /// <param name="into">Room for <see cref="LengthMax"/> bytes, all of which are written to.</param>
    /// <returns>How many digits it has.</returns>
    public int CopyTo(ulong value, Span<byte> into)
    {
        if (value != _value || _length == 0)
            Set(value);

        // Perf: a known length is copied without a call.
        _digits.AsSpan(0, LengthMax).CopyTo(into[..LengthMax]);
        return _length;
    }

    private void Set(ulong value)
    {
        // As long as nothing was written, the digit is none.
        ref byte last = ref _digits[Math.Max(_length - 1, 0)];
        if (value > _value && value - _value == 1 && last is >= (byte)'0' and < (byte)'9')
            last++;
        else if (value < _value && _value - value == 1 && last is > (byte)'0' and <= (byte)'9')
            last--;
        else
            Utf8Formatter.TryFormat(value, _digits, out _length);
        _value = value;
    }
}
