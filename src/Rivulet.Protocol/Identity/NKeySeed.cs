namespace Rivulet.Protocol;

/// <summary>The text form of private keys, <c>S…</c>: what their owner keeps secret, and a check against typing errors.</summary>
/// <remarks>
/// <code>
/// base32 without padding of:  5 bits "S" | kind (8 bits of NKeyKind) | 3 bits 0 | seed (32) | CRC-16/XMODEM of all, little endian (2)
/// </code>
/// 36 bytes, so 58 characters. The second character names the kind, as the first one of the public key does.
/// </remarks>
public static class NKeySeed
{
    /// <summary>The number of bytes of a seed.</summary>
    public const int SeedLength = 32;

    /// <summary>The number of characters of an encoded seed.</summary>
    public const int TextLength = 58;

    private const byte SeedPrefix = 18 << 3;
    private const int RawLength = 2 + SeedLength + 2;

    /// <summary>Encodes a seed for a key of the given kind.</summary>
    /// <param name="kind">What the key is for.</param>
    /// <param name="seed">32 bytes.</param>
    public static string Encode(NKeyKind kind, ReadOnlySpan<byte> seed)
    {
        if (seed.Length != SeedLength)
            throw new ArgumentException($"A seed has {SeedLength} bytes, not {seed.Length}.", nameof(seed));
        Span<byte> raw = stackalloc byte[RawLength];
        raw[0] = (byte)(SeedPrefix | ((byte)kind >> 5));
        raw[1] = (byte)((byte)kind << 3);
        seed.CopyTo(raw[2..]);
        string text = NKeyText.Encode(raw);
        raw.Clear();
        return text;
    }

    /// <summary>Decodes an encoded seed; false if it is not one (characters, length, checksum, kind).</summary>
    /// <param name="text">The encoded seed.</param>
    /// <param name="kind">What its key is for.</param>
    /// <param name="seed">Receives 32 bytes.</param>
    public static bool TryDecode(ReadOnlySpan<char> text, out NKeyKind kind, Span<byte> seed)
    {
        kind = default;
        Span<byte> raw = stackalloc byte[RawLength];
        if (!NKeyText.TryDecode(text, raw) || (raw[0] & 0xF8) != SeedPrefix || (raw[1] & 0x07) != 0)
            return false;
        kind = (NKeyKind)(byte)((raw[0] << 5) | (raw[1] >> 3));
        if (!Enum.IsDefined(kind))
            return false;
        raw[2..^2].CopyTo(seed);
        raw.Clear();
        return true;
    }
}
