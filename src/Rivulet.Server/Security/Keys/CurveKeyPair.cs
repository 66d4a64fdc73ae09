using Org.BouncyCastle.Math.EC.Rfc7748;
using Rivulet.Protocol;

namespace Rivulet.Server.Security.Keys;

/// <summary>A private x25519 key with its public one, to encrypt with. Immutable; never prints its private half.</summary>
internal sealed class CurveKeyPair
{
    private readonly byte[] _seed;

    private CurveKeyPair(byte[] seed)
    {
        _seed = seed;
        byte[] point = new byte[X25519.PointSize];
        X25519.ScalarMultBase(seed, 0, point, 0);
        PublicKey = NKey.Encode(NKeyKind.Curve, point);
    }

    /// <summary>The public key in its text form, <c>X…</c>.</summary>
    public string PublicKey { get; }

    /// <summary>The pair that a seed makes.</summary>
    /// <param name="seed">32 random bytes.</param>
    public static CurveKeyPair FromSeed(ReadOnlySpan<byte> seed)
    {
        return new CurveKeyPair(seed.ToArray());
    }

    /// <summary>Encrypts a message so that only the owner of another key can read it, and knows that it is from this one.</summary>
    /// <param name="message">The message.</param>
    /// <param name="recipient">The public key, which must be one.</param>
    public byte[] Seal(ReadOnlySpan<byte> message, string recipient)
    {
        byte[] key = SharedKey(recipient) ?? throw new ArgumentException("not a public x25519 key", nameof(recipient));
        return SealedBox.Seal(message, key);
    }

    /// <summary>Decrypts a message; null if it is not one from the owner of another key to this one.</summary>
    /// <param name="sealedMessage">The encrypted message.</param>
    /// <param name="sender">The public key that it must be from.</param>
    public byte[]? TryOpen(ReadOnlySpan<byte> sealedMessage, string sender)
    {
        return SharedKey(sender) is { } key ? SealedBox.TryOpen(sealedMessage, key) : null;
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        return PublicKey;
    }

    private byte[]? SharedKey(string publicKey)
    {
        byte[] point = new byte[NKey.KeyLength];
        if (!NKey.TryDecode(publicKey, out var kind, point) || kind != NKeyKind.Curve)
            return null;
        byte[] shared = new byte[X25519.PointSize];

        // A point of small order would give the same secret to everybody.
        return X25519.CalculateAgreement(_seed, 0, point, 0, shared, 0) ? HSalsa20.Derive(shared) : null;
    }
}
