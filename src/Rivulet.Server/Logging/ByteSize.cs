using System.Globalization;

namespace Rivulet.Server.Logging;

/// <summary>Byte counts as the reference server prints them: <c>17.66 GB</c>, in powers of 1024.</summary>
internal static class ByteSize
{
    private const string Units = "KMGTPE";

    /// <summary>The text of a byte count; negative is unlimited.</summary>
    public static string Format(long bytes)
    {
        if (bytes < 0)
            return "unlimited";
        if (bytes < 1024)
            return string.Create(CultureInfo.InvariantCulture, $"{bytes} B");
        double value = bytes;
        int unit = -1;
        while (value >= 1024 && unit < Units.Length - 1)
        {
            value /= 1024;
            unit++;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{value:0.00} {Units[unit]}B");
    }
}
