using System.Buffers.Text;
using System.Text;

namespace Rivulet.JetStream.Consumers.Acks;

/// <summary>
/// Writes the reply subjects of one consumer's deliveries into a buffer of its own. One thread at a time uses it; the span
/// it returns is good until the next one is formatted.
/// </summary>
internal sealed class AckSubjectFormatter
{
    // Five numbers of at most 20 digits and the dots between them.
    private const int NumbersLengthMax = (5 * 20) + 4;

    private readonly byte[] _buffer;
    private readonly int _prefixLength;
    private int _length;

    /// <summary>Prepares the subjects of a consumer.</summary>
    /// <param name="place">The form that clients are given, see <see cref="AckPlaces"/>.</param>
    public AckSubjectFormatter(string place)
    {
        byte[] prefix = Encoding.UTF8.GetBytes($"$JS.ACK.{place}.");
        _prefixLength = prefix.Length;
        _buffer = new byte[prefix.Length + NumbersLengthMax];
        prefix.CopyTo(_buffer, 0);
    }

    /// <summary>What was formatted last.</summary>
    public ReadOnlySpan<byte> Current => _buffer.AsSpan(0, _length);

    /// <summary>Formats the subject for one delivery.</summary>
    public void Format(in AckToken token)
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
        _length = length;
    }

    private void Append(ulong value, ref int length)
    {
        Utf8Formatter.TryFormat(value, _buffer.AsSpan(length), out int written);
        length += written;
    }
}
