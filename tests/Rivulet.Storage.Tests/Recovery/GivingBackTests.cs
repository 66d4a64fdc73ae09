using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Rivulet.Storage.Files;
using Rivulet.Storage.Records;
using Rivulet.TestKit.Processes;
using Rivulet.TestKit.Simulation;

namespace Rivulet.Storage.Tests.Recovery;

/// <summary>
/// What a segment does not use is given back once the next one is begun: the sealed file is cut off at its last record. The
/// campaign cuts the power in it.
/// </summary>
public sealed class GivingBackTests
{
    [Fact]
    public void A_sealed_segment_ends_with_its_last_record()
    {
        using DiskStore store = Filled();
        store.Store.RunGivingBack(store.Commit);
        Assert.Equal(UsedBytes(store.Disk, 1), store.Disk.ReadAll(DiskStore.Segment(1)).Length);
        Assert.Equal(16 << 10, store.Disk.ReadAll(DiskStore.Segment(2)).Length);
        store["S"].Put("later", "3");
        store.Commit();
        using var reopened = new DiskStore(store.Disk.ImageAfterPowerCut(UnsyncedSurvival.All, new Random(1)));
        Assert.Equal(["1:a=1", "2:b=2", "3:later=3"], reopened["S"].Everything());
        Assert.DoesNotContain(reopened.Logger.Lines, line => line.StartsWith("Warning", StringComparison.Ordinal));
    }

    [Fact]
    public void Nothing_is_appended_behind_it_and_the_log_goes_on_all_the_same()
    {
        using DiskStore store = Filled();
        store.Store.RunGivingBack(store.Commit);
        foreach (UnsyncedSurvival survival in Enum.GetValues<UnsyncedSurvival>())
        {
            using var reopened = new DiskStore(store.Disk.ImageAfterPowerCut(survival, new Random(3)));
            Assert.Equal(["1:a=1", "2:b=2"], reopened["S"].Everything());
            Assert.Equal(3UL, reopened["S"].Put("c", "3").Sequence);
            reopened.Commit();
            Assert.Equal(["1:a=1", "2:b=2", "3:c=3"], reopened["S"].Everything());
            Assert.DoesNotContain(reopened.Logger.Lines, line => line.StartsWith("Warning", StringComparison.Ordinal));
        }
    }

    /// <summary>Under a lazy policy the header of the next segment is on the disk before the one before it is cut.</summary>
    [Fact]
    public void It_waits_for_the_next_segment_to_be_on_the_disk()
    {
        using DiskStore store = Filled(SyncPolicy.Interval(TimeSpan.FromMinutes(2)));
        store.Store.RunGivingBack(static () => { });
        Assert.Equal(16 << 10, store.Disk.ReadAll(DiskStore.Segment(1)).Length);
        store.Store.RunGivingBack(store.Commit);
        Assert.True(store.Disk.ReadAll(DiskStore.Segment(1)).Length < 2 << 10);
        SimulatedFileSystem disk = store.Disk.ImageAfterPowerCut(UnsyncedSurvival.None, new Random(1));
        Assert.Equal(SegmentHeaderStatus.Valid, SegmentHeader.Read(disk.ReadAll(DiskStore.Segment(2)), out _));
    }

    /// <summary>What looks unused may be what a record was.</summary>
    [Fact]
    public void A_segment_in_front_of_which_something_is_missing_is_left_alone()
    {
        using DiskStore store = Filled();
        store.Store.RunGivingBack(static () => { });
        store["S"].Put("c", "3");
        store.Commit();
        SimulatedFileSystem disk = store.Disk.ImageAfterPowerCut(UnsyncedSurvival.All, new Random(1));
        int used = UsedBytes(disk, 1);
        disk.Overwrite(DiskStore.Segment(1), new byte[32], used - 32);
        byte[] before = disk.ReadAll(DiskStore.Segment(1));
        using var reopened = new DiskStore(disk);
        reopened.Store.RunGivingBack(reopened.Commit);
        Assert.Equal([2UL], reopened["S"].State.Lost);
        Assert.Equal(before, disk.ReadAll(DiskStore.Segment(1)));
    }

    [Fact]
    public void A_file_that_is_cut_by_somebody_else_is_reported_as_before()
    {
        using DiskStore store = Filled();
        store.Store.RunGivingBack(store.Commit);
        SimulatedFileSystem disk = store.Disk.ImageAfterPowerCut(UnsyncedSurvival.All, new Random(1));
        disk.Truncate(DiskStore.Segment(1), UsedBytes(disk, 1) - 8);
        using var reopened = new DiskStore(disk);
        Assert.Equal(["1:a=1"], reopened["S"].Everything());
        Assert.Equal([2UL], reopened["S"].State.Lost);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_store_without_work_takes_little_more_than_its_records(bool always)
    {
        const int Messages = 20_000;
        using var folder = new TemporaryFolder("giving-back");
        var options = new FileStoreOptions
        {
            Directory = folder.Path,
            SyncPolicy = always ? SyncPolicy.Always : SyncPolicy.Interval(TimeSpan.FromMinutes(2)),
        };
        await using FileMessageStore store = await FileMessageStore.OpenAsync(
            options, PhysicalFileSystem.Instance, TimeProvider.System, new Random(1), NullLogger.Instance,
            TestContext.Current.CancellationToken);
        StreamLog stream = store.CreateStream(new StreamIdentity("A", "S"), "c"u8, new StreamLimits());
        byte[] payload = new byte[1 << 10];
        for (int i = 0; i < Messages; i++)
        {
            if (!store.HasRoom)
                await store.WaitForRoomAsync(TestContext.Current.CancellationToken);
            Assert.Equal(AppendStatus.Stored, stream.Append(new NewMessage { Subject = "a"u8, Payload = payload }).Status);
        }
        var committed = new BlockingWaiter();
        store.WhenCommitted(store.Appended, committed);
        committed.Wait();
        long FileBytes() => new DirectoryInfo(folder.Path).EnumerateFiles("*.log").Sum(file => file.Length);
        long most = (Messages * ((1 << 10) + 40L)) + (1 << 20);
        var waited = Stopwatch.StartNew();
        long taken = FileBytes();
        for (; taken > most && waited.Elapsed < TimeSpan.FromSeconds(30); taken = FileBytes())
            await Task.Delay(20, TestContext.Current.CancellationToken);
        Assert.True(
            taken <= most && taken > Messages << 10,
            $"{taken} bytes, at most {most}: " + string.Join(", ", new DirectoryInfo(folder.Path).EnumerateFiles("*.log").Select(file => $"{file.Name} {file.Length}")));
    }

    private static DiskStore Filled(SyncPolicy policy = default)
    {
        var store = new DiskStore(new SimulatedFileSystem(), policy);
        StreamLog stream = store.CreateStream("S");
        stream.Put("a", "1");
        stream.Put("b", "2");
        store.Commit();
        return store;
    }

    private static int UsedBytes(SimulatedFileSystem disk, int segment) =>
        RecordLayout.Align(disk.ReadAll(DiskStore.Segment(segment)).AsSpan().LastIndexOfAnyExcept((byte)0) + 1);
}
