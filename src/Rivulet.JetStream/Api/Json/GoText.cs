using System.Buffers.Text;
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Rivulet.JetStream.Api.Json;

/// <summary>
/// Text forms that the reference server takes from the library of its language, and that clients see in errors and
/// headers: quoted strings, times, durations.
/// </summary>
internal static class GoText
{
    private const string TimeLayout = "2006-01-02T15:04:05Z07:00";

    /// <summary>A string in double quotes, with escapes for what does not print.</summary>
    public static string Quote(string text)
    {
        var quoted = new StringBuilder(text.Length + 2).Append('"');
        foreach (char c in text)
        {
            _ = c switch
            {
                '"' => quoted.Append("\\\""),
                '\\' => quoted.Append(@"\\"),
                '\n' => quoted.Append(@"\n"),
                '\r' => quoted.Append(@"\r"),
                '\t' => quoted.Append(@"\t"),
                < ' ' or '\x7f' => quoted.Append(CultureInfo.InvariantCulture, $"\\x{(int)c:x2}"),
                _ => quoted.Append(c),
            };
        }

        return quoted.Append('"').ToString();
    }

    /// <summary>Resolves the escapes of a JSON string whose syntax was checked. A lone surrogate becomes U+FFFD.</summary>
    public static string Unescape(ReadOnlySpan<byte> raw)
    {
        var text = new StringBuilder(raw.Length);
        while (!raw.IsEmpty)
        {
            int plain = raw.IndexOf((byte)'\\');
            if (plain != 0)
            {
                text.Append(Encoding.UTF8.GetString(plain < 0 ? raw : raw[..plain]));
                if (plain < 0)
                    break;
                raw = raw[plain..];
            }

            if (raw[1] == (byte)'u')
            {
                bool isHex = Utf8Parser.TryParse(raw.Slice(2, 4), out ushort unit, out _, 'x');
                Debug.Assert(isHex, "the escape was checked before");
                text.Append((char)unit);
                raw = raw[6..];
                continue;
            }

            text.Append((char)raw[1] switch
            {
                'b' => '\b',
                'f' => '\f',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                char other => other,
            });
            raw = raw[2..];
        }

        for (int i = 0; i < text.Length; i++)
        {
            bool pair = char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]);
            if (pair)
                i++;
            else if (char.IsSurrogate(text[i]))
                text[i] = '\uFFFD';
        }

        return text.ToString();
    }

    /// <summary>Parses a time of RFC 3339.</summary>
    /// <param name="text">The text.</param>
    /// <param name="unixNanos">Nanoseconds since the Unix epoch; times out of its range are taken to its ends.</param>
    /// <param name="error">What is wrong with the text.</param>
    public static bool TryParseTime(string text, out long unixNanos, out string? error)
    {
        unixNanos = 0;
        ReadOnlySpan<char> rest = text;
        Span<int> fields = stackalloc int[6];
        ReadOnlySpan<string> elements = ["2006", "01", "02", "15", "04", "05"];
        ReadOnlySpan<string> separators = ["-", "-", "T", ":", ":", ""];
        for (int i = 0; i < fields.Length; i++)
        {
            if (!TryDigits(ref rest, elements[i].Length, out fields[i]))
            {
                error = CannotParse(text, rest, elements[i]);
                return false;
            }

            string? range = OutOfRange(fields, i);
            if (range is not null)
            {
                error = $"parsing time {Quote(text)}: {range} out of range";
                return false;
            }

            if (separators[i].Length > 0 && !TryTake(ref rest, separators[i][0]))
            {
                error = CannotParse(text, rest, separators[i]);
                return false;
            }
        }

        long fraction = TakeFraction(ref rest);
        if (!TryZone(ref rest, out int offsetMinutes))
        {
            error = CannotParse(text, rest, "Z07:00");
            return false;
        }

        if (!rest.IsEmpty)
        {
            error = $"parsing time {Quote(text)}: extra text: {Quote(rest.ToString())}";
            return false;
        }

        error = fields[2] > DaysInMonth(fields[0], fields[1]) || fields[2] == 0
            ? $"parsing time {Quote(text)}: day out of range"
            : null;
        if (error is null)
            unixNanos = ToUnixNanos(fields, fraction, offsetMinutes);
        return error is null;
    }

    private static string CannotParse(string text, ReadOnlySpan<char> rest, string element) =>
        $"parsing time {Quote(text)} as {Quote(TimeLayout)}: cannot parse {Quote(rest.ToString())} as {Quote(element)}";

    private static string? OutOfRange(ReadOnlySpan<int> fields, int index) => index switch
    {
        1 when fields[1] is < 1 or > 12 => "month",
        3 when fields[3] > 23 => "hour",
        4 when fields[4] > 59 => "minute",
        5 when fields[5] > 59 => "second",
        _ => null,
    };

    private static int DaysInMonth(int year, int month) =>
        year == 0 ? DateTime.DaysInMonth(4, month) : DateTime.DaysInMonth(year, month);

    private static long ToUnixNanos(ReadOnlySpan<int> fields, long fraction, int offsetMinutes)
    {
        // The year 0 of the proleptic calendar is before everything that is ever stored.
        int year = Math.Max(1, fields[0]);
        int day = Math.Min(fields[2], DaysInMonth(year, fields[1]));
        var time = new DateTime(year, fields[1], day, fields[3], fields[4], fields[5], DateTimeKind.Utc);
        long seconds = ((time.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerSecond) - (offsetMinutes * 60L);
        Int128 nanos = ((Int128)seconds * 1_000_000_000) + fraction;
        return nanos > long.MaxValue ? long.MaxValue : nanos < long.MinValue ? long.MinValue : (long)nanos;
    }

    private static bool TryDigits(ref ReadOnlySpan<char> rest, int count, out int value)
    {
        value = 0;
        if (rest.Length < count)
            return false;
        for (int i = 0; i < count; i++)
        {
            if (!char.IsAsciiDigit(rest[i]))
                return false;
            value = (value * 10) + (rest[i] - '0');
        }

        rest = rest[count..];
        return true;
    }

    private static bool TryTake(ref ReadOnlySpan<char> rest, char expected)
    {
        if (rest.IsEmpty || rest[0] != expected)
            return false;
        rest = rest[1..];
        return true;
    }

    private static long TakeFraction(ref ReadOnlySpan<char> rest)
    {
        if (rest.Length < 2 || rest[0] is not ('.' or ',') || !char.IsAsciiDigit(rest[1]))
            return 0;
        long nanos = 0, unit = 100_000_000;
        rest = rest[1..];
        for (; !rest.IsEmpty && char.IsAsciiDigit(rest[0]); rest = rest[1..], unit /= 10)
            nanos += (rest[0] - '0') * unit;
        return nanos;
    }

    private static bool TryZone(ref ReadOnlySpan<char> rest, out int offsetMinutes)
    {
        offsetMinutes = 0;
        if (rest.IsEmpty)
            return false;
        if (rest[0] == 'Z')
        {
            rest = rest[1..];
            return true;
        }

        ReadOnlySpan<char> zone = rest;
        if (zone[0] is not ('+' or '-') || zone.Length < 6)
            return false;
        bool west = zone[0] == '-';
        zone = zone[1..];
        if (!TryDigits(ref zone, 2, out int hours) || !TryTake(ref zone, ':') || !TryDigits(ref zone, 2, out int minutes))
            return false;
        if (hours > 24 || minutes > 60)
            return false;
        offsetMinutes = (west ? -1 : 1) * ((hours * 60) + minutes);
        rest = zone;
        return true;
    }
}
