using System.Globalization;

namespace Rivulet.Server.Host.CommandLine;

/// <summary>Values of flags in the forms that the reference server reads.</summary>
internal static class GoNumber
{
    /// <summary>A whole number: decimal, or with the prefixes 0x, 0o, 0b.</summary>
    public static bool TryParse(string text, out int value)
    {
        bool negative = text.StartsWith('-');
        string digits = negative || text.StartsWith('+') ? text[1..] : text;
        long magnitude;
        bool parsed = digits.Length > 2 && digits[0] == '0' && !char.IsDigit(digits[1])
            ? TryParsePrefixed(digits, out magnitude)
            : long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out magnitude);
        magnitude = negative ? -magnitude : magnitude;
        value = (int)Math.Clamp(magnitude, int.MinValue, int.MaxValue);
        return parsed && value == magnitude;
    }

    /// <summary>A truth value: 1, 0, t, f, true, false and so on.</summary>
    public static bool TryParseBoolean(string text, out bool value)
    {
        value = text is "1" or "t" or "T" or "true" or "TRUE" or "True";
        return value || text is "0" or "f" or "F" or "false" or "FALSE" or "False";
    }

    private static bool TryParsePrefixed(string digits, out long value)
    {
        value = 0;
        int radix = char.ToLowerInvariant(digits[1]) switch { 'x' => 16, 'o' => 8, 'b' => 2, _ => 0 };
        if (radix == 0)
            return false;
        foreach (char digit in digits.AsSpan(2))
        {
            int number = Uri.IsHexDigit(digit) ? Convert.ToInt32(digit.ToString(), 16) : radix;
            if (number >= radix || value > int.MaxValue)
                return false;
            value = value * radix + number;
        }

        return true;
    }
}
