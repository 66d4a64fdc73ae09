using System.Runtime.CompilerServices;
using Rivulet.Protocol;
using Rivulet.Storage.Indexing;

namespace Rivulet.Storage.Streams;

/// <summary>
/// Answers readers from the committed view. Each question holds the index lock for a look-up or a slice, and reads from
/// the disk with no lock held.
/// </summary>
internal sealed class StreamReader(StreamCore core, StreamSearch search)
{
    private const int SliceMessages = 1024;

    private readonly StreamCore _core = core;
    private readonly StreamSearch _search = search;

    public StreamState State
    {
        get
        {
            lock (_core.Gate)
            {
                StreamIndex index = _core.Committed;
                bool empty = index.Messages == 0;
                ulong last = _core.CommittedLast;
                ulong first = !empty ? index.First : last == 0 ? 0 : last + 1;
                return new StreamState
                {
                    Messages = index.Messages,
                    Bytes = index.Bytes,
                    FirstSequence = first,
                    FirstTimestampNanos = empty ? 0 : index.Sequences[first].TimestampNanos,
                    LastSequence = last,
                    LastTimestampNanos = _core.CommittedLastTimestampNanos,
                    Subjects = index.VisibleSubjects,
                    Deleted = empty ? 0 : last - first + 1 - index.Messages,
                    Lost = _core.Lost.ToList(),
                    LostBytes = _core.Lost.Bytes,
                };
            }
        }
    }

    public ReadStatus Read(ulong sequence, StoredMessage into)
    {
        while (true)
        {
            SequenceEntry entry;
            lock (_core.Gate)
            {
                ref SequenceEntry found = ref _core.Committed.Sequences.Find(sequence);
                if (Unsafe.IsNullRef(ref found) || sequence > _core.Committed.VisibleLast)
                    return Missing(into);
                entry = found;
            }
            if (TryRead(sequence, in entry, into, out ReadStatus status))
                return status;
        }
    }

    public ReadStatus ReadLast(ReadOnlySpan<byte> filter, StoredMessage into)
    {
        if (!filter.IsEmpty && Subject.IsLiteral(filter))
            return ReadLastOf(filter, into);
        while (true)
        {
            ulong sequence = _search.FindLast(filter, ulong.MaxValue);
            if (sequence == 0)
                return Missing(into);

            // A message that goes between the two steps was replaced or removed: the answer is a new one.
            ReadStatus status = Read(sequence, into);
            if (status != ReadStatus.NotFound)
                return status;
        }
    }

    public ReadStatus ReadNext(ulong from, FilterSet filter, StoredMessage into)
    {
        while (true)
        {
            ulong sequence = _search.FindNext(from, filter, out SequenceEntry entry);
            if (sequence == 0)
                return Missing(into);
            if (!TryRead(sequence, in entry, into, out ReadStatus status))
                status = Read(sequence, into);
            if (status == ReadStatus.NotFound)
            {
                from = sequence + 1;
                continue;
            }
            if (status != ReadStatus.Found)
                into.Set(sequence, 0, 0, 0, 0, 0);
            return status;
        }
    }

    public ulong FindByTime(long timestampNanos)
    {
        lock (_core.Gate)
        {
            StreamIndex index = _core.Committed;
            ulong best = _core.CommittedLast + 1;
            ulong low = index.First;
            ulong high = index.VisibleLast;
            while (index.Messages > 0 && low <= high)
            {
                ulong middle = low + ((high - low) / 2);
                ulong sequence = index.Sequences.Next(middle);
                if (sequence == 0 || sequence > high)
                {
                    high = middle - 1;
                }
                else if (index.Sequences[sequence].TimestampNanos < timestampNanos)
                {
                    low = sequence + 1;
                }
                else
                {
                    best = sequence;
                    high = middle - 1;
                }
            }
            return best;
        }
    }

    public (ulong Count, ulong Upto) CountPending(ulong from, FilterSet filter, bool lastPerSubject)
    {
        ulong upTo;
        lock (_core.Gate)
        {
            StreamIndex index = _core.Committed;
            upTo = _core.CommittedLast;
            if (filter.MatchesAll && !lastPerSubject)
            {
                ulong visible = from > index.VisibleLast
                    ? 0
                    : index.Sequences.CountFrom(from) - index.Sequences.CountFrom(index.VisibleLast + 1);
                return (visible, upTo);
            }
        }
        var counter = new PendingCounter(from, upTo, lastPerSubject);
        using var walk = new SubjectSliceWalk(filter.Filters, filter.MatchesAll);
        walk.MoveToEnd(_core, newest: false, ref counter);
        return (counter.Count, upTo);
    }

    public int LastPerSubject(FilterSet filter, ulong upTo, int max, List<ulong> into)
    {
        int start = into.Count;
        var collector = new LastCollector(upTo, max, into);
        using var walk = new SubjectSliceWalk(filter.Filters, filter.MatchesAll);
        walk.MoveToEnd(_core, newest: false, ref collector);
        into.Sort(start, into.Count - start, null);
        return collector.Found;
    }

    public int DeletedSequences(ulong from, int max, List<ulong> into)
    {
        int limit = into.Count + max;
        int start = into.Count;
        while (CollectDeletedSlice(ref from, limit, into))
        {
        }
        return into.Count - start;
    }

    /// <returns>Whether there is more to collect.</returns>
    private bool CollectDeletedSlice(ref ulong from, int limit, List<ulong> into)
    {
        lock (_core.Gate)
        {
            StreamIndex index = _core.Committed;
            if (index.Messages == 0)
                return false;
            from = Math.Max(from, index.First);
            for (int i = 0; i < SliceMessages; i++)
            {
                ulong present = index.Sequences.Next(from);
                if (present == 0 || present > index.VisibleLast)
                    present = _core.CommittedLast + 1;
                while (from < present && into.Count < limit)
                    into.Add(from++);
                if (from < present || present > _core.CommittedLast)
                    return false;
                from = present + 1;
            }
            return true;
        }
    }

    // Perf: what most gets are; one look under the lock finds the subject and its newest message.
    private ReadStatus ReadLastOf(ReadOnlySpan<byte> subjectKey, StoredMessage into)
    {
        while (true)
        {
            ulong sequence;
            SequenceEntry entry = default;
            lock (_core.Gate)
            {
                StreamIndex index = _core.Committed;
                int subject = index.Subjects.Find(subjectKey);
                sequence = subject == 0 ? 0 : index.Subjects[subject].Last;
                if (sequence != 0)
                    entry = index.Sequences[sequence];
            }
            if (sequence == 0)
                return Missing(into);
            if (TryRead(sequence, in entry, into, out ReadStatus status))
                return status;
        }
    }

    // A store that was closed has no index any more: it does not know what there is.
    private ReadStatus Missing(StoredMessage into)
    {
        into.Clear();
        return _core.IsClosed ? ReadStatus.Failed : ReadStatus.NotFound;
    }

    /// <summary>Reads a message that was found a moment ago.</summary>
    /// <returns>Whether it was still there; it may have moved meanwhile, and is to be looked up again.</returns>
    private bool TryRead(ulong sequence, in SequenceEntry entry, StoredMessage into, out ReadStatus status)
    {
        bool isThere = _core.Backend.TryRead(sequence, in entry, into, out status);
        if (isThere && status == ReadStatus.Found && into.IsBlank)
        {
            // It may have been removed and overwritten since it was looked up.
            return IsStillThere(sequence, in entry);
        }
        if (isThere && status != ReadStatus.Damaged)
            return true;

        // Of what is not there any more the index has the new place by now; else the record is lost with its segment.
        if (!NoteDamage(sequence, in entry))
            return false;
        into.Clear();
        status = ReadStatus.Damaged;
        return true;
    }

    private bool IsStillThere(ulong sequence, in SequenceEntry entry)
    {
        lock (_core.Gate)
        {
            if (!_core.Committed.IsVisible(sequence))
                return false;
            ref SequenceEntry present = ref _core.Committed.Sequences[sequence];
            return present.Segment == entry.Segment && present.OffsetBytes == entry.OffsetBytes;
        }
    }

    /// <returns>
    /// Whether the message is still there, and in the same place; one that was removed meanwhile may have been
    /// overwritten, and one that moved was looked for in the wrong place.
    /// </returns>
    private bool NoteDamage(ulong sequence, in SequenceEntry entry)
    {
        bool isNew;
        lock (_core.Gate)
        {
            if (!_core.Committed.IsVisible(sequence))
                return false;
            ref SequenceEntry present = ref _core.Committed.Sequences[sequence];
            if (present.Segment != entry.Segment || present.OffsetBytes != entry.OffsetBytes)
                return false;
            isNew = _core.Lost.Add(sequence, _core.Backend.Accounting.SizeOf(in entry));
        }
        if (isNew)
            _core.Backend.ReportDamage(sequence, in entry);
        return true;
    }

    /// <summary>Counts messages from a sequence on and up to another, by subject.</summary>
    private struct PendingCounter(ulong from, ulong upTo, bool lastPerSubject) : ISubjectVisitor
    {
        public ulong Count { get; private set; }

        public bool Visit(StreamIndex index, int subject)
        {
            if (lastPerSubject)
                Count += SubjectChain.LastUpTo(index, subject, upTo) is var last && last != 0 && last >= from ? 1UL : 0;
            else
                Count += SubjectChain.CountFrom(index, subject, from) - SubjectChain.CountFrom(index, subject, upTo + 1);
            return true;
        }
    }

    /// <summary>Collects the last message of each subject up to a sequence.</summary>
    private struct LastCollector(ulong upTo, int max, List<ulong> into) : ISubjectVisitor
    {
        public int Found { get; private set; }

        public bool Visit(StreamIndex index, int subject)
        {
            ulong last = SubjectChain.LastUpTo(index, subject, upTo);
            if (last == 0)
                return true;
            if (Found++ < max)
                into.Add(last);
            return Found <= max;
        }
    }
}
