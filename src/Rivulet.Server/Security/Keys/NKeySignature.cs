using System.Buffers.Text;
using Rivulet.Protocol;

namespace Rivulet.Server.Security.Keys;

/// <summary>Checks signatures against public keys in their text form.</summary>
internal static class NKeySignature
{
    /// <summary>Whether a signature is that of a message by the owner of a public key.</summary>
    public static bool Verify(string publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        Span<byte> key = stackalloc byte[NKey.KeyLength];
        return NKey.TryDecode(publicKey, out var kind, key)
            && kind != NKeyKind.Curve
            && Ed25519Signature.Verify(key, message, signature);
    }

    /// <summary>
    /// The bytes of a signature as CONNECT has it: base64 with the alphabet for URLs and no padding, else the ordinary one
    /// with padding, which old clients send. Null if it is neither.
    /// </summary>
    public static byte[]? Decode(string text)
    {
        byte[] bytes = new byte[text.Length];
        if (!text.Contains('=', StringComparison.Ordinal) && Base64Url.TryDecodeFromChars(text, bytes, out int length))
            return bytes[..length];
        return Convert.TryFromBase64String(text, bytes, out length) ? bytes[..length] : null;
    }
}
