namespace Rivulet.Client.KeyValue;

/// <summary>The rules for names of buckets, keys and filters of keys, and what they become on the wire.</summary>
internal static class KeyValueNames
{
    public const string StreamPrefix = "KV_";
    public const string SubjectPrefix = "$KV.";

    private const string KeySymbols = "-/_=.";

    public static string StreamOf(string bucket) => StreamPrefix + bucket;

    /// <summary>The prefix of the subjects of a bucket's keys, with its last dot.</summary>
    public static string SubjectPrefixOf(string bucket) => $"{SubjectPrefix}{bucket}.";

    /// <summary>The bucket of a stream; null if the name is not one of a bucket's stream.</summary>
    public static string? BucketOf(string stream) =>
        stream.StartsWith(StreamPrefix, StringComparison.Ordinal) && IsBucket(stream[StreamPrefix.Length..])
            ? stream[StreamPrefix.Length..]
            : null;

    /// <summary>Letters, digits, <c>-</c> and <c>_</c>.</summary>
    public static bool IsBucket(string? name)
    {
        if (string.IsNullOrEmpty(name))
            return false;
        foreach (char c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_'))
                return false;
        }

        return true;
    }

    /// <summary>Letters, digits and <c>- / _ = .</c>; no empty token between dots.</summary>
    public static bool IsKey(string? key) => HasTokens(key) && AreKeyCharacters(key!);

    /// <summary>A key in which <c>*</c> may stand anywhere, and <c>&gt;</c> at the end.</summary>
    public static bool IsFilter(string? filter)
    {
        if (!HasTokens(filter))
            return false;
        ReadOnlySpan<char> rest = filter!.EndsWith('>') ? filter.AsSpan(0, filter.Length - 1) : filter;
        return AreKeyCharacters(rest, "*");
    }

    private static bool HasTokens(string? text) =>
        !string.IsNullOrEmpty(text) && text[0] != '.' && text[^1] != '.'
        && !text.Contains("..", StringComparison.Ordinal);

    private static bool AreKeyCharacters(ReadOnlySpan<char> text, string more = "")
    {
        foreach (char c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && !KeySymbols.Contains(c) && !more.Contains(c))
                return false;
        }

        return true;
    }
}
