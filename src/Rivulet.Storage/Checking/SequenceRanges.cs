namespace Rivulet.Storage.Checking;

/// <summary>Sequences that follow on one another, as ranges.</summary>
internal static class SequenceRanges
{
    /// <summary>The ranges of ascending sequences.</summary>
    public static IEnumerable<(ulong First, ulong Last)> Of(IEnumerable<ulong> sequences)
    {
        (ulong first, ulong last) = (0, 0);
        foreach (ulong sequence in sequences)
        {
            if (first != 0 && sequence != last + 1)
            {
                yield return (first, last);
                first = 0;
            }
            first = first == 0 ? sequence : first;
            last = sequence;
        }
        if (first != 0)
            yield return (first, last);
    }
}
