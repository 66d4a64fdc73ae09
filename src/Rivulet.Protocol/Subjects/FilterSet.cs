using System.Text;

namespace Rivulet.Protocol;

/// <summary>
/// None, one or many subject filters asked as one question: does any of them match this subject?
/// </summary>
/// <remarks>Immutable, so any thread may use it. No filter at all means everything matches.</remarks>
public sealed class FilterSet
{
    // Up to this many filters a straight scan beats walking the trie.
    private const int ScanMax = 4;

    private readonly ReadOnlyMemory<byte>[] _filters;
    private readonly SubjectMap<FilterSet>? _map;

    // What a lone filter like orders.> begins with, separator included. Perf: most consumers have one like this.
    private readonly byte[]? _beginning;

    private FilterSet(ReadOnlyMemory<byte>[] filters)
    {
        _filters = filters;
        MatchesAll = filters.Length == 0 || Array.Exists(filters, f => Subject.IsFullWildcard(f.Span));
        if (filters.Length == 1 && !MatchesAll)
            _beginning = BeginningOf(filters[0].Span);
        if (filters.Length <= ScanMax || MatchesAll)
            return;
        _map = new SubjectMap<FilterSet>();
        foreach (ReadOnlyMemory<byte> filter in filters)
            _map.Add(filter.Span, this);
    }

    /// <summary>The set without filters, which matches every subject.</summary>
    public static FilterSet All { get; } = new([]);

    /// <summary>Whether every subject matches: there is no filter, or one of them is <c>&gt;</c>.</summary>
    public bool MatchesAll { get; }

    /// <summary>The filters as UTF-8, in the order given, without repeats. Empty in <see cref="All"/>.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Filters => _filters;

    /// <summary>Builds a set; an empty sequence gives <see cref="All"/>.</summary>
    /// <exception cref="ArgumentException">A filter is not a valid subscription subject.</exception>
    public static FilterSet From(IEnumerable<string> filters)
    {
        ArgumentNullException.ThrowIfNull(filters);
        ReadOnlyMemory<byte>[] encoded = [.. filters.Distinct(StringComparer.Ordinal).Select(Encode)];
        return encoded.Length == 0 ? All : new FilterSet(encoded);
    }

    /// <summary>Builds a set of one filter.</summary>
    /// <exception cref="ArgumentException">The filter is not a valid subscription subject.</exception>
    public static FilterSet From(ReadOnlySpan<byte> filter)
    {
        return new FilterSet([Checked(filter.ToArray())]);
    }

    /// <summary>Builds a set of those filters that are valid subscription subjects; the others match nothing.</summary>
    /// <returns>The set; <c>null</c> if none of the filters is valid, so that nothing matches.</returns>
    public static FilterSet? FromValid(params IEnumerable<string> filters)
    {
        ArgumentNullException.ThrowIfNull(filters);
        FilterSet valid = From(filters.Where(filter => Subject.IsValidSubscription(Encoding.UTF8.GetBytes(filter))));
        return valid._filters.Length > 0 ? valid : null;
    }

    /// <summary>Whether any filter matches the literal subject. Allocates nothing.</summary>
    public bool Matches(ReadOnlySpan<byte> subject)
    {
        if (MatchesAll)
            return true;
        if (_beginning is not null)
            return subject.StartsWith(_beginning) && !Subject.HasEmptyToken(subject[_beginning.Length..]);
        if (_map is not null)
            return _map.HasMatch(subject);
        foreach (ReadOnlyMemory<byte> filter in _filters)
        {
            if (Subject.Matches(subject, filter.Span))
                return true;
        }

        return false;
    }

    private static byte[]? BeginningOf(ReadOnlySpan<byte> filter)
    {
        return filter.EndsWith(".>"u8) && Subject.IsLiteral(filter[..^2]) ? filter[..^1].ToArray() : null;
    }

    private static ReadOnlyMemory<byte> Encode(string filter)
    {
        return Checked(Encoding.UTF8.GetBytes(filter));
    }

    private static byte[] Checked(byte[] filter)
    {
        if (!Subject.IsValidSubscription(filter))
            throw new ArgumentException($"Not a valid subject filter: '{Encoding.UTF8.GetString(filter)}'.", nameof(filter));
        return filter;
    }
}
