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
        ref SubjectEntry entry = ref index.Subjects[subject];
        if (entry.Count == 0 || entry.Last < from)
            return 0;
        ulong ahead = entry.First;
        ulong back = entry.Last;
        while (ahead < from)
        {
            ulong previous = index.Sequences[back].Previous;
            if (previous < from)
                return back;
            back = previous;
            ahead = index.Sequences[ahead].Next;
        }
        return ahead;
    }

    /// <summary>The newest visible message of a subject at or below a sequence, or 0.</summary>
    public static ulong LastUpTo(StreamIndex index, int subject, ulong upTo)
    {
        ref SubjectEntry entry = ref index.Subjects[subject];
        if (entry.Count == 0 || entry.First > upTo)
            return 0;
        ulong ahead = entry.First;
        ulong back = entry.Last;
        while (back > upTo)
        {
            ulong next = index.Sequences[ahead].Next;
            if (next > upTo)
                return ahead;
            ahead = next;
            back = index.Sequences[back].Previous;
        }
        return back;
    }

    /// <summary>How many visible messages a subject has at or above a sequence.</summary>
    public static ulong CountFrom(StreamIndex index, int subject, ulong from)
    {
        ref SubjectEntry entry = ref index.Subjects[subject];
        if (entry.Count == 0 || entry.Last < from)
            return 0;
        ulong ahead = entry.First;
        ulong back = entry.Last;
        for (ulong steps = 0; ; steps++)
        {
            if (ahead >= from)
                return entry.Count - steps;
            ahead = index.Sequences[ahead].Next;
            back = index.Sequences[back].Previous;
            if (back < from)
                return steps + 1;
        }
    }
}
