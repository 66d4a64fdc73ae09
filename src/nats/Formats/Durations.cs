using System.Globalization;
using System.Text;

namespace Rivulet.Cli.Formats;

/// <summary>
/// Lengths of time as the command line reads and prints them. All lengths are nanoseconds in a <see cref="long"/>; a
/// length of <see cref="long.MaxValue"/> stands for "longer than can be told".
/// </summary>
internal static class Durations
{
    public const long Microsecond = 1_000;
    public const long Millisecond = 1_000 * Microsecond;
    public const long Second = 1_000 * Millisecond;
    public const long Minute = 60 * Second;
    public const long Hour = 60 * Minute;
    public const long Day = 24 * Hour;

    private const string Invalid = "invalid duration";

    /// <summary>
    /// Reads a text such as <c>1h30m</c>, <c>1y2d</c> or <c>-500ms</c>. A month has 30 days and a year 365. A number
    /// without a unit is refused, except a lone <c>0</c>.
    /// </summary>
    /// <exception cref="CliException">The text is no length of time, or does not fit 292 years.</exception>
    public static long Parse(string text)
    {
        var rest = text.AsSpan().Trim();
        if (rest is "0")
        {
            return 0;
        }

        var negative = false;
        if (rest.Length > 0 && rest[0] is '-' or '+')
        {
            negative = rest[0] == '-';
            rest = rest[1..];
        }

        if (rest.IsEmpty)
        {
            throw new CliException(Invalid);
        }

        decimal nanos = 0;
        while (!rest.IsEmpty)
        {
            nanos += ParsePart(ref rest);
            rest = rest.TrimStart();
            if (nanos > long.MaxValue)
            {
                throw new CliException(Invalid);
            }
        }

        return negative ? -(long)nanos : (long)nanos;
    }

    private static decimal ParsePart(ref ReadOnlySpan<char> rest)
    {
        var digits = 0;
        while (digits < rest.Length && (char.IsAsciiDigit(rest[digits]) || rest[digits] == '.'))
        {
            digits++;
        }

        if (digits == 0 || !decimal.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count))
        {
            throw new CliException(Invalid);
        }

        rest = rest[digits..];
        var letters = 0;
        while (letters < rest.Length && char.IsLetter(rest[letters]))
        {
            letters++;
        }

        if (letters == 0)
        {
            throw new CliException(Invalid);
        }

        var unit = rest[..letters];
        rest = rest[letters..];
        var unitNanos = UnitNanos(unit);

        // Far past any length that fits; the product below would leave the range of decimal.
        return count > 10_000_000_000_000_000_000m ? throw new CliException(Invalid) : count * unitNanos;
    }

    private static long UnitNanos(ReadOnlySpan<char> unit) => unit switch
    {
        "ns" => 1,
        "us" or "µs" or "μs" => Microsecond,
        "ms" => Millisecond,
        "s" => Second,
        "m" => Minute,
        "h" => Hour,
        "d" or "D" => Day,
        "w" or "W" => 7 * Day,
        "M" => 30 * Day,
        "y" or "Y" => 365 * Day,
        _ => throw new CliException($"{Invalid}: invalid unit {unit}"),
    };

    /// <summary>The exact form, with as many digits as needed: <c>414.658µs</c>, <c>1.5s</c>, <c>1h0m0s</c>.</summary>
    public static string Exact(long nanos)
    {
        if (nanos == 0)
        {
            return "0s";
        }

        var magnitude = nanos < 0 ? 0UL - (ulong)nanos : (ulong)nanos;
        var text = new StringBuilder(24);
        if (nanos < 0)
        {
            text.Append('-');
        }

        if (magnitude < Second)
        {
            var (unit, unitNanos) = magnitude < Microsecond ? ("ns", 1UL)
                : magnitude < Millisecond ? ("µs", (ulong)Microsecond) : ("ms", (ulong)Millisecond);
            AppendDecimal(text, magnitude, unitNanos);
            return text.Append(unit).ToString();
        }

        var hours = magnitude / Hour;
        var minutes = magnitude / Minute % 60;
        if (hours > 0)
        {
            text.Append(hours).Append('h');
        }

        if (hours > 0 || minutes > 0)
        {
            text.Append(minutes).Append('m');
        }

        AppendDecimal(text, magnitude % Minute, Second);
        return text.Append('s').ToString();
    }

    private static void AppendDecimal(StringBuilder text, ulong value, ulong unit)
    {
        text.Append(value / unit);
        var fraction = value % unit;
        if (fraction == 0)
        {
            return;
        }

        text.Append('.');
        while (fraction > 0)
        {
            unit /= 10;
            text.Append((char)('0' + (fraction / unit)));
            fraction %= unit;
        }
    }

    /// <summary>
    /// The short form of tables and info blocks: <c>104µs</c>, <c>99ms</c>, <c>30.00s</c>, <c>1m30s</c>,
    /// <c>1d1h0m0s</c>; <see cref="long.MaxValue"/> is <c>never</c>.
    /// </summary>
    public static string Short(long nanos)
    {
        if (nanos == long.MaxValue)
        {
            return "never";
        }

        if (nanos < Millisecond)
        {
            return Exact(RoundTo(nanos, Microsecond));
        }

        if (nanos < Second)
        {
            return Exact(RoundTo(nanos, Millisecond));
        }

        if (nanos < Minute)
        {
            return (nanos / (double)Second).ToString("F2", CultureInfo.InvariantCulture) + "s";
        }

        var seconds = nanos / Second % 60;
        var minutes = nanos / Minute % 60;
        var hours = nanos / Hour % 24;
        var days = nanos / Day;
        var years = days / 365;
        return years > 0 ? $"{years}y{days % 365}d{hours}h{minutes}m{seconds}s"
            : days > 0 ? $"{days}d{hours}h{minutes}m{seconds}s"
            : hours > 0 ? $"{hours}h{minutes}m{seconds}s"
            : $"{minutes}m{seconds}s";
    }

    private static long RoundTo(long nanos, long unit)
    {
        var rest = nanos % unit;
        return rest < 0
            ? nanos - rest - (-rest * 2 >= unit ? unit : 0)
            : nanos - rest + (rest * 2 >= unit ? unit : 0);
    }

    /// <summary>As <see cref="TimeSpan"/>, whose unit is 100 ns; lengths past its range become its largest.</summary>
    public static TimeSpan ToTimeSpan(long nanos) => new(nanos / 100);
}
