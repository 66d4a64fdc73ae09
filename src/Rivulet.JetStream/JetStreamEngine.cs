using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Rivulet.JetStream.Api;
using Rivulet.JetStream.Api.Handlers;
using Rivulet.JetStream.Backups;
using Rivulet.JetStream.Buckets;
using Rivulet.JetStream.Consumers.Api;
using Rivulet.JetStream.DirectGet;
using Rivulet.JetStream.Hosting;
using Rivulet.JetStream.Streams;
using Rivulet.Storage;
using Rivulet.Storage.Files;

namespace Rivulet.JetStream;

/// <summary>
/// JetStream of one server: owns the file store and the memory store and the accounts that use them. Thread-safe.
/// </summary>
public sealed class JetStreamEngine : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, JetStreamAccount> _accounts = new(StringComparer.Ordinal);
    private readonly MessageStore _fileStore;
    private readonly MessageStore _memoryStore;
    private readonly RoundBatches _fileRounds = new();
    private readonly RoundBatches _memoryRounds = new();
    private long _fileBytes;
    private long _memoryBytes;
    private JetStreamOptions _options;

    /// <summary>Makes an engine over stores that are open, which it owns from now on.</summary>
    internal JetStreamEngine(JetStreamOptions options, IJetStreamHost host, MessageStore fileStore, MessageStore memoryStore)
    {
        _options = options;
        AtomicBatches = new UnfinishedBatches(options.Batches.InflightTotal ?? UnfinishedBatches.AtomicUsual);
        FastBatches = new UnfinishedBatches(options.Batches.InflightTotal ?? UnfinishedBatches.FastUsual);
        Host = host;
        _fileStore = fileStore;
        _memoryStore = memoryStore;
        _fileStore.Observer = _fileRounds;
        _memoryStore.Observer = _memoryRounds;
        Routes = new ApiRouteTable();
        AccountApi.Register(Routes);
        StreamApi.Register(Routes);
        MessageApi.Register(Routes);
        RefusedApi.Register(Routes);
        BackupApi.Register(Routes);
        DirectGetApi.Register(Routes);
        ConsumerApi.Register(Routes);
        BucketApi.Register(BucketRoutes);
    }

    /// <summary>Settings it was started with, and the limits that it was given since. Any thread.</summary>
    public JetStreamOptions Options => Volatile.Read(ref _options);

    /// <summary>The process around it.</summary>
    public IJetStreamHost Host { get; }

    /// <summary>The accounts that have JetStream.</summary>
    public IEnumerable<JetStreamAccount> Accounts => _accounts.Select(pair => pair.Value);

    /// <summary>How far the file store has committed.</summary>
    public LogPosition Committed => _fileStore.Committed;

    /// <summary>What made the file store fail for good; <c>null</c> while it works.</summary>
    public Exception? Failure => _fileStore.Failure;

    /// <summary>The accounts that have streams in the file store, whether they have JetStream now or not.</summary>
    public IReadOnlyList<string> StoredAccounts => [.. _fileStore.Streams.Select(log => log.Identity.Account).Distinct(StringComparer.Ordinal)];

    /// <summary>Whether so little waits for the disk that a publisher need not wait.</summary>
    public bool HasRoom => _fileStore.HasRoom;

    /// <summary>What the unfinished atomic batches of all streams share.</summary>
    internal UnfinishedBatches AtomicBatches { get; }

    /// <summary>What the unfinished fast batches of all streams share.</summary>
    internal UnfinishedBatches FastBatches { get; }

    /// <summary>The operations of the API.</summary>
    internal ApiRouteTable Routes { get; }

    /// <summary>The operations on buckets.</summary>
    internal ApiRouteTable BucketRoutes { get; } = new();

    /// <summary>Takes over other limits while streams are used: of bytes, of the duplicate window and of batches. All else stays as it is.</summary>
    public void Limit(JetStreamOptions limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        Volatile.Write(ref _options, Options with
        {
            MaxMemoryBytes = limits.MaxMemoryBytes,
            MaxStoreBytes = limits.MaxStoreBytes,
            DuplicateWindowMax = limits.DuplicateWindowMax,
            Batches = limits.Batches,
        });
        AtomicBatches.CountMax = limits.Batches.InflightTotal ?? UnfinishedBatches.AtomicUsual;
        FastBatches.CountMax = limits.Batches.InflightTotal ?? UnfinishedBatches.FastUsual;
    }

    /// <summary>Opens and recovers the stores. Streams come to life when their accounts are enabled.</summary>
    /// <param name="options">Settings.</param>
    /// <param name="host">The process around it.</param>
    /// <param name="cancellationToken">Gives up the recovery.</param>
    /// <exception cref="StoreUnusableException">The store directory cannot be used; nothing in it was touched.</exception>
    /// <exception cref="IOException">The disk failed.</exception>
    public static async Task<JetStreamEngine> StartAsync(
        JetStreamOptions options, IJetStreamHost host, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(host);
        var storeOptions = new FileStoreOptions { Directory = options.StoreDirectory, SyncPolicy = options.SyncPolicy };
        FileMessageStore fileStore = await FileMessageStore.OpenAsync(
            storeOptions,
            PhysicalFileSystem.Instance,
            host.Time,
            new Random(host.Random.Next()),
            host.Logging.CreateLogger<FileMessageStore>(),
            cancellationToken).ConfigureAwait(false);
        return new JetStreamEngine(
            options, host, fileStore, new MemoryMessageStore(host.Time, new Random(host.Random.Next())));
    }

    /// <summary>
    /// Gives an account JetStream: its API answers from now on, and the streams it has in the stores resume.
    /// </summary>
    public JetStreamAccount EnableAccount(IAccountRouter router, AccountLimits limits)
    {
        ArgumentNullException.ThrowIfNull(router);
        ArgumentNullException.ThrowIfNull(limits);
        var account = new JetStreamAccount(this, router, limits);
        if (!_accounts.TryAdd(router.AccountName, account))
            throw new InvalidOperationException($"Account {router.AccountName} has JetStream already.");
        account.Start(_fileStore);
        return account;
    }

    /// <summary>The JetStream of an account; <c>null</c> for an account without.</summary>
    internal JetStreamAccount? FindAccount(string name) => _accounts.GetValueOrDefault(name);

    /// <summary>
    /// Takes JetStream from an account: its API answers no longer, and its streams rest. What file streams hold stays in the store,
    /// for when it is enabled again; memory streams are gone.
    /// </summary>
    public void DisableAccount(string name)
    {
        if (_accounts.TryRemove(name, out JetStreamAccount? account))
            account.Disable();
    }

    /// <summary>Answers an account that has no JetStream, on a server that has: whatever it asks of the API is refused.</summary>
    /// <returns>Ends that when disposed.</returns>
    public IDisposable RefuseAccount(IAccountRouter router)
    {
        ArgumentNullException.ThrowIfNull(router);
        return router.Subscribe("$JS.API.>"u8, new DisabledAccountApi(Routes, router));
    }

    /// <summary>Answers the system account, which has no streams of its own and can purge the accounts that have.</summary>
    /// <param name="router">Its subject space.</param>
    /// <param name="filter">What it is to be asked by: <c>$JS.API.&gt;</c> or a part of it.</param>
    /// <returns>Ends that when disposed.</returns>
    public IDisposable ServeSystemAccount(IAccountRouter router, ReadOnlySpan<byte> filter)
    {
        ArgumentNullException.ThrowIfNull(router);
        return router.Subscribe(filter, new SystemAccountApi(this, router));
    }

    /// <summary>
    /// Tells <paramref name="waiter"/> once the file store has committed <paramref name="position"/>, at once if it has.
    /// </summary>
    public void WhenCommitted(LogPosition position, ICommitWaiter waiter) => _fileStore.WhenCommitted(position, waiter);

    /// <summary>
    /// Waits while too much waits for the disk. A receive loop awaits it between two reads when <see cref="HasRoom"/> is
    /// false, so that publishers go no faster than the disk.
    /// </summary>
    public void WhenRoom(IRoomWaiter waiter) => _fileStore.WhenRoom(waiter);

    /// <summary>
    /// Whether everything the publisher has appended is committed, so that a PONG need not wait.
    /// </summary>
    public bool HasSettled(PublisherContext publisher)
    {
        ArgumentNullException.ThrowIfNull(publisher);
        return HasSettled(publisher.BarrierIn(this));
    }

    /// <summary>
    /// Wakes a waiter when what the publisher has appended may have been committed, at once if it has. It then asks
    /// <see cref="HasSettled(PublisherContext)"/> again, and waits again if need be.
    /// </summary>
    public void WhenSettled(PublisherContext publisher, ICommitWaiter waiter)
    {
        ArgumentNullException.ThrowIfNull(publisher);
        WhenSettled(publisher.BarrierIn(this), waiter);
    }

    /// <summary>Whether there is nothing more to wait for: all is committed, or the store in question has failed or is closed.</summary>
    internal bool HasSettled(CommitBarrier barrier) =>
        HasSettled(_fileStore, barrier.File) && HasSettled(_memoryStore, barrier.Memory);

    /// <summary>Wakes a waiter when a barrier may have been passed: it looks again, and waits again if it has not.</summary>
    internal void WhenSettled(CommitBarrier barrier, ICommitWaiter waiter)
    {
        if (!HasSettled(_fileStore, barrier.File))
            _fileStore.WhenCommitted(barrier.File, waiter);
        else
            _memoryStore.WhenCommitted(barrier.Memory, waiter);
    }

    private static bool HasSettled(MessageStore store, LogPosition position) =>
        store.Committed >= position || store.HasEnded;

    /// <summary>The store of a storage type.</summary>
    internal MessageStore StoreOf(StorageType storage) => storage == StorageType.Memory ? _memoryStore : _fileStore;

    /// <summary>Deletes what the file store has of an account.</summary>
    /// <param name="account">Its name.</param>
    /// <param name="keeps">Whether a stream of a name stays; <c>null</c>: none does.</param>
    /// <returns>It is gone for good once this is committed.</returns>
    internal LogPosition DeleteStored(string account, Func<string, bool>? keeps)
    {
        LogPosition deleted = LogPosition.None;
        foreach (StreamLog log in _fileStore.Streams.Where(log => log.Identity.Account == account).ToList())
        {
            if (keeps is null || !keeps(log.Identity.Name))
                deleted = log.Delete();
        }

        if (deleted != LogPosition.None)
            _fileStore.DeliverCommits();
        return deleted;
    }

    /// <summary>What gathers the sends of a store's rounds.</summary>
    internal RoundBatches RoundsOf(MessageStore store) => store == _memoryStore ? _memoryRounds : _fileRounds;

    /// <summary>Bytes that all accounts use of a storage type.</summary>
    internal long UsedBytes(StorageType storage) => Interlocked.Read(ref UsedBytesOf(storage));

    /// <summary>An account uses more, or less, of a storage type.</summary>
    internal void AddUsed(StorageType storage, long bytes) => Interlocked.Add(ref UsedBytesOf(storage), bytes);

    /// <summary>Stops the accounts and closes the stores.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (JetStreamAccount account in Accounts)
            account.Stop();
        await _fileStore.DisposeAsync().ConfigureAwait(false);
        await _memoryStore.DisposeAsync().ConfigureAwait(false);
    }

    private ref long UsedBytesOf(StorageType storage) => ref storage == StorageType.Memory ? ref _memoryBytes : ref _fileBytes;
}
