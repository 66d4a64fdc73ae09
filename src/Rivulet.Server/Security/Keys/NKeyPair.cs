using Rivulet.Protocol;

namespace Rivulet.Server.Security.Keys;

/// <summary>A private key with its public one, to sign with. Immutable; never prints its private half.</summary>
internal sealed class NKeyPair
{
    private readonly byte[] _seed;

    private NKeyPair(NKeyKind kind, byte[] seed)
    {
        _seed = seed;
        PublicKey = NKey.Encode(kind, Ed25519Signature.PublicKey(seed));
    }

    /// <summary>The public key in its text form.</summary>
    public string PublicKey { get; }

    /// <summary>The pair that a seed makes.</summary>
    /// <param name="kind">What the key is for; not <see cref="NKeyKind.Curve"/>, which does not sign.</param>
    /// <param name="seed">32 random bytes.</param>
    public static NKeyPair FromSeed(NKeyKind kind, ReadOnlySpan<byte> seed)
    {
        return new NKeyPair(kind, seed.ToArray());
    }

    /// <summary>Signs a message.</summary>
    public byte[] Sign(ReadOnlySpan<byte> message)
    {
        return Ed25519Signature.Sign(_seed, message);
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        return PublicKey;
    }
}
