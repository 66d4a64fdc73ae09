using Rivulet.JetStream.Api.Json;

namespace Rivulet.JetStream.Consumers.Api;

/// <summary>
/// Reads bodies that are exactly one JSON object, whose unknown fields are ignored. Mistakes in their syntax are told
/// without their place, unlike those of other requests.
/// </summary>
internal static class PlainJson
{
    /// <summary>Reads a body.</summary>
    /// <typeparam name="T">Type of the object.</typeparam>
    /// <param name="text">The body.</param>
    /// <param name="root">Name of the type in error texts.</param>
    /// <param name="into">The object, with its defaults set.</param>
    /// <param name="member">Reads one member.</param>
    /// <returns>What is wrong; <c>null</c> if nothing is.</returns>
    public static string? Read<T>(ReadOnlySpan<byte> text, string root, T into, MemberReader<T> member)
        where T : class =>
        FindSyntaxMistake(text) ?? RequestReader.Read(text, root, strict: false, into, member);

    private static string? FindSyntaxMistake(ReadOnlySpan<byte> text)
    {
        if (JsonSyntax.Check(text, 0, out int end) is not { } mistake)
        {
            int rest = JsonSyntax.SkipBlanks(text, end);
            return rest == text.Length ? null : $"invalid character '{(char)text[rest]}' after top-level value";
        }

        int offset = mistake.IndexOf(" at offset ", StringComparison.Ordinal);
        mistake = offset < 0 ? mistake : mistake[..offset];
        return mistake == "unexpected EOF" ? "unexpected end of JSON input" : mistake;
    }
}
