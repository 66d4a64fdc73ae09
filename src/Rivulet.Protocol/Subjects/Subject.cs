using System.Runtime.Intrinsics;

namespace Rivulet.Protocol;

/// <summary>
/// The grammar of subjects and the relations between subjects and wildcard filters.
/// </summary>
/// <remarks>
/// A subject is a list of tokens separated by <c>.</c>; case matters and bytes are not read as text. As whole tokens of
/// a filter, <c>*</c> stands for exactly one token and a last <c>&gt;</c> for one or more. Inside a longer token both
/// are ordinary bytes. In the <em>subject</em> of <see cref="Matches"/> they are ordinary even as whole tokens, because a
/// server routes a publish to <c>foo.*</c> as that literal subject. All members are pure and take any input.
/// </remarks>
public static class Subject
{
    /// <summary>Separates the tokens of a subject.</summary>
    public const byte Separator = (byte)'.';

    /// <summary>The token of a filter that stands for exactly one token.</summary>
    public const byte SingleWildcard = (byte)'*';

    /// <summary>The last token of a filter that stands for one or more tokens.</summary>
    public const byte FullWildcard = (byte)'>';

    /// <summary>
    /// Whether a subscription may use this subject: every token has at least one byte, none holds a blank, and a whole
    /// <c>&gt;</c> token comes last.
    /// </summary>
    public static bool IsValidSubscription(ReadOnlySpan<byte> subject)
    {
        if (subject.IsEmpty || ContainsBlank(subject))
            return false;
        bool afterFullWildcard = false;
        foreach (ReadOnlySpan<byte> token in Tokens(subject))
        {
            if (token.IsEmpty || afterFullWildcard)
                return false;
            afterFullWildcard = IsFullWildcard(token);
        }

        return true;
    }

    /// <summary>Whether this is a valid subject without wildcard tokens.</summary>
    public static bool IsValidLiteral(ReadOnlySpan<byte> subject)
    {
        return !subject.IsEmpty && !ContainsBlank(subject) && !HasEmptyToken(subject) && IsLiteral(subject);
    }

    /// <summary>Whether no token is a wildcard. Says nothing about validity otherwise.</summary>
    public static bool IsLiteral(ReadOnlySpan<byte> subject)
    {
        int candidate = subject.IndexOfAny(SingleWildcard, FullWildcard);
        while (candidate >= 0)
        {
            bool startsToken = candidate == 0 || subject[candidate - 1] == Separator;
            bool endsToken = candidate + 1 == subject.Length || subject[candidate + 1] == Separator;
            if (startsToken && endsToken)
                return false;
            int next = subject[(candidate + 1)..].IndexOfAny(SingleWildcard, FullWildcard);
            candidate = next < 0 ? -1 : candidate + 1 + next;
        }

        return true;
    }

    /// <summary>Whether the subject is empty or has an empty token (<c>a..b</c>, <c>.a</c>, <c>a.</c>); such a subject matches nothing.</summary>
    public static bool HasEmptyToken(ReadOnlySpan<byte> subject)
    {
        return subject.IsEmpty
            || subject[0] == Separator
            || subject[^1] == Separator
            || HasAdjacentSeparators(subject);
    }

    /// <summary>Whether <paramref name="filter"/> matches the literal <paramref name="subject"/>.</summary>
    /// <param name="subject">A subject as published; wildcard bytes in it are ordinary bytes.</param>
    /// <param name="filter">A valid subscription subject.</param>
    public static bool Matches(ReadOnlySpan<byte> subject, ReadOnlySpan<byte> filter)
    {
        while (true)
        {
            bool lastOfFilter = !SplitFirst(filter, out ReadOnlySpan<byte> wanted, out filter);
            if (lastOfFilter && IsFullWildcard(wanted))
                return !HasEmptyToken(subject);
            bool lastOfSubject = !SplitFirst(subject, out ReadOnlySpan<byte> token, out subject);
            if (token.IsEmpty || (!IsSingleWildcard(wanted) && !token.SequenceEqual(wanted)))
                return false;
            if (lastOfSubject || lastOfFilter)
                return lastOfSubject && lastOfFilter;
        }
    }

    /// <summary>Whether <paramref name="of"/> matches every subject that <paramref name="filter"/> matches.</summary>
    /// <remarks>Both are valid subscription subjects. A filter is a subset of itself.</remarks>
    public static bool IsSubset(ReadOnlySpan<byte> filter, ReadOnlySpan<byte> of)
    {
        while (true)
        {
            bool lastOfWider = !SplitFirst(of, out ReadOnlySpan<byte> wider, out of);
            if (lastOfWider && IsFullWildcard(wider))
                return !filter.IsEmpty;
            bool lastOfFilter = !SplitFirst(filter, out ReadOnlySpan<byte> token, out filter);
            bool covered = IsSingleWildcard(wider) ? !IsFullWildcard(token) : token.SequenceEqual(wider);
            if (!covered)
                return false;
            if (lastOfWider || lastOfFilter)
                return lastOfWider && lastOfFilter;
        }
    }

    /// <summary>Whether some subject is matched by both filters.</summary>
    /// <remarks>Both are valid subscription subjects; literal subjects are filters of themselves.</remarks>
    public static bool Overlaps(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        while (true)
        {
            bool lastOfA = !SplitFirst(a, out ReadOnlySpan<byte> tokenA, out a);
            bool lastOfB = !SplitFirst(b, out ReadOnlySpan<byte> tokenB, out b);
            if (IsFullWildcard(tokenA) || IsFullWildcard(tokenB))
                return true;
            if (!IsSingleWildcard(tokenA) && !IsSingleWildcard(tokenB) && !tokenA.SequenceEqual(tokenB))
                return false;
            if (lastOfA || lastOfB)
                return lastOfA && lastOfB;
        }
    }

    /// <summary>The number of tokens, empty ones included; 0 for an empty subject.</summary>
    public static int CountTokens(ReadOnlySpan<byte> subject)
    {
        return subject.IsEmpty ? 0 : subject.Count(Separator) + 1;
    }

    /// <summary>Walks the tokens of a subject from first to last, empty ones included.</summary>
    public static SubjectTokenEnumerator Tokens(ReadOnlySpan<byte> subject)
    {
        return new SubjectTokenEnumerator(subject);
    }

    internal static bool IsSingleWildcard(ReadOnlySpan<byte> token)
    {
        return token.Length == 1 && token[0] == SingleWildcard;
    }

    internal static bool IsFullWildcard(ReadOnlySpan<byte> token)
    {
        return token.Length == 1 && token[0] == FullWildcard;
    }

    /// <summary>Takes the first token off a subject; false when it was the last one.</summary>
    internal static bool SplitFirst(ReadOnlySpan<byte> subject, out ReadOnlySpan<byte> first, out ReadOnlySpan<byte> rest)
    {
        int dot = subject.IndexOf(Separator);
        if (dot < 0)
        {
            first = subject;
            rest = default;
            return false;
        }

        first = subject[..dot];
        rest = subject[(dot + 1)..];
        return true;
    }

    // Perf: a search for two bytes stops at each single separator; this looks at sixteen places at once, and at the last ones again.
    private static bool HasAdjacentSeparators(ReadOnlySpan<byte> subject)
    {
        int pairs = subject.Length - 1;
        if (pairs < Vector128<byte>.Count)
        {
            for (int i = 1; i < subject.Length; i++)
            {
                if (subject[i] == Separator && subject[i - 1] == Separator)
                    return true;
            }

            return false;
        }

        Vector128<byte> separators = Vector128.Create(Separator);
        for (int i = 0; ; i = Math.Min(i + Vector128<byte>.Count, pairs - Vector128<byte>.Count))
        {
            Vector128<byte> firsts = Vector128.Equals(Vector128.Create(subject[i..]), separators);
            Vector128<byte> seconds = Vector128.Equals(Vector128.Create(subject[(i + 1)..]), separators);
            if ((firsts & seconds) != Vector128<byte>.Zero)
                return true;
            if (i + Vector128<byte>.Count >= pairs)
                return false;
        }
    }

    private static bool ContainsBlank(ReadOnlySpan<byte> subject)
    {
        return subject.IndexOfAny(" \t\r\n\f"u8) >= 0;
    }
}
