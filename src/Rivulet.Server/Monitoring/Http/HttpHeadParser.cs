using System.Globalization;
using System.Text;

namespace Rivulet.Server.Monitoring.Http;

/// <summary>Parses the head of an HTTP/1 request: <c>GET /varz?x=1 HTTP/1.1</c>, header lines, an empty line.</summary>
/// <remarks>Lines end with CR LF or LF alone. Folded header lines, which are obsolete, are refused.</remarks>
internal static class HttpHeadParser
{
    /// <summary>Parses what has arrived.</summary>
    /// <param name="input">Everything since the connection was made.</param>
    /// <param name="head">The head, if it is whole and right.</param>
    /// <param name="consumed">Its length in bytes.</param>
    /// <param name="headers">Gets the header lines in their order; null for a caller whom they do not concern.</param>
    public static HttpParseStatus Parse(
        ReadOnlySpan<byte> input, out HttpHead? head, out int consumed, HttpHeaders? headers = null)
    {
        headers?.Clear();
        head = null;
        consumed = 0;
        if (!TryTakeLine(input, ref consumed, out var line))
            return HttpParseStatus.Incomplete;
        if (!TryParseRequestLine(line, out string method, out string path, out string query))
            return HttpParseStatus.Malformed;
        long contentLength = 0;
        while (TryTakeLine(input, ref consumed, out line))
        {
            if (line.IsEmpty)
            {
                head = new HttpHead(method, path, query, contentLength);
                return HttpParseStatus.Complete;
            }

            if (!TryParseHeader(line, ref contentLength, headers))
                return HttpParseStatus.Malformed;
        }

        return HttpParseStatus.Incomplete;
    }

    private static bool TryTakeLine(ReadOnlySpan<byte> input, ref int at, out ReadOnlySpan<byte> line)
    {
        line = default;
        int length = input[at..].IndexOf((byte)'\n');
        if (length < 0)
            return false;
        line = input.Slice(at, length);
        if (line.EndsWith("\r"u8))
            line = line[..^1];
        at += length + 1;
        return true;
    }

    private static bool TryParseRequestLine(ReadOnlySpan<byte> line, out string method, out string path, out string query)
    {
        method = path = query = "";
        int first = line.IndexOf((byte)' ');
        int last = line.LastIndexOf((byte)' ');
        if (first <= 0 || last == first)
            return false;
        var name = line[..first];
        var target = line[(first + 1)..last];
        if (!IsToken(name) || !line[(last + 1)..].StartsWith("HTTP/1."u8) || !IsTarget(target))
            return false;
        method = Encoding.ASCII.GetString(name);
        string text = Encoding.ASCII.GetString(target);
        int question = text.IndexOf('?', StringComparison.Ordinal);
        path = Uri.UnescapeDataString(question < 0 ? text : text[..question]);
        query = question < 0 ? "" : text[(question + 1)..];
        return true;
    }

    private static bool TryParseHeader(ReadOnlySpan<byte> line, ref long contentLength, HttpHeaders? headers)
    {
        int colon = line.IndexOf((byte)':');
        if (colon <= 0 || !IsToken(line[..colon]))
            return false;
        var value = line[(colon + 1)..].Trim(" \t"u8);
        headers?.Add(Encoding.ASCII.GetString(line[..colon]), Encoding.Latin1.GetString(value));
        if (!Ascii.EqualsIgnoreCase(line[..colon], "content-length"u8))
            return true;
        return long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out contentLength);
    }

    // Visible characters, no more; and a path, not the full address that proxies ask for.
    private static bool IsTarget(ReadOnlySpan<byte> target)
    {
        return target.StartsWith("/"u8) && target.IndexOfAnyExceptInRange((byte)0x21, (byte)0x7e) < 0;
    }

    private static bool IsToken(ReadOnlySpan<byte> text)
    {
        foreach (byte c in text)
        {
            if (!char.IsAsciiLetterOrDigit((char)c) && !"!#$%&'*+-.^_`|~"u8.Contains(c))
                return false;
        }

        return true;
    }
}
