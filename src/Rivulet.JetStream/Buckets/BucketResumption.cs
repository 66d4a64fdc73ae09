using Rivulet.JetStream.Api.Errors;
using Rivulet.JetStream.Streams;
using Rivulet.Protocol;
using Rivulet.Storage;

namespace Rivulet.JetStream.Buckets;

/// <summary>Where a bucket stands, for a watch that is to go on from a revision, or from here some time.</summary>
/// <param name="Revision">Its last revision.</param>
/// <param name="Removals">How often values had gone silently by then.</param>
internal readonly record struct BucketResumption(ulong Revision, ulong Removals)
{
    /// <summary>
    /// Says whether the messages behind a revision tell all that has happened to the keys since: whether somebody who knew
    /// every key's newest value then, and takes in each message that is left behind it, knows every key's newest value now.
    /// </summary>
    /// <param name="stream">The bucket's stream.</param>
    /// <param name="request">What has been seen.</param>
    /// <param name="resumption">Where the bucket stands.</param>
    /// <returns>Why not, or <c>null</c>.</returns>
    public static ApiError? Check(JetStreamStream stream, BucketResumeRequest request, out BucketResumption resumption)
    {
        resumption = default;
        if (stream.Revisions is not { } revisions)
            return BucketErrors.Forgets("it is a mirror");
        if (BucketRevisions.WhyNot(stream.Config) is { } why)
            return BucketErrors.Forgets(why);
        ulong removals = revisions.Removals;
        StreamState state = stream.Log.State;
        ulong last = state.LastSequence;
        resumption = new BucketResumption(last, removals);
        if (request.Revision > last)
            return BucketErrors.NotReached(request.Revision, last);

        ulong from = revisions.Floors.ResumableFrom(request.Revision, request.Removals);
        foreach (ulong lost in state.Lost)
            from = Math.Max(from, lost);
        if (request.Every && from == request.Revision && IsAnyGone(stream.Log, request.Revision))
            from = last;
        return from == request.Revision ? null : BucketErrors.Compacted(request.Revision, from);
    }

    private static bool IsAnyGone(StreamLog log, ulong seen)
    {
        (ulong count, ulong upTo) = log.CountPending(seen + 1, FilterSet.All, lastPerSubject: false);
        return count < upTo - seen;
    }
}
