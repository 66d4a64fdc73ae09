namespace Rivulet.Server.Host.Memory;

/// <summary>
/// Gives memory back to the system once a burst is over. The collector does so by itself only when it runs, which a server without
/// traffic does not make it do: what ten thousand connections had would stay until the next ten thousand.
/// </summary>
/// <remarks>
/// Looks every few seconds, and does something only if the process has become a good deal larger than it was after the last time, or
/// many connections have gone, and it is quiet now, so that nobody waits for it. Arrays in the runtime's shared pool go some time
/// after they were last used, and only when the collector runs; hence it runs a few times more. Only the program does this: a host
/// process has a collector of its own to look after.
/// </remarks>
internal sealed class BurstMemory : IDisposable
{
    private const long GrownBytes = 32 << 20;
    private const double GrownShare = 0.25;
    private const int ConnectionsGone = 100;
    private const double ConnectionsGoneShare = 0.25;

    // More than this on the heap would be a pause that somebody may notice; then the collector runs beside the server. What it frees
    // that way stays with the process, so once little is left of the heap it runs again, in one pause.
    private const long HeapBytesInOnePause = 256 << 20;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    // After the first run, and between those that follow.
    private static readonly TimeSpan[] Pauses = [TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(35), TimeSpan.FromSeconds(35)];

    // Of one processor, over the interval.
    private static readonly TimeSpan QuietProcessorTime = Interval / 10;

    private readonly TimeProvider _time;
    private readonly IProcessMemory _process;
    private readonly ITimer _timer;
    private long _residentBytes;
    private TimeSpan _processorTime;
    private long _lastRun;
    private int _runs = Pauses.Length;
    private int _connectionsMost;
    private bool _ranBeside;

    /// <summary>Begins to look.</summary>
    /// <param name="process">The process.</param>
    /// <param name="time">The clock.</param>
    public BurstMemory(IProcessMemory process, TimeProvider time)
    {
        _process = process;
        _time = time;
        _residentBytes = process.ResidentBytes;
        _processorTime = process.ProcessorTime;
        _timer = time.CreateTimer(static self => ((BurstMemory)self!).Look(), this, Interval, Interval);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _timer.Dispose();
    }

    private void Look()
    {
        _connectionsMost = Math.Max(_connectionsMost, _process.Connections);
        var processorTime = _process.ProcessorTime;
        bool isQuiet = processorTime - _processorTime < QuietProcessorTime;
        _processorTime = processorTime;
        if (!isQuiet)
            return;
        int gone = _connectionsMost - _process.Connections;
        bool isOver = _process.ResidentBytes - _residentBytes > Math.Max(GrownBytes, (long)(_residentBytes * GrownShare))
            || (gone >= ConnectionsGone && gone > _connectionsMost * ConnectionsGoneShare);
        bool isLater = _runs < Pauses.Length && _time.GetElapsedTime(_lastRun) >= Pauses[_runs];
        bool isInOnePause = _process.HeapBytes <= HeapBytesInOnePause;
        bool isUnfinished = _ranBeside && isInOnePause;
        if (!isOver && !isLater && !isUnfinished)
            return;
        if (isOver)
            _runs = 0;
        else if (isLater)
            _runs++;
        _process.Collect(isInOnePause);
        _ranBeside = !isInOnePause;
        _lastRun = _time.GetTimestamp();
        _connectionsMost = _process.Connections;
        _residentBytes = _process.ResidentBytes;

        // This was the collector's work, and not the server's.
        _processorTime = _process.ProcessorTime;
    }
}
