namespace Rivulet.JetStream.Consumers.Acks;

/// <summary>What an ack asks for.</summary>
internal enum AckKind
{
    /// <summary>The message is done: an empty payload, <c>+ACK</c> or <c>+OK</c>.</summary>
    Done,

    /// <summary>Deliver it again: <c>-NAK</c>, with a delay perhaps.</summary>
    Redeliver,

    /// <summary>Still at work, start the wait anew: exactly <c>+WPI</c>.</summary>
    InProgress,

    /// <summary>Done, and a pull request follows: <c>+NXT</c>.</summary>
    DoneAndNext,

    /// <summary>Never deliver it again: <c>+TERM</c>, with a reason perhaps.</summary>
    Terminate,

    /// <summary>Anything else. It changes nothing, but is answered.</summary>
    Unknown,
}

/// <summary>The payload of an ack, taken apart. Borrows from it.</summary>
internal readonly ref struct AckRequest
{
    private AckRequest(AckKind kind, ReadOnlySpan<byte> argument)
    {
        Kind = kind;
        Argument = argument;
    }

    /// <summary>What is asked for.</summary>
    public AckKind Kind { get; }

    /// <summary>What follows the word: delay, pull request or reason. Blanks around it are cut.</summary>
    public ReadOnlySpan<byte> Argument { get; }

    /// <summary>Reads a payload; every payload means something.</summary>
    public static AckRequest Parse(ReadOnlySpan<byte> payload)
    {
        if (payload.IsEmpty || payload.SequenceEqual("+ACK"u8) || payload.SequenceEqual("+OK"u8))
            return new AckRequest(AckKind.Done, default);
        if (payload.StartsWith("+NXT"u8))
            return new AckRequest(AckKind.DoneAndNext, Trim(payload[4..]));
        if (payload.StartsWith("-NAK"u8))
            return new AckRequest(AckKind.Redeliver, Trim(payload[4..]));
        if (payload.SequenceEqual("+WPI"u8))
            return new AckRequest(AckKind.InProgress, default);
        if (payload.StartsWith("+TERM"u8))
            return new AckRequest(AckKind.Terminate, Trim(payload[5..]));
        return new AckRequest(AckKind.Unknown, default);
    }

    private static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> text) => text.Trim(" \t\r\n\v\f"u8);
}
