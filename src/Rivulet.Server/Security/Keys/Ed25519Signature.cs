using Curve = Org.BouncyCastle.Math.EC.Rfc8032.Ed25519;

namespace Rivulet.Server.Security.Keys;

/// <summary>Signatures by Ed25519 (RFC 8032), which the runtime does not have.</summary>
internal static class Ed25519Signature
{
    /// <summary>Bytes of a signature.</summary>
    public const int Length = 64;

    /// <summary>Whether <paramref name="signature"/> is that of <paramref name="message"/> by the owner of <paramref name="publicKey"/>.</summary>
    public static bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        return publicKey.Length == Curve.PublicKeySize
            && signature.Length == Length
            && Curve.Verify(signature.ToArray(), 0, publicKey.ToArray(), 0, message.ToArray(), 0, message.Length);
    }

    /// <summary>Signs a message.</summary>
    public static byte[] Sign(ReadOnlySpan<byte> seed, ReadOnlySpan<byte> message)
    {
        byte[] signature = new byte[Length];
        Curve.Sign(seed.ToArray(), 0, message.ToArray(), 0, message.Length, signature, 0);
        return signature;
    }

    /// <summary>The public key that belongs to a seed.</summary>
    public static byte[] PublicKey(ReadOnlySpan<byte> seed)
    {
        byte[] key = new byte[Curve.PublicKeySize];
        Curve.GeneratePublicKey(seed.ToArray(), 0, key, 0);
        return key;
    }
}
