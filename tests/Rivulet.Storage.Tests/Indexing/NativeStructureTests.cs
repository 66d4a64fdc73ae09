using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Rivulet.Storage.Indexing;
using Rivulet.Storage.Records;

namespace Rivulet.Storage.Tests.Indexing;

/// <summary>The leaves of the index against plain collections.</summary>
public sealed unsafe class NativeStructureTests
{
    [Fact]
    public void Records_of_an_arena_keep_their_bytes_while_others_come_and_go()
    {
        var memory = new IndexMemory(long.MaxValue);
        var arena = new NativeArena(memory);
        var random = new Random(1);
        var expected = new Dictionary<uint, (int Length, byte Fill)>();
        for (int i = 0; i < 60_000; i++)
        {
            if (random.Next(3) > 0)
            {
                int length = random.Next(200) == 0 ? random.Next(4, 65_549) : random.Next(4, 80);
                uint reference = arena.Add(length);
                new Span<byte>(arena.At(reference), length).Fill((byte)i);
                Assert.True(expected.TryAdd(reference, (length, (byte)i)));
            }
            else if (expected.Count > 0)
            {
                (uint reference, (int length, byte fill)) = expected.First();
                Assert.False(new ReadOnlySpan<byte>(arena.At(reference), length).ContainsAnyExcept(fill));
                arena.Free(reference, length);
                expected.Remove(reference);
            }
        }
        foreach ((uint reference, (int length, byte fill)) in expected)
            Assert.False(new ReadOnlySpan<byte>(arena.At(reference), length).ContainsAnyExcept(fill));
        arena.Release();
        Assert.Equal(0, memory.UsedBytes);
    }

    [Fact]
    public void Subjects_are_found_while_the_table_grows_and_loses_others()
    {
        var memory = new IndexMemory(long.MaxValue);
        var table = new SubjectTable(11, memory);
        var random = new Random(2);
        var expected = new Dictionary<string, int>();
        for (int i = 0; i < 400_000; i++)
        {
            string key = "k." + random.Next(150_000).ToString(CultureInfo.InvariantCulture);
            byte[] bytes = Encoding.UTF8.GetBytes(key);
            Assert.Equal(expected.GetValueOrDefault(key), table.Find(bytes));
            if (random.Next(5) < 3)
                expected[key] = table.FindOrAdd(bytes);
            else if (expected.Remove(key, out int subject))
                table.Remove(subject);
        }
        Assert.Equal(expected.Count, table.Count);
        foreach ((string key, int subject) in expected)
        {
            Assert.Equal(subject, table.Find(Encoding.UTF8.GetBytes(key)));
            Assert.Equal(key, Encoding.UTF8.GetString(table.KeyOf(subject)));
        }
        foreach (int subject in expected.Values)
            table.Remove(subject);
        Assert.Equal(0, table.Count);
        var cursor = new SubjectCursor(table);
        cursor.SeekFirst();
        Assert.Equal(0, cursor.Subject);
        cursor.Dispose();
        table.Release();
        Assert.Equal(0, memory.UsedBytes);
    }

    [Fact]
    public void What_is_committed_of_a_subject_keeps_its_values_with_and_without_an_overlay()
    {
        var records = new SubjectRecords(IndexMemory.Unlimited);
        var random = new Random(3);
        int[] subjects = [.. Enumerable.Range(0, 50).Select(i => records.Add(Encoding.UTF8.GetBytes("s" + i)))];
        var expected = subjects.ToDictionary(subject => subject, _ => (default(SubjectMessages), 0));
        for (int i = 0; i < 20_000; i++)
        {
            int subject = subjects[random.Next(subjects.Length)];
            (SubjectMessages messages, int overlay) = expected[subject];
            if (random.Next(3) == 0)
            {
                overlay = random.Next(2) * random.Next(1, 1_000);
                records.SetOverlay(subject, overlay);
            }
            else
            {
                uint count = (uint)random.Next(4);
                ulong last = count == 0 ? 0 : (ulong)random.NextInt64(100, long.MaxValue);
                messages = new SubjectMessages(count <= 1 ? last : last - 50, last, count);
                records.SetMessages(subject, in messages);
            }
            expected[subject] = (messages, overlay);
            foreach (int other in subjects)
                Assert.Equal(expected[other], (records.MessagesOf(other), records.OverlayOf(other)));
        }
        records.Release();
    }

    [Fact]
    public void Items_stay_where_they_are_once_the_first_chunk_is_whole()
    {
        var memory = new IndexMemory(long.MaxValue);
        var chunks = new NativeChunks(memory, 24, 10, 8);
        for (uint i = 0; i < 5_000; i++)
        {
            chunks.EnsureRoom(i);
            Assert.Equal(0, Unsafe.Read<int>(chunks.At(i)));
            Unsafe.Write(chunks.At(i), (int)i + 1);
        }
        for (uint i = 0; i < 5_000; i++)
            Assert.Equal((int)i + 1, Unsafe.Read<int>(chunks.At(i)));
        chunks.Trim(1_500);
        Assert.Equal(2_048, chunks.Capacity);
        Assert.Equal(1_500, Unsafe.Read<int>(chunks.At(1_499)));
        chunks.Release();
        Assert.Equal(0, memory.UsedBytes);
    }

    [Fact]
    public void Pieces_of_huge_pages_do_not_overlap_and_come_back()
    {
        var memory = new IndexMemory(long.MaxValue);
        var random = new Random(4);
        var held = new List<(nint Memory, byte Fill)>();
        for (int i = 0; i < 600; i++)
        {
            if (random.Next(3) > 0)
            {
                byte* piece = memory.AllocateUncleared(HugeUnits.UnitBytes);
                new Span<byte>(piece, HugeUnits.UnitBytes).Fill((byte)i);
                held.Add(((nint)piece, (byte)i));
            }
            else if (held.Count > 0)
            {
                int which = random.Next(held.Count);
                Give(memory, held[which]);
                held.RemoveAt(which);
            }
        }
        Assert.Equal((long)held.Count * HugeUnits.UnitBytes, memory.UsedBytes);
        held.ForEach(piece => Give(memory, piece));
        Assert.Equal(0, memory.UsedBytes);
    }

    [Fact]
    public void Replaying_gives_the_same_as_appending_and_committing()
    {
        var random = new Random(6);
        var usual = new StreamIndex(SizeAccounting.File, null, 1);
        var replayed = new StreamIndex(SizeAccounting.File, null, 2);
        for (ulong sequence = 1; sequence < 30_000; sequence++)
        {
            byte[] key = Encoding.UTF8.GetBytes("key." + random.Next(2_000).ToString(CultureInfo.InvariantCulture));
            int contentBytes = random.Next(500);
            usual.TailAdd(sequence, key, contentBytes, true, (long)sequence);
            usual.Sequences[sequence].SetSize(contentBytes, true, new RecordShape(2, IsCompact: true));
            usual.CommitAdd(sequence);
            replayed.ReplayAdd(sequence, key, new SubjectHash(2).Compute(key), contentBytes, true, new RecordShape(2, IsCompact: true), (long)sequence);
            ulong gone = (ulong)random.NextInt64(1, (long)sequence + 1);
            if (random.Next(3) == 0)
                continue;
            bool was = usual.TailRemove(gone);
            if (was)
                usual.CommitRemove(gone);
            Assert.Equal(was, replayed.ReplayRemove(gone));
        }
        IndexAssert.AreSame(usual, replayed);
    }

    private static void Give(IndexMemory memory, (nint Memory, byte Fill) piece)
    {
        Assert.False(new ReadOnlySpan<byte>((byte*)piece.Memory, HugeUnits.UnitBytes).ContainsAnyExcept(piece.Fill));
        memory.Free((byte*)piece.Memory, HugeUnits.UnitBytes);
    }
}
