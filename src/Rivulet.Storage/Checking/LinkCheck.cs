using Rivulet.Storage.Records;

namespace Rivulet.Storage.Checking;

/// <summary>
/// Checks that the records of a rewritten segment follow on one another as they say. Where something was damaged
/// nothing can be said about what follows.
/// </summary>
internal sealed class LinkCheck
{
    private readonly Dictionary<uint, Seen> _streams = [];
    private bool _isBroken;

    /// <summary>Something is damaged: what comes behind it is taken as it is.</summary>
    public void Break() => _isBroken = true;

    /// <returns>Whether the record is where it says.</returns>
    public bool IsRight(in RecordHeader header)
    {
        if (_isBroken)
            return true;
        if (header.Kind is not (RecordKind.Message or RecordKind.SkipTo))
            return header.UnsyncedBytes == 0;
        RewrittenLink link = RewrittenLink.FromField(header.UnsyncedBytes);
        bool isSeen = _streams.TryGetValue(header.StreamId, out Seen seen);

        // A record that says where a stream goes on is written twice, the same each time.
        if (isSeen && header.Kind == RecordKind.SkipTo && seen.Skip == (header.Sequence, link))
            return true;
        _streams[header.StreamId] = new Seen(
            header.Sequence, (byte)(link.Number + 1), header.Kind == RecordKind.SkipTo ? (header.Sequence, link) : null);

        // What the first one follows on lies in another segment.
        return isSeen
            ? link == RewrittenLink.Of(header.Sequence, Math.Min(seen.Last, header.Sequence - 1), seen.NextNumber)
            : link.Number == 0;
    }

    private readonly record struct Seen(ulong Last, byte NextNumber, (ulong Sequence, RewrittenLink Link)? Skip);
}
