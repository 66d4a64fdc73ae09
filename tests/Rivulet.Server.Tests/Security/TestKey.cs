using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Rivulet.Protocol;
using Rivulet.Server.Security.Keys;
using Rivulet.Server.Security.Tokens;

namespace Rivulet.Server.Tests.Security;

/// <summary>A key of a test: an operator's, an account's or a user's.</summary>
internal sealed class TestKey
{
    private TestKey(NKeyKind kind, byte[] seed)
    {
        Pair = NKeyPair.FromSeed(kind, seed);
        Seed = NKeySeed.Encode(kind, seed);
    }

    public NKeyPair Pair { get; }

    public string Seed { get; }

    public string Public => Pair.PublicKey;

    public static TestKey Operator()
    {
        return Create(NKeyKind.Operator);
    }

    public static TestKey Account()
    {
        return Create(NKeyKind.Account);
    }

    public static TestKey User()
    {
        return Create(NKeyKind.User);
    }

    public static TestKey Create(NKeyKind kind)
    {
        return new TestKey(kind, RandomNumberGenerator.GetBytes(NKeySeed.SeedLength));
    }

    /// <summary>The signature of a nonce, as CONNECT has it.</summary>
    public string Sign(string? nonce)
    {
        return Base64Url.EncodeToString(Pair.Sign(Encoding.ASCII.GetBytes(nonce ?? "")));
    }

    /// <summary>A token by this key.</summary>
    public string Issue(string type, string subject, JsonObject? fields = null, JsonObject? claims = null, DateTimeOffset? at = null)
    {
        var nats = fields ?? [];
        nats["type"] = type;
        nats["version"] = 2;
        var all = claims ?? [];
        all["sub"] = subject;
        all["nats"] = nats;
        return Jwt.Encode(all, Pair, (at ?? DateTimeOffset.UtcNow).ToUnixTimeSeconds());
    }

    /// <summary>A token of version 1 by this key: its type stands beside <c>nats</c>, and the signature is of the claims alone.</summary>
    public string IssueOld(string type, string subject, JsonObject? fields = null, JsonObject? claims = null)
    {
        var all = claims ?? [];
        all["sub"] = subject;
        all["iss"] = Public;
        all["iat"] = 1_544_217_757;
        all["type"] = type;
        all["nats"] = fields ?? [];
        string body = Base64Url.EncodeToString(Encoding.UTF8.GetBytes(all.ToJsonString()));
        string header = Base64Url.EncodeToString("""{"typ":"jwt","alg":"ed25519"}"""u8);
        return $"{header}.{body}.{Base64Url.EncodeToString(Pair.Sign(Encoding.ASCII.GetBytes(body)))}";
    }

    /// <summary>A CONNECT of a client with a token and, unless it needs none, a signature.</summary>
    public string Connect(string token, string? nonce)
    {
        return $"CONNECT {{\"verbose\":false,\"headers\":true,\"no_responders\":true,\"protocol\":1,\"jwt\":\"{token}\",\"sig\":\"{Sign(nonce)}\"}}\r\nPING\r\n";
    }
}
