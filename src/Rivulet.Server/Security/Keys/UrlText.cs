using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;

namespace Rivulet.Server.Security.Keys;

/// <summary>Base64 for URLs without padding, read strictly: no padding, no white space, no bits left over, and never an exception.</summary>
internal static class UrlText
{
    private static readonly SearchValues<char> Alphabet =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    /// <summary>The bytes of a text; false if it is none.</summary>
    public static bool TryDecode(string text, [NotNullWhen(true)] out byte[]? bytes)
    {
        bytes = null;

        // A character more than a multiple of four is no byte.
        if (text.AsSpan().ContainsAnyExcept(Alphabet) || text.Length % 4 == 1)
            return false;
        byte[] buffer = new byte[Base64Url.GetMaxDecodedLength(text.Length)];
        try
        {
            if (!Base64Url.TryDecodeFromChars(text, buffer, out int length))
                return false;
            bytes = buffer[..length];
        }
        catch (FormatException)
        {
            return false;
        }

        // There is one way only to write bytes.
        if (Base64Url.EncodeToString(bytes) == text)
            return true;
        bytes = null;
        return false;
    }
}
