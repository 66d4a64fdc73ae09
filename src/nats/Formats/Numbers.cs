using System.Globalization;

namespace Rivulet.Cli.Formats;

/// <summary>Whole numbers as the command line reads and prints them.</summary>
internal static class Numbers
{
    /// <summary>With a comma between thousands: <c>1,000</c>.</summary>
    public static string WithCommas(long value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary>With a comma between thousands; from 2^63 - 1 on the plain digits.</summary>
    public static string WithCommas(ulong value) => value >= long.MaxValue
        ? value.ToString(CultureInfo.InvariantCulture)
        : WithCommas((long)value);

    /// <summary>The plain digits.</summary>
    public static string Plain(ulong value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>The plain digits.</summary>
    public static string Plain(long value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>Reads a number of no sign; <c>0x</c>, <c>0o</c>, <c>0</c> and <c>0b</c> choose another base.</summary>
    /// <exception cref="CliException">The text is no such number or is past 2^64 - 1.</exception>
    public static ulong ParseUnsigned(string text) => ParseDigits(text, text, "ParseUint", ulong.MaxValue);

    /// <summary>Reads a number with an optional sign, in the bases of <see cref="ParseUnsigned"/>.</summary>
    /// <exception cref="CliException">The text is no such number or does not fit 64 bits.</exception>
    public static long ParseSigned(string text)
    {
        if (text.StartsWith('-'))
        {
            return (long)(0UL - ParseDigits(text, text.AsSpan(1), "ParseInt", 1UL << 63));
        }

        var digits = text.StartsWith('+') ? text.AsSpan(1) : text;
        return (long)ParseDigits(text, digits, "ParseInt", long.MaxValue);
    }

    /// <summary>Reads a count such as <c>20</c> or <c>1e3</c>; a fraction is dropped.</summary>
    /// <exception cref="CliException">The text is no number or does not fit 32 bits.</exception>
    public static int ParseCount(string text)
    {
        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) || double.IsNaN(value))
        {
            throw Refused("ParseFloat", text, "invalid syntax");
        }

        return value is > int.MaxValue or < int.MinValue
            ? throw Refused("ParseFloat", text, "value out of range")
            : (int)value;
    }

    private static ulong ParseDigits(string text, ReadOnlySpan<char> digits, string function, ulong max)
    {
        var radix = TakeRadix(ref digits);
        if (digits.IsEmpty)
        {
            throw Refused(function, text, "invalid syntax");
        }

        UInt128 value = 0;
        foreach (var c in digits)
        {
            var digit = char.IsAsciiHexDigit(c) ? Convert.ToInt32(c.ToString(), 16) : radix;
            if (digit >= radix)
            {
                throw Refused(function, text, "invalid syntax");
            }

            value = (value * (uint)radix) + (uint)digit;
            if (value > max)
            {
                throw Refused(function, text, "value out of range");
            }
        }

        return (ulong)value;
    }

    private static int TakeRadix(ref ReadOnlySpan<char> digits)
    {
        if (digits.Length < 2 || digits[0] != '0')
        {
            return 10;
        }

        var radix = digits[1] switch
        {
            'x' or 'X' => 16,
            'o' or 'O' => 8,
            'b' or 'B' => 2,
            _ => 0,
        };
        digits = radix == 0 ? digits[1..] : digits[2..];
        return radix == 0 ? 8 : radix;
    }

    private static CliException Refused(string function, string text, string why) =>
        new($"strconv.{function}: parsing {Quoting.Quote(text)}: {why}");
}
