using System.Buffers;
using System.Globalization;

namespace Rivulet.Server.Hosting;

/// <summary>Durations as the reference server reads and prints them: <c>1.5ms</c>, <c>10s</c>, <c>2m0s</c>.</summary>
public static class GoDuration
{
    private static readonly SearchValues<char> NumberCharacters = SearchValues.Create("0123456789.");

    /// <summary>The text of a duration that is not negative.</summary>
    public static string Format(TimeSpan duration)
    {
        if (duration == TimeSpan.Zero)
            return "0s";
        long nanos = duration.Ticks * 100;
        if (nanos < 1_000)
            return Number(nanos, 1) + "ns";
        if (nanos < 1_000_000)
            return Number(nanos, 1_000) + "µs";
        if (nanos < 1_000_000_000)
            return Number(nanos, 1_000_000) + "ms";
        long hours = (long)duration.TotalHours;
        string seconds = Number(nanos % 60_000_000_000, 1_000_000_000) + "s";
        if (hours > 0)
            return string.Create(CultureInfo.InvariantCulture, $"{hours}h{duration.Minutes}m{seconds}");
        return duration.Minutes > 0 ? string.Create(CultureInfo.InvariantCulture, $"{duration.Minutes}m{seconds}") : seconds;
    }

    /// <summary>Reads numbers with units in a row, such as <c>1h30m</c> or <c>1.5s</c>; or a bare <c>0</c>.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        bool negative = text.StartsWith("-");
        if (negative || text.StartsWith("+"))
            text = text[1..];
        if (text is "0")
            return true;
        if (text.IsEmpty)
            return false;
        decimal nanos = 0;
        while (!text.IsEmpty)
        {
            int digits = text.IndexOfAnyExcept(NumberCharacters);
            if (digits <= 0
                || !decimal.TryParse(text[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number))
            {
                return false;
            }

            text = text[digits..];
            int letters = text.IndexOfAny(NumberCharacters);
            var unit = letters < 0 ? text : text[..letters];
            if (UnitNanos(unit) is not { } unitNanos || number > long.MaxValue / unitNanos)
                return false;
            nanos += number * unitNanos;
            text = text[unit.Length..];
        }

        if (nanos > long.MaxValue)
            return false;
        duration = new TimeSpan((long)(nanos / 100) * (negative ? -1 : 1));
        return true;
    }

    private static long? UnitNanos(ReadOnlySpan<char> unit)
    {
        return unit switch
        {
            "ns" => 1,
            "us" or "µs" or "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => null,
        };
    }

    private static string Number(long nanos, long unit)
    {
        return ((decimal)nanos / unit).ToString("0.#########", CultureInfo.InvariantCulture);
    }
}
