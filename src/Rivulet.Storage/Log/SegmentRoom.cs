using Rivulet.Storage.Files;

namespace Rivulet.Storage.Log;

/// <summary>
/// Gives the segment that is written to its space on the disk, a stretch of zeros at a time, ahead of the log's end.
/// <code>
///   | records                      | room, zeros                | no space yet          |
///   0                              end of the log               FileBytes               LengthBytes
/// </code>
/// So a commit writes into space that the file system has given already, most of the time; a disk that is full is noticed while
/// there is room left for the removals that empty it; and a store takes little more than its records. The whole length is
/// there from the start, so that recovery knows when something of a file is missing: what has no space reads as zeros.
/// For whoever runs the committer's rounds.
/// </summary>
internal sealed class SegmentRoom : IDisposable
{
    private static readonly byte[] Zeros = new byte[256 << 10];

    private readonly int _stretchBytes;
    private readonly bool _startsSync;
    private readonly TimeSpan _retryInterval;
    private readonly Action _changed;
    private readonly ITimer _retryTimer;
    private volatile Exception? _outOfSpace;
    private LogSegment? _segment;
    private long _endBytes;

    /// <summary>Makes room in nothing yet.</summary>
    /// <param name="options">How much at a time, and how often to try again while the disk is full.</param>
    /// <param name="time">Times the tries.</param>
    /// <param name="changed">Called when the disk is found full, and when it is time to try again.</param>
    public SegmentRoom(FileStoreOptions options, TimeProvider time, Action changed)
    {
        _stretchBytes = options.RoomAheadBytes;
        _startsSync = options.SyncPolicy.IsAlways;
        _retryInterval = options.SpaceRetryInterval;
        _changed = changed;
        _retryTimer = time.CreateTimer(
            static state => ((SegmentRoom)state!)._changed(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Why no more room can be made for now, or null. Any thread.</summary>
    public Exception? OutOfSpace => _outOfSpace;

    /// <summary>Sees that there is room for what is written next.</summary>
    /// <param name="segment">Where it goes.</param>
    /// <param name="endBytes">Where in it that ends.</param>
    /// <returns>Whether there is; otherwise the disk is full.</returns>
    /// <exception cref="IOException">It cannot be made, and not for want of space.</exception>
    public bool TryReach(LogSegment segment, long endBytes)
    {
        (_segment, _endBytes) = (segment, endBytes);
        if (segment.FileBytes < endBytes)
            Make();
        return segment.FileBytes >= endBytes;
    }

    /// <summary>Makes room for what comes later, once half of the last stretch is used up.</summary>
    /// <param name="tail">Knows whether the segment was sealed meanwhile: then nothing is left to make room for.</param>
    /// <exception cref="IOException">It cannot be made, and not for want of space.</exception>
    public void MakeAhead(LogTail tail)
    {
        if (_segment is null)
            return;
        if (_segment.FileBytes - _endBytes >= _stretchBytes / 2)
        {
            _outOfSpace = null;
            return;
        }
        try
        {
            if (tail.Segment == _segment)
                Make();
        }
        catch (ObjectDisposedException) when (tail.Segment != _segment)
        {
            // It was sealed just now, and rewritten.
        }
        if (tail.Segment == _segment)
            return;
        _segment = null;
        _outOfSpace = null;
    }

    /// <summary>Makes room in a file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="roomBytes">How much of it has its space; moved as far as there was some.</param>
    /// <param name="upToBytes">How much of it is to have its space.</param>
    /// <exception cref="IOException">It cannot be made; for want of space <see cref="OutOfSpaceException"/>.</exception>
    public static void Fill(IFile file, ref long roomBytes, long upToBytes)
    {
        while (roomBytes < upToBytes)
        {
            int count = (int)Math.Min(Zeros.Length, upToBytes - roomBytes);
            file.Write(Zeros.AsSpan(0, count), roomBytes);
            roomBytes += count;
        }
    }

    public void Dispose() => _retryTimer.Dispose();

    private void Make()
    {
        LogSegment segment = _segment!;
        long from = segment.FileBytes;
        long roomBytes = from;
        try
        {
            Fill(segment.File!, ref roomBytes, Math.Min(segment.LengthBytes, Math.Max(from, _endBytes) + _stretchBytes));
            _outOfSpace = null;
        }
        catch (OutOfSpaceException e)
        {
            bool isNews = _outOfSpace is null;
            _outOfSpace = e;
            _retryTimer.Change(_retryInterval, Timeout.InfiniteTimeSpan);
            if (isNews)
                _changed();
        }
        finally
        {
            segment.FileBytes = roomBytes;
        }
        if (_startsSync && roomBytes > from)
            segment.File!.StartSync(from, roomBytes - from);
    }
}
