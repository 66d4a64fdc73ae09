namespace Rivulet.Protocol;

/// <summary>
/// Which subjects a reader wants: all of them, or those that match at least one of its filters. Immutable, any thread.
/// </summary>
public sealed class FilterSet
{
    private readonly byte[][] _filters;
    private readonly ReadOnlyMemory<byte>[] _filterMemory;

    private FilterSet(byte[][] filters)
    {
        _filters = filters;
        _filterMemory = Array.ConvertAll(filters, filter => (ReadOnlyMemory<byte>)filter);
        MatchesAll = filters.Length == 0 || Array.Exists(filters, filter => filter.AsSpan().SequenceEqual(">"u8));
    }

    /// <summary>Every subject.</summary>
    public static FilterSet All { get; } = new([]);

    /// <summary>Whether every subject matches.</summary>
    public bool MatchesAll { get; }

    /// <summary>The filters as given; empty means that every subject matches.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Filters => _filterMemory;

    /// <summary>Makes a set of filters; of none, the set that matches everything.</summary>
    /// <param name="filters">Filters with or without wildcards.</param>
    public static FilterSet From(IEnumerable<string> filters)
    {
        byte[][] bytes = [.. filters.Select(System.Text.Encoding.UTF8.GetBytes)];
        return bytes.Length == 0 ? All : new FilterSet(bytes);
    }

    /// <summary>Makes a set of one filter.</summary>
    /// <param name="filter">A filter with or without wildcards.</param>
    public static FilterSet From(ReadOnlySpan<byte> filter) => new([filter.ToArray()]);

    /// <summary>Whether a literal subject matches.</summary>
    /// <param name="subject">The subject.</param>
    public bool Matches(ReadOnlySpan<byte> subject)
    {
        if (MatchesAll)
            return true;
        foreach (byte[] filter in _filters)
        {
            if (Matches(subject, filter))
                return true;
        }
        return false;
    }

    private static bool Matches(ReadOnlySpan<byte> subject, ReadOnlySpan<byte> filter)
    {
        while (true)
        {
            int filterEnd = filter.IndexOf((byte)'.');
            int subjectEnd = subject.IndexOf((byte)'.');
            ReadOnlySpan<byte> wanted = filterEnd < 0 ? filter : filter[..filterEnd];
            ReadOnlySpan<byte> token = subjectEnd < 0 ? subject : subject[..subjectEnd];
            if (filterEnd < 0 && wanted is [(byte)'>'])
                return true;
            if (wanted is not [(byte)'*'] && !wanted.SequenceEqual(token))
                return false;
            if (filterEnd < 0 || subjectEnd < 0)
                return filterEnd < 0 && subjectEnd < 0;
            filter = filter[(filterEnd + 1)..];
            subject = subject[(subjectEnd + 1)..];
        }
    }
}
