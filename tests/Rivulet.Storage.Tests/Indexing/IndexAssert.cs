using Rivulet.Storage.Indexing;

namespace Rivulet.Storage.Tests.Indexing;

/// <summary>Compares two indexes in everything that can be asked of them.</summary>
internal static class IndexAssert
{
    public static void AreSame(StreamIndex expected, StreamIndex actual)
    {
        Assert.Equal(expected.Messages, actual.Messages);
        Assert.Equal(expected.Bytes, actual.Bytes);
        Assert.Equal(expected.First, actual.First);
        Assert.Equal(expected.VisibleLast, actual.VisibleLast);
        Assert.Equal(expected.VisibleSubjects, actual.VisibleSubjects);
        Assert.Equal(expected.TailMessages, actual.TailMessages);
        Assert.Equal(expected.TailBytes, actual.TailBytes);
        Assert.Equal(expected.TailFirst, actual.TailFirst);
        Assert.Equal(SequencesOf(expected), SequencesOf(actual));
        var a = new SubjectCursor(expected.Subjects);
        var b = new SubjectCursor(actual.Subjects);
        a.SeekFirst();
        b.SeekFirst();
        while (a.Subject != 0)
        {
            Assert.Equal(a.Key, b.Key);
            Assert.Equal(b.Subject, actual.Subjects.Find(b.Key));
            Assert.Equal(expected.Subjects[a.Subject].Count, actual.Subjects[b.Subject].Count);
            Assert.Equal(expected.Subjects[a.Subject].Last, actual.Subjects[b.Subject].Last);
            AssertSameChain(expected, a.Subject, actual, b.Subject);
            a.Next();
            b.Next();
        }
        Assert.Equal(0, b.Subject);
        a.Dispose();
        b.Dispose();
    }

    private static void AssertSameChain(StreamIndex expected, int subject, StreamIndex actual, int sameSubject)
    {
        ulong sequence = expected.Subjects[subject].First;
        Assert.Equal(sequence, actual.Subjects[sameSubject].First);
        for (; sequence != 0; sequence = expected.Sequences.NextInSubject(sequence))
        {
            SequenceEntry a = expected.Sequences[sequence];
            SequenceEntry b = actual.Sequences[sequence];
            Assert.Equal(sameSubject, b.Subject);
            Assert.Equal(expected.Sequences.NextInSubject(sequence), actual.Sequences.NextInSubject(sequence));
            Assert.Equal(expected.Sequences.PreviousInSubject(sequence), actual.Sequences.PreviousInSubject(sequence));
            Assert.Equal(a.TimestampNanos, b.TimestampNanos);
            Assert.Equal((a.Segment, a.OffsetBytes, a.Flags), (b.Segment, b.OffsetBytes, b.Flags));
            Assert.Equal((a.ContentBytes, a.HasHeaders, a.Shape), (b.ContentBytes, b.HasHeaders, b.Shape));
        }
    }

    private static IEnumerable<ulong> SequencesOf(StreamIndex index)
    {
        for (ulong sequence = index.Sequences.Next(0); sequence != 0; sequence = index.Sequences.Next(sequence + 1))
            yield return sequence;
    }
}
