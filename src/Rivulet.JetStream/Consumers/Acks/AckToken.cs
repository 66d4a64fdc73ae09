using System.Buffers.Text;

namespace Rivulet.JetStream.Consumers.Acks;

/// <summary>
/// What the reply subject of a delivered message says about that delivery. It comes back as the subject of the ack.
/// </summary>
/// <remarks>
/// <code>
/// $JS.ACK.&lt;stream&gt;.&lt;consumer&gt;.&lt;deliveries&gt;.&lt;stream seq&gt;.&lt;consumer seq&gt;.&lt;nanoseconds&gt;.&lt;pending&gt;
/// $JS.ACK.&lt;domain&gt;.&lt;account&gt;.&lt;stream&gt;.&lt;consumer&gt;.&lt;deliveries&gt;. … .&lt;pending&gt;[.…]
/// </code>
/// The first form has nine tokens, the second eleven or more; the number of tokens tells them apart.
/// </remarks>
/// <param name="Deliveries">How often the message had been delivered, this time included.</param>
/// <param name="Sequences">Consumer and stream sequence of the delivery.</param>
/// <param name="TimestampNanos">When the message was stored, nanoseconds since 1970.</param>
/// <param name="Pending">Matching messages after this one, at the time of the delivery.</param>
internal readonly record struct AckToken(ulong Deliveries, SequencePair Sequences, long TimestampNanos, ulong Pending)
{
    private const int ShortFormTokens = 9;
    private const int LongFormTokens = 11;
    private const int NumbersInShortForm = 4;
    private const int NumbersInLongForm = 6;

    /// <summary>Reads either form. False if it is neither, or a number in it is not a number.</summary>
    public static bool TryParse(ReadOnlySpan<byte> subject, out AckToken token)
    {
        token = default;
        if (!subject.StartsWith("$JS.ACK."u8))
            return false;

        int tokens = subject.Count((byte)'.') + 1;
        if (tokens != ShortFormTokens && tokens < LongFormTokens)
            return false;

        ReadOnlySpan<byte> rest = subject;
        int skip = tokens == ShortFormTokens ? NumbersInShortForm : NumbersInLongForm;
        for (int i = 0; i < skip; i++)
            rest = rest[(rest.IndexOf((byte)'.') + 1)..];

        if (!TryReadNumber(ref rest, out ulong deliveries)
            || !TryReadNumber(ref rest, out ulong streamSequence)
            || !TryReadNumber(ref rest, out ulong consumerSequence)
            || !TryReadNumber(ref rest, out ulong timestampNanos)
            || !TryReadNumber(ref rest, out ulong pending)
            || timestampNanos > long.MaxValue)
        {
            return false;
        }

        var sequences = new SequencePair(consumerSequence, streamSequence);
        token = new AckToken(deliveries, sequences, (long)timestampNanos, pending);
        return true;
    }

    private static bool TryReadNumber(ref ReadOnlySpan<byte> rest, out ulong value)
    {
        int end = rest.IndexOf((byte)'.');
        ReadOnlySpan<byte> text = end < 0 ? rest : rest[..end];
        rest = end < 0 ? default : rest[(end + 1)..];
        return Utf8Parser.TryParse(text, out value, out int used) && used == text.Length && text[0] != (byte)'+';
    }
}
