using Microsoft.Extensions.Logging;
using Rivulet.Storage.Files;
using Rivulet.Storage.Log;
using Rivulet.Storage.Snapshots;

namespace Rivulet.Storage.Compaction;

/// <summary>
/// Gives space back in the background: on a thread of its own, or step by step where a store runs without threads.
/// <code>
///   dead space of sealed segments     what happens
///   ------------------------------------------------------------------------------------------
///   up to a quarter of what is live   nothing; while it is busy, up to what a small store is allowed beyond that; in an
///                                     idle store, which has snapshots as well, only up to an eighth
///   more                              segments are rewritten, at a bounded rate
///   the store takes 1.3 times         at full speed
///   the store takes 1.4 times         appenders wait as well, until it is less
/// </code>
/// Once nothing was appended for a while, a segment of which much is unused ends early and is cut off there, and the one made
/// ahead is made again, smaller. While there is nothing to rewrite, segments get their snapshots: all of them in
/// a store that rests, and otherwise those that were sealed for a while and are hardly dead.
/// </summary>
internal sealed partial class StoreMaintenance : IDisposable
{
    private const long DeadShare = 4;
    private const long IdleDeadShare = 8;
    private const double HurryRatio = 1.3;
    private const double OverfullRatio = 1.4;
    private const double QuietBytesPerSecond = 64 << 20;

    // A file of which less than this is unused is left as it is: the file system gives space in pieces.
    private const int UnusedBytesMin = 4 << 10;
    private static readonly TimeSpan SettledAfter = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan IdleAfter = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(10);

    private readonly FileStoreContext _context;
    private readonly SpaceAllowance _allowance;
    private readonly SegmentCompactor _compactor;
    private readonly SnapshotFiles _snapshots;
    private readonly TimeProvider _time;
    private readonly Action _roomChanged;
    private readonly WakeSignal _wake = new();
    private readonly ITimer? _timer;
    private readonly Thread? _thread;
    private volatile bool _stopping;
    private volatile bool _isPaused;
    private volatile bool _isRewriting;

    // Whether the last group could not be rewritten: then nothing hurries the next try.
    private volatile bool _isHeldUp;

    // Whether the timer will bring another look; otherwise the next commit does.
    private volatile bool _isWatching;
    private LogPosition _seenAppended;

    // Since when nothing is appended; null while something is.
    private long? _idleSince;

    // Whether the disk was ever full: then it is left to the log until the next start.
    private bool _isShortOfSpace;

    // Which segment was the last one at some time, and at one that lies long enough back.
    private int _settlingNumber;
    private int _settledNumber;
    private long _settlingSince;

    public StoreMaintenance(
        FileStoreContext context, IFileSystem fileSystem, SnapshotFiles snapshots, TimeProvider time, Random random,
        bool ownThread, Action roomChanged)
    {
        _context = context;
        _snapshots = snapshots;
        _time = time;
        _settlingSince = time.GetTimestamp();
        _allowance = new SpaceAllowance(SegmentSizes.LeastBusy(context.Options.SegmentBytes));
        _compactor = new SegmentCompactor(context, fileSystem, snapshots, random);
        _roomChanged = roomChanged;
        if (!ownThread)
            return;
        _timer = time.CreateTimer(
            static state => ((StoreMaintenance)state!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _thread = new Thread(Run) { IsBackground = true, Name = "Rivulet store maintenance" };
    }

    public void Start()
    {
        if (_thread is null)
            return;
        _thread.Start();
        OnActivity();
    }

    /// <summary>A segment is sealed. The committer's thread; cheap.</summary>
    public void OnSegmentStarted()
    {
        // While a group is being rewritten, its old files and the new one are both there: look now, not after it.
        if (_isRewriting && IsOver(OverfullRatio))
            _context.IsOverfull = true;
        if (!_isHeldUp && IsOver(HurryRatio))
            _isPaused = false;
        _wake.Set();
    }

    /// <summary>Something was committed, which may have made space dead. The committer's thread; cheap.</summary>
    public void OnActivity()
    {
        if (_isWatching || _timer is null)
            return;
        _isWatching = true;
        Wait(IdleAfter);
    }

    /// <summary>Rewrites one group in place.</summary>
    public bool RunCompaction() => PickGroup() is { } group && _compactor.Run(group);

    /// <summary>Writes one snapshot in place, whatever little it is worth.</summary>
    /// <returns>Whether there was a segment that lacked one.</returns>
    public bool RunSnapshot() => TrySnapshot(Pick(bytesMin: 1));

    /// <summary>Gives back in place what the present segment does not use, however little it is.</summary>
    /// <param name="runRounds">Runs the rounds that are due.</param>
    public void RunGivingBack(Action runRounds)
    {
        _context.Tail.Seal();
        runRounds();
        CutUnused(_context.Segments.InOrder, bytesMin: 1);
    }

    /// <summary>Writes the snapshots that are worth it, once nothing more is appended, as long as there is time.</summary>
    public void WriteSnapshots(TimeSpan timeMax)
    {
        Stop();
        long started = _time.GetTimestamp();
        while (_time.GetElapsedTime(started) < timeMax && TrySnapshot(Pick(SnapshotPolicy.BytesMin)))
        {
        }
    }

    public void Dispose()
    {
        Stop();
        _timer?.Dispose();
    }

    private void Stop()
    {
        _stopping = true;
        _wake.Set();
        if (_thread is { IsAlive: true })
            _thread.Join();
    }

    private void Run()
    {
        try
        {
            while (!_stopping)
            {
                _wake.Wait();
                while (!_stopping && !_isPaused && Step())
                {
                }
            }
        }
        catch (Exception e)
        {
            // A fault of ours: what is there is served, and its space is not given back before the next start.
            LogEnded(_context.Logger, e);
        }
        SetOverfull(false);
    }

    /// <returns>Whether to go on at once.</returns>
    private bool Step()
    {
        if (_context.Failure is not null)
            return false;
        DeleteNeedless();
        bool isIdle = LookForIdle();
        bool isResting = _idleSince is { } idleSince && _time.GetElapsedTime(idleSince) >= SettledAfter;
        LogPosition synced = _context.Tail.Synced;
        long liveBytes = _context.Segments.Totals.LiveBytes;
        List<LogSegment> segments = _context.Segments.InOrder;
        bool isAllCut = CutUnused(segments, UnusedBytesMin);
        long tolerated = isIdle ? liveBytes / IdleDeadShare : (liveBytes / DeadShare) + _allowance.OfBusy(liveBytes);
        bool isWanted = CompactionPolicy.DeadBytes(segments.Take(segments.Count - 1)) > tolerated;
        CompactionGroup? group = isWanted ? PickGroup() : null;
        SetOverfull(group is not null && IsOver(OverfullRatio));
        if (group is null)
        {
            if (SnapshotStep(segments, synced, isResting))
                return isResting;
            _isWatching = !isResting || !isAllCut;
            if (_isWatching)
                Wait(IdleAfter);
            return false;
        }
        _isHeldUp = !TryRun(group);
        if (!_isHeldUp && IsOver(HurryRatio))
            return true;

        // Nobody waits for compaction while compaction waits.
        SetOverfull(false);
        Wait(_isHeldUp ? RetryAfter : TimeSpan.FromSeconds(group.FileBytes / QuietBytesPerSecond));
        return false;
    }

    /// <summary>Whether the store takes so many times its live data, beyond what any store may take.</summary>
    private bool IsOver(double ratio)
    {
        (long fileBytes, long liveBytes) = _context.Segments.Totals;
        return fileBytes + _context.Preparer.FileBytes - _allowance.OfStore(liveBytes) > liveBytes * ratio;
    }

    private CompactionGroup? PickGroup() => CompactionPolicy.Pick(
        _context.Segments.InOrder, _context.Tail.Committed,
        SegmentSizes.Rewritten(_context.Segments.Totals.LiveBytes, _context.Options.SegmentBytes));

    /// <returns>Whether the group was rewritten.</returns>
    private bool TryRun(CompactionGroup group)
    {
        _isRewriting = true;
        try
        {
            return _compactor.Run(group);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A rewritten segment may be what takes the last of the disk: then the snapshots make room for the next try.
            _isShortOfSpace |= e is OutOfSpaceException;
            DeleteNeedless();
            if (!_stopping)
                LogFailed(_context.Logger, group.FirstNumber, group.LastNumber, _context.Options.Directory, e);
            return false;
        }
        finally
        {
            _isRewriting = false;
        }
    }

    private (LogSegment Segment, int EndBytes)? Pick(int bytesMin)
    {
        LogPosition synced = _context.Tail.Synced;
        return SnapshotPolicy.Pick(_context.Segments.InOrder, synced, bytesMin);
    }

    /// <returns>Whether a snapshot was written, or tried to; the next step is made at once or after a pause.</returns>
    private bool SnapshotStep(List<LogSegment> segments, LogPosition synced, bool isResting)
    {
        if (_time.GetElapsedTime(_settlingSince) >= SettledAfter)
        {
            (_settledNumber, _settlingNumber) = (_settlingNumber, segments[^1].Number - 1);
            _settlingSince = _time.GetTimestamp();
        }
        (LogSegment Segment, int EndBytes)? picked = isResting
            ? Pick(SnapshotPolicy.BytesMin)
            : SnapshotPolicy.PickSettled(segments, synced, _settledNumber);
        if (!TrySnapshot(picked))
            return false;
        if (!isResting)
            Wait(TimeSpan.FromSeconds(picked!.Value.EndBytes / QuietBytesPerSecond));
        return true;
    }

    /// <returns>Whether a segment was picked.</returns>
    private bool TrySnapshot((LogSegment Segment, int EndBytes)? picked)
    {
        DeleteNeedless();
        if (picked is not (LogSegment segment, int endBytes) || _isShortOfSpace)
            return false;
        try
        {
            if (!_snapshots.Write(segment, endBytes))
                segment.SnapshotRefusals++;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            segment.SnapshotRefusals++;
            LogNoSnapshot(_context.Logger, segment.FileName, e);
        }
        return true;
    }

    /// <summary>
    /// Deletes snapshots of segments that a reader found to be damaged, so that the next start finds that as well, and
    /// tells it; and all of them once there was no space, for the sake of the log.
    /// </summary>
    private void DeleteNeedless()
    {
        _isShortOfSpace |= _context.OutOfSpace is not null;
        foreach (LogSegment segment in _context.Segments.InOrder.Where(segment => segment.IsDamaged || _isShortOfSpace))
        {
            try
            {
                _snapshots.Delete(segment);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                LogNoSnapshot(_context.Logger, segment.FileName, e);
            }
        }
    }

    /// <summary>Whether nothing was appended since the last look; then what is too large for the store goes.</summary>
    private bool LookForIdle()
    {
        LogPosition appended = _context.Tail.Appended;
        bool isIdle = appended == _seenAppended && _context.Tail.Committed == appended;
        _seenAppended = appended;
        if (!isIdle)
        {
            _idleSince = null;
            return false;
        }
        _idleSince ??= _time.GetTimestamp();
        long quietBytes = SegmentSizes.Quiet(_context.Segments.Totals.LiveBytes, _context.Options.SegmentBytes);
        _context.Tail.NextSegmentBytes = quietBytes;
        LogSegment present = _context.Tail.Segment;
        _context.Preparer.Shrink(present.Number + 1, quietBytes);

        // On a full disk the present segment is all the room that there is.
        bool isMuchUnused = present.LengthBytes - present.OffsetAt(appended.Value) > quietBytes && _context.OutOfSpace is null;
        if (isMuchUnused && _context.Tail.Seal())
            _context.Committer.Wake();
        return true;
    }

    /// <summary>
    /// Cuts off what sealed segments do not use. Not before the next one is begun for certain, since the last file of a log
    /// that is shorter than it was made has lost something; and not where something is missing between the two, as what looks
    /// unused may be what it was.
    /// </summary>
    /// <returns>Whether none waits for the next one.</returns>
    private bool CutUnused(List<LogSegment> segments, int bytesMin)
    {
        bool isAllCut = true;
        for (int i = 0; i + 1 < segments.Count; i++)
        {
            LogSegment segment = segments[i];
            long endBytes = segment.OffsetAt(segment.EndPosition);
            bool isUnused = !segment.Header.IsRewritten && !segment.IsDamaged && !segment.KeepsUnused &&
                segment.EndPosition == segments[i + 1].Header.FirstPosition && segment.LengthBytes - endBytes >= bytesMin;
            if (!isUnused)
                continue;
            if (segments[i + 1].IsBegun)
                Cut(segment, endBytes);
            else
                isAllCut = false;
        }
        return isAllCut;
    }

    private void Cut(LogSegment segment, long endBytes)
    {
        try
        {
            segment.File!.SetLength(endBytes);
            segment.LengthBytes = endBytes;
            segment.FileBytes = Math.Min(segment.FileBytes, endBytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Nothing depends on it.
            segment.KeepsUnused = true;
            LogNotCut(_context.Logger, segment.FileName, e);
        }
    }

    private void SetOverfull(bool value)
    {
        if (_context.IsOverfull == value)
            return;
        _context.IsOverfull = value;
        _roomChanged();
    }

    /// <summary>Looks again after a while.</summary>
    private void Wait(TimeSpan time)
    {
        _isPaused = time > IdleAfter;
        _timer!.Change(time, Timeout.InfiniteTimeSpan);
    }

    private void OnTimer()
    {
        _isPaused = false;
        _wake.Set();
    }

    [LoggerMessage(
        EventId = 2052, Level = LogLevel.Error,
        Message = "Segments {First} to {Last} of {Directory} cannot be rewritten for now; their space is not given back")]
    private static partial void LogFailed(ILogger logger, int first, int last, string directory, Exception cause);

    [LoggerMessage(
        EventId = 2063, Level = LogLevel.Warning,
        Message = "The snapshot of {File} cannot be written or deleted; nothing depends on it")]
    private static partial void LogNoSnapshot(ILogger logger, string file, Exception cause);

    [LoggerMessage(
        EventId = 2064, Level = LogLevel.Warning,
        Message = "What {File} does not use cannot be given back; nothing depends on it")]
    private static partial void LogNotCut(ILogger logger, string file, Exception cause);

    [LoggerMessage(EventId = 2053, Level = LogLevel.Critical, Message = "The maintenance of the store ended by a fault")]
    private static partial void LogEnded(ILogger logger, Exception cause);
}
