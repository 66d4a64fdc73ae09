using Microsoft.Extensions.Logging.Abstractions;
using Rivulet.Protocol;
using Rivulet.Storage.Files;
using Rivulet.TestKit.Simulation;

namespace Rivulet.Storage.Tests.Allocation;

/// <summary>
/// In steady state a put, its commit and a get leave nothing for the collector. Run without threads, so that the test's
/// own thread does all there is to do and its allocations are all there are.
/// </summary>
public sealed class AllocationTests
{
    private const int WarmUp = 64_000;
    private const int Measured = 100_000;
    private const int Keys = 1_000;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_put_a_commit_and_a_get_of_the_file_store_allocate_nothing(bool compress)
    {
        string directory = Directory.CreateTempSubdirectory("rivulet-alloc-").FullName;
        var options = new FileStoreOptions
        {
            Directory = directory, SyncPolicy = SyncPolicy.Interval(TimeSpan.FromHours(1)),
        };
        FileMessageStore store = FileMessageStore.Open(
            options, PhysicalFileSystem.Instance, new ManualTimeProvider(), new Random(1), NullLogger.Instance,
            ownThreads: false);
        double bytes = Measure(store, commit: () => store.RunRound(), compress);
        store.Abandon();
        Directory.Delete(directory, recursive: true);
        Assert.True(bytes < 1, $"{bytes} bytes per operation");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_atomic_batch_of_the_file_store_allocates_nothing(bool compress)
    {
        string directory = Directory.CreateTempSubdirectory("rivulet-alloc-").FullName;
        var options = new FileStoreOptions
        {
            Directory = directory, SyncPolicy = SyncPolicy.Interval(TimeSpan.FromHours(1)),
        };
        FileMessageStore store = FileMessageStore.Open(
            options, PhysicalFileSystem.Instance, new ManualTimeProvider(), new Random(1), NullLogger.Instance,
            ownThreads: false);
        StreamLog stream = store.CreateStream(
            new StreamIdentity("A", "S"), "c"u8, new StreamLimits { MaxMessagesPerSubject = 1, Compress = compress });
        BatchMessage[] batch = [.. Enumerable.Range(0, 100).Select(i => Batches.Message("k" + i, Values.Json(compress ? 400 : 100, i)))];
        RunBatches(stream, batch, store, WarmUp / batch.Length);
        long before = GC.GetAllocatedBytesForCurrentThread();
        RunBatches(stream, batch, store, Measured / batch.Length);
        double bytes = (GC.GetAllocatedBytesForCurrentThread() - before) / (double)Measured;
        store.Abandon();
        Directory.Delete(directory, recursive: true);
        Assert.True(bytes < 1, $"{bytes} bytes per message");
    }

    [Fact]
    public void A_put_a_commit_and_a_get_of_the_memory_store_allocate_chunks_only()
    {
        var store = new MemoryMessageStore(new ManualTimeProvider(), new Random(1));
        double bytes = Measure(store, commit: store.DeliverCommits);

        // Chunks of memory are left to the collector: what is allocated is what was stored.
        Assert.True(bytes < 250, $"{bytes} bytes per operation");
    }

    private static void RunBatches(StreamLog stream, BatchMessage[] batch, FileMessageStore store, int count)
    {
        for (int i = 0; i < count; i++)
        {
            // Not Assert.Equal, which allocates.
            Assert.True(stream.AppendBatch(batch).Status == AppendStatus.Stored);
            store.RunRound();
        }
    }

    private static double Measure(MessageStore store, Action commit, bool compress = false)
    {
        StreamLog stream = store.CreateStream(
            new StreamIdentity("A", "S"), "c"u8, new StreamLimits { MaxMessagesPerSubject = 1, Compress = compress });
        var counter = new Counter();
        stream.Observer = counter;
        byte[][] keys = [.. Enumerable.Range(0, Keys).Select(i => System.Text.Encoding.UTF8.GetBytes("$KV.b.key." + i))];
        byte[] value = compress ? System.Text.Encoding.UTF8.GetBytes(Values.Json(400)) : new byte[128];
        using var message = new StoredMessage();
        Run(stream, keys, value, message, commit, WarmUp);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Run(stream, keys, value, message, commit, Measured);
        double bytes = (GC.GetAllocatedBytesForCurrentThread() - before) / (double)Measured;
        Assert.Equal(WarmUp + Measured, counter.Messages);
        return bytes;
    }

    private static void Run(
        StreamLog stream, byte[][] keys, byte[] value, StoredMessage message, Action commit, int count)
    {
        FilterSet all = FilterSet.All;
        for (int i = 0; i < count; i++)
        {
            stream.Append(new NewMessage { Subject = keys[i * 7 % Keys], Payload = value });
            if (i % 16 != 15)
                continue;
            commit();
            stream.ReadLast(keys[i * 7 % Keys], message);
            stream.Read(stream.Tail.LastSequence - 3, message);
            stream.ReadNext(stream.Tail.FirstSequence, all, message);
        }
    }

    private sealed class Counter : IStreamObserver
    {
        public long Messages { get; private set; }

        public void OnCommitted(in StreamCommit commit)
        {
            foreach (CommittedMessage message in commit)
                Messages += message.Subject.Length > 0 && message.Payload.Length > 0 ? 1 : 0;
        }

        public void OnFailed(Exception cause) => Messages = -1;
    }
}
