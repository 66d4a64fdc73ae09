using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Rivulet.Protocol;

namespace Rivulet.JetStream.Streams;

/// <summary>
/// Renames subjects: a filter with wildcards, and a template that takes their tokens over by number
/// (<c>$1</c> or <c>{{wildcard(1)}}</c>) or the whole rest (<c>></c>). Immutable, any thread.
/// </summary>
/// <remarks>The template functions that compute tokens (partition, split, slice, left, right, random) are not known.</remarks>
internal sealed class SubjectTransform
{
    private readonly byte[] _source;
    private readonly Part[] _parts;

    private SubjectTransform(byte[] source, Part[] parts)
    {
        _source = source;
        _parts = parts;
    }

    /// <summary>Makes a transform.</summary>
    /// <param name="source">Filter.</param>
    /// <param name="destination">Template.</param>
    /// <param name="transform">The transform.</param>
    /// <returns>False if one of the two is not valid, or they do not fit together.</returns>
    public static bool TryParse(string source, string destination, [NotNullWhen(true)] out SubjectTransform? transform)
    {
        transform = null;
        string[] sourceTokens = source.Split('.');
        string[] destinationTokens = destination.Split('.');
        if (!IsFilter(sourceTokens) || !IsFilter(destinationTokens))
            return false;
        if (destinationTokens.Contains("*") || (sourceTokens[^1] == ">") != (destinationTokens[^1] == ">"))
            return false;

        var parts = new Part[destinationTokens.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            if (!TryParsePart(destinationTokens[i], sourceTokens, out parts[i]))
                return false;
        }

        transform = new SubjectTransform(Encoding.UTF8.GetBytes(source), parts);
        return true;
    }

    /// <summary>Whether the filter matches a literal subject.</summary>
    public bool Matches(ReadOnlySpan<byte> subject) => Subject.Matches(subject, _source);

    /// <summary>Writes the new name of a subject that <see cref="Matches"/>.</summary>
    /// <param name="subject">The literal subject.</param>
    /// <param name="into">Room for the new name.</param>
    /// <returns>Its length, 0 if there is not enough room.</returns>
    public int Apply(ReadOnlySpan<byte> subject, Span<byte> into)
    {
        Debug.Assert(Matches(subject), "only a subject that matches can be renamed");
        int length = 0;
        foreach (Part part in _parts)
        {
            ReadOnlySpan<byte> text = part.Literal is { } literal ? literal : Pick(subject, part);
            if (length + text.Length + 1 > into.Length)
                return 0;
            if (length > 0)
                into[length++] = Subject.Separator;
            text.CopyTo(into[length..]);
            length += text.Length;
        }

        return length;
    }

    /// <summary>Tokens are not empty, and <c>></c> is the last. Blanks are allowed: templates have them in braces.</summary>
    private static bool IsFilter(string[] tokens) =>
        !tokens.Contains("") && !tokens.AsSpan(0, tokens.Length - 1).Contains(">");

    private static ReadOnlySpan<byte> Pick(ReadOnlySpan<byte> subject, in Part part)
    {
        for (int i = 0; i < part.TokenIndex; i++)
            subject = subject[(subject.IndexOf(Subject.Separator) + 1)..];
        if (part.IsRest)
            return subject;
        int end = subject.IndexOf(Subject.Separator);
        return end < 0 ? subject : subject[..end];
    }

    private static bool TryParsePart(string token, string[] sourceTokens, out Part part)
    {
        if (token == ">")
        {
            part = new Part(null, sourceTokens.Length - 1, IsRest: true);
            return true;
        }

        if (!TryParseWildcard(token, out int number))
        {
            part = new Part(Encoding.UTF8.GetBytes(token), 0, IsRest: false);
            return !token.StartsWith("{{", StringComparison.Ordinal);
        }

        int index = 0;
        for (; index < sourceTokens.Length; index++)
        {
            if (sourceTokens[index] == "*" && --number == 0)
                break;
        }

        part = new Part(null, index, IsRest: false);
        return index < sourceTokens.Length;
    }

    private static bool TryParseWildcard(string token, out int number)
    {
        ReadOnlySpan<char> text = token;
        if (text.StartsWith("$"))
            return int.TryParse(text[1..], NumberStyles.None, CultureInfo.InvariantCulture, out number) && number > 0;
        number = 0;
        if (!text.StartsWith("{{") || !text.EndsWith("}}"))
            return false;
        text = text[2..^2].Trim();
        bool named = text.StartsWith("wildcard(", StringComparison.OrdinalIgnoreCase) && text.EndsWith(")");
        return named
            && int.TryParse(text["wildcard(".Length..^1].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out number)
            && number > 0;
    }

    /// <summary>A token of the new name: literal, or taken from the old one.</summary>
    private readonly record struct Part(byte[]? Literal, int TokenIndex, bool IsRest);
}
