using System.Globalization;
using Rivulet.JetStream.Streams;

namespace Rivulet.Server.Accounts;

/// <summary>
/// How subjects of one account are called in another: two patterns with as many wildcards, of which each is the other's by its
/// number. It can be followed either way, because nothing is computed and nothing lost; of a wildcard that comes up twice the first
/// is followed.
/// </summary>
internal sealed class ImportRenaming
{
    private ImportRenaming(string source, string destination, SubjectTransform? forth, SubjectTransform? back)
    {
        Source = source;
        Destination = destination;
        Forth = forth;
        Back = back;
    }

    /// <summary>The pattern of the subjects as they are there, with <c>*</c> for its wildcards.</summary>
    public string Source { get; }

    /// <summary>The pattern of the subjects as they are here.</summary>
    public string Destination { get; }

    /// <summary>Makes a subject of <see cref="Destination"/> out of one of <see cref="Source"/>; null if they are the same.</summary>
    public SubjectTransform? Forth { get; }

    /// <summary>Makes a subject, or a filter, of <see cref="Source"/> out of one of <see cref="Destination"/>; null if they are the same.</summary>
    public SubjectTransform? Back { get; }

    /// <summary>Makes the renaming of a pattern.</summary>
    /// <param name="source">A pattern with wildcards, or a literal subject.</param>
    /// <param name="destination">What it becomes: with <c>$1</c> or <c>{{wildcard(1)}}</c> for wildcards, or with <c>*</c> for them in their order.</param>
    /// <param name="renaming">The renaming.</param>
    /// <returns>What is wrong, in the reference server's words, or null.</returns>
    public static string? Parse(string source, string destination, out ImportRenaming? renaming)
    {
        renaming = null;
        if (destination.Length == 0 || source.Split('.').Any(IsReference))
            return "invalid subject";
        if (source == destination || !HasWildcard(source))
        {
            renaming = new ImportRenaming(source, destination, Literal(source, destination), Literal(destination, source));
            return null;
        }

        string template = Numbered(destination);
        string[] tokens = template.Split('.');
        if (CheckFunctions(tokens) is { } mistake)
            return mistake;
        if (SubjectTransform.Parse(source, template, out var forth) is { } wrong)
            return wrong;
        string[] sources = source.Split('.');
        var copied = forth!.CopiedTokens;
        if (Enumerable.Range(0, sources.Length).Any(i => sources[i] == "*" && !copied.Contains(i)))
            return $"invalid mapping destination: not using all of the token wildcard(s) in {template}";
        string pattern = string.Join('.', tokens.Select((token, i) => copied[i] >= 0 ? "*" : token));
        renaming = new ImportRenaming(source, pattern, forth, Transform(pattern, Restored(sources, copied)));
        return null;
    }

    private static SubjectTransform? Literal(string source, string destination)
    {
        return source == destination ? null : Transform(source, destination);
    }

    private static SubjectTransform? Transform(string source, string destination)
    {
        SubjectTransform.Parse(source, destination, out var transform);
        return transform;
    }

    // What stands for a wildcard in a template cannot stand for itself in a pattern that becomes one.
    private static bool IsReference(string token)
    {
        return (token.Length > 1 && token[0] == '$' && token.Skip(1).All(char.IsAsciiDigit))
            || (token.StartsWith("{{", StringComparison.Ordinal) && token.EndsWith("}}", StringComparison.Ordinal));
    }

    private static bool HasWildcard(string pattern)
    {
        return pattern.Split('.').Any(token => token is "*" or ">");
    }

    /// <summary>A pattern with <c>$1</c> and so on in the place of its wildcards.</summary>
    private static string Numbered(string pattern)
    {
        int next = 1;
        return string.Join('.', pattern.Split('.').Select(token => token == "*" ? Number(next++) : token));
    }

    /// <summary>The source with, for each of its wildcards, the number that the wildcard has in the destination.</summary>
    private static string Restored(string[] sources, IReadOnlyList<int> copied)
    {
        List<int> order = [.. copied.Where(token => token >= 0)];
        return string.Join('.', sources.Select((token, i) => token == "*" ? Number(order.IndexOf(i) + 1) : token));
    }

    private static string? CheckFunctions(string[] tokens)
    {
        string? other = tokens.FirstOrDefault(
            token => token.StartsWith("{{", StringComparison.Ordinal) && token.EndsWith("}}", StringComparison.Ordinal) && !IsWildcardFunction(token));
        return other is null
            ? null
            : $"invalid mapping destination: the only mapping function allowed for import transforms is {{{{Wildcard()}}}} in {other}";
    }

    private static bool IsWildcardFunction(string token)
    {
        return token[2..^2].Trim().StartsWith("wildcard", StringComparison.OrdinalIgnoreCase);
    }

    private static string Number(int number)
    {
        return string.Create(CultureInfo.InvariantCulture, $"${number}");
    }
}
