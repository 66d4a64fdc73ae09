using System.Runtime.CompilerServices;
using Rivulet.Storage.Indexing;
using Rivulet.Storage.Records;

namespace Rivulet.Storage.Tests.Indexing;

/// <summary>What sequences cost when many between them are gone, and links over wide gaps.</summary>
public sealed class SequenceDensityTests
{
    private const int EntryBytes = 32;

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(2, 0)]
    [InlineData(5, 4)]
    [InlineData(100, 1)]
    [InlineData(1_000, 1)]
    public void A_message_costs_little_more_than_its_entry_at_any_density(int of, int stay)
    {
        const int Sequences = 400_000;
        var memory = new IndexMemory(long.MaxValue);
        var table = new SequenceTable(memory);
        var expected = new List<ulong>();
        var random = new Random(of);

        // As in a bucket that is overwritten: what is old goes while new comes.
        int lag = 10_000;
        var stays = new bool[Sequences + 1];
        for (int i = 1; i <= Sequences; i++)
        {
            table.Add((ulong)i, 1).TimestampNanos = i;
            stays[i] = random.Next(of) < stay;
            int old = i - lag;
            if (old > 0 && !stays[old])
                table.Remove((ulong)old, out _, out _);
        }
        for (int i = Sequences - lag + 1; i <= Sequences; i++)
        {
            if (!stays[i])
                table.Remove((ulong)i, out _, out _);
        }
        for (int i = 1; i <= Sequences; i++)
        {
            if (stays[i])
                expected.Add((ulong)i);
        }
        foreach (ulong sequence in expected)
            Assert.Equal((long)sequence, table[sequence].TimestampNanos);
        Assert.Equal(expected, Walk(table));
        Assert.Equal((ulong)expected.Count, table.CountFrom(0));

        // A quarter gone, a slot number each, what a block needs, and room for the newest block to grow.
        long blocks = Math.Min(expected.Count, (Sequences / SequenceBlock.Length) + 1);
        long most = (long)(expected.Count * (EntryBytes + 2) * 1.4) + (blocks * 200) + (SequenceBlock.Length * EntryBytes);
        Assert.InRange(memory.UsedBytes, 0, most);
        table.Release();
        Assert.Equal(0, memory.UsedBytes);
    }

    [Fact]
    public void One_message_that_is_overwritten_for_ever_costs_a_few_entries()
    {
        var memory = new IndexMemory(long.MaxValue);
        var table = new SequenceTable(memory);
        table.Add(1, 1);
        for (ulong sequence = 2; sequence < 100_000; sequence++)
        {
            table.Add(sequence, 1);
            table.Remove(sequence - 1, out _, out _);
            Assert.InRange(memory.UsedBytes, 0, 2_000);
        }
        Assert.Equal(99_999UL, table.Next(0));
        table.Release();
    }

    [Fact]
    public void An_emptied_table_holds_next_to_nothing()
    {
        var memory = new IndexMemory(long.MaxValue);
        var table = new SequenceTable(memory);
        for (ulong sequence = 1; sequence <= 100_000; sequence++)
            table.Add(sequence, 1);
        for (ulong sequence = 1; sequence <= 100_000; sequence++)
            table.Remove(sequence, out _, out _);
        Assert.Equal(0UL, table.Next(0));
        Assert.InRange(memory.UsedBytes, 0, 4_096);
        table.Add(100_001, 1);
        Assert.Equal(100_001UL, table.Next(0));
        table.Release();
        Assert.Equal(0, memory.UsedBytes);
    }

    [Fact]
    public void Links_reach_over_gaps_of_any_width()
    {
        var table = new SequenceTable();
        ulong[] sequences = [1, 2, (1UL << 36) + 1, (1UL << 36) + 2, 1UL << 40, (1UL << 50) - 1, 1UL << 63, ulong.MaxValue - 1];
        ulong previous = 0;
        foreach (ulong sequence in sequences)
        {
            table.Add(sequence, 1);
            table.Link(previous, sequence);
            previous = sequence;
        }
        AssertChain(table, [.. sequences]);
        var left = sequences.ToList();
        foreach (int gone in new[] { 5, 2, 2, 0, 1 })
        {
            ulong sequence = left[gone];
            table.Link(table.PreviousInSubject(sequence), table.NextInSubject(sequence));
            table.Remove(sequence, out _, out _);
            left.RemoveAt(gone);
            AssertChain(table, left);
        }
        table.Release();
    }

    [Fact]
    public void An_entry_keeps_each_of_its_values()
    {
        var random = new Random(5);
        for (int i = 0; i < 2_000; i++)
        {
            int segment = random.Next(SequenceEntry.MaxSegment + 1);
            int offset = random.Next(1 << 28) * 8;
            int content = random.Next(SequenceEntry.MaxContentBytes + 1);
            ulong next = (ulong)random.NextInt64(1L << 36);
            ulong previous = (ulong)random.NextInt64(1L << 36);
            var entry = new SequenceEntry { TimestampNanos = random.NextInt64(), Subject = random.Next() };
            entry.NextDistance = ulong.MaxValue >> 28;
            entry.SetFlag(EntryFlags.NeverExpires);
            entry.SetPlace(SequenceEntry.MaxSegment, int.MaxValue - 7);
            entry.PreviousDistance = previous;
            entry.SetPlace(segment, offset);
            entry.SetSize(content, i % 2 == 0, new RecordShape(i % 8, i % 3 == 0));
            entry.NextDistance = next;
            Assert.Equal((segment, offset, content), (entry.Segment, entry.OffsetBytes, entry.ContentBytes));
            Assert.Equal((i % 2 == 0, new RecordShape(i % 8, i % 3 == 0)), (entry.HasHeaders, entry.Shape));
            Assert.Equal((next, previous), (entry.NextDistance, entry.PreviousDistance));
            Assert.Equal(EntryFlags.NeverExpires, entry.Flags & ~EntryFlags.Compact);
        }
        Assert.Equal(EntryBytes, Unsafe.SizeOf<SequenceEntry>());
    }

    private static void AssertChain(SequenceTable table, List<ulong> sequences)
    {
        for (int i = 0; i < sequences.Count; i++)
        {
            Assert.Equal(i == 0 ? 0 : sequences[i - 1], table.PreviousInSubject(sequences[i]));
            Assert.Equal(i == sequences.Count - 1 ? 0 : sequences[i + 1], table.NextInSubject(sequences[i]));
        }
    }

    private static List<ulong> Walk(SequenceTable table)
    {
        var found = new List<ulong>();
        for (ulong sequence = table.Next(0); sequence != 0; sequence = table.Next(sequence + 1))
            found.Add(sequence);
        return found;
    }
}
