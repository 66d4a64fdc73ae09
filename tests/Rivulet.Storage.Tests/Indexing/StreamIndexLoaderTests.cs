using System.Globalization;
using System.Text;
using Rivulet.Storage.Indexing;

namespace Rivulet.Storage.Tests.Indexing;

public sealed class StreamIndexLoaderTests
{
    [Fact]
    public void A_loaded_index_is_the_same_as_one_that_was_appended_to()
    {
        for (int seed = 1; seed <= 10; seed++)
        {
            var random = new Random(seed);
            StreamIndex appended = RandomIndex(random, messages: 20_000);
            var loaded = new StreamIndex(SizeAccounting.File, null, 99);
            Load(appended, loaded);
            AssertSame(appended, loaded);

            // And it goes on like one.
            ulong next = appended.VisibleLast + 1;
            foreach (StreamIndex index in new[] { appended, loaded })
            {
                index.TailAdd(next, "new.subject"u8, 5, false, 7);
                index.CommitAdd(next);
                index.TailRemove(index.First);
                index.CommitRemove(index.First);
            }
            AssertSame(appended, loaded);
        }
    }

    [Fact]
    public void Subjects_out_of_order_are_refused()
    {
        var loader = new StreamIndexLoader(new StreamIndex(SizeAccounting.File, null, 1));
        Assert.True(loader.Reserve(2, 2));
        Assert.True(loader.DeclareBlock(0, 1));
        int subject = loader.AddSubject("b"u8);
        Assert.True(loader.AddMessage(subject, 1, 0, 0, 0, 1, false, 1, EntryFlags.None));
        Assert.Equal(0, loader.AddSubject("a"u8));
        Assert.Equal(0, loader.AddSubject("b"u8));
    }

    [Fact]
    public void What_was_declared_and_does_not_come_or_comes_twice_is_refused()
    {
        StreamIndexLoader loader = NewLoader(count: 2);
        int subject = loader.AddSubject("a"u8);
        Assert.True(loader.AddMessage(subject, 1, 0, 0, 0, 1, false, 1, EntryFlags.None));
        Assert.False(loader.AddMessage(subject, 1, 0, 0, 0, 1, false, 1, EntryFlags.None));
        Assert.False(loader.AddMessage(subject, 5_000, 0, 0, 0, 1, false, 1, EntryFlags.None));
        Assert.False(loader.Finish(10));

        loader = NewLoader(count: 2);
        Assert.True(loader.AddMessage(loader.AddSubject("a"u8), 1, 0, 0, 0, 1, false, 1, EntryFlags.None));
        Assert.True(loader.AddMessage(loader.AddSubject("b"u8), 1, 0, 0, 0, 1, false, 1, EntryFlags.None));
        Assert.False(loader.Finish(10));

        loader = NewLoader(count: 1);
        Assert.NotEqual(0, loader.AddSubject("a"u8));
        Assert.Equal(0, loader.AddSubject("b"u8));

        loader = NewLoader(count: 1);
        Assert.True(loader.AddMessage(loader.AddSubject("a"u8), 9, 0, 0, 0, 1, false, 1, EntryFlags.None));
        Assert.False(loader.DeclareBlock(0, 1));
        Assert.False(loader.Finish(8));
    }

    [Theory]
    [InlineData(SequenceEntry.MaxSegment + 1, 0, 1, 1, 0)]
    [InlineData(0, 4, 1, 1, 0)]
    [InlineData(0, -8, 1, 1, 0)]
    [InlineData(0, 0, -1, 1, 0)]
    [InlineData(0, 0, SequenceEntry.MaxContentBytes + 1, 1, 0)]
    [InlineData(0, 0, 1, 8, 0)]
    [InlineData(0, 0, 1, 1, 1)]
    public void A_value_that_cannot_be_is_refused(int segment, int offset, int contentBytes, int facts, int flags)
    {
        StreamIndexLoader loader = NewLoader(count: 1);
        int subject = loader.AddSubject("a"u8);
        Assert.False(loader.AddMessage(subject, 1, 0, segment, offset, contentBytes, false, facts, (EntryFlags)flags));
    }

    private static StreamIndexLoader NewLoader(int count)
    {
        var loader = new StreamIndexLoader(new StreamIndex(SizeAccounting.File, null, 1));
        Assert.True(loader.Reserve(2, 2));
        Assert.True(loader.DeclareBlock(0, count));
        return loader;
    }

    internal static void Load(StreamIndex from, StreamIndex into)
    {
        var loader = new StreamIndexLoader(into);
        Assert.True(loader.Reserve((long)from.VisibleSubjects, (long)from.VisibleSubjects * 40));
        foreach (IGrouping<ulong, ulong> block in SequencesOf(from).GroupBy(sequence => sequence / SequenceBlock.Length))
            Assert.True(loader.DeclareBlock(block.Key, block.Count()));
        var cursor = new SubjectCursor(from.Subjects);
        for (cursor.SeekFirst(); cursor.Subject != 0; cursor.Next())
        {
            int subject = loader.AddSubject(cursor.Key);
            Assert.NotEqual(0, subject);
            for (ulong sequence = from.Subjects[cursor.Subject].First; sequence != 0; sequence = from.Sequences.NextInSubject(sequence))
            {
                SequenceEntry entry = from.Sequences[sequence];
                Assert.True(loader.AddMessage(
                    subject, sequence, entry.TimestampNanos, entry.Segment, entry.OffsetBytes, entry.ContentBytes,
                    entry.HasHeaders, entry.FactCount, entry.Flags));
            }
        }
        cursor.Dispose();
        Assert.True(loader.Finish(from.VisibleLast));
    }

    private static StreamIndex RandomIndex(Random random, int messages)
    {
        var index = new StreamIndex(SizeAccounting.File, null, 1);
        ulong sequence = 0;
        for (int i = 0; i < messages; i++)
        {
            sequence += random.Next(500) == 0 ? (ulong)random.NextInt64(1, 100_000) : 1;
            byte[] key = Encoding.UTF8.GetBytes("key." + random.Next(3_000).ToString(CultureInfo.InvariantCulture));
            int contentBytes = random.Next(1 << 28);
            bool hasHeaders = random.Next(2) == 0;
            index.TailAdd(sequence, key, contentBytes, hasHeaders, random.NextInt64());
            ref SequenceEntry entry = ref index.Sequences[sequence];
            entry.SetPlace(random.Next(1 << 24), random.Next(1 << 28) * 8);
            entry.SetSize(contentBytes, hasHeaders, random.Next(8));
            if (random.Next(2) == 0)
                entry.SetFlag(EntryFlags.NeverExpires);
            index.CommitAdd(sequence);
            if (random.Next(3) > 0 && index.Sequences.Next((ulong)random.NextInt64((long)sequence)) is var gone && gone != 0)
            {
                index.TailRemove(gone);
                index.CommitRemove(gone);
            }
        }
        return index;
    }

    private static IEnumerable<ulong> SequencesOf(StreamIndex index)
    {
        for (ulong sequence = index.Sequences.Next(0); sequence != 0; sequence = index.Sequences.Next(sequence + 1))
            yield return sequence;
    }

    internal static void AssertSame(StreamIndex expected, StreamIndex actual)
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
            Assert.Equal((a.ContentBytes, a.HasHeaders, a.FactCount), (b.ContentBytes, b.HasHeaders, b.FactCount));
        }
    }
}
