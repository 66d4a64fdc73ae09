using System.Text;
using Rivulet.Protocol;
using Rivulet.Server.Security.Keys;

namespace Rivulet.Server.Hosting;

/// <summary>Names of one running server.</summary>
internal sealed class ServerIdentity
{
    private const string Base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    private readonly Lazy<CurveKeyPair> _encryptionKeys;

    /// <summary>Makes up keys, and takes the public one as name unless there is a name.</summary>
    /// <param name="configuredName">The name; null for none.</param>
    /// <param name="seeded">Makes the keys of a run that can be repeated; null for keys that nobody can guess.</param>
    public ServerIdentity(string? configuredName, Random? seeded)
    {
        Keys = NKeyPair.FromSeed(NKeyKind.Server, Seed(seeded));
        byte[] curveSeed = Seed(seeded);
        _encryptionKeys = new Lazy<CurveKeyPair>(() => CurveKeyPair.FromSeed(curveSeed));
        Name = configuredName ?? Id;
    }

    /// <summary>What the server signs with, new for each start.</summary>
    public NKeyPair Keys { get; }

    /// <summary>What it encrypts with, new for each start.</summary>
    public CurveKeyPair EncryptionKeys => _encryptionKeys.Value;

    /// <summary>Its public key.</summary>
    public string Id => Keys.PublicKey;

    /// <summary>Configured name, else the id.</summary>
    public string Name { get; }

    /// <summary>Eight characters that follow from the name; JetStream shows them.</summary>
    public string Node
    {
        get
        {
            byte[] hash = Sha256.Hash(Encoding.UTF8.GetBytes(Name));
            Span<char> node = stackalloc char[8];
            for (int i = 0; i < node.Length; i++)
                node[i] = Base62[hash[i] % Base62.Length];
            return new string(node);
        }
    }

    private static byte[] Seed(Random? seeded)
    {
        byte[] seed = new byte[NKeySeed.SeedLength];
        if (seeded is null)
            SystemRandom.Fill(seed);
        else
            seeded.NextBytes(seed);
        return seed;
    }
}
