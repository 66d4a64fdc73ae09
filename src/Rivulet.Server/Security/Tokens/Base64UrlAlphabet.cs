using System.Buffers;

namespace Rivulet.Server.Security.Tokens;

/// <summary>The characters of base64 for URLs. There is no padding and no white space in tokens, which decoders would pass over.</summary>
internal static class Base64UrlAlphabet
{
    /// <summary>All 64.</summary>
    public static SearchValues<char> Characters { get; } =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
}
