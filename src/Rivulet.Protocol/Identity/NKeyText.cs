using System.Buffers.Binary;

namespace Rivulet.Protocol;

/// <summary>The characters of keys and seeds: base32 without padding, over bytes that end in their checksum.</summary>
internal static class NKeyText
{
    private const int ChecksumLength = 2;

    /// <summary>Puts the checksum into the last two bytes, and encodes all of them.</summary>
    public static string Encode(Span<byte> raw)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(raw[^ChecksumLength..], Crc16(raw[..^ChecksumLength]));
        return Base32.Encode(raw);
    }

    /// <summary>Decodes exactly as many bytes as <paramref name="raw"/> has; false if anything is wrong, the checksum included.</summary>
    public static bool TryDecode(ReadOnlySpan<char> text, Span<byte> raw)
    {
        return Base32.TryDecode(text, raw)
            && BinaryPrimitives.ReadUInt16LittleEndian(raw[^ChecksumLength..]) == Crc16(raw[..^ChecksumLength]);
    }

    private static ushort Crc16(ReadOnlySpan<byte> data)
    {
        int crc = 0;
        foreach (byte next in data)
        {
            crc ^= next << 8;
            for (int bit = 0; bit < 8; bit++)
                crc = (crc & 0x8000) != 0 ? (crc << 1) ^ 0x1021 : crc << 1;
        }

        return (ushort)crc;
    }
}
