using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Rivulet.Storage.Files;
using Rivulet.TestKit.Processes;

namespace Rivulet.Storage.Tests.Recovery;

/// <summary>The store with its own threads: segments are rewritten under readers and writers.</summary>
public sealed class CompactionUnderLoadTests
{
    private const int Writers = 2;
    private const int Keys = 200;
    private const int PutsEach = 30_000;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Readers_and_writers_do_not_notice_that_segments_are_rewritten(bool always)
    {
        using var folder = new TemporaryFolder("compaction");
        SyncPolicy policy = always ? SyncPolicy.Always : SyncPolicy.Interval(TimeSpan.FromMinutes(2));
        long segmentsMade;
        int[][] newest = new int[Writers][];
        await using (FileMessageStore store = await OpenAsync(folder.Path, policy))
        {
            using var done = new CancellationTokenSource();
            StreamLog[] streams = [.. Enumerable.Range(0, Writers).Select(i => Create(store, i))];
            Task<long>[] readers = [.. streams.Select(stream => OnThread(() => ReadUntil(stream, done.Token)))];
            await Task.WhenAll(streams.Select((stream, i) => OnThread(() => Write(store, stream, newest[i] = new int[Keys], seed: i))));
            Commit(store);
            await done.CancelAsync();
            foreach (Task<long> reader in readers)
                Assert.True(await reader > 0, "nothing was read");
            segmentsMade = Directory.GetFiles(folder.Path, "*.log").Max(file => int.Parse(Path.GetFileName(file)[..10], CultureInfo.InvariantCulture));
            Assert.NotEmpty(Directory.GetFiles(folder.Path, "*.*.log"));
            Check(streams, newest);
        }
        await using FileMessageStore reopened = await OpenAsync(folder.Path, policy);
        Assert.True(Directory.GetFiles(folder.Path, "*.log").Length < segmentsMade / 2, "the space was not given back");
        Check([.. reopened.Streams.OrderBy(stream => stream.Identity.Name, StringComparer.Ordinal)], newest);
    }

    private static Task<FileMessageStore> OpenAsync(string directory, SyncPolicy policy) => FileMessageStore.OpenAsync(
        new FileStoreOptions { Directory = directory, SegmentBytes = 64 << 10, ReservedBytes = 4 << 10, SyncPolicy = policy },
        PhysicalFileSystem.Instance, TimeProvider.System, new Random(1), NullLogger.Instance);

    private static StreamLog Create(FileMessageStore store, int i) => store.CreateStream(
        new StreamIdentity("A", "S" + i), "c"u8, new StreamLimits { MaxMessagesPerSubject = 1 });

    private static int Write(FileMessageStore store, StreamLog stream, int[] newest, int seed)
    {
        var random = new Random(seed);
        for (int i = 1; i <= PutsEach; i++)
        {
            if (!store.HasRoom)
                store.WaitForRoomAsync().AsTask().GetAwaiter().GetResult();
            int key = random.Next(Keys);
            string text = string.Create(CultureInfo.InvariantCulture, $"{key}:{i}:");
            AppendResult result = stream.Append(new NewMessage
            {
                Subject = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"k.{key}")),
                Payload = Encoding.UTF8.GetBytes(text.PadRight(80 + random.Next(100), 'x')),
            });
            Assert.Equal(AppendStatus.Stored, result.Status);
            newest[key] = i;
            if (i % 500 == 0)
                Commit(store);
        }
        return PutsEach;
    }

    /// <summary>On a thread of its own: these block, and the pool has few.</summary>
    private static Task<T> OnThread<T>(Func<T> work) => Task.Factory.StartNew(
        work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>Reads keys, whose values never go back, as long as it is wanted.</summary>
    private static long ReadUntil(StreamLog stream, CancellationToken end)
    {
        using var message = new StoredMessage();
        int[] seen = new int[Keys];
        long reads = 0;
        for (int key = 0; !end.IsCancellationRequested; key = (key + 1) % Keys)
        {
            if (Read(stream, key, message) is not { } value)
                continue;
            Assert.True(value >= seen[key], $"key {key} went back from {seen[key]} to {value}");
            seen[key] = value;
            reads++;
        }
        return reads;
    }

    private static int? Read(StreamLog stream, int key, StoredMessage message)
    {
        byte[] subject = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"k.{key}"));
        ReadStatus status = stream.ReadLast(subject, message);
        Assert.True(status is ReadStatus.Found or ReadStatus.NotFound, $"key {key}: {status}");
        if (status == ReadStatus.NotFound)
            return null;
        string[] parts = Encoding.UTF8.GetString(message.Payload).Split(':');
        Assert.Equal(key, int.Parse(parts[0], CultureInfo.InvariantCulture));
        return int.Parse(parts[1], CultureInfo.InvariantCulture);
    }

    private static void Check(StreamLog[] streams, int[][] newest)
    {
        using var message = new StoredMessage();
        for (int i = 0; i < streams.Length; i++)
        {
            Assert.Empty(streams[i].State.Lost);
            for (int key = 0; key < Keys; key++)
                Assert.Equal(newest[i][key] == 0 ? null : newest[i][key], Read(streams[i], key, message));
        }
    }

    private static void Commit(FileMessageStore store)
    {
        var waiter = new BlockingWaiter();
        store.WhenCommitted(store.Appended, waiter);
        waiter.Wait();
    }
}
