using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Rivulet.Storage.Compaction;
using Rivulet.Storage.Files;
using Rivulet.Storage.Indexing;
using Rivulet.Storage.Log;
using Rivulet.Storage.Records;
using Rivulet.Storage.Snapshots;
using Rivulet.Storage.Streams;

namespace Rivulet.Storage;

/// <summary>
/// Streams that are kept in one log of one directory, and committed together by a thread of the store's own: see
/// docs/formats/log.md for the files and docs/internals/visibility.md for the way of a message.
/// </summary>
public sealed class FileMessageStore : MessageStore
{
    /// <summary>A close may take so much longer, so that the next start is short.</summary>
    private static readonly TimeSpan SnapshotTimeMax = TimeSpan.FromSeconds(2);

    private readonly FileStoreContext _context;
    private readonly TimeProvider _time;
    private readonly IDisposable _lock;
    private readonly ConcurrentDictionary<StreamIdentity, IndexedStreamLog> _streams = new();
    private readonly CommitWaiters _waiters = new();
    private readonly RoomGate _room;
    private readonly StoreMaintenance _maintenance;
    private int _disposed;
    private volatile bool _isClosed;

    private FileMessageStore(
        FileStoreOptions options, IFileSystem fileSystem, TimeProvider time, Random random, ILogger logger,
        IDisposable directoryLock, bool ownThreads)
    {
        _time = time;
        _lock = directoryLock;
        var snapshots = new SnapshotFiles(fileSystem, options, logger);
        _context = Recover(options, fileSystem, time, random, logger, snapshots, ownThreads, out RecoveredLog recovered);
        _room = new RoomGate(() => _context.HasRoom);
        _context.Tail = recovered.Tail;
        _context.ResumeStreamIds(recovered.HighestStreamId);
        foreach (IndexedStreamLog stream in recovered.Streams)
            StreamDirectory.Add(_streams, stream);
        _waiters.Release(recovered.Tail.Appended);
        _context.Preparer = new SegmentPreparer(fileSystem, options, time, ownThreads, OnSpaceChanged);
        _context.Room = new SegmentRoom(options, time, OnSpaceChanged);
        _context.Committer = new Committer(_context, _waiters, time, ownThreads)
        {
            RoundCommitted = OnRoundCommitted,
            Failed = OnFailed,
        };
        recovered.Tail.Wake = _context.Committer.Wake;
        recovered.Tail.CommitsInPlace = ownThreads && !options.SyncPolicy.IsAlways;
        _maintenance = new StoreMaintenance(
            _context, fileSystem, snapshots, time, random, ownThreads, _room.Release);
        _context.Committer.SegmentStarted = _maintenance.OnSegmentStarted;
        foreach (IndexedStreamLog stream in recovered.Skipped)
            stream.AppendPosition();
        foreach (DroppedMessages dropped in recovered.Dropped)
            dropped.Stream.AppendDropped(dropped.Sequences);
        LogSegment present = recovered.Tail.Segment;
        if (present.File is null)
            _context.Preparer.Want(present.Number, present.Header.SizeBytes);
        else
            _context.Preparer.Want(present.Number + 1, recovered.Tail.NextSegmentBytes);
        _context.Committer.Start();
        _maintenance.Start();
    }

    /// <inheritdoc/>
    public override IReadOnlyCollection<StreamLog> Streams => [.. _streams.Values.Where(stream => !stream.IsDeleted)];

    /// <inheritdoc/>
    public override LogPosition Committed => _waiters.Committed;

    /// <inheritdoc/>
    public override LogPosition Appended => _context.Tail.Appended;

    /// <inheritdoc/>
    public override Exception? Failure => _context.Failure;

    /// <inheritdoc/>
    public override bool HasEnded => _isClosed || _context.Committer.Failure is not null;

    /// <inheritdoc/>
    public override Exception? OutOfSpace => _context.OutOfSpace;

    /// <inheritdoc/>
    public override bool HasRoom => _context.HasRoom;

    /// <summary>Opens a store directory, which is made when missing, and recovers what it holds.</summary>
    /// <param name="options">The directory and how it is kept.</param>
    /// <param name="fileSystem">Where the directory is.</param>
    /// <param name="time">Gives messages their timestamps, and times lazy syncs.</param>
    /// <param name="random">Draws salts, and seeds hash tables against chosen keys.</param>
    /// <param name="logger">Hears of damage and failures.</param>
    /// <param name="cancellation">Gives up before recovery starts.</param>
    /// <exception cref="StoreUnusableException">The directory cannot be used; nothing in it was touched.</exception>
    /// <exception cref="IOException">The disk failed.</exception>
    public static Task<FileMessageStore> OpenAsync(
        FileStoreOptions options, IFileSystem fileSystem, TimeProvider time, Random random, ILogger logger,
        CancellationToken cancellation = default) =>
        Task.Run(() => Open(options, fileSystem, time, random, logger, ownThreads: true), cancellation);

    /// <inheritdoc/>
    public override StreamLog CreateStream(
        StreamIdentity identity, ReadOnlySpan<byte> configuration, StreamLimits limits)
    {
        if (Failure is { } failure)
            throw new StoreFailedException($"stream {identity} cannot be created: {failure.Message}", failure);
        var description = new StreamDescription(
            identity, StoreClock.NowNanos(_time), limits, configuration.ToArray());
        var backend = new FileStreamBackend(_context, _context.TakeStreamId());
        var stream = new IndexedStreamLog(description, backend, _time);
        backend.Stream = stream;
        StreamDirectory.Add(_streams, stream);
        _context.Backends[backend.StreamId] = backend;
        stream.AppendCreation();
        return stream;
    }

    /// <inheritdoc/>
    public override void WhenCommitted(LogPosition position, ICommitWaiter waiter) => _waiters.Add(position, waiter);

    /// <inheritdoc/>
    public override ValueTask WaitForRoomAsync(CancellationToken cancellation = default) => _room.WaitAsync(cancellation);

    /// <inheritdoc/>
    public override void WhenRoom(IRoomWaiter waiter) => _room.Add(waiter);

    /// <summary>
    /// Under a lazy policy, commits what was appended and hands it over, if nobody else is at it. Otherwise does nothing: the
    /// committer's thread hands over.
    /// </summary>
    public override void DeliverCommits()
    {
        if (_context.Tail.CommitsInPlace && _context.Tail.Appended > _waiters.Committed)
            _context.Committer.RunRoundInPlace();
    }

    /// <summary>Commits and syncs what was appended, marks the log as closed cleanly, and closes it.</summary>
    public override ValueTask DisposeAsync() => Interlocked.Exchange(ref _disposed, 1) == 0
        ? new ValueTask(Task.Run(Close))
        : default;

    /// <summary>Opens a store; without threads of its own, its rounds are run by <see cref="RunRound"/>.</summary>
    internal static FileMessageStore Open(
        FileStoreOptions options, IFileSystem fileSystem, TimeProvider time, Random random, ILogger logger,
        bool ownThreads)
    {
        IDisposable directoryLock = LockDirectory(options.Directory, fileSystem);
        try
        {
            return new FileMessageStore(options, fileSystem, time, random, logger, directoryLock, ownThreads);
        }
        catch
        {
            directoryLock.Dispose();
            throw;
        }
    }

    private static FileStoreContext Recover(
        FileStoreOptions options, IFileSystem fileSystem, TimeProvider time, Random random, ILogger logger,
        SnapshotFiles snapshots, bool readsAhead, out RecoveredLog recovered)
    {
        while (true)
        {
            var context = new FileStoreContext(options, logger) { HashSeed = SeedOf(random) };
            try
            {
                recovered = new LogRecovery(context, fileSystem, time, random, snapshots, readsAhead).Run();
                return context;
            }
            catch (SnapshotMalformedException e)
            {
                context.Abandon();
                snapshots.Refuse(e);
            }
            catch
            {
                context.Abandon();
                throw;
            }
        }
    }

    private static ulong SeedOf(Random random)
    {
        lock (random)
            return (ulong)random.NextInt64();
    }

    private static IDisposable LockDirectory(string directory, IFileSystem fileSystem)
    {
        string lockPath = Path.Combine(directory, SegmentNames.LockFile);
        try
        {
            fileSystem.CreateDirectory(directory);
            LogRecovery.ListSegments(fileSystem, directory);
            return fileSystem.TryLock(lockPath) ?? throw new StoreUnusableException(
                lockPath, $"the store directory {directory} is in use by another server: {lockPath} is locked");
        }
        catch (Exception e) when (e is UnauthorizedAccessException or (IOException and not StoreUnusableException))
        {
            throw new StoreUnusableException(directory, $"the store directory {directory} cannot be used: {e.Message}", e);
        }
    }

    /// <summary>Runs one round of a store that has no threads of its own.</summary>
    /// <returns>Whether a round was completed.</returns>
    internal bool RunRound() => _context.Committer.RunRound();

    /// <summary>The memory of the indexes of all streams.</summary>
    internal IndexMemory IndexMemory => _context.IndexMemory;

    /// <summary>What the streams share, for tests that look inside.</summary>
    internal FileStoreContext Context => _context;

    /// <summary>Rewrites one group of segments in place, whatever little is to be gained.</summary>
    /// <returns>Whether there was one.</returns>
    internal bool RunCompaction() => _maintenance.RunCompaction();

    /// <summary>Writes the snapshot of one segment in place, whatever little it is worth.</summary>
    /// <returns>Whether there was a segment that lacked one.</returns>
    internal bool RunSnapshot() => _maintenance.RunSnapshot();

    /// <summary>Gives back in place what the present segment does not use, however little it is.</summary>
    /// <param name="runRounds">Runs the rounds that are due.</param>
    internal void RunGivingBack(Action runRounds) => _maintenance.RunGivingBack(runRounds);

    /// <summary>Closes a store that has no threads of its own, in order and in place.</summary>
    internal void CloseInPlace()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
            Close();
    }

    /// <summary>Closes without a word in the log and without a last round, as a process that dies.</summary>
    internal void Abandon()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        _context.BeginClosing();
        Release();
    }

    private void Close()
    {
        if (Failure is null)
        {
            byte[] body = CleanShutdownBody.Create([.. _streams.Values
                .Where(stream => !stream.IsDeleted)
                .Select(stream => (((FileStreamBackend)stream.Core.Backend).StreamId, stream.Tail.LastSequence))]);
            _context.BeginClosing();
            _context.Tail.AppendControl(RecordKind.CleanShutdown, RecordFlags.None, 0, 0, body, null, out _);
        }
        _context.Committer.Stop();
        try
        {
            if (_context.Committer.Failure is null)
                _maintenance.WriteSnapshots(SnapshotTimeMax);
        }
        finally
        {
            Release();
        }
    }

    private void Release()
    {
        _context.BeginClosing();
        _maintenance.Dispose();
        _context.Preparer.Dispose();
        _context.Committer.Dispose();
        _context.Room.Dispose();
        _context.Segments.Close();
        _lock.Dispose();
        foreach (IndexedStreamLog stream in _streams.Values)
            stream.Core.Close();
        _isClosed = true;
        _waiters.Fail(new ObjectDisposedException(nameof(FileMessageStore)));
        _room.Release();
    }

    private void OnSpaceChanged()
    {
        _context.Committer.Wake();
        _room.Release();
    }

    private void OnRoundCommitted(CommitRound round)
    {
        foreach (IndexedStreamLog stream in round.Streams)
        {
            stream.DeliverCommit();
            if (stream.IsDeletionCommitted)
                StreamDirectory.Remove(_streams, stream);
        }
        _waiters.Release(round.UpTo);
        Observer?.OnRoundCommitted(round.UpTo);
        _maintenance.OnActivity();
        _room.Release();
    }

    private void OnFailed(Exception cause)
    {
        foreach (IndexedStreamLog stream in _streams.Values)
            stream.Observer?.OnFailed(cause);
        _waiters.Fail(cause);
        Observer?.OnFailed(cause);
        _room.Release();
    }
}
