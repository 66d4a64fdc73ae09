using System.Buffers.Binary;
using System.Numerics;
using Rivulet.Protocol;

namespace Rivulet.Storage.Records;

/// <summary>What lies between a record's header and its trailing checksum.</summary>
internal static class RecordBody
{
    /// <summary>Above this length a wrong bit is not looked for: it takes as long as there are bits.</summary>
    private const int CorrectableBytesMax = 16 << 20;

    /// <summary>The polynomial of CRC-32C, lowest bit first.</summary>
    private const uint ReversedPolynomial = 0x82F6_3B78;

    /// <param name="record">The whole record, without padding.</param>
    /// <param name="headerBytes">Length of its header, which need not be right in <paramref name="record"/>.</param>
    public static ReadOnlySpan<byte> Of(ReadOnlySpan<byte> record, int headerBytes) =>
        record[headerBytes..^RecordLayout.TrailerBytes];

    /// <summary>Whether the trailing checksum is that of the body.</summary>
    /// <param name="record">The whole record, without padding.</param>
    /// <param name="headerBytes">Length of its header.</param>
    /// <param name="salt">The salt of the place.</param>
    public static bool IsIntact(ReadOnlySpan<byte> record, int headerBytes, RecordSalt salt) =>
        IsIntact(record, headerBytes, salt, out _);

    /// <summary>Whether the trailing checksum is that of the body.</summary>
    /// <param name="record">The whole record, without padding.</param>
    /// <param name="headerBytes">Length of its header.</param>
    /// <param name="salt">The salt of the place.</param>
    /// <param name="plain">The body's plain CRC-32C.</param>
    public static bool IsIntact(ReadOnlySpan<byte> record, int headerBytes, RecordSalt salt, out uint plain)
    {
        uint stored = BinaryPrimitives.ReadUInt32LittleEndian(record[^RecordLayout.TrailerBytes..]);
        plain = Crc32C.Compute(Of(record, headerBytes));
        return stored == salt.OfBody(plain);
    }

    /// <summary>
    /// The one bit that, flipped, makes the trailing checksum that of the body; counted from the front of the record. A
    /// checksum is a linear function, so each bit that can be wrong changes it in a way of its own.
    /// </summary>
    /// <param name="record">The whole record, without padding.</param>
    /// <param name="headerBytes">Length of its header.</param>
    /// <param name="salt">The salt of the place.</param>
    /// <returns>The bit, or -1.</returns>
    public static long FindWrongBit(ReadOnlySpan<byte> record, int headerBytes, RecordSalt salt)
    {
        int bodyEnd = record.Length - RecordLayout.TrailerBytes;
        ReadOnlySpan<byte> body = Of(record, headerBytes);
        uint computed = Crc32C.Compute(body);
        uint stored = BinaryPrimitives.ReadUInt32LittleEndian(record[bodyEnd..]);
        uint difference = stored ^ salt.OfBody(computed);
        if (BitOperations.IsPow2(difference))
            return (bodyEnd * 8L) + BitOperations.TrailingZeroCount(difference);
        if (body.Length > CorrectableBytesMax)
            return -1;

        // How the checksum changes with the bit that is so many bits away from the end of the body.
        uint change = 1;
        for (long distance = 1; distance <= body.Length * 8L; distance++)
        {
            change = (change >> 1) ^ ((change & 1) * ReversedPolynomial);
            if (salt.OfBody(computed ^ change) == stored)
            {
                long fromEnd = (distance - 1) / 8;
                return ((bodyEnd - 1 - fromEnd) * 8) + (((fromEnd + 1) * 8) - distance);
            }
        }
        return -1;
    }
}
