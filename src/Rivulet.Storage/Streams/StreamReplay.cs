using System.Runtime.CompilerServices;
using Rivulet.Storage.Indexing;
using Rivulet.Storage.Log;
using Rivulet.Storage.Records;

namespace Rivulet.Storage.Streams;

/// <summary>
/// Rebuilds one stream from its records, in the order of the log. Facts only: what a record says is gone is gone, and
/// what is not there any more is no error, since every removal may be told twice. Before the stream is served, so by
/// one thread and without locks.
/// </summary>
internal sealed class StreamReplay
{
    private readonly IndexedStreamLog _stream;
    private readonly StreamCore _core;

    private SortedSet<ulong>? _dropped;

    // Above this, sequences may have been given out and lost with what was not synced.
    private ulong _reservedUpTo;

    public StreamReplay(IndexedStreamLog stream)
    {
        _stream = stream;
        _core = stream.Core;
        _core.Committed.BeginReplay();
    }

    public IndexedStreamLog Stream => _stream;

    /// <summary>
    /// The last rewritten segment that the stream was seen in, and how many of its records there were numbered until
    /// then, modulo 256.
    /// </summary>
    public (LogSegment? Segment, byte Numbered) LinkSeen { get; set; }

    /// <summary>How many unreadable stretches lie before the place where the stream's last sequence was seen.</summary>
    public int StretchesSeen { get; set; }

    public ulong LastSequence => _core.TailLast;

    /// <summary>Messages that are in the log, do not count, and were not written down as removed yet.</summary>
    public IReadOnlyCollection<ulong> Dropped => _dropped ?? (IReadOnlyCollection<ulong>)[];

    /// <summary>A message of this subject is likely to come soon.</summary>
    public void Expect(ulong subjectHash) => _core.Committed.Subjects.Prefetch(subjectHash);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Message(in ReplayedMessage message, int segment, int offsetBytes)
    {
        ref readonly RecordHeader header = ref message.Header;
        ref readonly MessageFacts facts = ref message.Facts;
        if ((header.Flags & RecordFlags.RollupAll) != 0)
            RemoveAll(header.Sequence);

        StreamIndex index = _core.Committed;
        int subject = index.ReplayAdd(
            header.Sequence, message.Subject, message.SubjectHash, message.PlainBytes, header.HeadersBytes > 0,
            header.Shape, facts.TimestampNanos);
        ref SequenceEntry entry = ref index.Sequences[header.Sequence];
        entry.SetPlace(segment, offsetBytes);
        index.OnPlaced(in entry);
        if (message.IsBlank)
            entry.SetFlag(EntryFlags.Blank);
        if (facts.ExpiresAtNanos == long.MaxValue)
            entry.SetFlag(EntryFlags.NeverExpires);
        else if (facts.ExpiresAtNanos != 0)
            _core.Expiry.Add(facts.ExpiresAtNanos, header.Sequence);
        UseSequence(header.Sequence);
        _core.TailLastTimestampNanos = _core.CommittedLastTimestampNanos = facts.TimestampNanos;

        if ((header.Flags & RecordFlags.RollupSubject) != 0)
            RemoveOlder(subject, header.Sequence);
        if (facts.Dropped != 0)
            Remove(facts.Dropped);
        RemoveBelow(facts.Floor);
    }

    /// <summary>A message whose content is not readable: its header still says which sequence it had.</summary>
    public void LostMessage(in RecordHeader header)
    {
        if ((header.Flags & RecordFlags.RollupAll) != 0)
            RemoveAll(header.Sequence);
        UseSequence(header.Sequence);
    }

    /// <summary>Takes a message out of the index, as if it had never come in.</summary>
    /// <returns>Whether it was there.</returns>
    public bool TakeOut(ulong sequence) => _core.Committed.ReplayRemove(sequence);

    /// <summary>A message is gone, and was to be overwritten: asked for again, as that may not have been done.</summary>
    public void Erase(ulong sequence)
    {
        if (_core.Committed.IsVisible(sequence))
            _core.Backend.Erase(sequence, in _core.Committed.Sequences[sequence]);
        Remove(sequence);
    }

    /// <summary>A message of a batch that was not finished: it does not count, and its sequence stays used.</summary>
    public void Drop(ulong sequence)
    {
        Lose(sequence);
        (_dropped ??= []).Add(sequence);
    }

    /// <summary>A message of a batch of which too much is damaged: it does not count, and is lost.</summary>
    public void Lose(ulong sequence)
    {
        UseSequence(sequence);
        NoteUnfinished(sequence);
    }

    /// <summary>A message of a batch that did not count.</summary>
    public void NoteUnfinished(ulong sequence) => ((FileStreamBackend)_core.Backend).Unfinished.Add(sequence);

    public void Remove(ulong sequence)
    {
        _dropped?.Remove(sequence);
        TakeOut(sequence);
        _core.Lost.Remove(sequence);
    }

    public void RemoveBelow(ulong sequence)
    {
        if (sequence == 0)
            return;
        StreamIndex index = _core.Committed;
        while (index.First != 0 && index.First < sequence)
            Remove(index.First);
        _core.Lost.RemoveBelow(sequence);
    }

    public void Purge(ReadOnlySpan<byte> filter, ulong before)
    {
        if (filter.IsEmpty && before > _core.TailLast)
        {
            RemoveAll(before);
            return;
        }
        if (filter.IsEmpty)
        {
            RemoveBelow(before);
            return;
        }
        var matching = new Collector(before);
        using var walk = new SubjectSliceWalk([filter.ToArray()], matchesAll: false);
        walk.MoveToEnd(_core, newest: false, ref matching);
        foreach (ulong sequence in matching.Sequences)
            Remove(sequence);
    }

    /// <summary>A record of the stream lies in a segment. To be called for each, before what it says is applied.</summary>
    public void NoteRecord(LogSegment segment, in RecordHeader header)
    {
        ((FileStreamBackend)_core.Backend).NoteRecord(segment, in header);
        if (header.Kind.IsState)
            segment.AddLive(header.AlignedBytes);
    }

    /// <summary>The same, of a record that says what the stream is.</summary>
    public void Describe(LogSegment segment, in RecordHeader header, StreamDescription description)
    {
        NoteRecord(segment, in header);
        if (!description.IsSameAs(_stream.Description))
            _stream.ReplayDescription(description);
        ((FileStreamBackend)_core.Backend).Footprint.NoteDescription(_stream.Description);
    }

    /// <summary>The stream is deleted; what is on the disk of it waits for compaction.</summary>
    public void Delete()
    {
        RemoveAll(ulong.MaxValue);
        _core.IsDeleted = _core.IsDeletionCommitted = true;
    }

    /// <summary>When the last message came, which is not in the log any more.</summary>
    public void LastTimestamp(long nanos)
    {
        nanos = Math.Max(nanos, _core.TailLastTimestampNanos);
        _core.TailLastTimestampNanos = _core.CommittedLastTimestampNanos = nanos;
    }

    public void SkipTo(ulong nextSequence) => UseSequence(nextSequence - 1);

    public void Reserve(ulong upTo) => _reservedUpTo = Math.Max(_reservedUpTo, upTo);

    /// <summary>The store was closed here: what was reserved was not given out.</summary>
    public void ClosedCleanly() => _reservedUpTo = 0;

    /// <summary>Whether a gap before this sequence is explained by a reservation.</summary>
    public bool IsReserved(ulong sequence) => sequence <= _reservedUpTo + 1;

    public void AddLost(ulong sequence) => _core.Lost.Add(sequence, 0);

    /// <summary>The same, of a message whose header is there: it says how large the message was, as it was stored.</summary>
    public void AddLost(ulong sequence, in RecordHeader header) => _core.Lost.Add(
        sequence, _core.Backend.Accounting.SizeOf(header.ContentBytes, header.HeadersBytes > 0));

    public bool IsLost(ulong sequence) => _core.Lost.Contains(sequence);

    public void RemoveLost(ulong sequence) => _core.Lost.Remove(sequence);

    /// <summary>The log is at its end.</summary>
    /// <returns>The sequence up to which reservations hold.</returns>
    public ulong Finish()
    {
        UseSequence(_reservedUpTo);
        _core.Committed.EndReplay();
        return _core.TailLast;
    }

    private void UseSequence(ulong sequence)
    {
        _core.TailLast = Math.Max(_core.TailLast, sequence);
        _core.CommittedLast = _core.TailLast;
    }

    private void RemoveOlder(int subject, ulong before)
    {
        StreamIndex index = _core.Committed;
        while (subject != 0 && index.Subjects[subject].First is var oldest && oldest != 0 && oldest < before)
            Remove(oldest);
    }

    private void RemoveAll(ulong below)
    {
        _core.BeginGeneration();
        _core.ReplaceCommitted();
        _core.Committed.BeginReplay();
        _core.Lost.RemoveBelow(below);
    }

    private readonly struct Collector(ulong before) : ISubjectVisitor
    {
        public List<ulong> Sequences { get; } = [];

        public bool Visit(StreamIndex index, int subject)
        {
            ulong sequence = index.Subjects[subject].First;
            while (sequence != 0 && sequence < before)
            {
                Sequences.Add(sequence);
                sequence = index.Sequences.NextInSubject(sequence);
            }
            return true;
        }
    }
}
