using Rivulet.Storage.Records;
using Rivulet.TestKit.Simulation;

namespace Rivulet.Storage.Tests.Recovery;

public sealed class DamageTests
{
    /// <summary>A small store, closed cleanly, with every bit of its segment flipped in turn.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task One_flipped_bit_costs_one_message_at_most(bool closedCleanly)
    {
        var store = new DiskStore(new SimulatedFileSystem());
        StreamLog stream = store.CreateStream("S");
        for (int i = 1; i <= 6; i++)
            stream.Put("subject." + i, "payload " + i);
        store.Commit();
        List<string> expected = stream.Everything();
        if (closedCleanly)
            await DiskStore.CloseAsync(store);
        SimulatedFileSystem original = store.Disk.ImageAfterPowerCut(UnsyncedSurvival.None, new Random(1));
        store.Dispose();
        int used = original.ReadAll(DiskStore.Segment(1)).AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
        int lost = 0;
        for (long bit = 0; bit < used * 8L; bit++)
        {
            SimulatedFileSystem disk = original.ImageAfterPowerCut(UnsyncedSurvival.None, new Random(1));
            disk.FlipBit(DiskStore.Segment(1), bit);
            using var reopened = new DiskStore(disk);
            StreamLog found = reopened["S"];
            List<string> messages = found.Everything();
            Assert.True(messages.Count >= expected.Count - 1, $"bit {bit}: {messages.Count} messages");
            Assert.Empty(messages.Except(expected));
            List<string> missing = [.. expected.Except(messages)];
            if (missing.Count == 0)
                continue;
            lost++;
            ulong sequence = ulong.Parse(missing[0].Split(':')[0], System.Globalization.CultureInfo.InvariantCulture);

            // The header of the very last record is all that tells of it: cut off, it is like a torn write.
            if (!closedCleanly && sequence == 6 && found.State.Lost.Count == 0)
                continue;
            Assert.Equal([sequence], found.State.Lost);
            Assert.True(found.State.LastSequence >= 6, $"bit {bit}: sequence {found.State.LastSequence}");
            Assert.Contains(reopened.Logger.Lines, line => line.StartsWith("Warning", StringComparison.Ordinal));
        }
        Assert.True(lost > 1_000);
    }

    [Fact]
    public void Damage_is_reported_with_stream_sequence_file_and_offset()
    {
        using var store = new DiskStore(new SimulatedFileSystem());
        StreamLog stream = store.CreateStream("S");
        stream.Put("a", "first value");
        stream.Put("b", "second value");
        store.Commit();
        int at = store.Disk.ReadAll(DiskStore.Segment(1)).AsSpan().IndexOf("first value"u8);
        SimulatedFileSystem disk = store.Disk.ImageAfterPowerCut(UnsyncedSurvival.None, new Random(1));
        disk.FlipBit(DiskStore.Segment(1), at * 8L);
        var reopened = new DiskStore(disk);
        string warning = Assert.Single(reopened.Logger.Lines, line => line.StartsWith("Warning", StringComparison.Ordinal));
        Assert.Equal(
            $"Warning: Message 1 of stream A/S is damaged and lost: 0000000001.log at offset {at - 1 - CompactForm.HeaderBytesMin}", warning);
        Assert.Equal("NotFound", reopened["S"].Get(1));
        Assert.Equal("b=second value", reopened["S"].Get(2));
        Assert.Equal([1UL], reopened["S"].State.Lost);
        reopened["S"].PurgeOf();
        reopened.Commit();
        Assert.Empty(reopened["S"].State.Lost);
        reopened.Dispose();
        using var purged = new DiskStore(disk);
        Assert.Empty(purged["S"].State.Lost);
    }

    [Fact]
    public void Damage_found_while_reading_is_told_and_hides_nothing()
    {
        using var store = new DiskStore(new SimulatedFileSystem());
        StreamLog stream = store.CreateStream("S");
        stream.Put("a", "first value");
        stream.Put("b", "second value");
        store.Commit();
        int at = store.Disk.ReadAll(DiskStore.Segment(1)).AsSpan().IndexOf("first value"u8);
        store.Disk.FlipBit(DiskStore.Segment(1), at * 8L);
        Assert.Equal("Damaged", stream.Get(1));
        Assert.Equal("Damaged", stream.Get(1));
        Assert.Equal("b=second value", stream.Get(2));
        Assert.Equal([1UL], stream.State.Lost);
        Assert.Single(store.Logger.Lines, line => line.StartsWith("Warning: Message 1", StringComparison.Ordinal));
        using var message = new StoredMessage();
        Assert.Equal(ReadStatus.Damaged, stream.ReadNext(1, Protocol.FilterSet.All, message));
        Assert.Equal(1UL, message.Sequence);
        stream.Remove(1, erase: false);
        store.Commit();
        Assert.Empty(stream.State.Lost);
    }

    [Fact]
    public void A_disk_that_cannot_be_read_fails_the_read_and_nothing_else()
    {
        using var store = new DiskStore(new SimulatedFileSystem());
        StreamLog stream = store.CreateStream("S");
        stream.Put("a", "1");
        store.Commit();
        store.Disk.FailsReads = true;
        Assert.Equal("Failed", stream.Get(1));
        store.Disk.FailsReads = false;
        Assert.Equal("a=1", stream.Get(1));
        Assert.Null(store.Store.Failure);
    }

    [Fact]
    public void A_record_that_a_client_stored_as_its_payload_is_not_believed()
    {
        using var store = new DiskStore(new SimulatedFileSystem());
        StreamLog stream = store.CreateStream("S");
        stream.Put("forged", "old");
        store.Commit();
        byte[] segment = store.Disk.ReadAll(DiskStore.Segment(1));
        int at = segment.AsSpan().IndexOf("forged"u8) - CompactForm.HeaderBytesMin;
        byte[] record = segment[at..(at + 40)];
        for (int shift = 0; shift < 8; shift++)
            stream.Append(new NewMessage { Subject = "carrier"u8, Payload = (byte[])[.. new byte[shift], .. record] });
        store.Commit();
        stream.Put("last");
        store.Commit();
        SimulatedFileSystem disk = store.Disk.ImageAfterPowerCut(UnsyncedSurvival.None, new Random(1));

        // The header of the carrier is damaged, so recovery searches its payload for the next record.
        int carrier = disk.ReadAll(DiskStore.Segment(1)).AsSpan().IndexOf("carrier"u8) - CompactForm.HeaderBytesMin;
        disk.FlipBit(DiskStore.Segment(1), (carrier + 5) * 8L);
        disk.FlipBit(DiskStore.Segment(1), (carrier + 13) * 8L);
        using var reopened = new DiskStore(disk);
        Assert.Equal(9, reopened["S"].Everything().Count);
        Assert.Equal(["forged:1:1-1"], reopened["S"].SubjectList("forged"));
        Assert.Equal([2UL], reopened["S"].State.Lost);
    }

    [Fact]
    public void A_stream_survives_the_loss_of_the_record_that_created_it()
    {
        using var store = new DiskStore(new SimulatedFileSystem());
        store.CreateStream("S").Put("a", "1");
        store.Commit();
        SimulatedFileSystem disk = store.Disk.ImageAfterPowerCut(UnsyncedSurvival.None, new Random(1));
        disk.Overwrite(DiskStore.Segment(1), new byte[40], 1024);
        using var reopened = new DiskStore(disk);
        Assert.Equal(["1:a=1"], reopened["S"].Everything());
    }

    [Fact]
    public void A_deleted_stream_stays_deleted_when_one_of_its_records_is_damaged()
    {
        using var store = new DiskStore(new SimulatedFileSystem());
        StreamLog stream = store.CreateStream("S");
        stream.Put("a", "1");
        store.Commit();
        int before = store.Disk.ReadAll(DiskStore.Segment(1)).AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
        stream.Delete();
        store.CreateStream("T");
        SimulatedFileSystem disk = store.Disk.ImageAfterPowerCut(UnsyncedSurvival.None, new Random(1));
        disk.FlipBit(DiskStore.Segment(1), (((before + 7) & ~7) + 10) * 8L);
        using var reopened = new DiskStore(disk);
        Assert.Equal("T", Assert.Single(reopened.Store.Streams).Identity.Name);
    }

    [Fact]
    public void One_flipped_bit_of_a_header_is_put_right()
    {
        using var store = new DiskStore(new SimulatedFileSystem());
        StreamLog stream = store.CreateStream("S");
        stream.Put("a", "1");
        stream.Put("b", "2");
        store.Commit();
        int at = store.Disk.ReadAll(DiskStore.Segment(1)).AsSpan().IndexOf("a1"u8) - CompactForm.HeaderBytesMin;
        SimulatedFileSystem original = store.Disk.ImageAfterPowerCut(UnsyncedSurvival.None, new Random(1));
        for (int bit = 0; bit < CompactForm.HeaderBytesMin * 8; bit++)
        {
            SimulatedFileSystem disk = original.ImageAfterPowerCut(UnsyncedSurvival.None, new Random(1));
            disk.FlipBit(DiskStore.Segment(1), (at * 8L) + bit);
            using (var reopened = new DiskStore(disk))
            {
                Assert.Equal(["1:a=1", "2:b=2"], reopened["S"].Everything());
                Assert.Empty(reopened["S"].State.Lost);
                Assert.Equal(
                    $"Warning: One bit of a Message record was wrong and is put right: 0000000001.log at offset {at}",
                    Assert.Single(reopened.Logger.Lines, line => line.StartsWith("Warning", StringComparison.Ordinal)));
            }
            Assert.Equal(original.ReadAll(DiskStore.Segment(1)), disk.ReadAll(DiskStore.Segment(1)));
        }
    }

    [Fact]
    public void Sequences_of_an_unreadable_end_of_a_stream_are_not_given_out_again()
    {
        using var store = new DiskStore(new SimulatedFileSystem());
        StreamLog stream = store.CreateStream("S");
        StreamLog other = store.CreateStream("T");
        stream.Put("a", "1");
        stream.Put("lost", "2");
        store.Commit();
        other.Put("x", "1");
        store.Commit();
        SimulatedFileSystem disk = store.Disk.ImageAfterPowerCut(UnsyncedSurvival.None, new Random(1));
        int at = disk.ReadAll(DiskStore.Segment(1)).AsSpan().IndexOf("lost"u8) - CompactForm.HeaderBytesMin;
        disk.FlipBit(DiskStore.Segment(1), at * 8L);
        disk.FlipBit(DiskStore.Segment(1), (at * 8L) + 9);
        ulong next;
        using (var reopened = new DiskStore(disk))
        {
            next = reopened["S"].Put("b", "new").Sequence;
            Assert.True(next > 2);
            reopened.Commit();
        }
        using var again = new DiskStore(disk);
        Assert.Equal(["1:a=1", $"{next}:b=new"], again["S"].Everything());
        Assert.Equal(["1:x=1"], again["T"].Everything());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(40)]
    [InlineData(64)]
    [InlineData(600)]
    [InlineData(1030)]
    public async Task A_segment_that_is_cut_off_in_the_middle_of_the_log_is_reported_by_sequence(int lengthBytes)
    {
        SimulatedFileSystem disk = await ThreeSegmentsAsync();
        disk.Truncate(DiskStore.Segment(2), lengthBytes);
        for (int again = 0; again < 2; again++)
        {
            using var reopened = new DiskStore(disk);
            Assert.Equal([1UL, 2, 3, 7, 8, 9], Sequences(reopened["S"]));
            Assert.Equal([4UL, 5, 6], reopened["S"].State.Lost);
            Assert.Contains(reopened.Logger.Lines, line => line.Contains("0000000002.log", StringComparison.Ordinal));
            Assert.Contains(
                "Warning: Messages 4 to 6 of stream A/S are lost with an unreadable part of the log", reopened.Logger.Lines);
            Assert.Equal(again == 0 ? 10UL : 11UL, reopened["S"].Put("next").Sequence);
            reopened.Commit();
            Assert.True(reopened["S"].Remove(10, erase: false).Removed || again > 0);
            reopened.Commit();
        }
    }

    [Theory]
    [InlineData(40)]
    [InlineData(64)]
    [InlineData(1030)]
    public async Task The_last_segment_may_be_cut_off_and_no_sequence_is_used_twice(int lengthBytes)
    {
        SimulatedFileSystem disk = await ThreeSegmentsAsync();
        disk.Truncate(DiskStore.Segment(3), lengthBytes);
        ulong next = 0;
        for (int again = 0; again < 3; again++)
        {
            using var reopened = new DiskStore(disk);
            Assert.Equal([1UL, 2, 3, 4, 5, 6], Sequences(reopened["S"]).Where(sequence => sequence < 10));
            Assert.Contains(reopened.Logger.Lines, line => line.Contains("0000000003.log", StringComparison.Ordinal));
            ulong sequence = reopened["S"].Put("next").Sequence;
            Assert.True(again == 0 ? sequence > 9 : sequence == next + 1, $"{sequence} after {next}");
            next = sequence;
            reopened.Commit();
            Assert.Equal("next=", reopened["S"].Get(sequence));
        }
    }

    private static List<ulong> Sequences(StreamLog stream) => [.. stream.Everything()
        .Select(line => ulong.Parse(line.Split(':')[0], System.Globalization.CultureInfo.InvariantCulture))];

    /// <summary>Three messages a segment.</summary>
    private static async Task<SimulatedFileSystem> ThreeSegmentsAsync()
    {
        var store = new DiskStore(new SimulatedFileSystem());
        StreamLog stream = store.CreateStream("S");
        for (int i = 0; i < 9; i++)
        {
            stream.Put("a", new string('x', 4_500));
            store.Commit();
        }
        await DiskStore.CloseAsync(store);
        Assert.Contains(DiskStore.Segment(3), store.Disk.Files);
        return store.Disk.ImageAfterPowerCut(UnsyncedSurvival.None, new Random(1));
    }
}
