using System.Buffers.Binary;

namespace Rivulet.Protocol;

/// <summary>The text form of public keys: what they are for, and a check against typing errors.</summary>
/// <remarks>
/// <code>
/// base32 without padding of:  prefix (1) | key (32) | CRC-16/XMODEM of both, little endian (2)
/// </code>
/// 35 bytes, so exactly 56 characters. The prefix is chosen so that the first character names the kind.
/// </remarks>
public static class NKey
{
    /// <summary>The number of bytes of a key.</summary>
    public const int KeyLength = 32;

    /// <summary>The number of characters of an encoded key.</summary>
    public const int TextLength = 56;

    private const int RawLength = 1 + KeyLength + 2;
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    /// <summary>Encodes a public key of the given kind.</summary>
    /// <param name="kind">What the key is for.</param>
    /// <param name="key">32 bytes.</param>
    public static string Encode(NKeyKind kind, ReadOnlySpan<byte> key)
    {
        if (key.Length != KeyLength)
            throw new ArgumentException($"A key has {KeyLength} bytes, not {key.Length}.", nameof(key));
        Span<byte> raw = stackalloc byte[RawLength];
        raw[0] = (byte)kind;
        key.CopyTo(raw[1..]);
        BinaryPrimitives.WriteUInt16LittleEndian(raw[^2..], Crc16(raw[..^2]));
        return ToBase32(raw);
    }

    /// <summary>The id of a server, <c>N…</c>, from 32 random bytes. It stands for no private key.</summary>
    public static string CreateServerId(ReadOnlySpan<byte> random32)
    {
        return Encode(NKeyKind.Server, random32);
    }

    /// <summary>Decodes an encoded public key; false if it is not one (characters, length, checksum, kind).</summary>
    /// <param name="text">The encoded key.</param>
    /// <param name="kind">What the key is for.</param>
    /// <param name="key">Receives 32 bytes.</param>
    public static bool TryDecode(ReadOnlySpan<char> text, out NKeyKind kind, Span<byte> key)
    {
        kind = default;
        Span<byte> raw = stackalloc byte[RawLength];
        if (!TryFromBase32(text, raw) || BinaryPrimitives.ReadUInt16LittleEndian(raw[^2..]) != Crc16(raw[..^2]))
            return false;
        kind = (NKeyKind)raw[0];
        if (!Enum.IsDefined(kind))
            return false;
        raw[1..^2].CopyTo(key);
        return true;
    }

    private static string ToBase32(ReadOnlySpan<byte> raw)
    {
        Span<char> text = stackalloc char[TextLength];
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

        return new string(text);
    }

    private static bool TryFromBase32(ReadOnlySpan<char> text, Span<byte> raw)
    {
        if (text.Length != TextLength)
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

        return true;
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
