using System.Text;
using Rivulet.Storage.Records;
using Rivulet.TestKit.Simulation;

namespace Rivulet.Storage.Tests.Recovery;

public sealed class TornTailTests
{
    /// <summary>Two messages are committed; the third is cut off, at any byte of what was written for it.</summary>
    [Fact]
    public void A_tail_cut_at_any_byte_loses_the_unfinished_record_only()
    {
        using var store = new DiskStore(new SimulatedFileSystem());
        StreamLog stream = store.CreateStream("S");
        stream.Put("a", "1");
        stream.Put("b", "2");
        store.Commit();
        int start = EndOf(store.Disk);
        stream.Put("c", new string('x', 600));
        store.Commit();
        int end = store.Disk.ReadAll(DiskStore.Segment(1)).AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
        for (int cut = start; cut <= end; cut++)
        {
            SimulatedFileSystem disk = store.Disk.ImageAfterPowerCut(UnsyncedSurvival.None, new Random(1));
            disk.Overwrite(DiskStore.Segment(1), new byte[end - cut], cut);
            for (int again = 0; again < 2; again++)
            {
                using var reopened = new DiskStore(disk, seed: 2);
                Assert.Equal(cut == end ? 3 : 2, reopened["S"].Everything().Count);
                Assert.Equal(["1:a=1", "2:b=2"], reopened["S"].Everything().Take(2));
                Assert.Empty(reopened["S"].State.Lost);
                Assert.DoesNotContain(reopened.Logger.Lines, line => line.StartsWith("Warning", StringComparison.Ordinal));
            }
            using (var continued = new DiskStore(disk, seed: 3))
            {
                Assert.Equal(cut == end ? 4UL : 3UL, continued["S"].Put("d", "4").Sequence);
                continued.Commit();
            }
            using var final = new DiskStore(disk, seed: 4);
            Assert.Equal("d=4", final["S"].GetLast("d"));
        }
    }

    /// <summary>Later there may be nobody who knows that a copy that is missing was never there.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(512)]
    public void A_header_of_which_a_cut_left_one_copy_is_completed(int torn)
    {
        using var store = new DiskStore(new SimulatedFileSystem());
        store.CreateStream("S");
        SimulatedFileSystem disk = store.Disk.ImageAfterPowerCut(UnsyncedSurvival.None, new Random(1));
        disk.Overwrite(DiskStore.Segment(1), new byte[96], torn);
        using (new DiskStore(disk))
        {
            // Opened once.
        }
        byte[] segment = disk.ReadAll(DiskStore.Segment(1));
        Assert.Equal(store.Disk.ReadAll(DiskStore.Segment(1))[..1024], segment[..1024]);
    }

    [Fact]
    public void A_file_cut_off_at_any_byte_of_its_last_record_opens()
    {
        using var store = new DiskStore(new SimulatedFileSystem());
        StreamLog stream = store.CreateStream("S");
        stream.Put("a", "1");
        store.Commit();
        int start = EndOf(store.Disk);
        stream.Put("b", "2");
        store.Commit();
        int end = store.Disk.ReadAll(DiskStore.Segment(1)).AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
        for (int length = start; length < end; length++)
        {
            SimulatedFileSystem disk = store.Disk.ImageAfterPowerCut(UnsyncedSurvival.None, new Random(1));
            disk.Truncate(DiskStore.Segment(1), length);
            using var reopened = new DiskStore(disk);
            Assert.Equal(["1:a=1"], reopened["S"].Everything());
        }
    }

    [Fact]
    public void The_first_write_to_a_segment_may_be_cut_at_any_byte()
    {
        using var store = new DiskStore(new SimulatedFileSystem());
        StreamLog stream = store.CreateStream("S");
        for (int i = 0; i < 4; i++)
        {
            stream.Put("a", new string('x', 4_000));
            store.Commit();
        }
        Assert.Contains(DiskStore.Segment(2), store.Disk.Files);
        int end = store.Disk.ReadAll(DiskStore.Segment(2)).AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
        Assert.True(end > 1024);
        for (int cut = 0; cut < end; cut += cut < 1200 ? 1 : 37)
        {
            SimulatedFileSystem disk = store.Disk.ImageAfterPowerCut(UnsyncedSurvival.None, new Random(1));
            disk.Overwrite(DiskStore.Segment(2), new byte[end - cut], cut);
            using (var reopened = new DiskStore(disk))
            {
                Assert.Equal(3, reopened["S"].Everything().Count);
                Assert.Empty(reopened["S"].State.Lost);
                reopened["S"].Put("b", "later");
                reopened.Commit();
            }
            using var again = new DiskStore(disk);
            Assert.Equal("b=later", again["S"].GetLast(">"));
        }
    }

    /// <summary>The first write stopped within the second copy of the header, and the disk had not got to the first copy.</summary>
    [Fact]
    public void The_first_write_to_a_segment_may_leave_half_of_the_second_header_alone()
    {
        using var store = new DiskStore(new SimulatedFileSystem());
        StreamLog stream = store.CreateStream("S");
        for (int i = 0; i < 4; i++)
        {
            stream.Put("a", new string('x', 4_000));
            store.Commit();
        }
        SimulatedFileSystem disk = store.Disk.ImageAfterPowerCut(UnsyncedSurvival.None, new Random(1));
        disk.Overwrite(DiskStore.Segment(2), new byte[512], 0);
        disk.Overwrite(DiskStore.Segment(2), new byte[(16 << 10) - 540], 540);
        using var reopened = new DiskStore(disk);
        Assert.Equal(3, reopened["S"].Everything().Count);
        Assert.Empty(reopened["S"].State.Lost);
    }

    [Fact]
    public void Unsynced_writes_may_survive_in_any_combination()
    {
        for (int seed = 1; seed <= 300; seed++)
        {
            var random = new Random(seed);
            using var store = new DiskStore(new SimulatedFileSystem());
            StreamLog stream = store.CreateStream("S", new StreamLimits { MaxMessagesPerSubject = 1 });
            ulong acked = 0;
            for (int i = 0; i < 20; i++)
            {
                string value = Encoding.UTF8.GetString(Enumerable.Repeat((byte)'v', random.Next(2_000)).ToArray());
                acked = stream.Put("k" + random.Next(4), value).Sequence;
                if (random.Next(3) == 0)
                    store.Commit();
            }
            store.Commit();
            for (int i = 0; i < 10; i++)
                stream.Put("k" + random.Next(4), new string('w', random.Next(3_000)));

            // Written and not synced: the sync is where the power goes.
            store.Disk.FailSyncAfter(0);
            store.Commit();
            SimulatedFileSystem disk = store.Disk.ImageAfterPowerCut(UnsyncedSurvival.Random, random);
            StreamState state;
            List<string> first;
            using (var reopened = new DiskStore(disk))
            {
                state = reopened["S"].State;
                Assert.True(state.LastSequence >= acked, $"seed {seed}");
                Assert.True(state.Lost.Count == 0, $"seed {seed}: {string.Join(',', state.Lost)}");
                first = reopened["S"].Everything();
            }
            using var again = new DiskStore(disk);
            Assert.Equal(first, again["S"].Everything());
            Assert.Equal(state.LastSequence, again["S"].State.LastSequence);
        }
    }

    /// <summary>A round of three, of which the disk has the first and the third: the third means nothing by itself.</summary>
    [Fact]
    public void The_log_ends_at_the_first_record_that_an_interrupted_round_left_out()
    {
        using var store = new DiskStore(new SimulatedFileSystem());
        StreamLog stream = store.CreateStream("S");
        stream.Put("a", "acknowledged");
        store.Commit();
        stream.Put("b", "first");
        stream.Put("b", new string('x', 100));
        stream.Put("b", "third");
        store.Commit();
        int second = store.Disk.ReadAll(DiskStore.Segment(1)).AsSpan().IndexOf("bxxx"u8) - CompactForm.HeaderBytesMin;
        SimulatedFileSystem disk = store.Disk.ImageAfterPowerCut(UnsyncedSurvival.None, new Random(1));
        disk.Overwrite(DiskStore.Segment(1), new byte[136], second);
        for (int again = 0; again < 2; again++)
        {
            using var reopened = new DiskStore(disk);
            Assert.Equal(["1:a=acknowledged", "2:b=first"], reopened["S"].Everything());
            Assert.Empty(reopened["S"].State.Lost);
            Assert.Equal(2UL, reopened["S"].State.LastSequence);
        }
        using (var continued = new DiskStore(disk))
        {
            Assert.Equal(3UL, continued["S"].Put("c", "later").Sequence);
            continued.Commit();
        }
        using var final = new DiskStore(disk);
        Assert.Equal(["1:a=acknowledged", "2:b=first", "3:c=later"], final["S"].Everything());
    }

    private static int EndOf(SimulatedFileSystem disk)
    {
        byte[] bytes = disk.ReadAll(DiskStore.Segment(1));
        return (bytes.AsSpan().LastIndexOfAnyExcept((byte)0) + 8) & ~7;
    }
}
