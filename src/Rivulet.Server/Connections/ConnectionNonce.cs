using System.Buffers.Text;
using Rivulet.Server.Security.Keys;

namespace Rivulet.Server.Connections;

/// <summary>What a client is asked to sign: random, and another one for each connection, so that no signature is good twice.</summary>
internal static class ConnectionNonce
{
    private const int RandomBytes = 11;

    /// <summary>A new one, 15 characters. Not of the server's seeded randomness: nobody may foresee it.</summary>
    public static string Create()
    {
        Span<byte> random = stackalloc byte[RandomBytes];
        SystemRandom.Fill(random);
        return Base64Url.EncodeToString(random);
    }
}
