using Rivulet.TestKit.Simulation;

namespace Rivulet.Storage.Tests.Recovery;

public sealed class FaultTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_failed_write_or_sync_freezes_the_store_for_good(bool sync)
    {
        using var store = new DiskStore(new SimulatedFileSystem());
        StreamLog stream = store.CreateStream("S");
        stream.Put("a", "kept");
        store.Commit();
        var observer = new FailureEar();
        stream.Observer = observer;
        store.Store.Observer = observer;
        if (sync)
            store.Disk.FailSyncAfter(0);
        else
            store.Disk.FailWriteAfter(0);
        LogPosition position = stream.Put("a", "doubtful").Position;
        store.Store.WhenCommitted(position, observer);
        store.Commit();

        Assert.Equal(3, observer.Failures);
        Assert.Equal(0, observer.Commits);
        Assert.IsType<StoreFailedException>(store.Store.Failure);
        Assert.Equal("a=kept", stream.GetLast("a"));
        AppendResult refused = stream.Put("a", "later");
        Assert.Equal(AppendStatus.Failed, refused.Status);
        store.Store.WhenCommitted(stream.SetAttachment("k", "v"u8), observer);
        Assert.Equal(4, observer.Failures);
        Assert.Throws<StoreFailedException>(() => store.CreateStream("T"));
        store.Commit();
        Assert.Equal("a=kept", stream.GetLast("a"));
        Assert.True(store.Store.HasRoom);
        Assert.Contains(store.Logger.Lines, line => line.StartsWith("Critical", StringComparison.Ordinal));
    }

    [Fact]
    public void What_gathers_during_a_sync_is_written_ahead_and_committed_by_a_sync_of_its_own()
    {
        using var store = new DiskStore(new SimulatedFileSystem());
        StreamLog stream = store.CreateStream("S");
        store.Commit();
        stream.Put("a", "first");
        store.Disk.BeforeSync = _ =>
        {
            store.Disk.BeforeSync = null;
            stream.Put("a", "second");
        };
        long writes = store.Disk.WriteCount;
        long syncs = store.Disk.SyncCount;
        Assert.True(store.Store.RunRound());

        Assert.Equal((2, 1), (store.Disk.WriteCount - writes, store.Disk.SyncCount - syncs));
        Assert.Equal("a=first", stream.GetLast("a"));
        using (var cut = new DiskStore(store.Disk.ImageAfterPowerCut(UnsyncedSurvival.None, new Random(1))))
            Assert.Equal("a=first", cut["S"].GetLast("a"));
        Assert.True(store.Store.RunRound());
        Assert.Equal((2, 2), (store.Disk.WriteCount - writes, store.Disk.SyncCount - syncs));
        Assert.Equal("a=second", stream.GetLast("a"));
    }

    [Fact]
    public void A_round_that_cannot_be_written_ahead_fails_after_the_synced_one_is_committed()
    {
        using var store = new DiskStore(new SimulatedFileSystem());
        StreamLog stream = store.CreateStream("S");
        store.Commit();
        var observer = new FailureEar();
        stream.Observer = observer;
        stream.Put("a", "synced");
        store.Disk.BeforeSync = _ =>
        {
            store.Disk.BeforeSync = null;
            store.Store.WhenCommitted(stream.Put("a", "doubtful").Position, observer);
            store.Disk.FailWriteAfter(0);
        };
        Assert.False(store.Store.RunRound());

        Assert.Equal((1, 2), (observer.Commits, observer.Failures));
        Assert.Equal("a=synced", stream.GetLast("a"));
        Assert.IsType<StoreFailedException>(store.Store.Failure);
    }

    /// <summary>
    /// After a sync that failed the system may take what it could not write for written: it shows it to the next
    /// process, and the power cut that follows takes it away.
    /// </summary>
    [Fact]
    public void What_is_served_after_a_failed_sync_and_a_restart_survives_a_power_cut()
    {
        using var store = new DiskStore(new SimulatedFileSystem());
        StreamLog stream = store.CreateStream("S");
        stream.Put("a", "1");
        store.Disk.FailSyncAfter(0);
        store.Commit();
        Assert.NotNull(store.Store.Failure);
        store.Store.Abandon();
        using (var reopened = new DiskStore(store.Disk))
            Assert.Equal(["1:a=1"], reopened["S"].Everything());
        using var again = new DiskStore(store.Disk.ImageAfterPowerCut(UnsyncedSurvival.None, new Random(1)));
        Assert.Equal(["1:a=1"], again["S"].Everything());
    }

    [Fact]
    public void A_stream_whose_deletion_fails_to_commit_hears_of_the_failure()
    {
        using var store = new DiskStore(new SimulatedFileSystem());
        StreamLog stream = store.CreateStream("S");
        var observer = new FailureEar();
        stream.Observer = observer;

        // The publish commits while the deletion behind it still waits.
        stream.Put("a");
        bool deleted = false;
        store.Disk.BeforeSync = _ =>
        {
            if (deleted)
                return;
            deleted = true;
            stream.Put("a");
            stream.Delete();
        };
        Assert.True(store.Store.RunRound());
        Assert.Equal(1, observer.Commits);
        store.Disk.FailSyncAfter(0);
        Assert.False(store.Store.RunRound());

        Assert.Equal(1, observer.Failures);
    }

    [Fact]
    public void A_full_disk_refuses_messages_until_there_is_room()
    {
        using var store = new DiskStore(new SimulatedFileSystem());
        StreamLog stream = store.CreateStream("S");
        store.Disk.CapacityBytes = 5 * 16 << 10;
        ulong acked = 0;
        AppendResult result;
        while ((result = stream.Put("a", new string('x', 500))).Status == AppendStatus.Stored)
        {
            store.Commit();
            acked = stream.State.LastSequence;
            Assert.True(acked < 1_000);
        }
        Assert.Equal(AppendStatus.OutOfSpace, result.Status);
        Assert.NotNull(store.Store.OutOfSpace);
        Assert.Null(store.Store.Failure);
        Assert.True(acked > 50);

        // Small records still get in, so that space can be made.
        Assert.True(stream.Remove(1, erase: false).Removed);
        stream.SetAttachment("k", "v"u8);
        store.Commit();
        Assert.Equal(store.Store.Appended, store.Store.Committed);

        store.Disk.CapacityBytes = long.MaxValue;
        store.Commit();
        stream.SetAttachment("k", new byte[3_000]);
        store.Commit();
        Assert.Null(store.Store.OutOfSpace);
        Assert.Equal(AppendStatus.Stored, stream.Put("b", "again").Status);
        store.Commit();
        using var reopened = new DiskStore(store.Disk.ImageAfterPowerCut(UnsyncedSurvival.None, new Random(1)));
        Assert.Equal(acked, reopened["S"].State.Messages);
        Assert.Equal("b=again", reopened["S"].GetLast("b"));
    }

    [Fact]
    public async Task A_full_disk_holds_back_what_was_appended_and_loses_nothing()
    {
        var disk = new SimulatedFileSystem();
        var time = new ManualTimeProvider();
        var options = new FileStoreOptions
        {
            Directory = "/store", SegmentBytes = 16 << 10, ReservedBytes = 1 << 10,
        };
        await using FileMessageStore store = await FileMessageStore.OpenAsync(
            options, disk, time, new Random(1), new RecordingLogger(), TestContext.Current.CancellationToken);
        StreamLog stream = store.CreateStream(new StreamIdentity("A", "S"), "c"u8, new StreamLimits());
        await CommittedAsync(store);
        await UntilAsync(() => disk.Files.Count == 2);
        disk.CapacityBytes = 0;
        var positions = new List<LogPosition>();
        for (int i = 0; i < 80; i++)
        {
            if (stream.Put("a", new string('x', 500)) is { Status: AppendStatus.Stored } stored)
                positions.Add(stored.Position);
        }
        await UntilAsync(() => store.OutOfSpace is not null);
        Assert.Equal(AppendStatus.OutOfSpace, stream.Put("a", new string('x', 12_000)).Status);
        Assert.True(store.HasRoom);
        disk.CapacityBytes = long.MaxValue;
        await UntilAsync(() =>
        {
            time.Advance(options.SpaceRetryInterval);
            return store.OutOfSpace is null;
        });
        await CommittedAsync(store);
        Assert.Equal((ulong)positions.Count, stream.State.Messages);
        Assert.Equal(AppendStatus.Stored, stream.Put("a", new string('x', 12_000)).Status);
    }

    [Fact]
    public void A_batch_is_refused_when_the_whole_of_it_has_no_room()
    {
        using var store = new DiskStore(new SimulatedFileSystem());
        StreamLog stream = store.CreateStream("S");
        store.Disk.CapacityBytes = 0;
        while (store.Store.OutOfSpace is null)
        {
            stream.Put("a", new string('x', 3_000));
            store.Commit();
        }
        ulong last = stream.Tail.LastSequence;
        BatchResult refused = stream.AppendBatch(Batches.Many(40, 300));
        Assert.Equal((AppendStatus.OutOfSpace, -1), (refused.Status, refused.RefusedIndex));
        Assert.Equal(last, stream.Tail.LastSequence);
        store.Disk.CapacityBytes = long.MaxValue;
        store.Time.Advance(store.Options.SpaceRetryInterval);
        store.Commit();
        Assert.Equal(AppendStatus.Stored, stream.AppendBatch(Batches.Many(40, 300)).Status);
        store.Commit();
        Assert.Equal(last + 40, stream.State.Messages);
    }

    [Fact]
    public async Task Too_large_a_batch_waits_for_what_is_under_way_and_no_longer()
    {
        var options = new FileStoreOptions { Directory = "/store", UncommittedSoftBytes = 10_000, UncommittedHardBytes = 20_000 };
        await using FileMessageStore store = FileMessageStore.Open(
            options, new SimulatedFileSystem(), new ManualTimeProvider(), new Random(1), new RecordingLogger(), ownThreads: false);
        StreamLog stream = store.CreateStream(new StreamIdentity("A", "S"), "c"u8, new StreamLimits());
        Assert.Equal(AppendStatus.Busy, stream.AppendBatch(Batches.Many(40, 1_000)).Status);
        Assert.Equal(AppendStatus.Stored, stream.AppendBatch(Batches.Many(5, 1_000)).Status);
        while (store.RunRound())
        {
        }
        Assert.Equal(AppendStatus.Stored, stream.AppendBatch(Batches.Many(40, 1_000)).Status);
        while (store.RunRound())
        {
        }
        Assert.Equal(45UL, stream.State.Messages);
    }

    [Fact]
    public async Task Appenders_wait_while_too_much_is_uncommitted()
    {
        var disk = new SimulatedFileSystem();
        using var gate = new ManualResetEventSlim(true);
        disk.BeforeSync = _ => gate.Wait(TimeSpan.FromSeconds(30));
        var options = new FileStoreOptions
        {
            Directory = "/store", UncommittedSoftBytes = 10_000, UncommittedHardBytes = 20_000,
        };
        await using FileMessageStore store = await FileMessageStore.OpenAsync(
            options, disk, new ManualTimeProvider(), new Random(1), new RecordingLogger(),
            TestContext.Current.CancellationToken);
        StreamLog stream = store.CreateStream(new StreamIdentity("A", "S"), "c"u8, new StreamLimits());
        await CommittedAsync(store);
        gate.Reset();
        AppendResult result;
        while ((result = stream.Put("a", new string('x', 1_000))).Status == AppendStatus.Stored)
        {
        }
        Assert.Equal(AppendStatus.Busy, result.Status);
        Assert.False(store.HasRoom);
        Task waiting = store.WaitForRoomAsync(TestContext.Current.CancellationToken).AsTask();
        Assert.False(waiting.IsCompleted);
        using var impatience = new CancellationTokenSource();
        Task impatient = store.WaitForRoomAsync(impatience.Token).AsTask();
        await impatience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);
        gate.Set();
        await waiting.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.True(store.HasRoom);
        Assert.Equal(AppendStatus.Stored, stream.Put("a").Status);
    }

    [Fact]
    public void Lazy_syncs_come_on_the_timer_and_for_records_that_others_depend_on()
    {
        using var store = new DiskStore(new SimulatedFileSystem(), SyncPolicy.Interval(TimeSpan.FromSeconds(10)));
        StreamLog stream = store.CreateStream("S");
        stream.Put("a");
        store.Commit();
        long synced = store.Disk.SyncCount;
        for (int i = 0; i < 50; i++)
        {
            stream.Put("a");
            store.Commit();
        }
        Assert.Equal(synced, store.Disk.SyncCount);
        Assert.Equal(51UL, stream.State.Messages);
        store.Time.Advance(TimeSpan.FromSeconds(11));
        store.Commit();
        Assert.Equal(synced + 1, store.Disk.SyncCount);
        using var reopened = new DiskStore(store.Disk.ImageAfterPowerCut(UnsyncedSurvival.None, new Random(1)));
        Assert.Equal(51UL, reopened["S"].State.Messages);
    }

    [Fact]
    public async Task Sequences_that_a_power_cut_took_back_are_not_given_out_again()
    {
        SyncPolicy lazy = SyncPolicy.Interval(TimeSpan.FromHours(1));
        using var store = new DiskStore(new SimulatedFileSystem(), lazy);
        StreamLog stream = store.CreateStream("S");
        ulong acked = 0;
        for (int i = 0; i < 250; i++)
        {
            acked = stream.Put("a").Sequence;
            store.Commit();
        }
        SimulatedFileSystem disk = store.Disk.ImageAfterPowerCut(UnsyncedSurvival.None, new Random(1));
        ulong next;
        ulong last;
        using (var reopened = new DiskStore(disk, lazy))
        {
            Assert.True(reopened["S"].State.Messages < acked);
            last = reopened["S"].State.LastSequence;
            next = reopened["S"].Put("b").Sequence;
            Assert.True(next > acked && next < acked + 200, $"next is {next}");
            Assert.Equal(last + 1, next);
        }
        disk = disk.ImageAfterPowerCut(UnsyncedSurvival.None, new Random(1));
        var again = new DiskStore(disk, lazy);
        Assert.True(again["S"].State.LastSequence >= last);

        // A store that was closed in order knows where it was.
        ulong final = again["S"].Put("c").Sequence;
        again.Commit();
        await DiskStore.CloseAsync(again);
        using var closed = new DiskStore(disk.ImageAfterPowerCut(UnsyncedSurvival.None, new Random(1)), lazy);
        Assert.Equal(final + 1, closed["S"].Put("d").Sequence);
    }

    private static async Task CommittedAsync(MessageStore store)
    {
        var waiter = new TaskWaiter();
        store.WhenCommitted(store.Appended, waiter);
        await waiter.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        for (int i = 0; !condition(); i++)
        {
            Assert.True(i < 3_000, "waited in vain");
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }

    private sealed class TaskWaiter : ICommitWaiter
    {
        private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Task => _done.Task;

        public void OnCommitted(LogPosition position) => _done.SetResult();

        public void OnFailed(Exception cause) => _done.SetException(cause);
    }

    private sealed class FailureEar : IStreamObserver, IStoreObserver, ICommitWaiter
    {
        public int Failures { get; private set; }

        public int Commits { get; private set; }

        public void OnCommitted(in StreamCommit commit) => Commits++;

        public void OnCommitted(LogPosition position) => Commits++;

        public void OnRoundCommitted(LogPosition upTo) => Commits++;

        public void OnFailed(Exception cause) => Failures++;
    }
}
