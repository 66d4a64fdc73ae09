using System.Buffers.Binary;
using System.Text;
using Rivulet.Protocol;
using Rivulet.Storage.Records;
using Rivulet.TestKit.Simulation;

namespace Rivulet.Storage.Tests.Recovery;

/// <summary>Compressed messages on the disk: that they are, and what breaks them.</summary>
public sealed class CompressionTests
{
    private static readonly StreamLimits Compressed = new() { Compress = true };

    [Fact]
    public void What_is_stored_is_not_the_text_and_takes_less_room()
    {
        using var store = new DiskStore(new SimulatedFileSystem(), segmentBytes: 4 << 20);
        StreamLog stream = store.CreateStream("S", Compressed);
        int start = EndOf(store.Disk);
        for (int i = 0; i < 200; i++)
            stream.Put("subject.of." + i, Values.Json(1_000, i), "customer: header");
        store.Commit();
        string disk = Text(store.Disk);


        // What LZ4 meets for the first time stands as it is: a document shows each of its words once.
        Assert.True(disk.Split("\"customer\"").Length <= 201 && Values.Json(1_000).Split("\"customer\"").Length > 15);
        Assert.DoesNotContain(Values.Json(1_000, 7)[..200], disk, StringComparison.Ordinal);
        Assert.Contains("subject.of.199", disk, StringComparison.Ordinal);
        int stored = EndOf(store.Disk) - start;
        Assert.True(stored < 200 * 1_000 * 0.6, $"{stored} bytes");
        Assert.True(stream.State.Bytes > 200 * 1_000);
    }

    [Fact]
    public void What_gains_nothing_is_stored_as_it_is()
    {
        using var store = new DiskStore(new SimulatedFileSystem());
        StreamLog stream = store.CreateStream("S", Compressed);
        string noise = Values.Noise(700);
        string small = new('s', 100);
        stream.Put("a", noise);
        stream.Put("b", small);
        store.Commit();
        Assert.Contains(noise, Text(store.Disk), StringComparison.Ordinal);
        Assert.Contains(small, Text(store.Disk), StringComparison.Ordinal);
    }

    [Fact]
    public void A_tail_cut_at_any_byte_loses_the_unfinished_record_only()
    {
        using var store = new DiskStore(new SimulatedFileSystem());
        StreamLog stream = store.CreateStream("S", Compressed);
        stream.Put("a", Values.Json(600));
        store.Commit();
        int start = EndOf(store.Disk);
        stream.Put("b", Values.Json(1_500, 2));
        store.Commit();
        int end = store.Disk.ReadAll(DiskStore.Segment(1)).AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
        for (int cut = start; cut <= end; cut++)
        {
            SimulatedFileSystem disk = store.Disk.ImageAfterPowerCut(UnsyncedSurvival.None, new Random(1));
            disk.Overwrite(DiskStore.Segment(1), new byte[end - cut], cut);
            using var reopened = new DiskStore(disk, seed: 2);
            Assert.Equal(cut == end ? 2 : 1, reopened["S"].Everything().Count);
            Assert.Equal("1:a=" + Values.Json(600), reopened["S"].Everything()[0]);
            Assert.Empty(reopened["S"].State.Lost);
        }
    }

    [Fact]
    public void A_flipped_bit_of_the_body_is_damage_when_read_and_after_a_restart()
    {
        using var store = new DiskStore(new SimulatedFileSystem());
        StreamLog stream = store.CreateStream("S", Compressed);
        int start = EndOf(store.Disk);
        stream.Put("a", Values.Json(500));
        store.Commit();
        int end = store.Disk.ReadAll(DiskStore.Segment(1)).AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
        stream.Put("b", Values.Json(700, 2));
        store.Commit();
        for (int at = start + CompactForm.HeaderBytesMin; at < end; at++)
        {
            store.Disk.FlipBit(DiskStore.Segment(1), (at * 8L) + (at % 8));
            Assert.Equal("Damaged", stream.Get(1));
            Assert.Equal("b=" + Values.Json(700, 2), stream.Get(2));
            SimulatedFileSystem disk = store.Disk.ImageAfterPowerCut(UnsyncedSurvival.All, new Random(1));
            using (var reopened = new DiskStore(disk))
            {
                Assert.Equal(["2:b=" + Values.Json(700, 2)], reopened["S"].Everything());
                Assert.Equal([1UL], reopened["S"].State.Lost);
            }
            store.Disk.FlipBit(DiskStore.Segment(1), (at * 8L) + (at % 8));
        }
    }

    [Fact]
    public void The_last_record_of_a_file_that_ends_with_it_is_read()
    {
        using var store = new DiskStore(new SimulatedFileSystem());
        store.CreateStream("S", Compressed).Put("a", Values.Json(3_000));
        store.Commit();
        SimulatedFileSystem disk = store.Disk.ImageAfterPowerCut(UnsyncedSurvival.None, new Random(1));
        disk.Truncate(DiskStore.Segment(1), disk.ReadAll(DiskStore.Segment(1)).AsSpan().LastIndexOfAnyExcept((byte)0) + 1);
        using var reopened = new DiskStore(disk);
        Assert.Equal(["1:a=" + Values.Json(3_000)], reopened["S"].Everything());
    }

    [Fact]
    public void An_erased_message_is_overwritten()
    {
        using var store = new DiskStore(new SimulatedFileSystem());
        StreamLog stream = store.CreateStream("S", Compressed with { MaxMessagesPerSubject = 1 });
        stream.Put("a", Values.Json(500, 1));
        stream.Put("a", Values.Json(600, 2), "H");
        stream.Put("b", Values.Json(700, 3));
        store.Commit();
        byte[] before = store.Disk.ReadAll(DiskStore.Segment(1));
        stream.Remove(2, erase: true);
        store.Commit();
        byte[] after = store.Disk.ReadAll(DiskStore.Segment(1));
        int zeroed = Enumerable.Range(0, before.Length).Count(i => before[i] != 0 && after[i] == 0);
        Assert.True(zeroed > 150, $"{zeroed} bytes");
        SimulatedFileSystem disk = store.Disk.ImageAfterPowerCut(UnsyncedSurvival.None, new Random(1));
        for (int again = 0; again < 2; again++)
        {
            using var reopened = new DiskStore(disk);
            Assert.Equal(["3:b=" + Values.Json(700, 3)], reopened["S"].Everything());
            Assert.Equal(stream.State.Bytes, reopened["S"].State.Bytes);
            Assert.Empty(reopened["S"].State.Lost);
            Assert.DoesNotContain(reopened.Logger.Lines, line => line.StartsWith("Warning", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Unsynced_writes_may_survive_in_any_combination()
    {
        for (int seed = 1; seed <= 100; seed++)
        {
            var random = new Random(seed);
            using var store = new DiskStore(new SimulatedFileSystem());
            StreamLog stream = store.CreateStream("S", Compressed);
            int acked = 0;
            for (int i = 0; i < 10; i++)
            {
                stream.Put("k" + i, Values.Json(random.Next(4_000), i));
                if (random.Next(3) != 0)
                    continue;
                store.Commit();
                acked = i + 1;
            }
            store.Disk.FailSyncAfter(0);
            store.Commit();
            using var reopened = new DiskStore(store.Disk.ImageAfterPowerCut(UnsyncedSurvival.Random, random));
            List<string> found = reopened["S"].Everything();
            Assert.True(found.Count >= acked, $"seed {seed}");
            Assert.Empty(reopened["S"].State.Lost);
            Assert.All(found, line => Assert.EndsWith("{}],\"status\":\"open\"}", line, StringComparison.Ordinal));
        }
    }

    /// <summary>What the checksums do not tell: the block was wrong when they were made.</summary>
    [Theory]
    [InlineData(4, 0xFF, "Damaged")]
    [InlineData(0, 0x01, "Damaged")]
    [InlineData(2, 0xFF, "NotFound")]
    [InlineData(3, 0xFF, "NotFound")]
    public void A_block_that_does_not_unpack_is_damage(int offsetInBlock, byte wrong, string afterRestart)
    {
        using var store = new DiskStore(new SimulatedFileSystem());
        StreamLog stream = store.CreateStream("S", Compressed);
        int start = EndOf(store.Disk);

        // In front of the message lies nothing else: the stream was committed.
        stream.Put("a", Values.Json(500));
        stream.Put("b", "intact");
        store.Commit();
        byte[] segment = store.Disk.ReadAll(DiskStore.Segment(1));
        SegmentHeader.Read(segment, out SegmentHeader header);
        var salt = new RecordSalt(header.Salt, start);
        Assert.True(RecordHeader.TryRead(segment.AsSpan(start), salt, out RecordHeader record) && record.IsCompressed);
        Span<byte> bytes = segment.AsSpan(start, record.LengthBytes);
        bytes[record.HeaderBytes + record.SubjectBytes + offsetInBlock] ^= wrong;
        BinaryPrimitives.WriteUInt32LittleEndian(
            bytes[^RecordLayout.TrailerBytes..], salt.OfBody(Crc32C.Compute(RecordBody.Of(bytes, record.HeaderBytes))));
        store.Disk.Overwrite(DiskStore.Segment(1), bytes.ToArray(), start);
        Assert.Equal(("Damaged", "b=intact"), (stream.Get(1), stream.Get(2)));
        using var reopened = new DiskStore(store.Disk.ImageAfterPowerCut(UnsyncedSurvival.All, new Random(1)));
        Assert.Equal((afterRestart, "b=intact"), (reopened["S"].Get(1), reopened["S"].Get(2)));
        Assert.Equal([1UL], reopened["S"].State.Lost);
    }

    private static string Text(SimulatedFileSystem disk) => Encoding.Latin1.GetString(disk.ReadAll(DiskStore.Segment(1)));

    private static int EndOf(SimulatedFileSystem disk) =>
        (disk.ReadAll(DiskStore.Segment(1)).AsSpan().LastIndexOfAnyExcept((byte)0) + 8) & ~7;
}
