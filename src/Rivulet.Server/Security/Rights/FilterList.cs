using System.Text;
using Rivulet.Protocol;

namespace Rivulet.Server.Security.Rights;

/// <summary>A list of filters of a permission, of which one or another is to match a subject.</summary>
/// <remarks>
/// Most lists are short and name whole subjects or what they begin with (<c>orders.&gt;</c>). Comparing those one after the other
/// costs less than looking any one of them up, and less than remembering what came out; long lists and other wildcards are looked
/// up token by token. Immutable; any thread.
/// </remarks>
internal sealed class FilterList
{
    private const int ComparedMax = 16;
    private static readonly object Present = new();

    // Whole subjects, and beginnings that end in a separator.
    private readonly byte[][] _compared;
    private readonly SubjectMap<object>? _lookedUp;

    private FilterList(byte[][] compared, SubjectMap<object>? lookedUp)
    {
        _compared = compared;
        _lookedUp = lookedUp;
    }

    /// <summary>Whether asking costs so little that there is no use in remembering the answer.</summary>
    public bool IsCheap => _lookedUp is null;

    /// <summary>Makes a list of filters ready.</summary>
    public static FilterList Of(IEnumerable<string> filters)
    {
        return Of(filters.Select(Encoding.UTF8.GetBytes));
    }

    /// <inheritdoc cref="Of(IEnumerable{string})"/>
    public static FilterList Of(IEnumerable<byte[]> filters)
    {
        byte[][] all = [.. filters];
        byte[][] compared = [.. all.Where(IsCompared).Select(f => Subject.IsLiteral(f) ? f : f[..^1])];
        if (compared.Length > ComparedMax)
            compared = [];
        if (compared.Length == all.Length)
            return new FilterList(compared, null);
        var map = new SubjectMap<object>();
        foreach (byte[] filter in all)
        {
            if (compared.Length == 0 || !IsCompared(filter))
                map.Add(filter, Present);
        }

        return new FilterList(compared, map);
    }

    /// <summary>Whether a filter of the list matches a subject.</summary>
    /// <param name="subject">A subject as it was published, without an empty token.</param>
    public bool HasMatch(ReadOnlySpan<byte> subject)
    {
        foreach (byte[] compared in _compared)
        {
            if (subject.StartsWith(compared) && (subject.Length == compared.Length || compared is [] or [.., (byte)'.']))
                return true;
        }

        return _lookedUp is not null && _lookedUp.HasMatch(subject);
    }

    // A subject, or the beginning of one and > for the rest of it.
    private static bool IsCompared(byte[] filter)
    {
        if (!Subject.IsValidSubscription(filter))
            return false;
        bool hasRest = filter is [(byte)'>'] or [.., (byte)'.', (byte)'>'];
        return Subject.IsLiteral(hasRest ? filter.AsSpan(0, filter.Length - 1) : filter);
    }
}
