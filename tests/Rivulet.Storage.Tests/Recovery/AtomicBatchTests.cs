using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Rivulet.Protocol;
using Rivulet.Storage.Records;
using Rivulet.TestKit.Simulation;

namespace Rivulet.Storage.Tests.Recovery;

/// <summary>Recovery of atomic batches, whose records are written here by hand: whole or not at all.</summary>
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
        disk.FlipBit(DiskStore.Segment(1), at * 8L);
        disk.FlipBit(DiskStore.Segment(1), (at * 8L) + 9);
        using var store = new DiskStore(disk);
        Assert.Equal(["1:before="], store["S"].Everything());
        Assert.Equal(5UL, store["S"].Put("after").Sequence);
    }

    /// <summary>The batch was whole when it was committed; what is damaged later is one message of it.</summary>
    [Fact]
    public void One_wrong_bit_costs_one_message_of_a_batch()
    {
        SimulatedFileSystem disk = Write((2, RecordFlags.BatchMember), (3, RecordFlags.BatchMember), (4, RecordFlags.BatchEnd));
        int at = disk.ReadAll(DiskStore.Segment(1)).AsSpan().IndexOf("k3"u8);
        disk.FlipBit(DiskStore.Segment(1), at * 8L);
        using var store = new DiskStore(disk);
        Assert.Equal(["1:before=", "2:k2=v", "4:k4=v"], store["S"].Everything());
        Assert.Equal([3UL], store["S"].State.Lost);
        Assert.Equal(5UL, store["S"].Put("after").Sequence);
    }

    private static SimulatedFileSystem Write(params (ulong Sequence, RecordFlags Flags)[] records)
    {
        using var store = new DiskStore(new SimulatedFileSystem());
        store.CreateStream("S").Put("before");
        store.Commit();
        SimulatedFileSystem disk = store.Disk.ImageAfterPowerCut(UnsyncedSurvival.None, new Random(1));
        byte[] segment = disk.ReadAll(DiskStore.Segment(1));
        SegmentHeader.Read(segment, out SegmentHeader header);
        int end = RecordLayout.Align(segment.AsSpan().LastIndexOfAnyExcept((byte)0) + 1);
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
            LengthBytes = RecordLayout.MessageBytes(content.Length, batchSize == 0 ? 1 : 2),
            Kind = RecordKind.Message,
            Flags = flags,
            SubjectBytes = 2,
            StreamId = 1,
            Sequence = sequence,
        };
        byte[] record = new byte[header.LengthBytes];
        header.Write(record, salt);
        content.CopyTo(record, RecordLayout.HeaderBytes);
        facts.Write(record.AsSpan(RecordLayout.HeaderBytes + content.Length));
        BinaryPrimitives.WriteUInt32LittleEndian(
            record.AsSpan(^RecordLayout.TrailerBytes..), salt.OfBody(Crc32C.Compute(RecordBody.Of(record))));
        return record;
    }
}
