using System.Collections.Concurrent;
using Rivulet.Storage.Indexing;
using Rivulet.Storage.Memory;
using Rivulet.Storage.Records;
using Rivulet.Storage.Streams;

namespace Rivulet.Storage;

/// <summary>
/// Streams that live in memory. Everything but the place of the bytes is shared with the file store, the two steps of
/// append and commit too; but there is nothing to wait for, so whoever appended runs the commit itself, by calling
/// <see cref="DeliverCommits"/> once it has let go of its locks.
/// </summary>
public sealed class MemoryMessageStore : MessageStore
{
    private static readonly ObjectDisposedException Closed = new(nameof(MemoryMessageStore));

    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<StreamIdentity, IndexedStreamLog> _streams = new();
    private readonly CommitWaiters _waiters = new();

    // Taken inside a stream's index lock, and never the other way round.
    private readonly Lock _appendGate = new();
    private readonly HashSet<IndexedStreamLog> _touched = [];
    private long _appended;
    private volatile Exception? _failure;

    // One thread at a time delivers; the rest leave their commits to it. The list is that thread's.
    private readonly List<IndexedStreamLog> _round = [];
    private int _delivering;

    /// <summary>Makes an empty store.</summary>
    /// <param name="time">Gives messages their timestamps.</param>
    /// <param name="random">Seeds hash tables against chosen keys.</param>
    /// <param name="indexMemoryMaxBytes">
    /// Bytes that the indexes of all streams may take, as in <see cref="FileStoreOptions.IndexMemoryMaxBytes"/>, which
    /// says what null means. The messages themselves lie on the managed heap and do not count.
    /// </param>
    public MemoryMessageStore(TimeProvider time, Random random, long? indexMemoryMaxBytes = null)
    {
        IndexMemory = new IndexMemory(indexMemoryMaxBytes ?? IndexMemory.DefaultMaxBytes);
        _time = time;
        lock (random)
            HashSeed = (ulong)random.NextInt64();
    }

    /// <inheritdoc/>
    public override IReadOnlyCollection<StreamLog> Streams => [.. _streams.Values.Where(stream => !stream.IsDeleted)];

    /// <inheritdoc/>
    public override LogPosition Committed => _waiters.Committed;

    /// <inheritdoc/>
    public override LogPosition Appended
    {
        get
        {
            lock (_appendGate)
                return new LogPosition(_appended);
        }
    }

    /// <summary>Null until the store is disposed, or an observer threw.</summary>
    public override Exception? Failure => _failure;

    /// <inheritdoc/>
    public override bool HasEnded => _failure is not null;

    /// <summary>Always null.</summary>
    public override Exception? OutOfSpace => null;

    /// <summary>Always true.</summary>
    public override bool HasRoom => true;

    /// <inheritdoc/>
    public override StreamLog CreateStream(
        StreamIdentity identity, ReadOnlySpan<byte> configuration, StreamLimits limits)
    {
        var description = new StreamDescription(
            identity, StoreClock.NowNanos(_time), limits, configuration.ToArray());
        var backend = new MemoryStreamBackend(this);
        var stream = new IndexedStreamLog(description, backend, _time);
        backend.SetStream(stream);
        StreamDirectory.Add(_streams, stream);
        stream.AppendCreation();
        return stream;
    }

    /// <inheritdoc/>
    public override void WhenCommitted(LogPosition position, ICommitWaiter waiter) => _waiters.Add(position, waiter);

    /// <inheritdoc/>
    public override ValueTask WaitForRoomAsync(CancellationToken cancellation = default) => default;

    /// <inheritdoc/>
    public override void WhenRoom(IRoomWaiter waiter)
    {
        ArgumentNullException.ThrowIfNull(waiter);
        waiter.OnRoom();
    }

    /// <inheritdoc/>
    public override void DeliverCommits()
    {
        while (_failure is null && HasUndelivered && Interlocked.Exchange(ref _delivering, 1) == 0)
        {
            try
            {
                while (DeliverRound())
                {
                }
            }
            catch (Exception e)
            {
                // A fault of ours, or of an observer: remembered, as in a file store, so that nobody waits for ever.
                _failure ??= new StoreFailedException($"the memory store failed: {e.Message}", e);
                _waiters.Fail(_failure);
                return;
            }
            finally
            {
                Volatile.Write(ref _delivering, 0);
            }

            // Whoever appended between the last round and this write may have left its commit to us: look again.
            Interlocked.MemoryBarrier();
        }
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        _failure ??= Closed;
        _waiters.Fail(Closed);
        foreach (IndexedStreamLog stream in _streams.Values)
            stream.Core.Close();
        return default;
    }

    /// <summary>The memory of the indexes of all streams.</summary>
    internal IndexMemory IndexMemory { get; }

    /// <summary>Seeds the hash of subjects.</summary>
    internal ulong HashSeed { get; }

    /// <summary>Counts an append and remembers its stream for the next round. Under the stream's index lock.</summary>
    internal LogPosition OnAppended(IndexedStreamLog stream)
    {
        lock (_appendGate)
        {
            _touched.Add(stream);
            return new LogPosition(++_appended);
        }
    }

    /// <summary>Lets no round begin, and nobody else append, until it is disposed.</summary>
    internal Lock.Scope KeepTogether() => _appendGate.EnterScope();

    private bool HasUndelivered
    {
        get
        {
            lock (_appendGate)
                return _touched.Count > 0;
        }
    }

    private bool DeliverRound()
    {
        LogPosition upTo;
        lock (_appendGate)
        {
            if (_touched.Count == 0)
                return false;
            _round.AddRange(_touched);
            _touched.Clear();
            upTo = new LogPosition(_appended);
        }
        foreach (IndexedStreamLog stream in _round)
            stream.Merge(upTo);
        foreach (IndexedStreamLog stream in _round)
        {
            stream.DeliverCommit();
            if (stream.IsDeletionCommitted)
                StreamDirectory.Remove(_streams, stream);
        }
        _round.Clear();
        _waiters.Release(upTo);
        Observer?.OnRoundCommitted(upTo);
        return true;
    }
}
