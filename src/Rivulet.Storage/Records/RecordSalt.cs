using System.Numerics;
using Rivulet.Protocol;

namespace Rivulet.Storage.Records;

/// <summary>
/// Turns a plain CRC-32C into the checksum of one record in one place: the segment's salt and the record's offset are
/// mixed in, so that bytes of another segment, of another place, or of a client that wrote a record as its payload are
/// not taken for a record here.
/// </summary>
internal readonly struct RecordSalt(ulong segmentSalt, int offsetBytes)
{
    private const ulong K0 = 0x9E37_79B9_7F4A_7C15;
    private const ulong K1 = 0xBF58_476D_1CE4_E5B9;

    private readonly ulong _mixed = Mix(segmentSalt, offsetBytes);

    /// <summary>The checksum of a header, of its bytes behind the checksum itself.</summary>
    public uint OfHeader(ReadOnlySpan<byte> headerRest) => Crc32C.Compute(headerRest) ^ (uint)(_mixed >> 32);

    /// <summary>
    /// The checksum of a body. Its last byte, which is the last byte of the record, has at least two bits set: a record
    /// that ends in a zero was not written to its end, and no single flipped bit makes it look so.
    /// </summary>
    /// <param name="plain">The body's plain CRC-32C.</param>
    public uint OfBody(uint plain)
    {
        uint salted = plain ^ (uint)_mixed;
        return BitOperations.PopCount(salted >> 24) < 2 ? salted | 0xC000_0000 : salted;
    }

    private static ulong Mix(ulong salt, int offsetBytes)
    {
        ulong x = salt + ((ulong)offsetBytes * K0);
        x = (x ^ (x >> 30)) * K1;
        return x ^ (x >> 27);
    }
}
