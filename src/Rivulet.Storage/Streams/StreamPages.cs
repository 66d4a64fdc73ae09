using System.Runtime.CompilerServices;
using Rivulet.Storage.Indexing;

namespace Rivulet.Storage.Streams;

/// <summary>
/// Fills pages of subjects from the committed view, each in one hold of the index lock, and reads what they found. A page
/// looks at a bounded number of subjects, so it costs what it gives and not what the stream holds.
/// </summary>
internal sealed class StreamPages(StreamCore core, StreamReader reader)
{
    private readonly StreamCore _core = core;
    private readonly StreamReader _reader = reader;

    public void Find(in SubjectRange range, ulong upTo, int max, SubjectPage into)
    {
        lock (_core.Gate)
        {
            StreamIndex index = _core.Committed;
            into.Begin(_core.CommittedLast, index.HeldFrom);
            var cursor = new SubjectMatchCursor(
                index, range.Filter.Filters, range.Filter.MatchesAll, SubjectSliceWalk.SliceSubjects);
            bool found = cursor.MoveTo(range.From.Span);
            while (found && IsBefore(cursor.Key, range.Before.Span))
            {
                if (into.Count == max)
                {
                    into.StopAt(cursor.Key);
                    break;
                }
                Add(index, cursor.Subject, upTo, into);
                found = cursor.MoveNext();
            }
            if (cursor.IsPaused && IsBefore(cursor.Key, range.Before.Span))
                into.StopAt(cursor.Key);
            cursor.Dispose();
        }
    }

    public void Find(IReadOnlyList<ReadOnlyMemory<byte>> subjects, ulong upTo, SubjectPage into)
    {
        lock (_core.Gate)
        {
            StreamIndex index = _core.Committed;
            into.Begin(_core.CommittedLast, index.HeldFrom);
            for (int i = 0; i < subjects.Count; i++)
            {
                int subject = index.Subjects.Find(subjects[i].Span);
                if (subject == 0 || !Add(index, subject, upTo, into))
                    into.Add(subjects[i].Span, 0, 0, default);
            }
        }
    }

    public ReadStatus Read(SubjectPage page, int index, StoredMessage into)
    {
        ulong sequence = page.SequenceAt(index);
        if (sequence == 0)
        {
            into.Clear();
            return ReadStatus.NotFound;
        }

        // Another message may have its place in the bucket by now. Its bytes are where they were until they are overwritten,
        // or the store rewrites the segment; then it is looked up, and found if it only moved.
        bool isRead = _core.Backend.TryRead(sequence, in page.EntryAt(index), into, out ReadStatus status);
        return isRead && (status == ReadStatus.Failed || (status == ReadStatus.Found && !into.IsBlank))
            ? status
            : _reader.Read(sequence, into);
    }

    private static bool IsBefore(ReadOnlySpan<byte> key, ReadOnlySpan<byte> before) =>
        before.IsEmpty || key.SequenceCompareTo(before) < 0;

    /// <returns>Whether the subject has a message there.</returns>
    private static bool Add(StreamIndex index, int subject, ulong upTo, SubjectPage into)
    {
        SubjectMessages messages = index.Subjects[subject];
        ulong sequence = messages.Count == 0 || messages.Last <= upTo
            ? messages.Last
            : SubjectChain.LastUpTo(index, subject, upTo);
        ref SequenceEntry entry = ref index.Sequences.Find(sequence);
        if (messages.Count == 0 || sequence == 0 || Unsafe.IsNullRef(ref entry))
            return false;
        ulong later = sequence == messages.Last ? 0 : SubjectChain.CountFrom(index, subject, sequence + 1);
        into.Add(index.Subjects.KeyOf(subject), sequence, messages.Count - later, in entry);
        return true;
    }
}
