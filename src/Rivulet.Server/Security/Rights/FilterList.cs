using System.Buffers.Binary;
using System.Text;
using Rivulet.Protocol;

namespace Rivulet.Server.Security.Rights;

/// <summary>A list of filters of a permission, of which one or another is to match a subject.</summary>
/// <remarks>
/// Most lists are short and name whole subjects or what they begin with (<c>orders.&gt;</c>). Comparing those one after the other,
/// eight bytes at first, costs less than looking any one of them up, and less than remembering what came out; long lists and other
/// wildcards are looked up token by token. Immutable; any thread.
/// </remarks>
internal sealed class FilterList
{
    private const int ComparedMax = 16;
    private static readonly object Present = new();

    private readonly Start[] _compared;
    private readonly SubjectMap<object>? _lookedUp;

    private FilterList(Start[] compared, SubjectMap<object>? lookedUp)
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
        byte[][] compared = [.. all.Where(IsCompared)];
        if (compared.Length > ComparedMax)
            compared = [];
        Start[] starts = [.. compared.Select(Start.Of)];
        if (compared.Length == all.Length)
            return new FilterList(starts, null);
        var map = new SubjectMap<object>();
        foreach (byte[] filter in all)
        {
            if (compared.Length == 0 || !IsCompared(filter))
                map.Add(filter, Present);
        }

        return new FilterList(starts, map);
    }

    /// <summary>Whether a filter of the list matches a subject.</summary>
    /// <param name="subject">A subject as it was published, without an empty token.</param>
    public bool HasMatch(ReadOnlySpan<byte> subject)
    {
        ulong head = Start.HeadOf(subject);
        foreach (ref readonly var start in _compared.AsSpan())
        {
            if (start.Matches(subject, head))
                return true;
        }

        return _lookedUp is not null && _lookedUp.HasMatch(subject);
    }

    // A subject, or the beginning of one and > for the rest of it.
    private static bool IsCompared(byte[] filter)
    {
        if (!Subject.IsValidSubscription(filter))
            return false;
        return Subject.IsLiteral(Start.HasRest(filter) ? filter.AsSpan(0, filter.Length - 1) : filter);
    }

    /// <summary>What subjects begin with that a filter matches: a whole subject, or the part of one up to a separator.</summary>
    /// <param name="Head">Its first eight bytes.</param>
    /// <param name="HeadMask">Those of them that it has.</param>
    /// <param name="Bytes">All of it.</param>
    /// <param name="IsWhole">Whether nothing may follow; otherwise something must.</param>
    private readonly record struct Start(ulong Head, ulong HeadMask, byte[] Bytes, bool IsWhole)
    {
        public static Start Of(byte[] filter)
        {
            bool isWhole = !HasRest(filter);
            byte[] bytes = isWhole ? filter : filter[..^1];
            ulong mask = bytes.Length >= sizeof(ulong) ? ulong.MaxValue : (1UL << (8 * bytes.Length)) - 1;
            return new Start(HeadOf(bytes), mask, bytes, isWhole);
        }

        public static bool HasRest(ReadOnlySpan<byte> filter) => filter is [(byte)'>'] or [.., (byte)'.', (byte)'>'];

        /// <summary>The first eight bytes of a subject, or zeros in their place.</summary>
        public static ulong HeadOf(ReadOnlySpan<byte> subject)
        {
            if (subject.Length >= sizeof(ulong))
                return BinaryPrimitives.ReadUInt64LittleEndian(subject);
            ulong head = 0;
            for (int i = 0; i < subject.Length; i++)
                head |= (ulong)subject[i] << (8 * i);
            return head;
        }

        public bool Matches(ReadOnlySpan<byte> subject, ulong head)
        {
            return ((head ^ Head) & HeadMask) == 0
                && (IsWhole ? subject.Length == Bytes.Length : subject.Length > Bytes.Length)
                && (Bytes.Length <= sizeof(ulong) || subject.StartsWith(Bytes));
        }
    }
}
