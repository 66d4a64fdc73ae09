using Rivulet.Storage.Log;
using Rivulet.Storage.Records;

namespace Rivulet.Storage.Compaction;

/// <summary>A record that stays, as it is but for its header.</summary>
internal struct KeptRecord
{
    /// <summary>Where it lies.</summary>
    public LogSegment Segment;
    public int OffsetBytes;

    public int LengthBytes;
    public RecordKind Kind;
    public uint StreamId;
    public ulong Sequence;

    /// <summary>A later record of the group says the same or more.</summary>
    public bool IsObsolete;
}

/// <summary>
/// What a group is rewritten to: records that stay, in the order of the log, and behind them what is left to say of
/// those that do not. Made by <see cref="GroupReader"/>, written by <see cref="GroupWriter"/>.
/// </summary>
internal sealed class RewritePlan
{
    private uint _latestId;
    private PlannedStream? _latest;

    public List<KeptRecord> Kept { get; } = [];

    public List<NewRecord> Added { get; } = [];

    /// <summary>What is known of each stream that has messages in the group.</summary>
    public Dictionary<uint, PlannedStream> Streams { get; } = [];

    public PlannedStream StreamOf(uint streamId)
    {
        // Perf: most records are of the stream of the one before.
        if (_latest is not null && _latestId == streamId)
            return _latest;
        if (!Streams.TryGetValue(streamId, out PlannedStream? stream))
            Streams.Add(streamId, stream = new PlannedStream());
        (_latestId, _latest) = (streamId, stream);
        return stream;
    }

    public int Keep(in RecordHeader header, LogSegment segment, int offsetBytes)
    {
        Kept.Add(new KeptRecord
        {
            Segment = segment,
            OffsetBytes = offsetBytes,
            LengthBytes = header.LengthBytes,
            Kind = header.Kind,
            StreamId = header.StreamId,
            Sequence = header.Sequence,
        });
        return Kept.Count - 1;
    }

    /// <summary>A record that was kept is not needed after all.</summary>
    public void Drop(int kept) => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(Kept)[kept].IsObsolete = true;
}

/// <summary>One stream in a group that is being rewritten.</summary>
internal sealed class PlannedStream
{
    /// <summary>The highest sequence that goes, and when its message came if that is known.</summary>
    public ulong LastGone { get; private set; }

    public long LastGoneNanos { get; private set; }

    /// <summary>Messages in earlier segments that facts of the group removed, and that may lie there still.</summary>
    public List<ulong> Removed { get; } = [];

    /// <summary>The same, of messages of unfinished batches.</summary>
    public List<ulong> Unfinished { get; } = [];

    /// <summary>Messages that are lost, and of which nothing behind the group says so.</summary>
    public SortedSet<ulong> Lost { get; } = [];

    /// <summary>Places in <see cref="RewritePlan.Kept"/> of records that a later one of the group can take the place of.</summary>
    public List<int> Descriptions { get; } = [];

    public Dictionary<string, List<int>> Attachments { get; } = new(StringComparer.Ordinal);

    public int? Reservation { get; set; }

    public void NoteGone(ulong sequence, long timestampNanos)
    {
        if (sequence >= LastGone)
            (LastGone, LastGoneNanos) = (sequence, Math.Max(timestampNanos, LastGoneNanos));
    }
}
