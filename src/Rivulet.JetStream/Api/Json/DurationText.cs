using System.Globalization;
using System.Text;

namespace Rivulet.JetStream.Api.Json;

/// <summary>
/// Durations as text, as the reference reads and prints them: <c>1h30m0s</c>, <c>1.5s</c>, <c>100ms</c>.
/// </summary>
internal static class DurationText
{
    private const long NanosPerMicrosecond = 1_000;
    private const long NanosPerMillisecond = 1_000_000;
    private const long NanosPerSecond = 1_000_000_000;
    private const long NanosPerMinute = 60 * NanosPerSecond;
    private const long NanosPerHour = 60 * NanosPerMinute;

    /// <summary>Reads decimal numbers with units, one after another, with a sign in front perhaps; <c>0</c> needs no unit.</summary>
    /// <param name="text">The text.</param>
    /// <param name="nanos">The duration.</param>
    /// <returns>False if it is anything else, or a duration beyond 292 years.</returns>
    public static bool TryParse(ReadOnlySpan<byte> text, out long nanos)
    {
        nanos = 0;
        bool negative = text.StartsWith("-"u8);
        if (negative || text.StartsWith("+"u8))
            text = text[1..];
        if (text.SequenceEqual("0"u8))
            return true;
        if (text.IsEmpty)
            return false;

        Int128 total = 0;
        while (!text.IsEmpty)
        {
            if (!TryTakePart(ref text, out Int128 part))
                return false;
            total += part;
            if (total > long.MaxValue)
                return false;
        }

        nanos = negative ? -(long)total : (long)total;
        return true;
    }

    /// <summary>Writes a duration: in hours, minutes and seconds, or in one smaller unit.</summary>
    public static string Format(long nanos)
    {
        if (nanos == 0)
            return "0s";
        string sign = nanos < 0 ? "-" : "";
        UInt128 left = (UInt128)Int128.Abs(nanos);
        if (left < NanosPerMicrosecond)
            return string.Create(CultureInfo.InvariantCulture, $"{sign}{left}ns");
        if (left < NanosPerMillisecond)
            return $"{sign}{Decimal(left, NanosPerMicrosecond)}\u00B5s";
        if (left < NanosPerSecond)
            return $"{sign}{Decimal(left, NanosPerMillisecond)}ms";

        var text = new StringBuilder(sign);
        if (left >= NanosPerHour)
            text.Append(CultureInfo.InvariantCulture, $"{left / NanosPerHour}h");
        if (left >= NanosPerMinute)
            text.Append(CultureInfo.InvariantCulture, $"{left % NanosPerHour / NanosPerMinute}m");
        return text.Append(Decimal(left % NanosPerMinute, NanosPerSecond)).Append('s').ToString();
    }

    private static string Decimal(UInt128 value, long unit) =>
        ((decimal)value / unit).ToString("0.#########", CultureInfo.InvariantCulture);

    private static bool TryTakePart(ref ReadOnlySpan<byte> text, out Int128 nanos)
    {
        nanos = 0;
        int start = text.Length;
        if (!TryTakeDigits(ref text, out long whole))
            return false;
        int digits = start - text.Length;
        long fraction = 0, scale = 1;
        if (text.StartsWith("."u8))
        {
            text = text[1..];
            int before = text.Length;
            TakeFraction(ref text, out fraction, out scale);
            digits += before - text.Length;
        }

        if (digits == 0 || !TryTakeUnit(ref text, out long unit))
            return false;
        nanos = ((Int128)whole * unit) + ((Int128)fraction * unit / scale);
        return true;
    }

    private static bool TryTakeDigits(ref ReadOnlySpan<byte> text, out long value)
    {
        value = 0;
        for (; !text.IsEmpty && char.IsAsciiDigit((char)text[0]); text = text[1..])
        {
            if (value > (long.MaxValue - 9) / 10)
                return false;
            value = (value * 10) + (text[0] - '0');
        }

        return true;
    }

    /// <summary>Digits behind the point; those that are too small to count are passed over.</summary>
    private static void TakeFraction(ref ReadOnlySpan<byte> text, out long value, out long scale)
    {
        (value, scale) = (0, 1);
        for (; !text.IsEmpty && char.IsAsciiDigit((char)text[0]); text = text[1..])
        {
            if (scale < 100_000_000_000_000_000)
                (value, scale) = ((value * 10) + (text[0] - '0'), scale * 10);
        }
    }

    private static bool TryTakeUnit(ref ReadOnlySpan<byte> text, out long unit)
    {
        int length = text.IndexOfAnyInRange((byte)'0', (byte)'9');
        int point = text.IndexOf((byte)'.');
        if (point >= 0 && (length < 0 || point < length))
            length = point;
        ReadOnlySpan<byte> name = length < 0 ? text : text[..length];
        text = text[name.Length..];
        unit = 0;
        if (name.SequenceEqual("ns"u8))
            unit = 1;
        else if (name.SequenceEqual("us"u8) || name.SequenceEqual("\u00B5s"u8) || name.SequenceEqual("\u03BCs"u8))
            unit = NanosPerMicrosecond;
        else if (name.SequenceEqual("ms"u8))
            unit = NanosPerMillisecond;
        else if (name.SequenceEqual("s"u8))
            unit = NanosPerSecond;
        else if (name.SequenceEqual("m"u8))
            unit = NanosPerMinute;
        else if (name.SequenceEqual("h"u8))
            unit = NanosPerHour;
        return unit != 0;
    }
}
