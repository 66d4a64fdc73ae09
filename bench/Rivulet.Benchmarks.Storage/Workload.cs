using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Rivulet.Storage;
using Rivulet.Storage.Files;

namespace Rivulet.Benchmarks.Storage;

/// <summary>A bucket with keys of 20 to 40 bytes and values of 128, in a store of its own.</summary>
internal sealed class Workload : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("rivulet-bench-").FullName;
    private readonly byte[] _value = new byte[128];

    private Workload(int keys)
    {
        var random = new Random(1);
        Keys = new byte[keys][];
        for (int i = 0; i < keys; i++)
            Keys[i] = Encoding.UTF8.GetBytes($"$KV.bench.{i:x8}.{new string('k', random.Next(1, 20))}");
        random.Shuffle(Keys);
    }

    public byte[][] Keys { get; }

    public string StoreDirectory => _directory;

    public MessageStore Store { get; private set; } = null!;

    public StreamLog Stream { get; private set; } = null!;

    public static async Task<Workload> CreateAsync(int keys, bool memory, SyncPolicy policy)
    {
        var workload = new Workload(keys);
        await workload.OpenAsync(memory, policy);
        workload.Stream = workload.Store.CreateStream(
            new StreamIdentity("A", "KV_bench"), "c"u8, new StreamLimits { MaxMessagesPerSubject = 1 });
        return workload;
    }

    public async Task ReopenAsync(SyncPolicy policy)
    {
        await Store.DisposeAsync();
        await OpenAsync(memory: false, policy);
        Stream = Store.Streams.Single();
    }

    public LogPosition Put(int key)
    {
        AppendResult result = Stream.Append(new NewMessage { Subject = Keys[key], Payload = _value });
        return result.Status == AppendStatus.Stored ? result.Position : throw new InvalidOperationException(result.Status.ToString());
    }

    public void PutAll()
    {
        for (int i = 0; i < Keys.Length; i++)
        {
            WaitForRoom();
            Put(i);
            if (i % 256 == 255)
                Store.DeliverCommits();
        }
        Flush();
    }

    public void WaitForRoom()
    {
        if (!Store.HasRoom)
            Store.WaitForRoomAsync().AsTask().Wait();
    }

    public void Flush()
    {
        Store.DeliverCommits();
        using var waiter = new Waiter();
        Store.WhenCommitted(Store.Appended, waiter);
        waiter.Wait();
    }

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private async Task OpenAsync(bool memory, SyncPolicy policy) => Store = memory
        ? new MemoryMessageStore(TimeProvider.System, new Random(1))
        : await FileMessageStore.OpenAsync(
            new FileStoreOptions { Directory = _directory, SyncPolicy = policy }, PhysicalFileSystem.Instance,
            TimeProvider.System, new Random(1), NullLogger.Instance);

    private sealed class Waiter : ICommitWaiter, IDisposable
    {
        private readonly ManualResetEventSlim _done = new();

        public void OnCommitted(LogPosition position) => _done.Set();

        public void OnFailed(Exception cause) => throw cause;

        public void Wait() => _done.Wait();

        public void Dispose() => _done.Dispose();
    }
}
