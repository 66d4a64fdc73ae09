using System.Runtime.ExceptionServices;
using Rivulet.Storage.Log;

namespace Rivulet.Storage.Snapshots;

/// <summary>The reading of a snapshot on a thread of its own, while recovery is at another one.</summary>
internal sealed class SnapshotReading
{
    private readonly Thread _thread;
    private SegmentSnapshot? _snapshot;
    private ExceptionDispatchInfo? _fault;

    /// <summary>Begins to read.</summary>
    /// <param name="segment">Whose snapshot.</param>
    /// <param name="read">Reads it; null when it cannot be used.</param>
    public SnapshotReading(LogSegment segment, Func<LogSegment, SegmentSnapshot?> read)
    {
        Segment = segment;
        _thread = new Thread(() => Run(read)) { IsBackground = true, Name = "Rivulet snapshot reader" };
        _thread.Start();
    }

    public LogSegment Segment { get; }

    /// <summary>Waits until it is read.</summary>
    /// <returns>The snapshot, or null when it cannot be used.</returns>
    public SegmentSnapshot? Wait()
    {
        _thread.Join();
        _fault?.Throw();
        return _snapshot;
    }

    private void Run(Func<LogSegment, SegmentSnapshot?> read)
    {
        try
        {
            _snapshot = read(Segment);
        }
        catch (Exception e)
        {
            _fault = ExceptionDispatchInfo.Capture(e);
        }
    }
}
