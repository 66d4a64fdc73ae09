using System.Globalization;

namespace Rivulet.Cli.Formats;

/// <summary>Numbers of bytes as the command line reads and prints them; every unit is a power of 1024.</summary>
internal static class ByteSizes
{
    private static readonly string[] UnitNames = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

    /// <summary>
    /// Reads a plain number or one with a unit (<c>1k</c>, <c>16MB</c>, <c>1GiB</c>). Negative texts mean "no limit"
    /// and give -1.
    /// </summary>
    /// <param name="text">What the user wrote.</param>
    /// <param name="countMax">The largest result that the flag takes.</param>
    /// <exception cref="CliException">The text is no number of bytes, or is too large.</exception>
    public static long Parse(string text, long countMax)
    {
        var trimmed = text.AsSpan().Trim();
        if (trimmed.IsEmpty || trimmed[0] == '-')
        {
            return -1;
        }

        var digits = trimmed.IndexOfAnyExceptInRange('0', '9');
        if (digits < 0)
        {
            digits = trimmed.Length;
        }

        var shift = Shift(trimmed[digits..]);
        if (digits == 0 || shift < 0)
        {
            throw new CliException(
                $"invalid bytes specification {text.Trim()}: bytes must end in B, K, KB, M, MB, G, GB, T or TB");
        }

        if (!long.TryParse(trimmed[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            || count > countMax >> shift)
        {
            throw new CliException($"bytes value out of allowed range: maximum value {Numbers.WithCommas(countMax)}");
        }

        return count << shift;
    }

    private static int Shift(ReadOnlySpan<char> unit)
    {
        Span<char> upper = stackalloc char[4];
        if (unit.Length > 3)
        {
            return -1;
        }

        return upper[..unit.ToUpperInvariant(upper)] switch
        {
            "" or "B" => 0,
            "K" or "KB" or "KIB" => 10,
            "M" or "MB" or "MIB" => 20,
            "G" or "GB" or "GIB" => 30,
            "T" or "TB" or "TIB" => 40,
            _ => -1,
        };
    }

    /// <summary><c>0 B</c>, <c>156 B</c>, <c>1.0 KiB</c>, <c>16 KiB</c>: one decimal below ten units, none above.</summary>
    public static string Format(ulong count)
    {
        if (count < 1024)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{count} B");
        }

        double value = count;
        var unit = 0;
        while (value >= 1024)
        {
            value /= 1024;
            unit++;
        }

        value = Math.Floor((value * 10) + 0.5) / 10;
        var number = value < 10
            ? value.ToString("F1", CultureInfo.InvariantCulture)
            : Math.Round(value, MidpointRounding.ToEven).ToString("F0", CultureInfo.InvariantCulture);
        return number + " " + UnitNames[unit];
    }
}
