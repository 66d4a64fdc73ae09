using System.Text;
using System.Text.Json.Nodes;
using Org.BouncyCastle.Crypto.Digests;
using Rivulet.Protocol;

namespace Rivulet.Server.Security.Tokens;

/// <summary>The id of a token: SHA-512/256 of what it says about itself, in base32.</summary>
internal static class ClaimsHash
{
    private static readonly string[] Fields = ["aud", "exp", "iat", "iss", "name", "nbf", "sub"];

    /// <summary>The id.</summary>
    public static string Of(JsonObject claims)
    {
        var hashed = new JsonObject();
        foreach (string field in Fields)
        {
            if (claims[field] is { } value)
                hashed[field] = value.DeepClone();
        }

        byte[] json = Encoding.UTF8.GetBytes(hashed.ToJsonString());
        var digest = new Sha512tDigest(256);
        digest.BlockUpdate(json, 0, json.Length);
        byte[] hash = new byte[digest.GetDigestSize()];
        digest.DoFinal(hash, 0);
        return Base32.Encode(hash);
    }
}
