using System.Buffers.Binary;

namespace Rivulet.Protocol;

/// <summary>The characters of keys and seeds: base32 without padding, over bytes that end in their checksum.</summary>
internal static class NKeyText
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    private const int ChecksumLength = 2;

    /// <summary>Puts the checksum into the last two bytes, and encodes all of them.</summary>
    public static string Encode(Span<byte> raw)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(raw[^ChecksumLength..], Crc16(raw[..^ChecksumLength]));
        Span<char> text = stackalloc char[CharactersFor(raw.Length)];
        int pending = 0;
        int pendingBits = 0;
        int length = 0;
        foreach (byte next in raw)
        {
            pending = (pending << 8) | next;
            pendingBits += 8;
            while (pendingBits >= 5)
            {
                pendingBits -= 5;
                text[length++] = Alphabet[(pending >> pendingBits) & 31];
            }

            pending &= (1 << pendingBits) - 1;
        }

        if (pendingBits > 0)
            text[length] = Alphabet[(pending << (5 - pendingBits)) & 31];
        return new string(text);
    }

    /// <summary>Decodes exactly as many bytes as <paramref name="raw"/> has; false if anything is wrong, the checksum included.</summary>
    public static bool TryDecode(ReadOnlySpan<char> text, Span<byte> raw)
    {
        if (text.Length != CharactersFor(raw.Length))
            return false;
        int pending = 0;
        int pendingBits = 0;
        int length = 0;
        foreach (char next in text)
        {
            int digit = Alphabet.IndexOf(next, StringComparison.Ordinal);
            if (digit < 0)
                return false;
            pending = (pending << 5) | digit;
            pendingBits += 5;
            if (pendingBits < 8)
                continue;
            pendingBits -= 8;
            raw[length++] = (byte)(pending >> pendingBits);
            pending &= (1 << pendingBits) - 1;
        }

        // Bits left over are padding, and there is one way only to write a key.
        return pending == 0
            && BinaryPrimitives.ReadUInt16LittleEndian(raw[^ChecksumLength..]) == Crc16(raw[..^ChecksumLength]);
    }

    private static int CharactersFor(int bytes)
    {
        return (bytes * 8 + 4) / 5;
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
