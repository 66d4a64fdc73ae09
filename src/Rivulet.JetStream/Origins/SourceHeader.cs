using System.Buffers.Text;
using System.Text;

namespace Rivulet.JetStream.Origins;

/// <summary>The value of <c>Nats-Stream-Source</c>: where a message of a stream with sources comes from.</summary>
/// <remarks>
/// <code>
/// stream sequence filter destination subject [identity]
/// </code>
/// Stream, filter and destination are the parts of <see cref="OriginNames.IndexOf"/>, subject is the one that the message had
/// there, identity tells the stream from others of its name. Servers before 2.10 wrote stream and sequence only. Borrowed:
/// valid as long as the bytes behind it.
/// </remarks>
internal readonly ref struct SourceHeader
{
    private SourceHeader(ReadOnlySpan<byte> stream, ulong sequence)
    {
        Stream = stream;
        Sequence = sequence;
    }

    /// <summary>Name of the header.</summary>
    public static ReadOnlySpan<byte> Name => "Nats-Stream-Source"u8;

    /// <summary>First part of the index.</summary>
    public ReadOnlySpan<byte> Stream { get; }

    /// <summary>Sequence of the message there.</summary>
    public ulong Sequence { get; }

    /// <summary>Second part of the index; empty if only stream and sequence are known.</summary>
    public ReadOnlySpan<byte> Filter { get; private init; }

    /// <summary>Third part of the index.</summary>
    public ReadOnlySpan<byte> Destination { get; private init; }

    /// <summary>Subject of the message there; empty if it is not known.</summary>
    public ReadOnlySpan<byte> Subject { get; private init; }

    /// <summary>Tells the stream from others of its name; empty if that is not known.</summary>
    public ReadOnlySpan<byte> Identity { get; private init; }

    /// <summary>Reads a value, which may be anything.</summary>
    /// <returns>Whether it says at least a stream and a sequence.</returns>
    public static bool TryParse(ReadOnlySpan<byte> value, out SourceHeader header)
    {
        header = default;
        ReadOnlySpan<byte> stream = TakeField(ref value);
        ReadOnlySpan<byte> digits = TakeField(ref value);
        bool isNumber = Utf8Parser.TryParse(digits, out ulong sequence, out int used)
            && used == digits.Length
            && char.IsAsciiDigit((char)digits[0])
            && sequence > 0;
        if (stream.IsEmpty || !isNumber)
            return false;
        ReadOnlySpan<byte> filter = TakeField(ref value);
        ReadOnlySpan<byte> destination = TakeField(ref value);
        if (filter.IsEmpty != destination.IsEmpty)
            return false;
        header = new SourceHeader(stream, sequence)
        {
            Filter = filter,
            Destination = destination,
            Subject = TakeField(ref value),
            Identity = TakeField(ref value),
        };
        return true;
    }

    /// <summary>Writes a value.</summary>
    /// <param name="into">Room for it: that of all parts, and 25 bytes.</param>
    /// <param name="index">The index, parts and blanks as they are.</param>
    /// <param name="sequence">Sequence of the message in its stream.</param>
    /// <param name="subject">Subject of the message there.</param>
    /// <param name="identity">Tells the stream from others of its name.</param>
    /// <returns>Its length in bytes.</returns>
    public static int Write(
        Span<byte> into, ReadOnlySpan<byte> index, ulong sequence, ReadOnlySpan<byte> subject, ReadOnlySpan<byte> identity)
    {
        int place = index.IndexOf((byte)' ');
        int length = Append(into, 0, index[..(place + 1)]);
        _ = Utf8Formatter.TryFormat(sequence, into[length..], out int digits);
        length = Append(into, length + digits, index[place..]);
        length = Append(into, length, " "u8);
        length = Append(into, length, subject);
        length = Append(into, length, " "u8);
        return Append(into, length, identity);
    }

    /// <summary>Whether the message came from the source with this index.</summary>
    public bool IsFrom(ReadOnlySpan<byte> index)
    {
        int end = index.IndexOf((byte)' ');
        if (end < 0 || !index[..end].SequenceEqual(Stream))
            return false;
        ReadOnlySpan<byte> rest = index[(end + 1)..];
        return Filter.IsEmpty
            || (rest.Length == Filter.Length + 1 + Destination.Length
                && rest.StartsWith(Filter)
                && rest[Filter.Length] == ' '
                && rest.EndsWith(Destination));
    }

    /// <summary>The value as text, for people.</summary>
    public override string ToString() => $"{Encoding.UTF8.GetString(Stream)} {Sequence}";

    private static ReadOnlySpan<byte> TakeField(scoped ref ReadOnlySpan<byte> rest)
    {
        int end = rest.IndexOf((byte)' ');
        ReadOnlySpan<byte> field = end < 0 ? rest : rest[..end];
        rest = end < 0 ? default : rest[(end + 1)..];
        return field;
    }

    private static int Append(Span<byte> into, int at, ReadOnlySpan<byte> text)
    {
        text.CopyTo(into[at..]);
        return at + text.Length;
    }
}
