using Rivulet.Storage.Indexing;
using Rivulet.Storage.Records;

namespace Rivulet.Storage.Streams;

/// <summary>
/// Removes messages. What goes is found in the writer's view, taken out of it, and written down as a fact that needs
/// no finding at recovery: sequences, or a filter with an upper bound that later messages cannot meet. The caller
/// holds the stream's writer lock.
/// </summary>
internal sealed class StreamRemover(StreamCore core)
{
    /// <summary>Most sequences that one record names.</summary>
    private const int RecordSequencesMax = 4096;

    /// <summary>Most messages handled in one hold of the index lock.</summary>
    private const int SliceMessages = 1024;

    private readonly StreamCore _core = core;

    public RemoveResult Remove(ulong sequence, bool erase)
    {
        lock (_core.Gate)
        {
            if (!_core.Newest.TailRemove(sequence))
                return new RemoveResult(false, _core.TailPosition);
            if (erase)
                RestateRemovals(sequence);
            Span<byte> body = stackalloc byte[RemoveBody.BytesFor(1)];
            RemoveBody.Write(body, RemoveReason.Request, new ReadOnlySpan<ulong>(in sequence));
            LogPosition position = _core.Backend.AppendControl(
                RecordKind.Remove, erase ? RecordFlags.Erase : RecordFlags.None, 0, body);
            _core.AddToTail(new PendingOperation
            {
                Kind = PendingKind.RemoveOne,
                Erase = erase,
                Sequence = sequence,
                Position = position,
            });
            return new RemoveResult(true, position);
        }
    }

    public PurgeResult Purge(ReadOnlySpan<byte> filter, ulong beforeSequence, ulong keep)
    {
        if (beforeSequence != 0 && keep != 0)
            throw new ArgumentException("a purge takes a bound or a number to keep, not both", nameof(keep));
        return filter.IsEmpty || filter.SequenceEqual(">"u8)
            ? PurgeBelow(keep == 0 ? beforeSequence : NewestKept(keep))
            : PurgeMatching(filter, beforeSequence, keep);
    }

    /// <summary>Writes down that these messages, which left the writer's view already, are gone.</summary>
    public LogPosition AppendRemoval(List<ulong> sequences, RemoveReason reason) =>
        AppendRemoval(sequences, reason, PendingKind.RemoveList);

    /// <summary>Writes down that these messages, which are in the log and in no view, are gone.</summary>
    public void AppendDropped(List<ulong> sequences) =>
        AppendRemoval(sequences, RemoveReason.Unfinished, PendingKind.Mark);

    /// <summary>Writes down that these messages, which are in no view, are lost.</summary>
    public void AppendLost(List<ulong> sequences) => AppendRemoval(sequences, RemoveReason.Lost, PendingKind.Mark);

    private LogPosition AppendRemoval(List<ulong> sequences, RemoveReason reason, PendingKind kind)
    {
        LogPosition position = LogPosition.None;
        for (int start = 0; start < sequences.Count; start += RecordSequencesMax)
        {
            List<ulong> part = sequences.GetRange(start, Math.Min(RecordSequencesMax, sequences.Count - start));
            byte[] body = RemoveBody.Create(reason, part);
            lock (_core.Gate)
            {
                position = _core.Backend.AppendControl(RecordKind.Remove, RecordFlags.None, 0, body);
                _core.AddToTail(new PendingOperation { Kind = kind, Sequences = part, Position = position });
            }
        }
        return position;
    }

    /// <summary>Brings a stream below limits that were lowered.</summary>
    public void ApplyLimits(StreamLimits limits)
    {
        if (limits.MaxMessagesPerSubject > 0)
        {
            List<ulong> surplus = CollectSurplus(limits.MaxMessagesPerSubject);
            TakeFromTail(surplus);
            AppendRemoval(surplus, RemoveReason.Limits);
        }
        if (!limits.DiscardNew && FirstWithin(limits) is var floor && floor > 0)
            PurgeBelow(floor);
    }

    private PurgeResult PurgeBelow(ulong beforeSequence)
    {
        lock (_core.Gate)
        {
            StreamIndex index = _core.Newest;
            bool everything = beforeSequence == 0 || beforeSequence > _core.TailLast;
            if (everything)
            {
                ulong count = index.TailMessages;
                if (count == 0)
                    return new PurgeResult(0, _core.TailPosition);
                _core.BeginGeneration();
                return new PurgeResult(count, AppendPurge([], _core.TailLast + 1, PendingKind.RemoveAll, null));
            }
            if (index.TailFirst == 0 || index.TailFirst >= beforeSequence)
                return new PurgeResult(0, _core.TailPosition);
        }
        ulong removed = 0;
        while (RemoveSliceBelow(beforeSequence, ref removed))
        {
        }
        lock (_core.Gate)
            return new PurgeResult(removed, AppendPurge([], beforeSequence, PendingKind.RemoveBelow, null));
    }

    /// <summary>
    /// Says again what a message that is to be overwritten may have removed, older ones of its subject or of the whole
    /// stream: a power cut can tear the overwriting, and a torn record says nothing any more. What its record says in
    /// detail lies within this, and this is true: nothing older than the oldest is there.
    /// </summary>
    private void RestateRemovals(ulong sequence)
    {
        StreamIndex index = _core.Newest;
        int subject = index.Sequences[sequence].Subject;
        ReadOnlySpan<byte> key = index.Subjects.KeyOf(subject);

        // A filter is all that a purge has, and a key that looks like one with wildcards would say too much.
        if (!key.ContainsAny((byte)'*', (byte)'>'))
            AppendGone(key, index.TailFirstOf(subject), sequence);
        AppendGone([], index.TailFirst, sequence);
    }

    private void AppendGone(ReadOnlySpan<byte> filter, ulong first, ulong before)
    {
        before = first == 0 ? before : Math.Min(first, before);
        if (before > 1)
            _core.Backend.AppendControl(RecordKind.Purge, RecordFlags.None, 0, PurgeBody.Create(filter, before));
    }

    /// <returns>Whether more is left.</returns>
    private bool RemoveSliceBelow(ulong beforeSequence, ref ulong removed)
    {
        lock (_core.Gate)
        {
            StreamIndex index = _core.Newest;
            for (int i = 0; i < SliceMessages; i++)
            {
                if (index.TailFirst == 0 || index.TailFirst >= beforeSequence)
                    return false;
                index.TailRemove(index.TailFirst);
                removed++;
            }
            return true;
        }
    }

    private PurgeResult PurgeMatching(ReadOnlySpan<byte> filter, ulong beforeSequence, ulong keep)
    {
        ulong before = beforeSequence == 0 ? ulong.MaxValue : beforeSequence;
        List<ulong> sequences = CollectMatching(filter.ToArray(), before);
        if (keep != 0)
        {
            sequences.Sort();
            int going = Math.Max(0, sequences.Count - (int)Math.Min(keep, int.MaxValue));
            before = going < sequences.Count ? sequences[going] : before;
            sequences.RemoveRange(going, sequences.Count - going);
        }
        if (sequences.Count == 0)
        {
            lock (_core.Gate)
                return new PurgeResult(0, _core.TailPosition);
        }
        TakeFromTail(sequences);
        lock (_core.Gate)
        {
            LogPosition position = AppendPurge(
                filter, Math.Min(before, _core.TailLast + 1), PendingKind.RemoveList, sequences);
            return new PurgeResult((ulong)sequences.Count, position);
        }
    }

    private LogPosition AppendPurge(
        ReadOnlySpan<byte> filter, ulong beforeSequence, PendingKind kind, List<ulong>? sequences)
    {
        byte[] body = PurgeBody.Create(filter, beforeSequence);

        // Written twice, so that one damaged record cannot bring back what was purged.
        _core.Backend.AppendControl(RecordKind.Purge, RecordFlags.None, 0, body);
        LogPosition position = _core.Backend.AppendControl(RecordKind.Purge, RecordFlags.None, 0, body);
        _core.AddToTail(new PendingOperation
        {
            Kind = kind,
            Sequence = beforeSequence,
            Sequences = sequences,
            Position = position,
        });
        return position;
    }

    /// <summary>The lowest of the newest messages that are to stay.</summary>
    private ulong NewestKept(ulong keep)
    {
        lock (_core.Gate)
        {
            StreamIndex index = _core.Newest;
            if (index.TailMessages <= keep)
                return 1;
            ulong sequence = _core.TailLast + 1;
            while (keep > 0)
            {
                sequence = index.Sequences.Previous(sequence - 1);
                if (!index.Sequences[sequence].IsTailRemoved)
                    keep--;
            }
            return sequence;
        }
    }

    private void TakeFromTail(List<ulong> sequences)
    {
        for (int start = 0; start < sequences.Count; start += SliceMessages)
        {
            lock (_core.Gate)
            {
                int end = Math.Min(start + SliceMessages, sequences.Count);
                for (int i = start; i < end; i++)
                    _core.Newest.TailRemove(sequences[i]);
            }
        }
    }

    private List<ulong> CollectMatching(byte[] filter, ulong before)
    {
        var visitor = new MatchingCollector(before);
        using var walk = new SubjectSliceWalk([filter], matchesAll: false);
        walk.MoveToEnd(_core, newest: true, ref visitor);
        return visitor.Sequences;
    }

    private List<ulong> CollectSurplus(long max)
    {
        var visitor = new SurplusCollector(max);
        using var walk = new SubjectSliceWalk([], matchesAll: true);
        walk.MoveToEnd(_core, newest: true, ref visitor);
        return visitor.Sequences;
    }

    /// <summary>The first sequence that count and byte limits let stay, or 0 when all may.</summary>
    private ulong FirstWithin(StreamLimits limits)
    {
        lock (_core.Gate)
        {
            StreamIndex index = _core.Newest;
            ulong messages = index.TailMessages;
            ulong bytes = index.TailBytes;
            ulong sequence = index.TailFirst;
            ulong floor = 0;
            while ((limits.MaxMessages > 0 && messages > (ulong)limits.MaxMessages) ||
                (limits.MaxBytes > 0 && bytes > (ulong)limits.MaxBytes))
            {
                messages--;
                bytes -= (ulong)_core.Backend.Accounting.SizeOf(in index.Sequences[sequence]);
                floor = sequence + 1;
                sequence = index.TailNext(sequence + 1);
            }
            return floor;
        }
    }

    /// <summary>Collects what a subject has below a bound.</summary>
    private readonly struct MatchingCollector(ulong before) : ISubjectVisitor
    {
        public List<ulong> Sequences { get; } = [];

        public bool Visit(StreamIndex index, int subject)
        {
            ulong sequence = index.TailFirstOf(subject);
            while (sequence != 0 && sequence < before)
            {
                if (!index.Sequences[sequence].IsTailRemoved)
                    Sequences.Add(sequence);
                sequence = index.Sequences.NextInSubject(sequence);
            }
            return true;
        }
    }

    /// <summary>Collects the oldest of a subject beyond a count.</summary>
    private readonly struct SurplusCollector(long max) : ISubjectVisitor
    {
        public List<ulong> Sequences { get; } = [];

        public bool Visit(StreamIndex index, int subject)
        {
            long surplus = index.TailCountOf(subject) - max;
            for (ulong sequence = index.TailFirstOf(subject); surplus > 0; sequence = index.Sequences.NextInSubject(sequence))
            {
                if (index.Sequences[sequence].IsTailRemoved)
                    continue;
                Sequences.Add(sequence);
                surplus--;
            }
            return true;
        }
    }
}
