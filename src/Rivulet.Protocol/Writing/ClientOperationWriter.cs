namespace Rivulet.Protocol;

/// <summary>Writes what a client sends to a server.</summary>
/// <remarks>
/// Every method writes to the start of the destination and returns how many bytes it wrote. A destination shorter than
/// the matching <c>Max…Length</c> may throw <see cref="ArgumentException"/>. Arguments are not checked: a subject with a
/// blank in it writes a line that means something else.
/// </remarks>
public static class ClientOperationWriter
{
    /// <summary><c>PING</c></summary>
    public static ReadOnlySpan<byte> Ping => "PING\r\n"u8;

    /// <summary><c>PONG</c></summary>
    public static ReadOnlySpan<byte> Pong => "PONG\r\n"u8;

    /// <summary>The most bytes of a CONNECT line.</summary>
    public static int MaxConnectLength(int jsonLength) => checked(jsonLength + 10);

    /// <summary>Writes <c>CONNECT {json}</c>.</summary>
    public static int WriteConnect(Span<byte> destination, ReadOnlySpan<byte> json)
    {
        var writer = new SpanWriter(destination);
        writer.Write("CONNECT "u8);
        writer.Write(json);
        writer.WriteLineEnd();
        return writer.Length;
    }

    /// <summary>The most bytes of a PUB or HPUB control line with its line end.</summary>
    public static int MaxPublishLineLength(int subjectLength, int replyToLength)
    {
        const int Fixed = 5 + 2 + 2 * SpanWriter.Int32DigitsMax + 1 + 2;
        return checked(Fixed + subjectLength + replyToLength);
    }

    /// <summary>The most bytes of a whole PUB or HPUB.</summary>
    public static int MaxPublishLength(int subjectLength, int replyToLength, int bodyLength)
    {
        return checked(MaxPublishLineLength(subjectLength, replyToLength) + bodyLength + 2);
    }

    /// <summary>Writes the control line <c>PUB subject [reply] size</c>.</summary>
    public static int WritePublishLine(
        Span<byte> destination, ReadOnlySpan<byte> subject, ReadOnlySpan<byte> replyTo, int payloadLength)
    {
        var writer = new SpanWriter(destination);
        writer.Write("PUB "u8);
        writer.WriteArgument(subject);
        writer.WriteArgument(replyTo);
        writer.WriteNumber(payloadLength);
        writer.WriteLineEnd();
        return writer.Length;
    }

    /// <summary>Writes the control line <c>HPUB subject [reply] header-size total-size</c>.</summary>
    public static int WriteHeaderPublishLine(
        Span<byte> destination,
        ReadOnlySpan<byte> subject,
        ReadOnlySpan<byte> replyTo,
        int headerLength,
        int payloadLength)
    {
        var writer = new SpanWriter(destination);
        writer.Write("HPUB "u8);
        writer.WriteArgument(subject);
        writer.WriteArgument(replyTo);
        writer.WriteNumber(headerLength);
        writer.Write(" "u8);
        writer.WriteNumber((long)headerLength + payloadLength);
        writer.WriteLineEnd();
        return writer.Length;
    }

    /// <summary>Writes a whole PUB, or a whole HPUB if there are headers.</summary>
    public static int WritePublish(
        Span<byte> destination,
        ReadOnlySpan<byte> subject,
        ReadOnlySpan<byte> replyTo,
        ReadOnlySpan<byte> headers,
        ReadOnlySpan<byte> payload)
    {
        int lineLength = headers.IsEmpty
            ? WritePublishLine(destination, subject, replyTo, payload.Length)
            : WriteHeaderPublishLine(destination, subject, replyTo, headers.Length, payload.Length);
        var writer = new SpanWriter(destination[lineLength..]);
        writer.Write(headers);
        writer.Write(payload);
        writer.WriteLineEnd();
        return lineLength + writer.Length;
    }

    /// <summary>The most bytes of a SUB line.</summary>
    public static int MaxSubscribeLength(int subjectLength, int queueGroupLength)
    {
        return checked(subjectLength + queueGroupLength + 8 + 20);
    }

    /// <summary>Writes <c>SUB subject [queue] sid</c>.</summary>
    public static int WriteSubscribe(
        Span<byte> destination, ReadOnlySpan<byte> subject, ReadOnlySpan<byte> queueGroup, long sid)
    {
        var writer = new SpanWriter(destination);
        writer.Write("SUB "u8);
        writer.WriteArgument(subject);
        writer.WriteArgument(queueGroup);
        writer.WriteNumber(sid);
        writer.WriteLineEnd();
        return writer.Length;
    }

    /// <summary>The most bytes of an UNSUB line.</summary>
    public static int MaxUnsubscribeLength => 9 + 2 * 20;

    /// <summary>Writes <c>UNSUB sid [max]</c>.</summary>
    /// <param name="destination">Receives the bytes.</param>
    /// <param name="sid">The subscription.</param>
    /// <param name="maxMessages">After how many messages since SUB it ends; 0 for at once.</param>
    public static int WriteUnsubscribe(Span<byte> destination, long sid, int maxMessages)
    {
        var writer = new SpanWriter(destination);
        writer.Write("UNSUB "u8);
        writer.WriteNumber(sid);
        if (maxMessages > 0)
        {
            writer.Write(" "u8);
            writer.WriteNumber(maxMessages);
        }

        writer.WriteLineEnd();
        return writer.Length;
    }
}
