using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Rivulet.Storage.Files;
using Rivulet.TestKit.Processes;

namespace Rivulet.Storage.Tests;

/// <summary>Under a lazy policy, whoever appended commits, where a write is all that it takes.</summary>
public sealed class CommitInPlaceTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task A_commit_is_handed_over_on_the_thread_that_asks_for_it()
    {
        using var folder = new TemporaryFolder("in-place");
        await using FileMessageStore store = await OpenAsync(folder.Path, SyncPolicy.Interval(TimeSpan.FromMinutes(2)), 1 << 20);
        StreamLog stream = store.CreateStream(new StreamIdentity("A", "S"), "c"u8, new StreamLimits());
        var observer = new Observer();
        stream.Observer = observer;

        int inPlace = await OnThread(() =>
        {
            int count = 0;
            for (int i = 0; i < 1000; i++)
            {
                LogPosition position = Append(stream, i, callerDelivers: true);
                store.DeliverCommits();
                if (store.Committed >= position && observer.Thread == Environment.CurrentManagedThreadId)
                    count++;
                Wait(store, position);
            }
            return count;
        });

        // The first ones wait for the stream's own record to be synced, which is not for a caller to do.
        Assert.InRange(inPlace, 500, 1000);
        Assert.Equal(1000, observer.Messages);
    }

    [Fact]
    public async Task Every_commit_is_synced_by_the_committer_where_that_is_the_policy()
    {
        using var folder = new TemporaryFolder("in-place");
        await using FileMessageStore store = await OpenAsync(folder.Path, SyncPolicy.Always, 1 << 20);
        StreamLog stream = store.CreateStream(new StreamIdentity("A", "S"), "c"u8, new StreamLimits());
        var observer = new Observer();
        stream.Observer = observer;

        await OnThread(() =>
        {
            for (int i = 0; i < 50; i++)
            {
                // Nobody asks for it: the store sees to it all the same.
                Wait(store, Append(stream, i, callerDelivers: true));
                Assert.NotEqual(Environment.CurrentManagedThreadId, observer.Thread);
            }
            return 0;
        });
    }

    [Theory]
    [InlineData(3, true)]
    [InlineData(120_000, false)]
    [InlineData(120_000, true)]
    public async Task Callers_and_the_committer_take_turns_and_leave_nothing_behind(int syncMillis, bool others)
    {
        const int Threads = 4;
        const int Each = 10_000;
        using var folder = new TemporaryFolder("in-place");
        var observer = new Observer();
        await using (FileMessageStore store = await OpenAsync(
            folder.Path, SyncPolicy.Interval(TimeSpan.FromMilliseconds(syncMillis)), 64 << 10))
        {
            StreamLog stream = store.CreateStream(
                new StreamIdentity("A", "S"), "c"u8, new StreamLimits { MaxMessagesPerSubject = 1 });
            stream.Observer = observer;
            var writerLock = new Lock();
            LogPosition[] last = await Task.WhenAll(Enumerable.Range(0, Threads).Select(thread => OnThread(() =>
            {
                var random = new Random(thread);
                LogPosition position = LogPosition.None;
                for (int i = 0; i < Each; i++)
                {
                    if (!store.HasRoom)
                        store.WaitForRoomAsync().AsTask().GetAwaiter().GetResult();

                    // Segments of 64 KiB end every few hundred messages, and are compacted, which asks for syncs.
                    bool callerDelivers = !others || random.Next(4) != 0;
                    lock (writerLock)
                        position = Append(stream, random.Next(500), callerDelivers);
                    if (callerDelivers)
                        store.DeliverCommits();
                    if (random.Next(200) == 0)
                        Wait(store, position);
                }
                return position;
            })));
            foreach (LogPosition position in last)
                Wait(store, position);
            Assert.Equal(Threads * Each, observer.Messages);
            Assert.False(observer.WasEnteredTwice, "two threads handed over at once");
            Assert.True(observer.IsInOrder, "commits came out of order");
        }
        await using FileMessageStore reopened = await OpenAsync(folder.Path, SyncPolicy.Always, 64 << 10);
        Assert.Equal((ulong)(Threads * Each), Assert.Single(reopened.Streams).State.LastSequence);
    }

    private static Task<FileMessageStore> OpenAsync(string directory, SyncPolicy policy, int segmentBytes) =>
        FileMessageStore.OpenAsync(
            new FileStoreOptions { Directory = directory, SegmentBytes = segmentBytes, ReservedBytes = 4 << 10, SyncPolicy = policy },
            PhysicalFileSystem.Instance, TimeProvider.System, new Random(1), NullLogger.Instance);

    private static LogPosition Append(StreamLog stream, int key, bool callerDelivers)
    {
        AppendResult result = stream.Append(new NewMessage
        {
            Subject = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"k.{key}")),
            Payload = "a value of some length"u8,
            CallerDelivers = callerDelivers,
        });
        Assert.Equal(AppendStatus.Stored, result.Status);
        return result.Position;
    }

    private static void Wait(FileMessageStore store, LogPosition position)
    {
        using var waiter = new Waiter();
        store.WhenCommitted(position, waiter);
        Assert.True(waiter.Done.Wait(Patience), "a commit never came");
    }

    /// <summary>On a thread of its own: these block, and the pool has few.</summary>
    private static Task<T> OnThread<T>(Func<T> work) => Task.Factory.StartNew(
        work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private sealed class Waiter : ICommitWaiter, IDisposable
    {
        public ManualResetEventSlim Done { get; } = new();

        public void OnCommitted(LogPosition position) => Done.Set();

        public void OnFailed(Exception cause)
        {
        }

        // A waiter may still be in Set when the wait is over.
        public void Dispose()
        {
        }
    }

    private sealed class Observer : IStreamObserver
    {
        private int _inside;
        private ulong _lastSequence;
        private int _messages;
        private volatile int _thread;

        public int Thread => _thread;

        public int Messages => Volatile.Read(ref _messages);

        public bool WasEnteredTwice { get; private set; }

        public bool IsInOrder { get; private set; } = true;

        public void OnCommitted(in StreamCommit commit)
        {
            WasEnteredTwice |= Interlocked.Increment(ref _inside) != 1;
            _thread = Environment.CurrentManagedThreadId;
            for (int i = 0; i < commit.Count; i++)
            {
                IsInOrder &= commit[i].Sequence > _lastSequence;
                _lastSequence = commit[i].Sequence;
            }
            Volatile.Write(ref _messages, _messages + commit.Count);
            Interlocked.Decrement(ref _inside);
        }

        public void OnFailed(Exception cause)
        {
        }
    }
}
