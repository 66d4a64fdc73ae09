using Rivulet.Storage.Log;
using Rivulet.TestKit.Simulation;

namespace Rivulet.Storage.Tests.Recovery;

/// <summary>The segment that is written to has its whole length and only some of its space, which goes ahead of the log's end.</summary>
public sealed class SegmentRoomTests
{
    private const int SegmentBytes = 64 << 10;
    private const int RoomBytes = 8 << 10;
    private const int PageBytes = 4 << 10;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_busy_store_takes_little_more_than_its_records(bool always)
    {
        using DiskStore store = Open(new SimulatedFileSystem(), always);
        StreamLog stream = store.CreateStream("S");
        for (int i = 0; i < 300; i++)
        {
            stream.Put("a", new string('x', 500));
            store.Commit();
            long usedBytes = store.Store.Appended.Value;
            long headerBytes = 3L * store.Disk.Files.Count * SegmentHeaderBytes;

            // One and a half stretches ahead of the end, and the first of the next segment.
            Assert.InRange(store.Disk.AllocatedBytes, usedBytes, usedBytes + headerBytes + (RoomBytes * 5 / 2) + (2 * PageBytes));
        }
        Assert.All(SegmentsOf(store), segment => Assert.Equal(SegmentBytes, segment.Length));
        Assert.True(SegmentsOf(store).Count() > 2);
    }

    [Fact]
    public void The_length_lasts_before_the_first_record_is_acknowledged()
    {
        using DiskStore store = Open(new SimulatedFileSystem(), always: true);
        StreamLog stream = store.CreateStream("S");
        stream.Put("a", "1");
        store.Commit();
        SimulatedFileSystem after = store.Disk.ImageAfterPowerCut(UnsyncedSurvival.None, new Random(1));
        Assert.Equal(SegmentBytes, after.ReadAll(DiskStore.Segment(1)).Length);
        after.Truncate(DiskStore.Segment(1), SegmentBytes / 2);
        using DiskStore cut = Open(after, always: true);
        Assert.Equal("a=1", cut["S"].GetLast("a"));

        // Whatever was in the half that is gone is not to be taken for never written.
        Assert.Equal(2, cut.Store.Context.Tail.Segment.Number);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_full_disk_is_noticed_while_there_is_room_for_removals(bool always)
    {
        using DiskStore store = Open(new SimulatedFileSystem(), always);
        StreamLog stream = store.CreateStream("S");
        store.Disk.CapacityBytes = store.Disk.AllocatedBytes + (4 * PageBytes);
        ulong acked = 0;
        while (stream.Put("a", new string('x', 100)).Status == AppendStatus.Stored)
        {
            store.Commit();
            Assert.Equal(store.Store.Appended, store.Store.Committed);
            acked++;
        }
        Assert.NotNull(store.Store.OutOfSpace);
        for (ulong sequence = 1; sequence <= 20; sequence++)
            Assert.True(stream.Remove(sequence, erase: false).Removed);
        store.Commit();
        Assert.Equal(store.Store.Appended, store.Store.Committed);
        Assert.Equal(acked - 20, stream.State.Messages);
        Assert.Null(store.Store.Failure);
    }

    [Fact]
    public void What_found_no_room_is_committed_once_there_is_some()
    {
        using DiskStore store = Open(new SimulatedFileSystem(), always: true);
        StreamLog stream = store.CreateStream("S");
        store.Disk.CapacityBytes = store.Disk.AllocatedBytes;
        stream.Put("a", new string('x', 20_000));
        stream.Put("b", "behind it");
        store.Commit();
        Assert.Equal(0UL, stream.State.Messages);
        Assert.NotNull(store.Store.OutOfSpace);
        Assert.Equal(AppendStatus.OutOfSpace, stream.Put("c", new string('x', 20_000)).Status);

        store.Disk.CapacityBytes = long.MaxValue;
        store.Commit();
        Assert.Equal(2UL, stream.State.Messages);
        Assert.Null(store.Store.OutOfSpace);
        using DiskStore reopened = Open(store.Disk.ImageAfterPowerCut(UnsyncedSurvival.None, new Random(1)), always: true);
        Assert.Equal("b=behind it", reopened["S"].GetLast("b"));
    }

    [Fact]
    public async Task The_disk_is_tried_again_by_itself()
    {
        var disk = new SimulatedFileSystem();
        var time = new ManualTimeProvider();
        var options = new FileStoreOptions { Directory = DiskStore.Directory, SegmentBytes = SegmentBytes, RoomAheadBytes = RoomBytes };
        await using FileMessageStore store = await FileMessageStore.OpenAsync(
            options, disk, time, new Random(1), new RecordingLogger(), TestContext.Current.CancellationToken);
        StreamLog stream = store.CreateStream(new StreamIdentity("A", "S"), "c"u8, new StreamLimits());
        disk.CapacityBytes = 0;
        stream.Put("a", new string('x', 20_000));
        while (store.OutOfSpace is null)
            await Task.Delay(1, TestContext.Current.CancellationToken);
        disk.CapacityBytes = long.MaxValue;
        while (stream.State.Messages == 0)
        {
            time.Advance(options.SpaceRetryInterval);
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }
        while (store.OutOfSpace is not null)
            await Task.Delay(1, TestContext.Current.CancellationToken);
    }

    [Fact]
    public void A_reopened_log_makes_room_behind_its_end()
    {
        SimulatedFileSystem image;
        using (DiskStore store = Open(new SimulatedFileSystem(), always: true))
        {
            StreamLog stream = store.CreateStream("S");
            stream.Put("a", "1");
            store.Commit();
            image = store.Disk.ImageAfterPowerCut(UnsyncedSurvival.None, new Random(1));
        }
        using DiskStore reopened = Open(image, always: true);
        for (int i = 0; i < 40; i++)
        {
            reopened["S"].Put("b", new string('y', 1_000));
            reopened.Commit();
        }
        LogSegment present = reopened.Store.Context.Tail.Segment;
        Assert.Equal(1, present.Number);
        Assert.InRange(present.FileBytes, present.OffsetAt(reopened.Store.Appended.Value) + (RoomBytes / 2), SegmentBytes);
        using DiskStore again = Open(reopened.Disk.ImageAfterPowerCut(UnsyncedSurvival.None, new Random(2)), always: true);
        Assert.Equal(41UL, again["S"].State.Messages);
    }

    /// <summary>A segment that was sealed while the disk was full is not the one to make room in, and may be gone.</summary>
    [Fact]
    public void A_segment_that_was_sealed_while_the_disk_was_full_is_let_go()
    {
        using DiskStore store = Open(new SimulatedFileSystem(), always: true);
        StreamLog stream = store.CreateStream("S");
        store.Disk.CapacityBytes = store.Disk.AllocatedBytes + PageBytes;
        while (stream.Put("a", new string('x', 100)).Status == AppendStatus.Stored)
            store.Commit();
        Assert.NotNull(store.Store.Context.Room.OutOfSpace);
        stream.Purge([], 0, 0);
        store.Commit();

        // The committer has not seen the new segment when the old one goes.
        store.Store.Context.Tail.Seal();
        store.Disk.CapacityBytes = long.MaxValue;
        Assert.True(store.Store.RunCompaction());
        Assert.DoesNotContain(DiskStore.Segment(1), store.Disk.Files);
        store.Commit();
        Assert.Null(store.Store.Failure);
        Assert.Null(store.Store.OutOfSpace);
        Assert.Equal(AppendStatus.Stored, stream.Put("b", "1").Status);
        store.Commit();
        Assert.Equal("b=1", stream.GetLast("b"));
    }

    private static int SegmentHeaderBytes => Rivulet.Storage.Records.SegmentHeader.AreaBytes;

    private static IEnumerable<byte[]> SegmentsOf(DiskStore store) =>
        store.Disk.Files.Where(path => path.EndsWith(".log", StringComparison.Ordinal)).Select(store.Disk.ReadAll);

    private static DiskStore Open(SimulatedFileSystem disk, bool always) => new(
        disk, always ? SyncPolicy.Always : SyncPolicy.Interval(TimeSpan.FromMinutes(2)), SegmentBytes, roomAheadBytes: RoomBytes);
}
