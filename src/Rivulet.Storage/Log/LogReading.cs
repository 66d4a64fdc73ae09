using System.Runtime.ExceptionServices;

namespace Rivulet.Storage.Log;

/// <summary>
/// Reads the records of a log, from front to back, for the thread that replays them; on a thread of its own, or when it
/// is asked. What has been read and not replayed is bounded.
/// <code>
///   reader's thread                             replay
///   file or snapshot -> checked, hashed  --- chunks, in the order of the log --->  index
///        ^                                                                           |
///        +----------------------------- empty chunks --------------------------------+
/// </code>
/// </summary>
internal sealed class LogReading : IDisposable
{
    private const int Chunks = 16;

    private readonly IReadOnlyList<LogSegment> _segments;
    private readonly Func<LogSegment, SegmentReader> _open;
    private readonly Action _meanwhile;
    private readonly Thread? _thread;
    private int _index;
    private SegmentReader? _reader;

    // The gate of what follows.
    private readonly object _gate = new();
    private readonly Queue<RecordChunk> _free = [];
    private readonly Queue<RecordChunk> _full = [];
    private ExceptionDispatchInfo? _fault;
    private bool _isStopped;

    /// <summary>Begins to read.</summary>
    /// <param name="segments">The segments, in the order in which they are replayed.</param>
    /// <param name="open">Begins to read a segment. Called when those before it are read.</param>
    /// <param name="meanwhile">Called between two chunks on the reader's own thread: what else can be got ready.</param>
    /// <param name="ownThread">Whether to read on a thread of its own.</param>
    public LogReading(
        IReadOnlyList<LogSegment> segments, Func<LogSegment, SegmentReader> open, Action meanwhile, bool ownThread)
    {
        _meanwhile = meanwhile;
        _segments = segments;
        _open = open;
        for (int i = 0; i < (ownThread ? Chunks : 1); i++)
            _free.Enqueue(new RecordChunk());
        if (!ownThread || segments.Count == 0)
            return;
        _thread = new Thread(Run) { IsBackground = true, Name = "Rivulet log reader" };
        _thread.Start();
    }

    /// <summary>The next chunk. There is at least one for each segment.</summary>
    /// <exception cref="IOException">The disk failed.</exception>
    public RecordChunk Next()
    {
        if (_thread is null)
        {
            RecordChunk only = _free.Dequeue();
            Read(only);
            return only;
        }
        lock (_gate)
        {
            while (_full.Count == 0)
            {
                _fault?.Throw();
                Monitor.Wait(_gate);
            }
            return _full.Dequeue();
        }
    }

    /// <summary>A chunk was replayed.</summary>
    public void Return(RecordChunk chunk)
    {
        lock (_gate)
        {
            _free.Enqueue(chunk);
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Stops reading, and waits until that is so.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isStopped = true;
            Monitor.Pulse(_gate);
        }
        _thread?.Join();
        _reader?.Dispose();
    }

    private void Run()
    {
        try
        {
            while (_index < _segments.Count && TakeFree() is { } chunk)
            {
                Read(chunk);
                lock (_gate)
                {
                    _full.Enqueue(chunk);
                    Monitor.Pulse(_gate);
                }
                _meanwhile();
            }
        }
        catch (Exception e)
        {
            lock (_gate)
            {
                _fault = ExceptionDispatchInfo.Capture(e);
                Monitor.Pulse(_gate);
            }
        }
    }

    private RecordChunk? TakeFree()
    {
        lock (_gate)
        {
            while (_free.Count == 0 && !_isStopped)
                Monitor.Wait(_gate);
            return _isStopped ? null : _free.Dequeue();
        }
    }

    private void Read(RecordChunk chunk)
    {
        _reader ??= _open(_segments[_index]);
        _reader.Read(chunk);
        if (!chunk.IsLast)
            return;
        _reader.Dispose();
        _reader = null;
        _index++;
    }
}
