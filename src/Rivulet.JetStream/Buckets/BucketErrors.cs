using System.Globalization;
using Rivulet.JetStream.Api.Errors;

namespace Rivulet.JetStream.Buckets;

/// <summary>
/// The errors that only the requests on buckets answer, beside those of the API's table. Codes from 20001 on, which that table
/// does not use; docs/guides/bucket-requests.md lists them.
/// </summary>
internal static class BucketErrors
{
    /// <summary>20001: what was asked for as of a revision, or from one on, is not whole any more.</summary>
    public const int CompactedCode = 20001;

    /// <summary>The key has no value.</summary>
    public static ApiError KeyNotFound { get; } = new(404, 20002, "key not found");

    /// <summary>The key to be touched has no time to live, and the request gives none.</summary>
    public static ApiError NoTimeToLive { get; } = new(400, 20003, "key has no time to live, and none was given");

    /// <summary>A value of the answer was replaced, and its bytes overwritten, before it could be sent.</summary>
    public static ApiError Replaced { get; } = new(409, 20004, "a value was replaced while it was read");

    /// <summary>The bucket cannot say what was removed.</summary>
    public static ApiError Forgets(string why) => new(400, 20005, $"bucket does not remember removals: {why}");

    /// <summary>A revision that is not there yet.</summary>
    public static ApiError NotReached(ulong revision, ulong last) =>
        new(400, 20006, string.Create(CultureInfo.InvariantCulture, $"revision {revision} not reached, the last is {last}"));

    /// <summary>A key or a filter that breaks the rules, or that the subject of the request does not cover.</summary>
    public static ApiError InvalidKey(string text) => new(400, 20007, $"invalid key or filter: {text}");

    /// <summary>More keys than one request may name.</summary>
    public static ApiError TooManyKeys(int max) =>
        new(400, 20008, string.Create(CultureInfo.InvariantCulture, $"at most {max} keys in one request"));

    /// <summary>A mirror is written by its origin only.</summary>
    public static ApiError IsMirror { get; } = new(400, 20009, "bucket is a mirror");

    /// <summary>A revision of which too much is gone.</summary>
    /// <param name="revision">The revision.</param>
    /// <param name="held">The lowest one that would do.</param>
    public static ApiError Compacted(ulong revision, ulong held) => new(
        410, CompactedCode, string.Create(CultureInfo.InvariantCulture, $"revision {revision} is compacted, held from {held}"));
}
