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
        return NKeyText.Encode(raw);
    }

    /// <summary>Whether a text is an encoded public key of the given kind.</summary>
    public static bool IsPublicKey(ReadOnlySpan<char> text, NKeyKind kind)
    {
        Span<byte> key = stackalloc byte[KeyLength];
        return TryDecode(text, out var found, key) && found == kind;
    }

    /// <summary>Decodes an encoded public key; false if it is not one (characters, length, checksum, kind).</summary>
    /// <param name="text">The encoded key.</param>
    /// <param name="kind">What the key is for.</param>
    /// <param name="key">Receives 32 bytes.</param>
    public static bool TryDecode(ReadOnlySpan<char> text, out NKeyKind kind, Span<byte> key)
    {
        kind = default;
        Span<byte> raw = stackalloc byte[RawLength];
        if (!NKeyText.TryDecode(text, raw))
            return false;
        kind = (NKeyKind)raw[0];
        if (!Enum.IsDefined(kind))
            return false;
        raw[1..^2].CopyTo(key);
        return true;
    }
}
