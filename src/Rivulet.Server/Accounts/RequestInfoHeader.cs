using System.Text;

namespace Rivulet.Server.Accounts;

/// <summary>
/// The header <c>Nats-Request-Info</c>: who asks, for a service that is asked from another account. What a client writes into it
/// itself is taken out, and so is what some reader might take for it.
/// </summary>
internal static class RequestInfoHeader
{
    private static ReadOnlySpan<byte> VersionLine => "NATS/1.0\r\n"u8;

    private static ReadOnlySpan<byte> Name => "Nats-Request-Info"u8;

    private static ReadOnlySpan<byte> LineEnd => "\r\n"u8;

    /// <summary>Bytes that are enough for a header block with the header.</summary>
    /// <param name="headersLength">Length of the block as it is.</param>
    /// <param name="infoLength">Length of the value.</param>
    public static int LengthMax(int headersLength, int infoLength)
    {
        return VersionLine.Length + headersLength + Name.Length + ": ".Length + infoLength + (2 * LineEnd.Length);
    }

    /// <summary>Writes a header block with the header behind the others.</summary>
    /// <param name="headers">The block as it is, empty for none.</param>
    /// <param name="info">The value.</param>
    /// <param name="into">Gets the block.</param>
    /// <returns>Its length.</returns>
    public static int Write(ReadOnlySpan<byte> headers, ReadOnlySpan<byte> info, Span<byte> into)
    {
        int at = 0;
        if (headers.IsEmpty)
            Add(VersionLine, into, ref at);
        else
            AddOthers(headers, into, ref at);
        Add(Name, into, ref at);
        Add(": "u8, into, ref at);
        Add(info, into, ref at);
        Add(LineEnd, into, ref at);
        Add(LineEnd, into, ref at);
        return at;
    }

    private static void AddOthers(ReadOnlySpan<byte> headers, Span<byte> into, ref int at)
    {
        bool isFirst = true;
        while (!headers.IsEmpty && (isFirst || !headers.SequenceEqual(LineEnd)))
        {
            int end = headers.IndexOf(LineEnd);
            var line = end < 0 ? headers : headers[..(end + LineEnd.Length)];
            headers = headers[line.Length..];
            if (isFirst || !IsOurs(line))
                Add(line, into, ref at);
            if (end < 0)
                Add(LineEnd, into, ref at);
            isFirst = false;
        }
    }

    /// <summary>
    /// Whether a line would be taken for the header by anybody: by those who do not tell letters by their case, who allow blanks before
    /// the colon, or for whom half of a line end ends a line.
    /// </summary>
    private static bool IsOurs(ReadOnlySpan<byte> line)
    {
        while (true)
        {
            if (IsNamedSo(line))
                return true;
            int end = line.IndexOfAny((byte)'\r', (byte)'\n');
            if (end < 0)
                return false;
            line = line[(end + 1)..];
        }
    }

    private static bool IsNamedSo(ReadOnlySpan<byte> line)
    {
        var text = line.TrimStart(" \t"u8);
        return text.Length > Name.Length
            && Ascii.EqualsIgnoreCase(text[..Name.Length], Name)
            && text[Name.Length..].TrimStart(" \t"u8) is [(byte)':', ..];
    }

    private static void Add(ReadOnlySpan<byte> text, Span<byte> into, ref int at)
    {
        text.CopyTo(into[at..]);
        at += text.Length;
    }
}
