using Microsoft.Extensions.Logging;
using Rivulet.Storage.Files;
using Rivulet.Storage.Log;

namespace Rivulet.Storage.Compaction;

/// <summary>
/// Gives space back in the background: on a thread of its own, or step by step where a store runs without threads.
/// <code>
///   dead space of sealed segments     what happens
///   ------------------------------------------------------------------------------------------
///   up to a quarter of what is live   nothing; while it is busy, up to what a small store is allowed beyond that
///   more                              segments are rewritten, at a bounded rate
///   the store takes 1.3 times         at full speed
///   the store takes 1.4 times         appenders wait as well, until it is less
/// </code>
/// Once nothing was appended for a while, a segment that is too large for what the store has become ends early, and the
/// one made ahead is made again, smaller.
/// </summary>
internal sealed partial class StoreMaintenance : IDisposable
{
    private const long DeadShare = 4;
    private const double HurryRatio = 1.3;
    private const double OverfullRatio = 1.4;
    private const double QuietBytesPerSecond = 64 << 20;
    private static readonly TimeSpan IdleAfter = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(10);

    private readonly FileStoreContext _context;
    private readonly SpaceAllowance _allowance;
    private readonly SegmentCompactor _compactor;
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

    public StoreMaintenance(
        FileStoreContext context, IFileSystem fileSystem, TimeProvider time, Random random, bool ownThread,
        Action roomChanged)
    {
        _context = context;
        _allowance = new SpaceAllowance(SegmentSizes.LeastBusy(context.Options.SegmentBytes));
        _compactor = new SegmentCompactor(context, fileSystem, random);
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
    public bool RunCompaction() => Pick() is { } group && _compactor.Run(group);

    public void Dispose()
    {
        _stopping = true;
        _wake.Set();
        if (_thread is { IsAlive: true })
            _thread.Join();
        _timer?.Dispose();
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
        bool isIdle = LookForIdle();
        long liveBytes = _context.Segments.Totals.LiveBytes;
        List<LogSegment> segments = _context.Segments.InOrder;
        long tolerated = (liveBytes / DeadShare) + (isIdle ? 0 : _allowance.OfBusy(liveBytes));
        bool isWanted = CompactionPolicy.DeadBytes(segments.Take(segments.Count - 1)) > tolerated;
        CompactionGroup? group = isWanted ? Pick() : null;
        SetOverfull(group is not null && IsOver(OverfullRatio));
        if (group is null)
        {
            _isWatching = !isIdle;
            if (!isIdle)
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

    private CompactionGroup? Pick() => CompactionPolicy.Pick(
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
            if (!_stopping)
                LogFailed(_context.Logger, group.FirstNumber, group.LastNumber, _context.Options.Directory, e);
            return false;
        }
        finally
        {
            _isRewriting = false;
        }
    }

    /// <summary>Whether nothing was appended since the last look; then what is too large for the store goes.</summary>
    private bool LookForIdle()
    {
        LogPosition appended = _context.Tail.Appended;
        bool isIdle = appended == _seenAppended && _context.Tail.Committed == appended;
        _seenAppended = appended;
        if (!isIdle)
            return false;
        long quietBytes = SegmentSizes.Quiet(_context.Segments.Totals.LiveBytes, _context.Options.SegmentBytes);
        _context.Tail.NextSegmentBytes = quietBytes;
        LogSegment present = _context.Tail.Segment;
        _context.Preparer.Shrink(present.Number + 1, quietBytes);
        if (present.FileBytes > quietBytes)
            _seenAppended = _context.Tail.Seal() ? _context.Tail.Appended : _seenAppended;
        return true;
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

    [LoggerMessage(EventId = 2053, Level = LogLevel.Critical, Message = "The maintenance of the store ended by a fault")]
    private static partial void LogEnded(ILogger logger, Exception cause);
}
