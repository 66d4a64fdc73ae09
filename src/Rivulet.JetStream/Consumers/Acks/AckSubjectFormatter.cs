using System.Buffers.Text;
using System.Text;

namespace Rivulet.JetStream.Consumers.Acks;

/// <summary>
/// Writes the reply subjects of one consumer's deliveries into a buffer of its own. One thread at a time uses it; the span
/// it returns is good until the next call.
/// </summary>
internal sealed class AckSubjectFormatter
{
    // Five numbers of at most 20 digits and the dots between them.
    private const int NumbersLengthMax = (5 * 20) + 4;

    private readonly byte[] _buffer;
    private readonly int _prefixLength;

    /// <summary>Prepares the subjects of a consumer.</summary>
    public AckSubjectFormatter(string stream, string consumer)
    {
        byte[] prefix = Encoding.UTF8.GetBytes($"$JS.ACK.{stream}.{consumer}.");
        _prefixLength = prefix.Length;
        _buffer = new byte[prefix.Length + NumbersLengthMax];
        prefix.CopyTo(_buffer, 0);
    }

    /// <summary>The subject for one delivery.</summary>
    public ReadOnlySpan<byte> Format(in AckToken token)
    {
        int length = _prefixLength;
        Append(token.Deliveries, ref length);
        _buffer[length++] = (byte)'.';
        Append(token.Sequences.StreamSequence, ref length);
        _buffer[length++] = (byte)'.';
        Append(token.Sequences.ConsumerSequence, ref length);
        _buffer[length++] = (byte)'.';
        Append((ulong)token.TimestampNanos, ref length);
        _buffer[length++] = (byte)'.';
        Append(token.Pending, ref length);
        return _buffer.AsSpan(0, length);
    }

    private void Append(ulong value, ref int length)
    {
        Utf8Formatter.TryFormat(value, _buffer.AsSpan(length), out int written);
        length += written;
    }
}
