using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging.Abstractions;
using Rivulet.Storage;
using Rivulet.Storage.Files;

namespace Rivulet.Benchmarks.Storage;

/// <summary>Buckets with the keys of a <see cref="KeySpace"/> spread over them, in a store of its own.</summary>
internal sealed partial class Workload : IAsyncDisposable
{
    /// <summary>Puts that wait for their commit at the same time, at most, in <see cref="PutMany"/>.</summary>
    public const int InFlight = 256;

    private const int DontNeed = 4;

    private readonly string _directory = Directory.CreateTempSubdirectory("rivulet-bench-").FullName;
    private readonly byte[] _value = new byte[KeySpace.MaxValueBytes];
    private readonly int _streamCount;
    private readonly bool _memory;
    private readonly SyncPolicy _policy;
    private StreamLog[] _streams = [];

    private Workload(KeySpace keys, bool memory, SyncPolicy policy, int streams)
    {
        Keys = keys;
        (_memory, _policy, _streamCount) = (memory, policy, streams);
        new Random(4).NextBytes(_value);
    }

    public KeySpace Keys { get; }

    public string StoreDirectory => _directory;

    public MessageStore Store { get; private set; } = null!;

    /// <summary>The stream, of a workload of one.</summary>
    public StreamLog Stream => _streams.Single();

    public IReadOnlyList<StreamLog> Streams => _streams;

    /// <summary>What the files of the store take, in bytes.</summary>
    public long DiskBytes => new DirectoryInfo(_directory).EnumerateFiles().Sum(file => file.Exists ? file.Length : 0);

    /// <summary>What the snapshots among them take.</summary>
    public long SnapshotBytes => Snapshots.Sum(file => file.Length);

    private IEnumerable<FileInfo> Snapshots => new DirectoryInfo(_directory).EnumerateFiles("*.snapshot");

    public static async Task<Workload> CreateAsync(KeySpace keys, bool memory, SyncPolicy policy, int streams = 1)
    {
        var workload = new Workload(keys, memory, policy, streams);
        await workload.OpenAsync();
        workload._streams = [.. Enumerable.Range(0, streams).Select(workload.CreateStream)];
        return workload;
    }

    public async Task CloseAsync() => await Store.DisposeAsync();

    /// <summary>Ends the store as a killed process does: nothing is written any more.</summary>
    public void Kill() => ((FileMessageStore)Store).Abandon();

    public async Task OpenAgainAsync()
    {
        await OpenAsync();
        _streams = [.. Store.Streams.OrderBy(stream => stream.Identity.Name, StringComparer.Ordinal)];
    }

    /// <summary>Deletes the snapshots of a store that is not open.</summary>
    public void DeleteSnapshots()
    {
        foreach (FileInfo file in Snapshots)
            file.Delete();
    }

    /// <summary>Makes the operating system forget what it holds of the files.</summary>
    public void DropCaches()
    {
        foreach (string path in Directory.EnumerateFiles(_directory).Where(path => Path.GetExtension(path).Length > 0))
        {
            using Microsoft.Win32.SafeHandles.SafeFileHandle file = File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete);
            if (PosixFadvise(file, 0, 0, DontNeed) != 0)
                throw new IOException($"the cache of {path} cannot be dropped");
        }
    }

    public StreamLog StreamOf(int key) => _streams[key % _streamCount];

    public LogPosition Put(int key)
    {
        Span<byte> subject = stackalloc byte[KeySpace.MaxBytes];
        AppendResult result = StreamOf(key).Append(new NewMessage
        {
            Subject = KeySpace.Write(key, subject),
            Payload = _value.AsSpan(0, Keys.ValueBytesOf(key)),
        });
        return result.Status == AppendStatus.Stored ? result.Position : throw new InvalidOperationException(result.Status.ToString());
    }

    public ReadStatus Get(int key, StoredMessage into)
    {
        Span<byte> subject = stackalloc byte[KeySpace.MaxBytes];
        return StreamOf(key).ReadLast(KeySpace.Write(key, subject), into);
    }

    /// <summary>Puts so many keys with <see cref="InFlight"/> of them in flight at most, and waits for the last.</summary>
    /// <param name="count">How many.</param>
    /// <param name="keyOf">Which, by its turn.</param>
    public void PutMany(int count, Func<int, int> keyOf)
    {
        using var waiter = new CommitWait();
        LogPosition earlier = LogPosition.None;
        LogPosition latest = LogPosition.None;
        for (int i = 0; i < count; i++)
        {
            if (i % (InFlight / 2) == 0)
            {
                Store.DeliverCommits();
                waiter.For(Store, earlier);
                earlier = latest;
                WaitForRoom();
            }
            latest = Put(keyOf(i));
        }
        Store.DeliverCommits();
        waiter.For(Store, latest);
    }

    /// <summary>Puts every key once, in an order that is none.</summary>
    public void PutAll() => PutMany(Keys.Count, static i => i);

    public void WaitForRoom()
    {
        if (!Store.HasRoom)
            Store.WaitForRoomAsync().AsTask().Wait();
    }

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private StreamLog CreateStream(int i) => Store.CreateStream(
        new StreamIdentity("A", string.Create(CultureInfo.InvariantCulture, $"KV_bench{i:D2}")), "c"u8,
        new StreamLimits { MaxMessagesPerSubject = 1 });

    private async Task OpenAsync() => Store = _memory
        ? new MemoryMessageStore(TimeProvider.System, new Random(1))
        : await FileMessageStore.OpenAsync(
            new FileStoreOptions { Directory = _directory, SyncPolicy = _policy }, PhysicalFileSystem.Instance,
            TimeProvider.System, new Random(1), NullLogger.Instance);

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int PosixFadvise(Microsoft.Win32.SafeHandles.SafeFileHandle file, long offset, long length, int advice);
}
