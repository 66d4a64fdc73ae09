using System.Buffers.Binary;
using Rivulet.Protocol;

namespace Rivulet.Storage.Records;

/// <summary>What lies between a record's header and its trailing checksum.</summary>
internal static class RecordBody
{
    /// <summary>What a disk writes whole or not at all.</summary>
    public const int SectorBytes = 512;

    public static ReadOnlySpan<byte> Of(ReadOnlySpan<byte> record) =>
        record[RecordLayout.HeaderBytes..^RecordLayout.TrailerBytes];

    /// <summary>Whether the trailing checksum is that of the body.</summary>
    /// <param name="record">The whole record, without padding.</param>
    /// <param name="salt">The salt of the place.</param>
    public static bool IsIntact(ReadOnlySpan<byte> record, RecordSalt salt)
    {
        uint stored = BinaryPrimitives.ReadUInt32LittleEndian(record[^RecordLayout.TrailerBytes..]);
        return stored == salt.OfBody(Crc32C.Compute(Of(record)));
    }

    /// <summary>
    /// Whether a record whose body is not intact looks as an interrupted write leaves it: its end, or the part of it in
    /// some sector, is still the zeros that the segment was made of. A flipped bit does not look so.
    /// </summary>
    /// <param name="record">The record, as far as the file holds it.</param>
    /// <param name="lengthBytes">Its full length.</param>
    /// <param name="offsetBytes">Where in the file it starts.</param>
    public static bool LooksUnwritten(ReadOnlySpan<byte> record, int lengthBytes, int offsetBytes)
    {
        if (record.Length < lengthBytes || record[^1] == 0)
            return true;
        for (int start = 0; start < record.Length;)
        {
            int end = Math.Min(record.Length, start + SectorBytes - ((offsetBytes + start) % SectorBytes));
            if (!record[start..end].ContainsAnyExcept((byte)0))
                return true;
            start = end;
        }
        return false;
    }
}
