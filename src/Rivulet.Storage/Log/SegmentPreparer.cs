using Rivulet.Storage.Files;

namespace Rivulet.Storage.Log;

/// <summary>
/// Makes segment files ahead of their use, with their length and the room for what comes first (<see cref="SegmentRoom"/>), and syncs
/// them, so that a commit finds the next one when it needs it. Works on one file at a time: on its own thread, or in place where a
/// store runs without threads.
/// </summary>
internal sealed class SegmentPreparer : IDisposable
{
    private readonly object _gate = new();
    private readonly IFileSystem _fileSystem;
    private readonly string _directory;
    private readonly int _roomBytesMax;
    private readonly TimeProvider _time;
    private readonly TimeSpan _retryInterval;
    private readonly Action _changed;
    private readonly Thread? _thread;

    // Under the gate.
    private int _wantedNumber;
    private long _wantedBytes;
    private bool _isReady;
    private bool _retryDue;
    private bool _stopped;
    private Exception? _failure;

    // The worker's own.
    private IFile? _file;
    private int _fileNumber;
    private long _lengthBytes;
    private long _roomBytes;

    private volatile Exception? _outOfSpace;

    /// <summary>Makes a preparer that has nothing to do yet.</summary>
    /// <param name="fileSystem">Where the files are.</param>
    /// <param name="options">The directory and how often to try again when it is full.</param>
    /// <param name="time">Times the tries.</param>
    /// <param name="ownThread">Whether to work on a thread of its own.</param>
    /// <param name="changed">Called when a file is ready or cannot be made.</param>
    public SegmentPreparer(
        IFileSystem fileSystem, FileStoreOptions options, TimeProvider time, bool ownThread, Action changed)
    {
        _fileSystem = fileSystem;
        _directory = options.Directory;
        _roomBytesMax = options.RoomAheadBytes;
        _retryInterval = options.SpaceRetryInterval;
        _time = time;
        _changed = changed;
        if (ownThread)
        {
            _thread = new Thread(Run) { IsBackground = true, Name = "Rivulet segment preparer" };
            _thread.Start();
        }
    }

    /// <summary>Why the wanted file cannot be made for now, or null.</summary>
    public Exception? OutOfSpace => _outOfSpace;

    /// <summary>Asks for a file; one that is asked for again may only grow.</summary>
    public void Want(int number, long sizeBytes)
    {
        lock (_gate)
        {
            if (number == _wantedNumber && sizeBytes <= _wantedBytes)
                return;
            _wantedNumber = number;
            _wantedBytes = sizeBytes;
            _isReady = false;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Asks for a smaller file, in place of a larger one that is ready or being made.</summary>
    public void Shrink(int number, long sizeBytes)
    {
        lock (_gate)
        {
            if (number != _wantedNumber || sizeBytes >= _wantedBytes)
                return;
            _wantedBytes = sizeBytes;
            _isReady = false;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>What the file that is being made, or is ready, takes on the disk, in bytes.</summary>
    public long FileBytes => Volatile.Read(ref _roomBytes);

    /// <summary>Works on what was asked for, where there is no thread to do so.</summary>
    public void WorkInPlace()
    {
        if (_thread is null && _wantedNumber != 0)
            WorkOnce();
    }

    /// <summary>Takes the file that was asked for, when it is ready.</summary>
    /// <exception cref="IOException">It could not be made, and not for want of space.</exception>
    public bool TryTake(int number, long sizeBytes, out PreparedFile file)
    {
        Want(number, sizeBytes);
        WorkInPlace();
        lock (_gate)
        {
            if (_failure is not null)
                throw new IOException($"segment {SegmentNames.Of(number)} cannot be made", _failure);
            file = default;
            if (!_isReady)
                return false;
            file = new PreparedFile(_file!, _lengthBytes, _roomBytes);
            _file = null;
            Volatile.Write(ref _roomBytes, 0);
            _wantedNumber = 0;
            _wantedBytes = 0;
            _isReady = false;
            return true;
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _stopped = true;
            Monitor.PulseAll(_gate);
        }
        _thread?.Join();
        _file?.Dispose();
    }

    private void Run()
    {
        while (AwaitWork())
        {
            WorkOnce();
            _changed();
            if (_outOfSpace is not null)
                AwaitRetry();
        }
    }

    /// <returns>Whether there is work; otherwise the preparer was stopped.</returns>
    private bool AwaitWork()
    {
        lock (_gate)
        {
            while (!_stopped && (_wantedNumber == 0 || _isReady || _failure is not null))
                Monitor.Wait(_gate);
            return !_stopped;
        }
    }

    private void AwaitRetry()
    {
        using ITimer timer = _time.CreateTimer(static state => ((SegmentPreparer)state!).RetryNow(), this, _retryInterval,
            Timeout.InfiniteTimeSpan);
        lock (_gate)
        {
            while (!_stopped && !_retryDue)
                Monitor.Wait(_gate);
            _retryDue = false;
        }
    }

    private void RetryNow()
    {
        lock (_gate)
        {
            _retryDue = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Brings the wanted file to its size, as far as there is space.</summary>
    private void WorkOnce()
    {
        int number;
        long sizeBytes;
        lock (_gate)
        {
            if (_isReady || _failure is not null)
                return;
            (number, sizeBytes) = (_wantedNumber, _wantedBytes);
        }
        Exception? failure = null;
        try
        {
            Prepare(number, sizeBytes);
            _outOfSpace = null;
        }
        catch (OutOfSpaceException e)
        {
            _outOfSpace = e;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            failure = e;
        }
        lock (_gate)
        {
            _failure = failure;
            _isReady = failure is null && _outOfSpace is null && number == _wantedNumber && sizeBytes == _wantedBytes;
        }
    }

    private void Prepare(int number, long sizeBytes)
    {
        if (_file is null || _fileNumber != number)
        {
            _file?.Dispose();
            _file = _fileSystem.Open(Path.Combine(_directory, SegmentNames.Of(number)), FileOpenMode.CreateNew);
            _fileNumber = number;
            _lengthBytes = _roomBytes = 0;
        }
        if (_lengthBytes != sizeBytes)
            _file.SetLength(sizeBytes);
        _lengthBytes = sizeBytes;
        _roomBytes = Math.Min(_roomBytes, sizeBytes);
        SegmentRoom.Fill(_file, ref _roomBytes, Math.Min(_roomBytesMax, sizeBytes));
        _file.SyncData();
        _fileSystem.SyncDirectory(_directory);
    }
}

/// <summary>A segment file that is ready.</summary>
/// <param name="File">The file, which is the taker's.</param>
/// <param name="LengthBytes">How long it is.</param>
/// <param name="RoomBytes">How much of it has its space on the disk.</param>
internal readonly record struct PreparedFile(IFile File, long LengthBytes, long RoomBytes);
