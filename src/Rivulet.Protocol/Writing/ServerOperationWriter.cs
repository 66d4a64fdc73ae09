namespace Rivulet.Protocol;

/// <summary>Writes what a server sends to a client.</summary>
/// <remarks>
/// Every method writes to the start of the destination and returns how many bytes it wrote. A destination shorter than
/// the matching <c>Max…Length</c> may throw <see cref="ArgumentException"/>.
/// </remarks>
public static class ServerOperationWriter
{
    /// <summary><c>PING</c></summary>
    public static ReadOnlySpan<byte> Ping => "PING\r\n"u8;

    /// <summary><c>PONG</c></summary>
    public static ReadOnlySpan<byte> Pong => "PONG\r\n"u8;

    /// <summary><c>+OK</c></summary>
    public static ReadOnlySpan<byte> Ok => "+OK\r\n"u8;

    /// <summary>The most bytes of a MSG or HMSG control line with its line end, given sizes below ten digits each.</summary>
    public static int MaxMessageLineLength(int subjectLength, int sidLength, int replyToLength)
    {
        const int Fixed = 5 + 3 + 2 * SpanWriter.Int32DigitsMax + 1 + 2;
        return checked(Fixed + subjectLength + sidLength + replyToLength);
    }

    /// <summary>The most bytes of a whole MSG or HMSG.</summary>
    public static int MaxMessageLength(int subjectLength, int sidLength, int replyToLength, int bodyLength)
    {
        return checked(MaxMessageLineLength(subjectLength, sidLength, replyToLength) + bodyLength + 2);
    }

    /// <summary>Writes the control line <c>MSG subject sid [reply] size</c>.</summary>
    /// <param name="destination">Receives the bytes.</param>
    /// <param name="subject">The subject published to.</param>
    /// <param name="sid">The receiver's name for the subscription.</param>
    /// <param name="replyTo">Empty for none.</param>
    /// <param name="sizeDigits">The size as the publisher wrote it, at most ten digits.</param>
    public static int WriteMessageLine(
        Span<byte> destination,
        ReadOnlySpan<byte> subject,
        ReadOnlySpan<byte> sid,
        ReadOnlySpan<byte> replyTo,
        ReadOnlySpan<byte> sizeDigits)
    {
        var writer = new SpanWriter(destination);
        WriteAddress(ref writer, "MSG "u8, subject, sid, replyTo);
        writer.Write(sizeDigits);
        writer.WriteLineEnd();
        return writer.Length;
    }

    /// <summary>Writes the control line <c>MSG subject sid [reply] size</c>.</summary>
    public static int WriteMessageLine(
        Span<byte> destination,
        ReadOnlySpan<byte> subject,
        ReadOnlySpan<byte> sid,
        ReadOnlySpan<byte> replyTo,
        int payloadLength)
    {
        var writer = new SpanWriter(destination);
        WriteAddress(ref writer, "MSG "u8, subject, sid, replyTo);
        writer.WriteNumber(payloadLength);
        writer.WriteLineEnd();
        return writer.Length;
    }

    /// <summary>Writes the control line <c>HMSG subject sid [reply] header-size total-size</c>.</summary>
    /// <param name="destination">Receives the bytes.</param>
    /// <param name="subject">The subject published to.</param>
    /// <param name="sid">The receiver's name for the subscription.</param>
    /// <param name="replyTo">Empty for none.</param>
    /// <param name="headerSizeDigits">The header size as the publisher wrote it, at most ten digits.</param>
    /// <param name="sizeDigits">The total size as the publisher wrote it, at most ten digits.</param>
    public static int WriteHeaderMessageLine(
        Span<byte> destination,
        ReadOnlySpan<byte> subject,
        ReadOnlySpan<byte> sid,
        ReadOnlySpan<byte> replyTo,
        ReadOnlySpan<byte> headerSizeDigits,
        ReadOnlySpan<byte> sizeDigits)
    {
        var writer = new SpanWriter(destination);
        WriteAddress(ref writer, "HMSG "u8, subject, sid, replyTo);
        writer.WriteArgument(headerSizeDigits);
        writer.Write(sizeDigits);
        writer.WriteLineEnd();
        return writer.Length;
    }

    /// <summary>Writes the control line <c>HMSG subject sid [reply] header-size total-size</c>.</summary>
    public static int WriteHeaderMessageLine(
        Span<byte> destination,
        ReadOnlySpan<byte> subject,
        ReadOnlySpan<byte> sid,
        ReadOnlySpan<byte> replyTo,
        int headerLength,
        int payloadLength)
    {
        var writer = new SpanWriter(destination);
        WriteAddress(ref writer, "HMSG "u8, subject, sid, replyTo);
        writer.WriteNumber(headerLength);
        writer.Write(" "u8);
        writer.WriteNumber((long)headerLength + payloadLength);
        writer.WriteLineEnd();
        return writer.Length;
    }

    /// <summary>Writes a whole MSG, or a whole HMSG if there are headers.</summary>
    public static int WriteMessage(
        Span<byte> destination,
        ReadOnlySpan<byte> subject,
        ReadOnlySpan<byte> sid,
        ReadOnlySpan<byte> replyTo,
        ReadOnlySpan<byte> headers,
        ReadOnlySpan<byte> payload)
    {
        int lineLength = headers.IsEmpty
            ? WriteMessageLine(destination, subject, sid, replyTo, payload.Length)
            : WriteHeaderMessageLine(destination, subject, sid, replyTo, headers.Length, payload.Length);
        var writer = new SpanWriter(destination[lineLength..]);
        writer.Write(headers);
        writer.Write(payload);
        writer.WriteLineEnd();
        return lineLength + writer.Length;
    }

    /// <summary>The most bytes of an INFO line.</summary>
    public static int MaxInfoLength(int jsonLength) => checked(jsonLength + 8);

    /// <summary>Writes <c>INFO {json}</c>, with the blank that the reference server puts before the line end.</summary>
    public static int WriteInfo(Span<byte> destination, ReadOnlySpan<byte> json)
    {
        var writer = new SpanWriter(destination);
        writer.Write("INFO "u8);
        writer.Write(json);
        writer.Write(" \r\n"u8);
        return writer.Length;
    }

    /// <summary>The most bytes of an error line.</summary>
    public static int MaxErrorLength(int textLength) => checked(textLength + 9);

    /// <summary>Writes <c>-ERR 'text'</c>.</summary>
    public static int WriteError(Span<byte> destination, ReadOnlySpan<byte> text)
    {
        var writer = new SpanWriter(destination);
        writer.Write("-ERR '"u8);
        writer.Write(text);
        writer.Write("'\r\n"u8);
        return writer.Length;
    }

    private static void WriteAddress(
        ref SpanWriter writer,
        ReadOnlySpan<byte> name,
        ReadOnlySpan<byte> subject,
        ReadOnlySpan<byte> sid,
        ReadOnlySpan<byte> replyTo)
    {
        writer.Write(name);
        writer.WriteArgument(subject);
        writer.WriteArgument(sid);
        writer.WriteArgument(replyTo);
    }
}
