using Rivulet.Storage.Records;

namespace Rivulet.Storage.Log;

/// <summary>
/// How large segments are: the first ones are smaller, so that a small store takes little room and a new one starts at
/// once. A record that does not fit has a segment as large as it needs.
/// </summary>
internal static class SegmentSizes
{
    private const long FirstBytes = 4 << 20;

    public static long Usual(int number, int maxBytes)
    {
        int doublings = Math.Min(2 * (number - 1), 16);
        return Math.Min(maxBytes, FirstBytes << doublings);
    }

    public static long For(int number, int maxBytes, int recordBytes) =>
        Math.Max(Usual(number, maxBytes), SegmentHeader.AreaBytes + (long)recordBytes);
}
