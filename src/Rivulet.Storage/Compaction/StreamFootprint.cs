using System.Runtime.InteropServices;
using Rivulet.Storage.Log;
using Rivulet.Storage.Records;

namespace Rivulet.Storage.Compaction;

/// <summary>
/// Which segments hold records of one stream, in the order of the log, with the sequence from which on each may hold
/// its messages. So it is known in which segment the record of a sequence lies, if it still lies anywhere. Outlives the
/// stream: what was deleted is on the disk until its segments are rewritten. Under the stream's index lock.
/// </summary>
internal sealed class StreamFootprint
{
    private readonly List<Part> _parts = [];

    public bool IsEmpty => _parts.Count == 0;

    /// <summary>The segments, with the lowest sequence that messages in each can have; a star where a description stands.</summary>
    public override string ToString() => string.Join(
        ' ', _parts.Select(part => $"{part.Segment.FileName}:{part.FirstSequence}{(part.Description is null ? "" : "*")}"));

    /// <summary>A record goes to a segment, at the end of the log.</summary>
    /// <param name="segment">Where.</param>
    /// <param name="nextSequence">The lowest sequence that messages in it can have.</param>
    public void Touch(LogSegment segment, ulong nextSequence)
    {
        if (_parts.Count == 0 || _parts[^1].Segment != segment)
            _parts.Add(new Part(segment, nextSequence));
    }

    /// <summary>Goes on with what is known of the same stream; nothing was touched yet.</summary>
    public void Continue(StreamFootprint earlier) => _parts.AddRange(earlier._parts);

    /// <summary>A description of the stream was written to the segment that was touched last.</summary>
    public void NoteDescription(StreamDescription description) =>
        CollectionsMarshal.AsSpan(_parts)[^1].Description = description;

    /// <summary>
    /// Whether it is known what the stream is whichever file is lost: from the segment itself in which the stream goes
    /// on, or from two others.
    /// </summary>
    /// <param name="present">What it is.</param>
    /// <param name="segment">Where the stream goes on; null: in a new one.</param>
    public bool IsDescribedFor(StreamDescription present, LogSegment? segment)
    {
        int count = 0;
        for (int i = _parts.Count - 1; i >= 0 && count < 2; i--)
        {
            if (ReferenceEquals(_parts[i].Description, present))
                count += _parts[i].Segment == segment ? 2 : 1;
        }
        return count >= 2;
    }

    /// <summary>Whether what the stream is stands in two segments, or in all that hold anything of it.</summary>
    public bool IsDescribedEnough(StreamDescription present) => _parts.Count <= 1 || IsDescribedFor(present, null);

    /// <summary>The segment in which a message lies, if it lies anywhere.</summary>
    public LogSegment? Holding(ulong sequence)
    {
        int low = 0;
        int high = _parts.Count;
        while (low < high)
        {
            int middle = (low + high) >> 1;
            if (_parts[middle].FirstSequence <= sequence)
                low = middle + 1;
            else
                high = middle;
        }
        return low == 0 ? null : _parts[low - 1].Segment;
    }

    /// <summary>The first sequence that the stream can have in a group, or 0.</summary>
    public ulong FirstIn(CompactionGroup group)
    {
        foreach (Part part in _parts)
        {
            if (group.Contains(part.Segment))
                return part.FirstSequence;
        }
        return 0;
    }

    /// <summary>
    /// Whether a segment before a group may still hold records that facts of the group speak of. One that was rewritten
    /// when those facts were there already holds none.
    /// </summary>
    /// <param name="group">The segments that hold the facts.</param>
    /// <param name="below">Messages from this sequence on are not spoken of.</param>
    public bool MayHoldBefore(CompactionGroup group, ulong below)
    {
        foreach (Part part in _parts)
        {
            if (part.FirstSequence >= below || part.Segment.Number >= group.FirstNumber)
                return false;
            if (part.Segment.Header.CleanedUpTo < group.EndPosition)
                return true;
        }
        return false;
    }

    /// <summary>Whether any segment before a group holds records of the stream.</summary>
    public bool IsBefore(CompactionGroup group) => _parts.Count > 0 && _parts[0].Segment.Number < group.FirstNumber;

    /// <summary>Whether any segment outside of a group holds records of the stream.</summary>
    public bool IsOutside(CompactionGroup group)
    {
        foreach (Part part in _parts)
        {
            if (!group.Contains(part.Segment))
                return true;
        }
        return false;
    }

    /// <summary>A group of neighbouring segments was rewritten into one.</summary>
    /// <param name="group">What it was made of.</param>
    /// <param name="rewritten">What took their place; null when it holds nothing of this stream.</param>
    public void Replace(CompactionGroup group, LogSegment? rewritten)
    {
        int first = _parts.FindIndex(part => group.Contains(part.Segment));
        if (first < 0)
            return;
        ulong firstSequence = _parts[first].FirstSequence;
        StreamDescription? description = _parts
            .FindLast(part => part.Description is not null && group.Contains(part.Segment)).Description;
        _parts.RemoveAll(part => group.Contains(part.Segment));
        if (rewritten is not null)
            _parts.Insert(first, new Part(rewritten, firstSequence) { Description = description });
    }

    private record struct Part(LogSegment Segment, ulong FirstSequence)
    {
        /// <summary>The last description of the stream in the segment.</summary>
        public StreamDescription? Description { get; set; }
    }
}
