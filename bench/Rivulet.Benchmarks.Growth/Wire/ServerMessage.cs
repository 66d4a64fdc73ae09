using System.Buffers.Text;

namespace Rivulet.Benchmarks.Growth.Wire;

/// <summary>What a server sent.</summary>
internal enum ServerVerb
{
    /// <summary><c>INFO</c>, <c>+OK</c>, <c>PONG</c>: nothing that a load waits for.</summary>
    Other,
    Message,
    Ping,
    Error,
}

/// <summary>One protocol operation from the server. Its parts lie in the buffer that it was read from.</summary>
internal readonly ref struct ServerMessage
{
    public ServerVerb Verb { get; private init; }

    /// <summary>The text of an operation without payload.</summary>
    public ReadOnlySpan<byte> Line { get; private init; }

    public ReadOnlySpan<byte> Subject { get; private init; }

    /// <summary>The number that the subscription was made with.</summary>
    public int Sid { get; private init; }

    public ReadOnlySpan<byte> ReplyTo { get; private init; }

    /// <summary>The header block with its version line; empty for a message without headers.</summary>
    public ReadOnlySpan<byte> Headers { get; private init; }

    public ReadOnlySpan<byte> Payload { get; private init; }

    /// <summary>Reads one operation. Returns the bytes it took, 0 while some are missing.</summary>
    public static int Read(ReadOnlySpan<byte> input, out ServerMessage message)
    {
        message = default;
        int end = input.IndexOf("\r\n"u8);
        if (end < 0)
            return 0;
        ReadOnlySpan<byte> line = input[..end];
        if (line.StartsWith("MSG "u8))
            return ReadMessage(input, line["MSG "u8.Length..], hasHeaders: false, out message);
        if (line.StartsWith("HMSG "u8))
            return ReadMessage(input, line["HMSG "u8.Length..], hasHeaders: true, out message);
        ServerVerb verb = line.SequenceEqual("PING"u8) ? ServerVerb.Ping
            : line.StartsWith("-ERR"u8) ? ServerVerb.Error
            : ServerVerb.Other;
        message = new ServerMessage { Verb = verb, Line = line };
        return end + 2;
    }

    // MSG <subject> <sid> [reply-to] <#bytes>
    // HMSG <subject> <sid> [reply-to] <#header bytes> <#total bytes>
    private static int ReadMessage(ReadOnlySpan<byte> input, ReadOnlySpan<byte> arguments, bool hasHeaders, out ServerMessage message)
    {
        message = default;
        int numbers = hasHeaders ? 2 : 1;
        Span<Range> parts = stackalloc Range[6];
        int count = Split(arguments, parts);
        if (count != numbers + 2 && count != numbers + 3)
            throw new InvalidDataException("The server sent a malformed message line.");
        int total = Number(arguments[parts[count - 1]]);
        int headers = hasHeaders ? Number(arguments[parts[count - 2]]) : 0;
        int start = input.IndexOf("\r\n"u8) + 2;
        if (input.Length < start + total + 2)
            return 0;
        if (headers > total || !input.Slice(start + total, 2).SequenceEqual("\r\n"u8))
            throw new InvalidDataException("The server sent a message of another length than it said.");
        message = new ServerMessage
        {
            Verb = ServerVerb.Message,
            Subject = arguments[parts[0]],
            Sid = Number(arguments[parts[1]]),
            ReplyTo = count == numbers + 3 ? arguments[parts[2]] : default,
            Headers = input.Slice(start, headers),
            Payload = input.Slice(start + headers, total - headers),
        };
        return start + total + 2;
    }

    private static int Split(ReadOnlySpan<byte> text, Span<Range> parts)
    {
        int count = 0;
        foreach (Range part in text.Split((byte)' '))
        {
            if (count == parts.Length)
                return 0;
            parts[count++] = part;
        }

        return count;
    }

    private static int Number(ReadOnlySpan<byte> digits) =>
        Utf8Parser.TryParse(digits, out int value, out int used) && used == digits.Length && value >= 0
            ? value
            : throw new InvalidDataException("The server sent something else where a number belongs.");
}
