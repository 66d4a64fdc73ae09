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
        if (UrlText.TryDecode(text, out byte[]? signature))
            return signature;
        byte[] bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out int length) ? bytes[..length] : null;
    }
}
