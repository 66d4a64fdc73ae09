namespace Rivulet.Protocol.Tests.Subjects;

/// <summary>
/// All filters and subjects of a small world. <c>z</c> is a token that no filter names and subjects go one token deeper
/// than filters, so sets of matched subjects differ whenever the filters' meanings do.
/// </summary>
internal static class SmallSubjects
{
    /// <summary>Every valid filter of up to three tokens over <c>a</c>, <c>b</c>, <c>*</c> and <c>&gt;</c>.</summary>
    public static string[] Filters { get; } =
        [.. Words(["a", "b", "*", ">"], 3).Where(SlowSubjects.IsValidSubscription)];

    /// <summary>Every literal subject of up to four tokens over <c>a</c>, <c>b</c> and <c>z</c>.</summary>
    public static string[] Literals { get; } = [.. Words(["a", "b", "z"], 4)];

    /// <summary>What may be published: also wildcard tokens, which count as literal, and empty ones.</summary>
    public static string[] Published { get; } = [.. Words(["a", "b", "*", ">", ""], 3)];

    public static string Random(Random random, string alphabet, int lengthMax)
    {
        return string.Create(random.Next(lengthMax + 1), (random, alphabet), static (text, source) =>
        {
            for (int i = 0; i < text.Length; i++)
                text[i] = source.alphabet[source.random.Next(source.alphabet.Length)];
        });
    }

    private static IEnumerable<string> Words(string[] tokens, int tokensMax)
    {
        return tokensMax == 1
            ? tokens
            : tokens.Concat(from rest in Words(tokens, tokensMax - 1) from token in tokens select $"{token}.{rest}");
    }
}
