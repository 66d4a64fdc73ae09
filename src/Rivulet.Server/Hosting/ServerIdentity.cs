using System.Security.Cryptography;
using System.Text;
using Rivulet.Protocol;

namespace Rivulet.Server.Hosting;

/// <summary>Names of one running server.</summary>
internal sealed class ServerIdentity
{
    private const string Base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    /// <summary>Makes up an id, and takes it as name unless there is one.</summary>
    public ServerIdentity(string? configuredName, Random random)
    {
        Span<byte> key = stackalloc byte[NKey.KeyLength];
        random.NextBytes(key);
        Id = NKey.CreateServerId(key);
        Name = configuredName ?? Id;
    }

    /// <summary>Public key, new for each start.</summary>
    public string Id { get; }

    /// <summary>Configured name, else the id.</summary>
    public string Name { get; }

    /// <summary>Eight characters that follow from the name; JetStream shows them.</summary>
    public string Node
    {
        get
        {
            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
            SHA256.HashData(Encoding.UTF8.GetBytes(Name), hash);
            Span<char> node = stackalloc char[8];
            for (int i = 0; i < node.Length; i++)
                node[i] = Base62[hash[i] % Base62.Length];
            return new string(node);
        }
    }
}
