using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Rivulet.Protocol;

namespace Rivulet.JetStream.Streams;

/// <summary>
/// Renames subjects: a filter with wildcards, and a template whose tokens are text, take over what the wildcards stand for
/// (<c>$1</c> or <c>{{wildcard(1)}}</c>), compute something of it (<c>{{partition(5,1)}}</c>), or are the whole rest
/// (<c>></c>). Immutable, any thread.
/// </summary>
public sealed class SubjectTransform
{
    private readonly byte[] _source;
    private readonly TransformToken[] _tokens;

    // What the longest new name of a subject takes: bytes of its own, and so many times the length of the old one.
    private readonly int _roomOwn;
    private readonly int _roomCopies;

    private SubjectTransform(byte[] source, TransformToken[] tokens)
    {
        _source = source;
        _tokens = tokens;
        _roomOwn = tokens.Sum(token => token.RoomFor(0) + 1);
        _roomCopies = tokens.Sum(token => token.RoomFor(1) - token.RoomFor(0));
    }

    /// <summary>Makes a transform.</summary>
    /// <param name="source">Filter; empty is every subject.</param>
    /// <param name="destination">Template; empty is no transform.</param>
    /// <param name="transform">The transform, <c>null</c> if there is none.</param>
    /// <returns>Why the two are not valid or do not fit together, or <c>null</c>.</returns>
    public static string? Parse(string source, string destination, out SubjectTransform? transform)
    {
        transform = null;
        if (destination.Length == 0)
            return null;
        if (source.Length == 0)
            source = ">";
        string[] sourceTokens = source.Split('.');
        string[] destinationTokens = destination.Split('.');
        bool fit = IsFilter(sourceTokens)
            && IsFilter(destinationTokens)
            && !destinationTokens.Contains("*")
            && (sourceTokens[^1] == ">") == (destinationTokens[^1] == ">");
        if (!fit)
            return "invalid subject";

        var parser = new TransformTokenParser(sourceTokens);
        var tokens = new TransformToken[destinationTokens.Length];
        for (int i = 0; i < tokens.Length; i++)
        {
            if (parser.Parse(destinationTokens[i], out tokens[i]) is { } mistake)
                return mistake;
        }

        transform = new SubjectTransform(Encoding.UTF8.GetBytes(source), tokens);
        return null;
    }

    /// <summary>Makes a transform of a template that somebody wrote, which is looked at more closely.</summary>
    /// <param name="source">Filter; empty is every subject.</param>
    /// <param name="destination">Template.</param>
    /// <param name="transform">The transform, <c>null</c> if there is none.</param>
    /// <returns>Why the two are not valid or do not fit together, or <c>null</c>.</returns>
    public static string? ParseStrict(string source, string destination, out SubjectTransform? transform)
    {
        transform = null;
        return TransformTokenParser.CheckTemplate(destination) ?? Parse(source, destination, out transform);
    }

    /// <summary>Makes a transform of a template that is not empty.</summary>
    /// <returns>False if one of the two is not valid, or they do not fit together.</returns>
    public static bool TryParse(string source, string destination, [NotNullWhen(true)] out SubjectTransform? transform) =>
        Parse(source, destination, out transform) is null & transform is not null;

    /// <summary>The filter.</summary>
    public ReadOnlySpan<byte> Source => _source;

    /// <summary>
    /// For each token of the template, the token of the old subject, from 0, that it takes over as it is; -1 if it does something
    /// else.
    /// </summary>
    public IReadOnlyList<int> CopiedTokens => [.. _tokens.Select(token => token.CopiedToken)];

    /// <summary>Bytes that are enough for the new name of any subject of a length.</summary>
    public int RoomFor(int subjectLength) => _roomOwn + (_roomCopies * subjectLength);

    /// <summary>Whether the filter matches a literal subject.</summary>
    public bool Matches(ReadOnlySpan<byte> subject) => Subject.Matches(subject, _source);

    /// <summary>Writes the new name of a subject that <see cref="Matches"/>.</summary>
    /// <param name="subject">The literal subject.</param>
    /// <param name="into">Room for the new name.</param>
    /// <param name="random">What tokens are drawn with that are to be random; used by one thread.</param>
    /// <returns>
    /// Its length, 0 if there is not enough room. Where a token is computed the new name need not be a valid subject.
    /// </returns>
    public int Apply(ReadOnlySpan<byte> subject, Span<byte> into, Random random)
    {
        Debug.Assert(Matches(subject), "only a subject that matches can be renamed");
        var writer = new TransformWriter(into);
        for (int i = 0; i < _tokens.Length; i++)
        {
            if (i > 0)
                writer.Add(Subject.Separator);
            _tokens[i].Write(subject, ref writer, random);
        }

        return writer.Length;
    }

    /// <summary>Tokens are not empty, and <c>></c> is the last. Blanks are allowed: templates have them in braces.</summary>
    private static bool IsFilter(string[] tokens) =>
        !tokens.Contains("") && !tokens.AsSpan(0, tokens.Length - 1).Contains(">");
}
