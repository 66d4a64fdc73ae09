using System.Globalization;

namespace Rivulet.Storage.Log;

/// <summary>The files of a store directory.</summary>
internal static class SegmentNames
{
    public const string LockFile = "lock";

    private const string Extension = ".log";
    private const int Digits = 10;

    public static string Of(int number) => number.ToString("D10", CultureInfo.InvariantCulture) + Extension;

    public static bool TryParse(string name, out int number)
    {
        number = 0;
        return name.Length == Digits + Extension.Length &&
            name.EndsWith(Extension, StringComparison.Ordinal) &&
            int.TryParse(name.AsSpan(0, Digits), NumberStyles.None, CultureInfo.InvariantCulture, out number) &&
            number > 0;
    }
}
