using System.Text;
using Rivulet.JetStream.Api.Errors;
using Rivulet.Protocol;
using Rivulet.Storage;

namespace Rivulet.JetStream.Buckets;

/// <summary>The keys that a request chooses, as subjects of the bucket's stream. Immutable.</summary>
internal sealed class BucketSelection
{
    /// <summary>Most keys of one answer: so many are looked up in one hold of the stream's index lock.</summary>
    public const int KeysMax = 1024;

    private BucketSelection(SubjectRange range, IReadOnlyList<ReadOnlyMemory<byte>>? subjects, int limit)
    {
        Range = range;
        Subjects = subjects;
        Limit = limit;
    }

    /// <summary>The keys by filter and bounds.</summary>
    public SubjectRange Range { get; }

    /// <summary>The keys by name, as subjects; <c>null</c> where <see cref="Range"/> chooses.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>>? Subjects { get; }

    /// <summary>Most keys of the answer.</summary>
    public int Limit { get; }

    /// <summary>Reads what a request chooses.</summary>
    /// <param name="prefix">What the subjects of the bucket's keys begin with.</param>
    /// <param name="cover">
    /// Filter in the subject of the request, which covers all that it is about; empty for none. So permissions on subjects can
    /// say which keys somebody may read.
    /// </param>
    /// <param name="request">The request.</param>
    /// <param name="keys">Keys by name; <c>null</c> for none.</param>
    /// <param name="selection">What it chooses.</param>
    /// <returns>Why not, or <c>null</c>.</returns>
    public static ApiError? Read(
        ReadOnlySpan<byte> prefix,
        ReadOnlySpan<byte> cover,
        BucketKeysRequest request,
        IReadOnlyList<string>? keys,
        out BucketSelection? selection)
    {
        selection = null;
        if (request.Limit is < 0 or > KeysMax || (keys is not null && HasBounds(request)))
            return JetStreamError.BadRequest;
        if (keys is { Count: > KeysMax } || request.Filters is { Count: > KeysMax })
            return BucketErrors.TooManyKeys(KeysMax);
        if (!cover.IsEmpty && !Subject.IsValidSubscription(cover))
            return BucketErrors.InvalidKey(Encoding.UTF8.GetString(cover));
        if (FindInvalid(keys, cover, isFilter: false) is { } invalidKey)
            return BucketErrors.InvalidKey(invalidKey);
        if (FindInvalid(request.Filters, cover, isFilter: true) is { } invalidFilter)
            return BucketErrors.InvalidKey(invalidFilter);

        int limit = request.Limit == 0 ? KeysMax : (int)request.Limit;
        byte[] start = prefix.ToArray();
        ReadOnlyMemory<byte>[]? subjects = keys?.Select(key => (ReadOnlyMemory<byte>)SubjectOf(start, key)).ToArray();
        selection = new BucketSelection(RangeOf(start, cover, request), subjects, limit);
        return null;
    }

    private static byte[] SubjectOf(byte[] prefix, string key) => [.. prefix, .. Encoding.UTF8.GetBytes(key)];

    private static bool HasBounds(BucketKeysRequest request) =>
        request.Filters is not null || request.Limit != 0
        || request.Prefix.Length + request.From.Length + request.Before.Length + request.After.Length > 0;

    private static string? FindInvalid(IReadOnlyList<string>? texts, ReadOnlySpan<byte> cover, bool isFilter)
    {
        for (int i = 0; i < texts?.Count; i++)
        {
            byte[] text = Encoding.UTF8.GetBytes(texts[i]);
            bool isValid = isFilter ? Subject.IsValidSubscription(text) : Subject.IsValidLiteral(text);
            if (!isValid || (!cover.IsEmpty && !Subject.IsSubset(text, cover)))
                return texts[i];
        }

        return null;
    }

    private static SubjectRange RangeOf(byte[] prefix, ReadOnlySpan<byte> cover, BucketKeysRequest request)
    {
        string start = Encoding.UTF8.GetString(prefix);
        IEnumerable<string> filters = request.Filters is { } given ? given
            : cover.IsEmpty ? [">"]
            : [Encoding.UTF8.GetString(cover)];
        byte[] from = SubjectOf(prefix, request.Prefix);
        byte[] before = Behind(from);
        if (request.From.Length > 0)
            from = Later(from, SubjectOf(prefix, request.From));
        if (request.After.Length > 0)
            from = Later(from, [.. SubjectOf(prefix, request.After), 0]);
        if (request.Before.Length > 0)
            before = Earlier(before, SubjectOf(prefix, request.Before));
        return new SubjectRange(FilterSet.From(filters.Select(filter => start + filter)), from, before);
    }

    private static byte[] Later(byte[] a, byte[] b) => a.AsSpan().SequenceCompareTo(b) >= 0 ? a : b;

    private static byte[] Earlier(byte[] a, byte[] b) => a.AsSpan().SequenceCompareTo(b) <= 0 ? a : b;

    /// <summary>What comes behind everything that begins with these bytes. The first of them is a dollar sign.</summary>
    private static byte[] Behind(byte[] start)
    {
        int length = start.Length;
        while (start[length - 1] == byte.MaxValue)
            length--;
        byte[] behind = start[..length];
        behind[^1]++;
        return behind;
    }
}
