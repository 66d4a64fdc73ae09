using System.Globalization;

namespace Rivulet.Client.JetStream;

/// <summary>Times as the server writes them: <c>2026-01-02T03:04:05.123456789Z</c>, with none to nine decimals.</summary>
internal static class Rfc3339
{
    private const int SecondsEnd = 19;
    private const int TickDecimals = 7;

    /// <summary>Reads a time in UTC or with an offset; decimals beyond 100 ns are cut.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out DateTimeOffset time)
    {
        time = default;
        if (text.Length <= SecondsEnd || text[10] != 'T'
            || !DateTime.TryParseExact(
                ToChars(text[..SecondsEnd], stackalloc char[SecondsEnd]),
                "yyyy-MM-ddTHH:mm:ss",
                CultureInfo.InvariantCulture,
                DateTimeStyles.None,
                out DateTime seconds))
            return false;
        ReadOnlySpan<byte> rest = text[SecondsEnd..];
        long ticks = TakeDecimals(ref rest);
        if (ticks < 0 || !TryParseZone(rest, out TimeSpan offset))
            return false;
        long utcTicks = seconds.Ticks + ticks - offset.Ticks;
        if (utcTicks < 0 || utcTicks > DateTimeOffset.MaxValue.Ticks)
            return false;
        time = new DateTimeOffset(utcTicks, TimeSpan.Zero);
        return true;
    }

    /// <summary>The decimals as ticks, 0 if there are none, -1 if they are not digits.</summary>
    private static long TakeDecimals(ref ReadOnlySpan<byte> rest)
    {
        if (rest.IsEmpty || rest[0] != '.')
            return 0;
        int count = rest[1..].IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        if (count <= 0)
            return -1;
        long ticks = 0;
        for (int i = 0; i < TickDecimals; i++)
            ticks = ticks * 10 + (i < count ? rest[1 + i] - '0' : 0);
        rest = rest[(1 + count)..];
        return ticks;
    }

    private static bool TryParseZone(ReadOnlySpan<byte> zone, out TimeSpan offset)
    {
        offset = TimeSpan.Zero;
        if (zone.SequenceEqual("Z"u8))
            return true;
        if (zone.Length != "+00:00".Length || zone[3] != ':' || zone[0] is not ((byte)'+' or (byte)'-'))
            return false;
        if (!TimeSpan.TryParseExact(
            ToChars(zone[1..], stackalloc char[5]), @"hh\:mm", CultureInfo.InvariantCulture, out offset))
            return false;
        if (zone[0] == '-')
            offset = -offset;
        return true;
    }

    private static ReadOnlySpan<char> ToChars(ReadOnlySpan<byte> ascii, Span<char> chars)
    {
        for (int i = 0; i < ascii.Length; i++)
            chars[i] = (char)ascii[i];
        return chars[..ascii.Length];
    }
}
