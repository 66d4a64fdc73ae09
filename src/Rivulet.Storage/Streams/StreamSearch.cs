using Rivulet.Protocol;
using Rivulet.Storage.Indexing;

namespace Rivulet.Storage.Streams;

/// <summary>
/// Finds messages by filter. With wildcards there are two ways: along the sequences, which is quick when many messages
/// match, and along the matching subjects, which is quick when few subjects do. Both are taken in turns, a slice of the
/// index lock each, so that a search costs about twice the cheaper one.
/// </summary>
internal sealed class StreamSearch(StreamCore core)
{
    private const int SliceMessages = 512;

    private readonly StreamCore _core = core;

    /// <summary>The lowest visible sequence at or above one that matches, or 0.</summary>
    public ulong FindNext(ulong from, FilterSet filter) => FindNext(from, filter, out _);

    /// <summary>The lowest visible sequence at or above one that matches, or 0, and where it is now.</summary>
    /// <param name="from">The lowest that will do.</param>
    /// <param name="filter">What it is to match.</param>
    /// <param name="entry">Its entry, if there is one.</param>
    public ulong FindNext(ulong from, FilterSet filter, out SequenceEntry entry)
    {
        if (filter.MatchesAll)
            return NextOfAll(from, out entry);
        if (AreLiteral(filter.Filters))
            return NextOfLiterals(from, filter.Filters, out entry);

        ulong scanFrom = from;
        var walk = new ExtremeOfSubjects(from, ascending: true, newest: false);
        using var slices = new SubjectSliceWalk(filter.Filters, matchesAll: false);
        while (true)
        {
            if (ScanForward(ref scanFrom, filter, out ulong found, out entry))
                return found;
            if (slices.MoveSlice(_core, newest: false, ref walk))
                continue;
            if (walk.Best == 0 || IsVisible(walk.Best, out entry))
                return walk.Best;

            // What was found went meanwhile: look for the one behind it.
            return FindNext(walk.Best + 1, filter, out entry);
        }
    }

    /// <summary>The lowest visible sequence at or above one whose message has headers, or 0.</summary>
    public ulong FindNextWithHeaders(ulong from)
    {
        ulong found;
        while (!SkipWithoutHeaders(ref from, out found))
        {
        }
        return found;
    }

    /// <summary>The highest visible sequence at or below one that matches, or 0.</summary>
    public ulong FindLast(ReadOnlySpan<byte> filter, ulong upTo) => FindLast(filter, upTo, newest: false);

    /// <summary>The highest sequence of the writer's view that matches, or 0.</summary>
    public ulong TailLast(ReadOnlySpan<byte> filter) => FindLast(filter, ulong.MaxValue, newest: true);

    private ulong FindLast(ReadOnlySpan<byte> filter, ulong upTo, bool newest)
    {
        if (filter.IsEmpty || filter.SequenceEqual(">"u8))
            return LastOfAll(upTo, newest);
        if (Subject.IsLiteral(filter))
            return LastOfLiteral(filter, upTo, newest);

        byte[] copy = filter.ToArray();
        ulong scanUpTo = upTo;
        var walk = new ExtremeOfSubjects(upTo, ascending: false, newest);
        using var slices = new SubjectSliceWalk([copy], matchesAll: false);
        while (true)
        {
            if (ScanBackward(ref scanUpTo, filter, newest, out ulong found))
                return found;
            if (slices.MoveSlice(_core, newest, ref walk))
                continue;
            if (walk.Best == 0 || newest || IsVisible(walk.Best, out _))
                return walk.Best;
            return FindLast(copy, walk.Best - 1, newest);
        }
    }

    private static bool AreLiteral(IReadOnlyList<ReadOnlyMemory<byte>> filters)
    {
        for (int i = 0; i < filters.Count; i++)
        {
            if (!Subject.IsLiteral(filters[i].Span))
                return false;
        }
        return true;
    }

    private bool IsVisible(ulong sequence, out SequenceEntry entry)
    {
        lock (_core.Gate)
        {
            bool isVisible = _core.Committed.IsVisible(sequence);
            entry = isVisible ? _core.Committed.Sequences[sequence] : default;
            return isVisible;
        }
    }

    private ulong NextOfAll(ulong from, out SequenceEntry entry)
    {
        lock (_core.Gate)
        {
            StreamIndex index = _core.Committed;
            ulong found = index.Sequences.Next(from);
            bool isVisible = found != 0 && found <= index.VisibleLast;
            entry = isVisible ? index.Sequences[found] : default;
            return isVisible ? found : 0;
        }
    }

    private ulong NextOfLiterals(ulong from, IReadOnlyList<ReadOnlyMemory<byte>> literals, out SequenceEntry entry)
    {
        ulong best = 0;
        lock (_core.Gate)
        {
            StreamIndex index = _core.Committed;
            for (int i = 0; i < literals.Count; i++)
            {
                int subject = index.Subjects.Find(literals[i].Span);
                ulong found = subject == 0 ? 0 : SubjectChain.FirstFrom(index, subject, from);
                if (found != 0 && (best == 0 || found < best))
                    best = found;
            }
            entry = best == 0 ? default : index.Sequences[best];
        }
        return best;
    }

    private ulong LastOfAll(ulong upTo, bool newest)
    {
        lock (_core.Gate)
        {
            StreamIndex index = newest ? _core.Newest : _core.Committed;
            if (!newest)
                return index.Sequences.Previous(Math.Min(upTo, index.VisibleLast));
            ulong found = index.Sequences.Previous(Math.Min(upTo, _core.TailLast));
            while (found != 0 && index.Sequences[found].IsTailRemoved)
                found = index.Sequences.Previous(found - 1);
            return found;
        }
    }

    private ulong LastOfLiteral(ReadOnlySpan<byte> literal, ulong upTo, bool newest)
    {
        lock (_core.Gate)
        {
            StreamIndex index = newest ? _core.Newest : _core.Committed;
            int subject = index.Subjects.Find(literal);
            if (subject == 0)
                return 0;
            return newest ? index.TailLastOf(subject) : SubjectChain.LastUpTo(index, subject, upTo);
        }
    }

    /// <returns>Whether the scan is over; then <paramref name="found"/> is the answer.</returns>
    private bool ScanForward(ref ulong from, FilterSet filter, out ulong found, out SequenceEntry entry)
    {
        entry = default;
        lock (_core.Gate)
        {
            StreamIndex index = _core.Committed;
            for (int i = 0; i < SliceMessages; i++)
            {
                found = index.Sequences.Next(from);
                if (found == 0 || found > index.VisibleLast)
                {
                    found = 0;
                    return true;
                }
                ref SequenceEntry here = ref index.Sequences[found];
                if (filter.Matches(index.Subjects.KeyOf(here.Subject)))
                {
                    entry = here;
                    return true;
                }
                from = found + 1;
            }
            found = 0;
            return false;
        }
    }

    /// <returns>Whether the scan is over; then <paramref name="found"/> is the answer.</returns>
    private bool SkipWithoutHeaders(ref ulong from, out ulong found)
    {
        lock (_core.Gate)
        {
            StreamIndex index = _core.Committed;
            for (int i = 0; i < SliceMessages; i++)
            {
                found = index.Sequences.Next(from);
                if (found > index.VisibleLast)
                    found = 0;
                if (found == 0 || index.Sequences[found].HasHeaders)
                    return true;
                from = found + 1;
            }
            found = 0;
            return false;
        }
    }

    /// <returns>Whether the scan is over; then <paramref name="found"/> is the answer.</returns>
    private bool ScanBackward(ref ulong upTo, ReadOnlySpan<byte> filter, bool newest, out ulong found)
    {
        lock (_core.Gate)
        {
            StreamIndex index = newest ? _core.Newest : _core.Committed;
            upTo = Math.Min(upTo, newest ? _core.TailLast : index.VisibleLast);
            for (int i = 0; i < SliceMessages; i++)
            {
                found = index.Sequences.Previous(upTo);
                if (found == 0)
                    return true;
                ref SequenceEntry entry = ref index.Sequences[found];
                if (!(newest && entry.IsTailRemoved) && Subject.Matches(index.Subjects.KeyOf(entry.Subject), filter))
                    return true;
                upTo = found - 1;
            }
            found = 0;
            return false;
        }
    }

    /// <summary>Keeps the lowest sequence from a bound on, or the highest up to one, of the subjects it is shown.</summary>
    private struct ExtremeOfSubjects(ulong bound, bool ascending, bool newest) : ISubjectVisitor
    {
        public ulong Best { get; private set; }

        public bool Visit(StreamIndex index, int subject)
        {
            ulong found = ascending ? SubjectChain.FirstFrom(index, subject, bound)
                : newest ? index.TailLastOf(subject)
                : SubjectChain.LastUpTo(index, subject, bound);
            if (found != 0 && (Best == 0 || (ascending ? found < Best : found > Best)))
                Best = found;
            return true;
        }
    }
}
