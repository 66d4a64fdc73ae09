namespace Rivulet.Storage.Indexing;

/// <summary>What a subject says about where the next match of a filter can be, when subjects come in byte order.</summary>
internal enum FilterStep
{
    /// <summary>The subject itself matches.</summary>
    Match,

    /// <summary>It does not, and the next one may.</summary>
    Next,

    /// <summary>Nothing before the target that was written can match.</summary>
    Seek,

    /// <summary>Nothing behind the subject can match.</summary>
    End,
}

/// <summary>
/// Walks a filter through subjects in byte order without looking at every one of them: a subject that does not match
/// gives the first bytes that could. So a walk costs what matches, and one step or two for each distinct token at a
/// wildcard that other tokens follow.
/// </summary>
internal static class FilterScan
{
    private const byte Separator = (byte)'.';

    // Sorts directly behind every subject that continues with a separator.
    private const byte BehindSeparator = Separator + 1;

    /// <summary>Compares a subject with a filter.</summary>
    /// <param name="subject">The subject that the walk stands on.</param>
    /// <param name="filter">The filter.</param>
    /// <param name="target">Receives where to go on; as long as subject and filter together, and one more.</param>
    /// <param name="targetBytes">How much of it was written, on <see cref="FilterStep.Seek"/>.</param>
    public static FilterStep Test(
        ReadOnlySpan<byte> subject, ReadOnlySpan<byte> filter, Span<byte> target, out int targetBytes)
    {
        targetBytes = 0;
        bool wildcardBefore = false;
        int start = 0;
        while (true)
        {
            ReadOnlySpan<byte> wanted = FirstToken(filter, out bool wantedIsLast);
            if (wantedIsLast && wanted is [(byte)'>'])
                return FilterStep.Match;
            ReadOnlySpan<byte> token = FirstToken(subject[start..], out bool tokenIsLast);
            bool any = wanted is [(byte)'*'];
            if (!any && !token.SequenceEqual(wanted))
            {
                targetBytes = WriteTarget(target, subject[..start], wanted, wantedIsLast);
                return target[..targetBytes].SequenceCompareTo(subject) > 0
                    ? FilterStep.Seek
                    : SkipSiblings(subject, start, wildcardBefore, target, out targetBytes);
            }
            if (wantedIsLast)
                return tokenIsLast ? FilterStep.Match : SkipBelow(subject, start + token.Length, target, out targetBytes);
            if (tokenIsLast)
            {
                // "a.b" for "a.*.c": the next sibling may begin with the same bytes, as in "a.b-x.c".
                if (any)
                    return FilterStep.Next;
                targetBytes = WriteTarget(target, subject[..start], wanted, wantedIsLast);
                return FilterStep.Seek;
            }
            wildcardBefore |= any;
            start += token.Length + 1;
            filter = filter[(wanted.Length + 1)..];
        }
    }

    private static ReadOnlySpan<byte> FirstToken(ReadOnlySpan<byte> tokens, out bool isLast)
    {
        int end = tokens.IndexOf(Separator);
        isLast = end < 0;
        return isLast ? tokens : tokens[..end];
    }

    private static int WriteTarget(
        Span<byte> target, ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> token, bool tokenIsLast)
    {
        prefix.CopyTo(target);
        token.CopyTo(target[prefix.Length..]);
        int written = prefix.Length + token.Length;
        if (!tokenIsLast)
            target[written++] = Separator;
        return written;
    }

    /// <summary>The token wanted below this prefix lies behind us: go on behind the whole prefix, if it can vary.</summary>
    private static FilterStep SkipSiblings(
        ReadOnlySpan<byte> subject, int start, bool wildcardBefore, Span<byte> target, out int targetBytes)
    {
        targetBytes = 0;
        return wildcardBefore ? SkipBelow(subject, start - 1, target, out targetBytes) : FilterStep.End;
    }

    /// <summary>Nothing below these first tokens of the subject can match: go on behind them.</summary>
    private static FilterStep SkipBelow(ReadOnlySpan<byte> subject, int length, Span<byte> target, out int targetBytes)
    {
        subject[..length].CopyTo(target);
        target[length] = BehindSeparator;
        targetBytes = length + 1;
        return FilterStep.Seek;
    }
}
