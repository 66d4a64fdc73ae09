using Org.BouncyCastle.Crypto.Digests;

namespace Rivulet.Server.Security.Keys;

/// <summary>SHA-256 for what is hashed at every start: names, configuration files, tokens.</summary>
/// <remarks>The runtime's would load OpenSSL for it, which a server that encrypts nothing does without (<see cref="SystemRandom"/>).</remarks>
internal static class Sha256
{
    /// <summary>How long a hash is.</summary>
    public const int HashLength = 32;

    /// <summary>The hash of some bytes.</summary>
    public static byte[] Hash(ReadOnlySpan<byte> bytes)
    {
        var digest = new Sha256Digest();
        digest.BlockUpdate(bytes);
        byte[] hash = new byte[HashLength];
        digest.DoFinal(hash);
        return hash;
    }
}
