using System.Buffers.Text;
using System.Text;

namespace Rivulet.JetStream.Consumers.Acks;

/// <summary>
/// Writes the reply subjects of one consumer's deliveries into a buffer of its own. One thread at a time uses it; the span
/// it returns is good until the next one is formatted.
/// </summary>
internal sealed class AckSubjectFormatter
{
    // Five numbers and the dots between them.
    private const int NumbersLengthMax = (5 * SteppingNumber.LengthMax) + 4;

    private readonly byte[] _buffer;
    private readonly SteppingNumber _deliveries = new();
    private readonly SteppingNumber _streamSequence = new();
    private readonly SteppingNumber _consumerSequence = new();
    private readonly SteppingNumber _pending = new();
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
        Span<byte> numbers = _buffer.AsSpan(_prefixLength);
        int length = Append(_deliveries, token.Deliveries, numbers);
        length += Append(_streamSequence, token.Sequences.StreamSequence, numbers[length..]);
        length += Append(_consumerSequence, token.Sequences.ConsumerSequence, numbers[length..]);
        Utf8Formatter.TryFormat((ulong)token.TimestampNanos, numbers[length..], out int written);
        length += written;
        numbers[length++] = (byte)'.';
        length += _pending.CopyTo(token.Pending, numbers[length..]);
        _length = _prefixLength + length;
    }

    private static int Append(SteppingNumber number, ulong value, Span<byte> into)
    {
        int length = number.CopyTo(value, into);
        into[length] = (byte)'.';
        return length + 1;
    }
}
