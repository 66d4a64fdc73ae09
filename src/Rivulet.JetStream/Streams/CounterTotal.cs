using System.Globalization;
using System.Numerics;
using System.Text;
using Rivulet.JetStream.Origins;
using Rivulet.Protocol;
using Rivulet.Storage;

namespace Rivulet.JetStream.Streams;

/// <summary>
/// What a counter stands at after a message: its value, of any size, and what other streams contributed to it. Immutable but for
/// where its message is.
/// </summary>
internal sealed class CounterTotal
{
    private readonly BigInteger _value;

    // What other streams contributed, as a header has it; null for nothing.
    private readonly byte[]? _sources;

    private CounterTotal(BigInteger value, byte[]? sources, bool isBroken)
    {
        _value = value;
        _sources = sources;
        IsBroken = isBroken;
        Text = Digits(value);
    }

    /// <summary>Sequence of the message.</summary>
    public ulong Sequence { get; private set; }

    /// <summary>The message is stored for good once this is committed.</summary>
    public LogPosition Position { get; private set; }

    /// <summary>Whether the message cannot be read as a counter, so that nothing can be added to it.</summary>
    public bool IsBroken { get; }

    /// <summary>The value in decimal digits.</summary>
    public string Text { get; }

    /// <summary>The contributions that its message takes over from the one before, as a header has them; <c>null</c> for none.</summary>
    public byte[]? InheritedSources { get; private init; }

    /// <summary>What was added to the one before, in decimal digits, where another stream contributed it; otherwise <c>null</c>.</summary>
    public byte[]? Increment { get; private init; }

    /// <summary>About how much memory it takes, in bytes.</summary>
    public int SizeBytes => 200 + (Text.Length * 3) + (_sources?.Length ?? 0);

    /// <summary>A counter that nothing was added to yet.</summary>
    public static CounterTotal Zero { get; } = new(BigInteger.Zero, null, isBroken: false);

    /// <summary>A counter whose message cannot be read.</summary>
    public static CounterTotal Broken(ulong sequence) => new(default, null, isBroken: true) { Sequence = sequence };

    /// <summary>Reads what the message of a counter says.</summary>
    public static CounterTotal Of(StoredMessage message)
    {
        if (!TryReadBody(message.Payload, out BigInteger value))
            return Broken(message.Sequence);
        byte[]? sources = null;
        if (new HeaderBlock(message.Headers).TryGet("Nats-Counter-Sources"u8, out ReadOnlySpan<byte> header)
            && !header.IsEmpty
            && !CounterSources.TryNormalize(header, out sources))
        {
            return Broken(message.Sequence);
        }

        return new CounterTotal(value, sources, isBroken: false) { Sequence = message.Sequence };
    }

    /// <summary>Whether a text is an integer: digits, with or without a sign.</summary>
    public static bool IsInteger(ReadOnlySpan<byte> text)
    {
        if (!text.IsEmpty && text[0] is (byte)'+' or (byte)'-')
            text = text[1..];
        return !text.IsEmpty && !text.ContainsAnyExceptInRange((byte)'0', (byte)'9');
    }

    /// <summary>The counter with an integer added.</summary>
    /// <param name="increment">The integer, see <see cref="IsInteger"/>.</param>
    /// <param name="headers">
    /// Headers of the message that adds it: the contributions in them stand from now on, unless the counter has some already.
    /// </param>
    public CounterTotal Plus(ReadOnlySpan<byte> increment, ReadOnlySpan<byte> headers)
    {
        _ = TryParse(increment, out BigInteger added);
        byte[]? sources = _sources;
        bool isBroken = sources is null
            && new HeaderBlock(headers).TryGet("Nats-Counter-Sources"u8, out ReadOnlySpan<byte> header)
            && !header.IsEmpty
            && !CounterSources.TryNormalize(header, out sources);
        return new CounterTotal(_value + added, sources, isBroken) { InheritedSources = _sources };
    }

    /// <summary>
    /// The counter with the contribution of another stream's counter brought to what that one has come to. The difference is
    /// added, so that a contribution counts once however often it is told.
    /// </summary>
    /// <param name="source">Where the other one's message comes from.</param>
    /// <param name="body">What it says.</param>
    /// <returns><c>null</c> if it says nothing that a counter can.</returns>
    public CounterTotal? Contributed(in SourceHeader source, ReadOnlySpan<byte> body)
    {
        if (!TryReadBody(body, out BigInteger value) || !CounterSources.TryRead(_sources, out CounterSources? sources))
            return null;
        string stream = Encoding.UTF8.GetString(source.Stream);
        string before = sources.Exchange(stream, Encoding.UTF8.GetString(source.Subject), Digits(value));
        BigInteger added = TryParse(Encoding.UTF8.GetBytes(before), out BigInteger previous) ? value - previous : value;
        byte[] contributions = sources.Write();
        return new CounterTotal(_value + added, contributions, isBroken: false)
        {
            InheritedSources = contributions,
            Increment = Encoding.ASCII.GetBytes(Digits(added)),
        };
    }

    /// <summary>Body of the message that stores the value.</summary>
    public byte[] ToBody() => Encoding.ASCII.GetBytes($"{{\"val\":\"{Text}\"}}");

    /// <summary>Its message has been appended.</summary>
    public void StoredAs(ulong sequence, LogPosition position) => (Sequence, Position) = (sequence, position);

    private static string Digits(BigInteger value) => value.ToString(CultureInfo.InvariantCulture);

    private static bool TryReadBody(ReadOnlySpan<byte> body, out BigInteger value)
    {
        value = default;
        bool isCounter = body.StartsWith("{\"val\":\""u8) && body.EndsWith("\"}"u8) && body.Length > 10;
        return isCounter && TryParse(body[8..^2], out value);
    }

    private static bool TryParse(ReadOnlySpan<byte> text, out BigInteger value)
    {
        value = default;
        return IsInteger(text)
            && BigInteger.TryParse(Encoding.ASCII.GetString(text), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);
    }
}
