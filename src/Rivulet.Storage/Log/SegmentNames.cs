using System.Globalization;
using Rivulet.Storage.Records;

namespace Rivulet.Storage.Log;

/// <summary>
/// The files of a store directory: <c>0000000005.log</c> is segment 5 as it was appended, <c>0000000005.3.log</c> the
/// third rewriting of it, which may stand for the segments behind it as well. <c>0000000005.3.snapshot</c> is what
/// recovery needs of that.
/// </summary>
internal static class SegmentNames
{
    public const string LockFile = "lock";

    private const string Extension = ".log";
    private const string SnapshotExtension = ".snapshot";
    private const int Digits = 10;

    public static string Of(in SegmentHeader header) => Of(header.Number, header.Generation);

    public static string Of(int number, uint generation = 0) => Name(number, generation, Extension);

    /// <summary>The name of the segment's snapshot.</summary>
    public static string OfSnapshot(int number, uint generation) => Name(number, generation, SnapshotExtension);

    public static bool TryParse(string name, out int number, out uint generation) =>
        TryParse(name, Extension, out number, out generation);

    public static bool TryParseSnapshot(string name, out int number, out uint generation) =>
        TryParse(name, SnapshotExtension, out number, out generation);

    private static string Name(int number, uint generation, string extension)
    {
        string name = number.ToString("D10", CultureInfo.InvariantCulture);
        return generation == 0
            ? name + extension
            : $"{name}.{generation.ToString(CultureInfo.InvariantCulture)}{extension}";
    }

    private static bool TryParse(string name, string extension, out int number, out uint generation)
    {
        number = 0;
        generation = 0;
        if (name.Length < Digits + extension.Length || !name.EndsWith(extension, StringComparison.Ordinal) ||
            !int.TryParse(name.AsSpan(0, Digits), NumberStyles.None, CultureInfo.InvariantCulture, out number) ||
            number <= 0)
        {
            return false;
        }
        ReadOnlySpan<char> rest = name.AsSpan(Digits, name.Length - Digits - extension.Length);
        return rest.IsEmpty ||
            (rest.Length > 1 && rest[0] == '.' && rest[1] != '0' &&
            uint.TryParse(rest[1..], NumberStyles.None, CultureInfo.InvariantCulture, out generation));
    }
}
