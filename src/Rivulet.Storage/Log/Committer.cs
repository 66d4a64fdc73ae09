using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Rivulet.Storage.Files;
using Rivulet.Storage.Streams;

namespace Rivulet.Storage.Log;

/// <summary>
/// Commits what was appended, a round at a time: everything of all streams since the round before is written, synced by
/// the store's policy, made visible, and handed to observers, in this order. One write (two when a buffer or a segment
/// ends) and one sync serve everybody who waits.
/// <para>
/// A round that cannot go on for want of space is kept and tried again; a write or sync that fails ends all committing,
/// since nothing says what the disk holds afterwards, and no later sync would be believed. One thread at a time runs
/// rounds: the committer's own; under a lazy policy whoever appended, as long as a write is all there is to it; or a test
/// that runs them by hand.
/// </para>
/// </summary>
internal sealed partial class Committer : IDisposable
{
    private readonly LogTail _tail;
    private readonly SegmentSet _segments;
    private readonly FileStoreContext _context;
    private readonly SegmentPreparer _preparer;
    private readonly SegmentRoom _room;
    private readonly RecordEraser _eraser;
    private readonly ConcurrentDictionary<uint, FileStreamBackend> _backends;
    private readonly FileStoreOptions _options;
    private readonly ILogger _logger;
    private readonly List<IFile> _unsynced = [];

    // A segment that was begun since the last sync.
    private LogSegment? _begun;
    private readonly CommitWaiters _waiters;
    private readonly TimeProvider _time;
    private readonly ITimer? _syncTimer;
    private readonly WakeSignal _wake = new();

    // Whoever waits for a sync that the policy would make later.
    private readonly object _syncGate = new();
    private readonly Thread? _thread;

    // The round that is being committed, and the one behind it, which may be written already.
    private CommitRound _round = new();
    private CommitRound _next = new();
    private long _segmentStarted;
    private bool _syncScheduled;

    // Whose turn it is: rounds are run one after the other, by the thread or by whoever appended.
    private int _turn;
    private volatile bool _threadWantsTurn;
    private volatile bool _syncDue;
    private volatile bool _stopping;
    private volatile Exception? _failure;

    /// <summary>Makes a committer that has not started.</summary>
    public Committer(
        FileStoreContext context, CommitWaiters waiters, TimeProvider time, bool ownThread)
    {
        _tail = context.Tail;
        _segments = context.Segments;
        _context = context;
        _preparer = context.Preparer;
        _room = context.Room;
        _eraser = context.Eraser;
        _backends = context.Backends;
        _options = context.Options;
        _waiters = waiters;
        _time = time;
        _segmentStarted = time.GetTimestamp();
        _logger = context.Logger;
        if (!_options.SyncPolicy.IsAlways)
        {
            _syncTimer = time.CreateTimer(
                static state => ((Committer)state!).SyncSoon(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
        if (ownThread)
            _thread = new Thread(Run) { IsBackground = true, Name = "Rivulet committer" };
    }

    /// <summary>Hears of a round once it is committed; the store's, which tells everybody else.</summary>
    public Action<CommitRound> RoundCommitted { get; set; } = static _ => { };

    /// <summary>Hears that a segment began, so that the one before it is sealed.</summary>
    public Action SegmentStarted { get; set; } = static () => { };

    /// <summary>Hears of the failure, once.</summary>
    public Action<Exception> Failed { get; set; } = static _ => { };

    public Exception? Failure => _failure;

    public void Start() => _thread?.Start();

    /// <summary>There is something to do. Any thread; cheap.</summary>
    public void Wake() => _wake.Set();

    /// <summary>Commits what there is, syncs it whatever the policy, and ends.</summary>
    public void Stop()
    {
        _stopping = true;
        lock (_syncGate)
            Monitor.PulseAll(_syncGate);
        if (_thread is not null)
        {
            Wake();
            _thread.Join();
        }
        else
        {
            Finish();
        }
    }

    public void Dispose() => _syncTimer?.Dispose();

    /// <summary>Waits until everything before a committed position is synced, whatever the policy. Not for the committer's thread.</summary>
    /// <returns>Whether it is; otherwise the store failed or is being closed.</returns>
    public bool SyncUpTo(LogPosition position)
    {
        if (_thread is null)
        {
            _syncDue = true;
            TrySyncIfDue();
            return _tail.Synced >= position;
        }
        lock (_syncGate)
        {
            while (_tail.Synced < position && _failure is null && !_stopping)
            {
                _syncDue = true;
                Wake();
                Monitor.Wait(_syncGate);
            }
        }
        return _tail.Synced >= position;
    }

    /// <summary>Syncs what is committed, whatever the policy, and does not wait for it. Any thread.</summary>
    private void SyncSoon()
    {
        _syncDue = true;
        Wake();
    }

    /// <summary>Runs a round, or goes on with one that waited for space.</summary>
    /// <param name="sleepIfNone">Whether the next append is to wake the committer, when there is nothing to do.</param>
    /// <returns>Whether a round was completed.</returns>
    public bool RunRound(bool sleepIfNone = false) => RunRound(sleepIfNone, inPlace: false);

    private bool RunRound(bool sleepIfNone, bool inPlace)
    {
        if (_failure is not null)
            return false;
        _preparer.WorkInPlace();
        try
        {
            if (_room.OutOfSpace is not null)
                _room.MakeAhead(_tail);
            bool isAny = TryTake(_round, sleepIfNone);
            if (inPlace && (_syncDue || (isAny && !IsOneWrite(_round))))
            {
                // More came than there was: it is kept for the thread, which may wait for the disk.
                Wake();
                return false;
            }
            if (!isAny || !WriteRound(_round))
            {
                // A round that waits for space holds up no sync of those before it.
                SyncIfDue();
                return false;
            }
            if (_options.SeededBug == SeededBug.EarlyReply)
                return PublishEarly();
            if (_options.SyncPolicy.IsAlways || _round.SyncWanted || _syncDue)
                SyncAll(_round.UpTo);
            else
                ScheduleSync();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            Fail(e);
            return false;
        }
        Merge();
        Exception? failure = WriteAhead();
        Publish();
        (_round, _next) = (_next, _round);
        failure ??= MakeRoomAhead();
        if (failure is null)
            return true;
        Fail(failure);
        return false;
    }

    /// <summary>
    /// Runs a round on the calling thread, which has just appended, if a write is all that it takes and it is nobody else's turn;
    /// otherwise sees that the committer's thread does. With no lock held.
    /// </summary>
    /// <remarks>
    /// Under a lazy policy a commit is a copy into the system's cache. To hand that to another thread costs more than the copy,
    /// and both then take turns at the locks of the stream for every message.
    /// </remarks>
    public void RunRoundInPlace()
    {
        if (_stopping || _syncDue || !_tail.IsOneWrite || !TryTakeTurn())
        {
            Wake();
            return;
        }
        try
        {
            RunRound(sleepIfNone: false, inPlace: true);
        }
        catch (Exception e)
        {
            // As on the thread: a fault of ours, or of an observer.
            Fail(e);
        }
        finally
        {
            LeaveTurn();
        }
    }

    /// <summary>Whether a round takes no more than writes into files that are there.</summary>
    private static bool IsOneWrite(CommitRound round)
    {
        if (round.SyncWanted)
            return false;
        foreach (ChunkSlice slice in round.Slices)
        {
            if (slice.Chunk.Segment.File is null)
                return false;
        }
        return true;
    }

    /// <summary>The thread's rounds.</summary>
    private bool TryRunRound()
    {
        if (!TryTakeTurnOrBeWoken())
            return false;
        bool completed = RunRound(sleepIfNone: true);

        // Whoever finds the turn taken wakes the thread, so there is nobody to tell.
        Volatile.Write(ref _turn, 0);
        return completed;
    }

    private bool TryTakeTurn() => Interlocked.CompareExchange(ref _turn, 1, 0) == 0;

    /// <summary>For the thread: takes the turn, or has itself woken when whoever has it leaves it.</summary>
    private bool TryTakeTurnOrBeWoken()
    {
        if (TryTakeTurn())
            return true;
        _threadWantsTurn = true;

        // The turn may have been left before that could be seen.
        Interlocked.MemoryBarrier();
        return TryTakeTurn();
    }

    private void LeaveTurn()
    {
        Interlocked.Exchange(ref _turn, 0);
        if (!_threadWantsTurn)
            return;
        _threadWantsTurn = false;
        Wake();
    }

    private void Run()
    {
        try
        {
            while (!_stopping)
            {
                if (!TryRunRound())
                    _wake.Wait();
            }
            while (!TryTakeTurnOrBeWoken())
                _wake.Wait();
            Finish();
        }
        catch (Exception e)
        {
            // A fault of ours, or of an observer: remembered like a fault of the disk, so that nobody waits for ever.
            Fail(e);
        }
    }

    private void Finish()
    {
        while (RunRound() || WaitsForSegment())
        {
        }
        if (_failure is not null)
            return;
        if (_round.IsOpen)
        {
            Fail(new IOException("the store was closed while there was no space", _context.OutOfSpace));
            return;
        }
        try
        {
            SyncAll(_waiters.Committed);
        }
        catch (IOException e)
        {
            Fail(e);
        }
    }

    /// <summary>Waits while the open round needs a segment that is being made.</summary>
    /// <returns>Whether to try the round again.</returns>
    private bool WaitsForSegment()
    {
        if (_failure is not null || !_round.IsOpen || _context.OutOfSpace is not null)
            return false;
        _wake.Wait();
        return true;
    }

    /// <returns>Whether the round holds anything.</returns>
    private bool TryTake(CommitRound round, bool sleepIfNone) =>
        round.IsOpen || (round.IsOpen = _tail.TryTake(round, sleepIfNone));

    /// <summary>
    /// Writes the next round, if there is one, and lets the disk begin with it, before the present one, which is synced and
    /// merged, is answered: so the disk works meanwhile, and the sync of the next round has little left to wait for. Not
    /// before the merge, as rounds would be smaller for want of what comes during it.
    /// </summary>
    /// <returns>What failed. The present round is not touched by that: it is to be answered first.</returns>
    private Exception? WriteAhead()
    {
        if (!_options.SyncPolicy.IsAlways || !TryTake(_next, sleepIfNone: false))
            return null;
        try
        {
            WriteRound(_next);
            for (int i = 0; i < _next.WrittenSlices; i++)
            {
                ChunkSlice slice = _next.Slices[i];
                slice.Chunk.Segment.File!.StartSync(slice.SegmentOffsetBytes, slice.Bytes.Length);
            }
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            return e;
        }
    }

    /// <returns>What failed.</returns>
    private Exception? MakeRoomAhead()
    {
        try
        {
            _room.MakeAhead(_tail);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            return e;
        }
    }

    /// <returns>Whether everything is written; otherwise a segment has no file yet, or there is no room in it.</returns>
    private bool WriteRound(CommitRound round)
    {
        while (round.WrittenSlices < round.Slices.Count)
        {
            ChunkSlice slice = round.Slices[round.WrittenSlices];
            LogSegment segment = slice.Chunk.Segment;
            if (segment.File is null && !TryActivate(segment))
                return false;
            if (!_room.TryReach(segment, slice.SegmentOffsetBytes + slice.Bytes.Length))
                return false;
            IFile file = segment.File!;
            file.Write(slice.Bytes, slice.SegmentOffsetBytes);
            if (!segment.IsBegun)
                _begun = segment;
            if (_unsynced.Count == 0 || _unsynced[^1] != file)
                _unsynced.Add(file);
            round.WrittenSlices++;
        }
        return true;
    }

    private bool TryActivate(LogSegment segment)
    {
        if (!_preparer.TryTake(segment.Number, segment.Header.SizeBytes, out PreparedFile prepared))
            return false;

        // What comes before is on the disk before anything of the new segment is, so that the log has one end.
        SyncFiles();
        segment.LengthBytes = prepared.LengthBytes;
        segment.FileBytes = prepared.RoomBytes;
        segment.File = prepared.File;
        PrepareNext(segment);
        LogSegmentStarted(_logger, segment.Number, segment.Header.SizeBytes);
        SegmentStarted();
        return true;
    }

    private void PrepareNext(LogSegment segment)
    {
        long fillNanos = (long)_time.GetElapsedTime(_segmentStarted).TotalNanoseconds;
        _segmentStarted = _time.GetTimestamp();
        long nextBytes = SegmentSizes.Next(
            segment.Header.SizeBytes, fillNanos, _segments.Totals.LiveBytes, _options.SegmentBytes);
        _tail.NextSegmentBytes = nextBytes;
        _preparer.Want(segment.Number + 1, nextBytes);
    }

    private void SyncAll(LogPosition upTo)
    {
        _syncDue = false;
        _syncScheduled = false;
        SyncFiles();
        _tail.MarkSynced(upTo);
        lock (_syncGate)
            Monitor.PulseAll(_syncGate);
    }

    private void SyncFiles()
    {
        if (_options.SeededBug == SeededBug.SkippedSync)
            _unsynced.Clear();
        foreach (IFile file in _unsynced)
            file.SyncData();
        _unsynced.Clear();
        if (_begun is not null)
            _begun.IsBegun = true;
        _begun = null;
    }

    private void ScheduleSync()
    {
        if (_syncScheduled)
            return;
        _syncScheduled = true;
        _syncTimer!.Change(_options.SyncPolicy.SyncInterval, Timeout.InfiniteTimeSpan);
    }

    private void SyncIfDue()
    {
        if (_syncDue)
            SyncAll(_waiters.Committed);
    }

    private void TrySyncIfDue()
    {
        try
        {
            SyncIfDue();
        }
        catch (IOException e)
        {
            Fail(e);
        }
    }

    private void Merge()
    {
        _tail.MarkMerging(_round.UpTo);
        foreach (IndexedStreamLog stream in _round.Streams)
            stream.Merge(_round.UpTo);
    }

    /// <summary>Everybody hears of the round, which is merged.</summary>
    private void Publish()
    {
        _tail.MarkCommitted(_round.UpTo);
        RoundCommitted(_round);
        _tail.Release(_round);
        Erase();
        _round.Clear();
    }

    /// <summary>What must never be, for tests: everybody hears of a round that is not on the disk.</summary>
    private bool PublishEarly()
    {
        LogPosition upTo = _round.UpTo;
        Merge();
        Publish();
        SyncAll(upTo);
        return true;
    }

    private void Erase()
    {
        try
        {
            // Said again, the removal is a record that proves that everything so far is on the disk. A stream that is gone
            // from the disk needs none.
            if (_eraser.Work(_round.Proves, out Erasure unproven) && _backends.TryGetValue(unproven.StreamId, out FileStreamBackend? backend))
                backend.RepeatErasure(unproven.Sequence);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Fail(e);
        }
    }

    private void Fail(Exception cause)
    {
        if (_failure is not null)
            return;
        _failure = cause as StoreFailedException ??
            new StoreFailedException($"the store in {_options.Directory} failed: {cause.Message}", cause);
        LogFailed(_logger, _options.Directory, cause);
        lock (_syncGate)
            Monitor.PulseAll(_syncGate);
        Failed(_failure);
    }

    [LoggerMessage(EventId = 2001, Level = LogLevel.Debug, Message = "Segment {Number} of {SizeBytes} bytes begins")]
    private static partial void LogSegmentStarted(ILogger logger, int number, long sizeBytes);

    [LoggerMessage(
        EventId = 2002, Level = LogLevel.Critical,
        Message = "The store in {Directory} failed and takes no more writes; reads go on")]
    private static partial void LogFailed(ILogger logger, string directory, Exception cause);
}
