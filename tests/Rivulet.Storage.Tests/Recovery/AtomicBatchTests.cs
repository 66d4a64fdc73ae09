using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Rivulet.Protocol;
using Rivulet.Storage.Log;
using Rivulet.Storage.Records;
using Rivulet.TestKit.Simulation;

namespace Rivulet.Storage.Tests.Recovery;

/// <summary>Recovery of atomic batches, some of them written here by hand: whole or not at all.</summary>
public sealed class AtomicBatchTests
{
    [Fact]
    public void A_finished_batch_counts()
    {
        SimulatedFileSystem disk = Write((2, RecordFlags.BatchMember), (3, RecordFlags.BatchMember), (4, RecordFlags.BatchEnd));
        using var store = new DiskStore(disk);
        Assert.Equal(["1:before=", "2:k2=v", "3:k3=v", "4:k4=v"], store["S"].Everything());
        Assert.Equal(5UL, store["S"].Put("a").Sequence);
    }

    [Fact]
    public void An_unfinished_batch_is_dropped_and_its_sequences_stay_used()
    {
        SimulatedFileSystem disk = Write((2, RecordFlags.BatchMember), (3, RecordFlags.BatchMember));
        using (var store = new DiskStore(disk))
        {
            Assert.Equal(["1:before="], store["S"].Everything());
            Assert.Equal(4UL, store["S"].Put("after").Sequence);
            store.Commit();
        }
        using var again = new DiskStore(disk);
        Assert.Equal(["1:before=", "4:after="], again["S"].Everything());
        Assert.Empty(again["S"].State.Lost);
    }

    [Fact]
    public void A_batch_that_misses_a_member_is_dropped()
    {
        SimulatedFileSystem disk = Write((2, RecordFlags.BatchMember), (3, RecordFlags.BatchMember), (4, RecordFlags.BatchEnd));
        int at = disk.ReadAll(DiskStore.Segment(1)).AsSpan().IndexOf("k3"u8);
        disk.Overwrite(DiskStore.Segment(1), new byte[32], at - 32);
        using var store = new DiskStore(disk);
        Assert.Equal(["1:before="], store["S"].Everything());
    }

    /// <summary>The batch was whole when it was committed; what is damaged later is one message of it.</summary>
    [Theory]
    [InlineData("k1a", 1, 1)]
    [InlineData("k1a", 1, 2)]
    [InlineData("k3c", 3, 1)]
    [InlineData("k3c", 3, 2)]
    [InlineData("k5e", 5, 1)]
    [InlineData("k5e", 5, 2)]
    public void Of_a_committed_batch_the_damaged_message_is_lost(string damaged, int sequence, int bits)
    {
        using var store = new DiskStore(new SimulatedFileSystem());
        StreamLog stream = store.CreateStream("S");
        stream.PutBatch("k1=a", "k2=b", "k3=c", "k4=d", "k5=e");
        store.Commit();
        stream.Put("after");
        store.Commit();
        stream.Put("proof");
        store.Commit();
        SimulatedFileSystem disk = store.Disk.ImageAfterPowerCut(UnsyncedSurvival.None, new Random(1));
        int at = disk.ReadAll(DiskStore.Segment(1)).AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes(damaged));
        for (int bit = 0; bit < bits; bit++)
            disk.FlipBit(DiskStore.Segment(1), (at * 8L) + (9 * bit));
        using var reopened = new DiskStore(disk);
        Assert.Equal(6, reopened["S"].Everything().Count);
        Assert.Equal([(ulong)sequence], reopened["S"].State.Lost);
    }

    /// <summary>Everything of the batch is written but what lies behind the cut, at any eight bytes of it.</summary>
    [Fact]
    public void A_batch_that_is_cut_anywhere_is_not_there_at_all()
    {
        using var store = new DiskStore(new SimulatedFileSystem());
        store.CreateStream("S", new StreamLimits { MaxMessagesPerSubject = 1 }).Put("k3", "before");
        store.Commit();
        int start = EndOf(store.Disk.ReadAll(DiskStore.Segment(1)));
        store["S"].PutBatch("k1=v", "k2=vv", "k3=vvv", "k2=vvvv", "k5=vvvvv");
        store.Commit();
        int end = EndOf(store.Disk.ReadAll(DiskStore.Segment(1)));
        for (int cut = start; cut < end; cut += 8)
        {
            SimulatedFileSystem disk = store.Disk.ImageAfterPowerCut(UnsyncedSurvival.None, new Random(1));
            disk.Overwrite(DiskStore.Segment(1), new byte[end - cut], cut);
            ulong next;
            using (var reopened = new DiskStore(disk))
            {
                Assert.Equal(["1:k3=before"], reopened["S"].Everything());
                Assert.Empty(reopened["S"].State.Lost);

                // A batch right behind the remains of the old one is not taken for its rest.
                next = reopened["S"].PutBatch("k1=a", "k2=b", "k3=c").FirstSequence;
                Assert.True(next is >= 2 and <= 6);
                reopened.Commit();
            }
            using var again = new DiskStore(disk);
            Assert.Equal([$"{next}:k1=a", $"{next + 1}:k2=b", $"{next + 2}:k3=c"], again["S"].Everything());
            Assert.DoesNotContain(again.Logger.Lines, line => line.StartsWith("Warning", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Unsynced_batches_survive_whole_or_not_at_all()
    {
        for (int seed = 1; seed <= 200; seed++)
        {
            var random = new Random(seed);
            using var store = new DiskStore(new SimulatedFileSystem());
            StreamLog stream = store.CreateStream("S");
            int acked = 0;
            for (int i = 0; i < 4; i++)
            {
                // Some are larger than a segment.
                stream.AppendBatch(Batches.Many(10, random.Next(2_500)));
                acked += 10;
                store.Commit();
            }
            stream.AppendBatch(Batches.Many(10, random.Next(2_500)));
            stream.AppendBatch(Batches.Many(10, random.Next(2_500)));
            store.Disk.FailSyncAfter(random.Next(3));
            store.Commit();
            SimulatedFileSystem disk = store.Disk.ImageAfterPowerCut(UnsyncedSurvival.Random, random);
            List<string> first;
            using (var reopened = new DiskStore(disk))
            {
                first = reopened["S"].Everything();
                Assert.True(first.Count % 10 == 0 && first.Count >= acked, $"seed {seed}: {first.Count} messages");
                Assert.Empty(reopened["S"].State.Lost);
                reopened.Commit();
            }
            using var again = new DiskStore(disk);
            Assert.Equal(first, again["S"].Everything());
        }
    }

    [Fact]
    public void That_a_batch_was_dropped_is_written_down_once()
    {
        SimulatedFileSystem disk = Write((2, RecordFlags.BatchMember), (3, RecordFlags.BatchMember));
        int end = EndOf(disk.ReadAll(DiskStore.Segment(1)));
        using (var store = new DiskStore(disk))
            store.Commit();
        int written = EndOf(disk.ReadAll(DiskStore.Segment(1)));
        Assert.True(written > end);
        using (var store = new DiskStore(disk))
            store.Commit();
        Assert.Equal(written, EndOf(disk.ReadAll(DiskStore.Segment(1))));
    }

    /// <summary>
    /// Rewriting a segment makes plain messages of the batches in it. Segments that share a batch are rewritten together
    /// (ADR 0036), so that one which ends within a batch before a rewritten one tells of a batch that was not finished, and
    /// the rest of a batch behind one is never all that there is of it.
    /// </summary>
    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(1, 1, 1)]
    public void A_batch_over_segments_counts_whether_they_were_rewritten_or_not(uint first, uint second, uint third)
    {
        List<string> found = Replay(
            Segment(first, (2, RecordFlags.BatchMember), (3, RecordFlags.BatchMember)),
            Segment(second, (4, RecordFlags.BatchMember), (5, RecordFlags.BatchMember)),
            Segment(third, (6, RecordFlags.BatchMember), (7, RecordFlags.BatchEnd)));
        Assert.Equal(["2", "3", "4", "5", "6", "7"], found);
    }

    [Fact]
    public void The_rest_of_a_dropped_batch_does_not_come_back_beside_a_rewritten_segment()
    {
        Assert.Equal(["4"], Replay(
            Segment(0, (2, RecordFlags.BatchMember), (3, RecordFlags.BatchMember), (0, RecordFlags.None)),
            Segment(1, (4, RecordFlags.None))));
        Assert.Equal(["1"], Replay(
            Segment(1, (1, RecordFlags.None)),
            Segment(0, (0, RecordFlags.None), (3, RecordFlags.BatchMember), (4, RecordFlags.BatchEnd))));
    }

    [Fact]
    public void The_rest_of_a_batch_behind_a_rewritten_segment_does_not_count_without_its_beginning() =>
        Assert.Equal(["2"], Replay(
            Segment(1, (2, RecordFlags.None)),
            Segment(0, (5, RecordFlags.BatchMember), (6, RecordFlags.BatchEnd))));

    [Fact]
    public void A_batch_that_a_rewritten_segment_follows_was_not_finished()
    {
        Assert.Equal(["6"], Replay(
            Segment(0, (2, RecordFlags.BatchMember), (3, RecordFlags.BatchMember)),
            Segment(1, (6, RecordFlags.None))));
    }

    /// <summary>The sequences that are visible after the replay of segments.</summary>
    private static List<string> Replay(params (uint Generation, (ulong Sequence, RecordFlags Flags)[] Records)[] segments)
    {
        var options = new FileStoreOptions { Directory = DiskStore.Directory };
        var context = new FileStoreContext(options, NullLogger.Instance);
        var replay = new LogReplay(context, new ManualTimeProvider());
        int number = 0;
        foreach ((uint generation, (ulong Sequence, RecordFlags Flags)[] records) in segments)
        {
            var segment = new LogSegment(new SegmentHeader(++number, 7, number * 10_000, 10_000, generation, 1));
            context.Segments.Add(segment);
            replay.Begin(segment);
            int offset = SegmentHeader.AreaBytes;
            if (number == 1)
            {
                var creation = new RecordHeader { Kind = RecordKind.StreamCreated, StreamId = 1 };
                byte[] body = StreamBody.Create(new StreamIdentity("A", "S"), 1, new StreamLimits(), "c"u8);
                replay.Record(creation, (byte[])[.. new byte[RecordLayout.HeaderBytes], .. body, .. new byte[4]], segment, offset);
                offset += 1_000;
            }
            foreach ((ulong sequence, RecordFlags flags) in records)
            {
                offset += ReplayOne(replay, segment, offset, sequence, generation > 0 ? RecordFlags.None : flags);
            }
        }
        StreamLog stream = replay.Finish().Single();
        var present = new List<string>();
        for (ulong sequence = stream.FindNext(1, FilterSet.All); sequence != 0; sequence = stream.FindNext(sequence + 1, FilterSet.All))
            present.Add(sequence.ToString(CultureInfo.InvariantCulture));
        return present;
    }

    /// <returns>How much room the record takes.</returns>
    private static int ReplayOne(LogReplay replay, LogSegment segment, int offset, ulong sequence, RecordFlags flags)
    {
        if (sequence == 0)
        {
            byte[] removal = [.. new byte[RecordLayout.HeaderBytes], .. RemoveBody.Create(RemoveReason.Unfinished, [2, 3]), .. new byte[4]];
            replay.Record(new RecordHeader { Kind = RecordKind.Remove, StreamId = 1 }, removal, segment, offset);
            return removal.Length;
        }
        byte[] record = Build(sequence, flags, flags == RecordFlags.BatchEnd ? 6UL : 0, segment.SaltAt(offset));
        RecordHeader.TryRead(record, segment.SaltAt(offset), out RecordHeader header);
        replay.Record(header, record, segment, offset);
        return RecordLayout.Align(record.Length);
    }

    private static (uint Generation, (ulong Sequence, RecordFlags Flags)[] Records) Segment(
        uint generation, params (ulong Sequence, RecordFlags Flags)[] records) => (generation, records);

    private static int EndOf(byte[] segment) => RecordLayout.Align(segment.AsSpan().LastIndexOfAnyExcept((byte)0) + 1);

    private static SimulatedFileSystem Write(params (ulong Sequence, RecordFlags Flags)[] records)
    {
        using var store = new DiskStore(new SimulatedFileSystem());
        store.CreateStream("S").Put("before");
        store.Commit();
        SimulatedFileSystem disk = store.Disk.ImageAfterPowerCut(UnsyncedSurvival.None, new Random(1));
        byte[] segment = disk.ReadAll(DiskStore.Segment(1));
        SegmentHeader.Read(segment, out SegmentHeader header);
        int end = EndOf(segment);
        foreach ((ulong sequence, RecordFlags flags) in records)
        {
            ulong size = flags == RecordFlags.BatchEnd ? (ulong)records.Length : 0;
            byte[] record = Build(sequence, flags, size, new RecordSalt(header.Salt, end));
            disk.Overwrite(DiskStore.Segment(1), record, end);
            end += RecordLayout.Align(record.Length);
        }
        return disk;
    }

    private static byte[] Build(ulong sequence, RecordFlags flags, ulong batchSize, RecordSalt salt)
    {
        byte[] content = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"k{sequence}v"));
        var facts = new MessageFacts { TimestampNanos = 1, BatchSize = batchSize };
        var header = new RecordHeader
        {
            Kind = RecordKind.Message,
            Flags = flags,
            SubjectBytes = 2,
            StreamId = 1,
            Sequence = sequence,
        };
        header.TakeForm(in facts, content.Length, isLinked: false);
        byte[] record = new byte[header.LengthBytes];
        header.Write(record, salt);
        content.CopyTo(record, header.HeaderBytes);
        facts.Write(record.AsSpan(header.HeaderBytes + content.Length), header.IsCompact);
        BinaryPrimitives.WriteUInt32LittleEndian(
            record.AsSpan(^RecordLayout.TrailerBytes..), salt.OfBody(Crc32C.Compute(RecordBody.Of(record, header.HeaderBytes))));
        return record;
    }
}
