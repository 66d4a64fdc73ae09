namespace Rivulet.Protocol;

/// <summary>Base32 without padding (RFC 4648, section 6): what keys, and the ids of tokens, are written in.</summary>
public static class Base32
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    /// <summary>Encodes bytes.</summary>
    public static string Encode(ReadOnlySpan<byte> bytes)
    {
        char[] text = new char[CharactersFor(bytes.Length)];
        int pending = 0;
        int pendingBits = 0;
        int length = 0;
        foreach (byte next in bytes)
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

    /// <summary>
    /// Decodes exactly as many bytes as <paramref name="bytes"/> has; false if the text has another length, or is not as
    /// <see cref="Encode"/> writes it.
    /// </summary>
    public static bool TryDecode(ReadOnlySpan<char> text, Span<byte> bytes)
    {
        if (text.Length != CharactersFor(bytes.Length))
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
            bytes[length++] = (byte)(pending >> pendingBits);
            pending &= (1 << pendingBits) - 1;
        }

        // Bits left over are padding, and there is one way only to write a key.
        return pending == 0;
    }

    private static int CharactersFor(int bytes)
    {
        return (bytes * 8 + 4) / 5;
    }
}
