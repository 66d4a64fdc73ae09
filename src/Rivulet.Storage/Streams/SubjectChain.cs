using Rivulet.Storage.Indexing;

namespace Rivulet.Storage.Streams;

/// <summary>
/// Questions about the visible messages of one subject, answered along its chain from both ends at once, so that they
/// cost twice the distance to the nearer end. Under the stream's index lock.
/// </summary>
internal static class SubjectChain
{
    /// <summary>The oldest visible message of a subject at or above a sequence, or 0.</summary>
    public static ulong FirstFrom(StreamIndex index, int subject, ulong from)
    {
        SubjectMessages entry = index.Subjects[subject];
        if (entry.Count == 0 || entry.Last < from)
            return 0;
        ulong ahead = entry.First;
        ulong back = entry.Last;
        while (ahead < from)
        {
            ulong previous = index.Sequences.PreviousInSubject(back);
            if (previous < from)
                return back;
            back = previous;
            ahead = index.Sequences.NextInSubject(ahead);
        }
        return ahead;
    }

    /// <summary>The newest visible message of a subject at or below a sequence, or 0.</summary>
    public static ulong LastUpTo(StreamIndex index, int subject, ulong upTo)
    {
        SubjectMessages entry = index.Subjects[subject];
        if (entry.Count == 0 || entry.First > upTo)
            return 0;
        ulong ahead = entry.First;
        ulong back = entry.Last;
        while (back > upTo)
        {
            ulong next = index.Sequences.NextInSubject(ahead);
            if (next > upTo)
                return ahead;
            ahead = next;
            back = index.Sequences.PreviousInSubject(back);
        }
        return back;
    }

    /// <summary>How many visible messages a subject has at or above a sequence.</summary>
    public static ulong CountFrom(StreamIndex index, int subject, ulong from)
    {
        SubjectMessages entry = index.Subjects[subject];
        if (entry.Count == 0 || entry.Last < from)
            return 0;
        ulong ahead = entry.First;
        ulong back = entry.Last;
        for (ulong steps = 0; ; steps++)
        {
            if (ahead >= from)
                return entry.Count - steps;
            ahead = index.Sequences.NextInSubject(ahead);
            back = index.Sequences.PreviousInSubject(back);
            if (back < from)
                return steps + 1;
        }
    }
}
