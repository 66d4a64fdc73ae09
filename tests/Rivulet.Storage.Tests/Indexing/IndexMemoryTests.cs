using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Rivulet.Storage.Indexing;
using Rivulet.Storage.Streams;

namespace Rivulet.Storage.Tests.Indexing;

public sealed class IndexMemoryTests
{
    [Fact]
    public void An_index_counts_what_it_takes_and_gives_all_of_it_back()
    {
        var memory = new IndexMemory(long.MaxValue);
        var index = new StreamIndex(SizeAccounting.File, null, 1, memory);
        Fill(index, 200_000);
        Assert.InRange(memory.UsedBytes, 200_000 * 60, 200_000 * 130);
        index.Release();
        Assert.Equal(0, memory.UsedBytes);
        Assert.Equal((0UL, 0UL), (index.Messages, index.TailMessages));

        // And can be used again.
        Fill(index, 10);
        Assert.Equal(10UL, index.Messages);
        index.Release();
        Assert.Equal(0, memory.UsedBytes);
    }

    [Fact]
    public void A_small_index_takes_little()
    {
        var memory = new IndexMemory(long.MaxValue);
        var index = new StreamIndex(SizeAccounting.File, null, 1, memory);
        Fill(index, 3);
        Assert.InRange(memory.UsedBytes, 1, 3_000);
        index.Release();
    }

    /// <summary>At no time is more taken than what is there in the end, and a part of it: nothing large is copied to grow.</summary>
    [Fact]
    public void Growing_takes_no_more_than_what_is_held_in_the_end()
    {
        const int Keys = 1_500_000;
        var memory = new IndexMemory(long.MaxValue);
        var index = new StreamIndex(SizeAccounting.File, null, 1, memory);
        Fill(index, Keys);
        Assert.InRange(memory.PeakBytes, 0, (long)(memory.UsedBytes * 1.15));

        // "k.1234567" and the like: 8.9 bytes on average.
        Assert.InRange((memory.UsedBytes / (double)Keys) - 8.9, 0, 80);
        index.Release();
        Assert.Equal(0, memory.UsedBytes);
    }

    [Fact]
    public void An_expiry_queue_hands_out_by_deadline_and_gives_its_memory_back()
    {
        var memory = new IndexMemory(long.MaxValue);
        var queue = new ExpiryQueue(memory);
        var random = new Random(3);
        var expected = new List<(long At, ulong Sequence)>();
        for (ulong sequence = 1; sequence <= 300_000; sequence++)
        {
            long at = random.NextInt64(1L << 40);
            queue.Add(at, sequence);
            expected.Add((at, sequence));
        }
        Assert.True(queue.WantsSweep);
        Assert.InRange(memory.PeakBytes, 300_000 * 16, 300_000 * 32);
        queue.Sweep(new Even());
        expected.RemoveAll(deadline => deadline.Sequence % 2 != 0);
        Assert.InRange(memory.UsedBytes, 150_000 * 16, 4 << 20);
        foreach ((long at, ulong _) in expected.OrderBy(deadline => deadline.At))
        {
            Assert.Equal(at, queue.NextNanos);
            queue.RemoveNext();
        }
        Assert.Equal(long.MaxValue, queue.NextNanos);
        Assert.Equal(0, memory.UsedBytes);
    }

    [Fact]
    public async Task A_memory_store_without_room_refuses_messages_and_lets_removals_through()
    {
        await using var store = new MemoryMessageStore(TimeProvider.System, new Random(1), indexMemoryMaxBytes: 1 << 20);
        await RefusesAndRecovers(store, store.IndexMemory);
    }

    [Fact]
    public async Task A_file_store_without_room_refuses_messages_and_lets_removals_through()
    {
        string directory = Directory.CreateTempSubdirectory("rivulet-test-").FullName;
        var options = new FileStoreOptions { Directory = directory, IndexMemoryMaxBytes = 1 << 20, SyncPolicy = SyncPolicy.Interval(TimeSpan.FromHours(1)) };
        await using (FileMessageStore store = await FileMessageStore.OpenAsync(
            options, Files.PhysicalFileSystem.Instance, TimeProvider.System, new Random(1), NullLogger.Instance,
            TestContext.Current.CancellationToken))
        {
            await RefusesAndRecovers(store, store.IndexMemory);
            store.CreateStream(new StreamIdentity("A", "again"), default, new StreamLimits()).Put("a");
            await store.DisposeAsync();
            Assert.Equal(0, store.IndexMemory.UsedBytes);
        }
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task Deleted_and_purged_streams_give_their_memory_back()
    {
        var store = new MemoryMessageStore(TimeProvider.System, new Random(1));
        StreamLog kept = store.CreateStream(new StreamIdentity("A", "kept"), default, new StreamLimits());
        long empty = store.IndexMemory.UsedBytes;
        StreamLog deleted = store.CreateStream(new StreamIdentity("A", "deleted"), default, new StreamLimits());
        for (int i = 0; i < 5_000; i++)
        {
            kept.Put("k." + i.ToString(CultureInfo.InvariantCulture));
            deleted.Put("k." + i.ToString(CultureInfo.InvariantCulture), expiresAtNanos: long.MaxValue - 1 - i);
        }
        store.DeliverCommits();
        Assert.InRange(store.IndexMemory.UsedBytes, 10_000 * 50, long.MaxValue);
        kept.Purge(default, 0, 0);
        deleted.Delete();
        store.DeliverCommits();
        Assert.Equal(empty, store.IndexMemory.UsedBytes);
        kept.Put("a");
        await store.DisposeAsync();
        Assert.Equal(0, store.IndexMemory.UsedBytes);
        Assert.Equal(0UL, kept.State.Messages);
    }

    [Fact]
    public void A_store_that_nobody_disposes_of_gives_its_memory_back_when_it_is_collected()
    {
        IndexMemory memory = Forget();
        for (int i = 0; i < 20 && memory.UsedBytes > 0; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        Assert.Equal(0, memory.UsedBytes);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static IndexMemory Forget()
    {
        var store = new MemoryMessageStore(TimeProvider.System, new Random(1));
        StreamLog stream = store.CreateStream(new StreamIdentity("A", "S"), default, new StreamLimits());
        for (int i = 0; i < 1_000; i++)
            stream.Put("k." + i.ToString(CultureInfo.InvariantCulture), expiresAtNanos: long.MaxValue - 1);
        Assert.NotEqual(0, store.IndexMemory.UsedBytes);
        return store.IndexMemory;
    }

    private static async Task RefusesAndRecovers(MessageStore store, IndexMemory memory)
    {
        StreamLog stream = store.CreateStream(new StreamIdentity("A", "S"), default, new StreamLimits());
        AppendResult result;
        int stored = 0;
        while ((result = stream.Put("key." + stored.ToString(CultureInfo.InvariantCulture))).Status == AppendStatus.Stored)
            stored++;
        Assert.Equal(AppendStatus.OutOfMemory, result.Status);
        Assert.Equal((0UL, (ulong)stored), (result.Sequence, stream.Tail.LastSequence));
        Assert.InRange(stored, 1_000, 100_000);
        Assert.InRange(memory.UsedBytes, 0, 1 << 20);
        Assert.Equal(AppendStatus.OutOfMemory, stream.Put("key.0").Status);

        Assert.True(stream.Remove(1, erase: false).Removed);
        stream.Purge(default, 0, 0);
        await CommitAsync(store);
        Assert.Equal(AppendStatus.Stored, stream.Put("key.0").Status);
        stream.Delete();
        await CommitAsync(store);
    }

    private static async Task CommitAsync(MessageStore store)
    {
        store.DeliverCommits();
        var done = new Committed();
        store.WhenCommitted(store.Appended, done);
        await done.Task;
    }

    private static void Fill(StreamIndex index, int keys)
    {
        ulong sequence = index.VisibleLast;
        for (int i = 0; i < keys; i++)
        {
            sequence++;
            index.TailAdd(sequence, Encoding.UTF8.GetBytes("k." + i.ToString(CultureInfo.InvariantCulture)), 10, false, 1);
            index.CommitAdd(sequence);
        }
    }

    private readonly struct Even : ExpiryQueue.IPresence
    {
        public bool IsPresent(ulong sequence) => sequence % 2 == 0;
    }

    private sealed class Committed : ICommitWaiter
    {
        private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Task => _done.Task;

        public void OnCommitted(LogPosition position) => _done.SetResult();

        public void OnFailed(Exception cause) => _done.SetException(cause);
    }
}
