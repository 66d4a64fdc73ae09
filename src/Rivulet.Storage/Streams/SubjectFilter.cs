using Rivulet.Protocol;

namespace Rivulet.Storage.Streams;

/// <summary>One filter or several, sorted out once for a search.</summary>
internal readonly struct SubjectFilter
{
    private SubjectFilter(FilterSet set, bool allLiteral)
    {
        Set = set;
        AllLiteral = allLiteral;
    }

    public FilterSet Set { get; }

    public bool MatchesAll => Set.MatchesAll;

    /// <summary>Whether no filter has a wildcard.</summary>
    public bool AllLiteral { get; }

    public static SubjectFilter From(FilterSet set)
    {
        bool literal = !set.MatchesAll;
        for (int i = 0; literal && i < set.Filters.Count; i++)
            literal = IsLiteral(set.Filters[i].Span);
        return new SubjectFilter(set, literal);
    }

    public static bool IsLiteral(ReadOnlySpan<byte> filter)
    {
        int start = 0;
        while (true)
        {
            int end = filter[start..].IndexOf((byte)'.');
            bool last = end < 0;
            ReadOnlySpan<byte> token = last ? filter[start..] : filter.Slice(start, end);
            if (token is [(byte)'*'] || (last && token is [(byte)'>']))
                return false;
            if (last)
                return true;
            start += end + 1;
        }
    }
}
