using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Rivulet.Storage.Indexing;

namespace Rivulet.Storage.Log;

/// <summary>What the streams of a file store share.</summary>
internal sealed class FileStoreContext
{
    private static readonly ObjectDisposedException Closed = new(nameof(FileMessageStore));

    private uint _highestStreamId;
    private volatile bool _isClosing;
    private volatile bool _isOverfull;

    public FileStoreContext(FileStoreOptions options, ILogger logger)
    {
        Options = options;
        Logger = logger;
        IndexMemory = new IndexMemory(options.IndexMemoryMaxBytes);
        Eraser = new RecordEraser(Segments);
        Recent = new RecentRecords(options.RecentBytes);
    }

    public FileStoreOptions Options { get; }

    public ILogger Logger { get; }

    /// <summary>The memory of the indexes of all streams.</summary>
    public IndexMemory IndexMemory { get; }

    /// <summary>Seeds the hash of subjects, so that clients cannot choose subjects that collide.</summary>
    public ulong HashSeed { get; init; }

    public SegmentSet Segments { get; } = new();

    public RecordEraser Eraser { get; }

    /// <summary>The newest records, for readers.</summary>
    public RecentRecords Recent { get; }

    /// <summary>
    /// Where the records of each stream go, by the stream's number; of deleted streams too, as long as records of
    /// theirs are on the disk.
    /// </summary>
    public ConcurrentDictionary<uint, FileStreamBackend> Backends { get; } = new();

    /// <summary>The highest number that a stream was given. Any thread.</summary>
    public uint HighestStreamId => Volatile.Read(ref _highestStreamId);

    public LogTail Tail { get; set; } = null!;

    public SegmentPreparer Preparer { get; set; } = null!;

    public SegmentRoom Room { get; set; } = null!;

    /// <summary>Why there is no room for more, neither in the present segment nor for another one, or null.</summary>
    public Exception? OutOfSpace => Preparer.OutOfSpace ?? Room.OutOfSpace;

    public Committer Committer { get; set; } = null!;

    /// <summary>Why nothing can be appended any more, or null.</summary>
    public Exception? Failure => Committer.Failure ?? (_isClosing ? Closed : null);

    /// <summary>Whether the store is being closed: its files go, and are not replaced.</summary>
    public bool IsClosing => _isClosing;

    /// <summary>Recovery: streams were given numbers up to this one.</summary>
    public void ResumeStreamIds(uint highest) => Volatile.Write(ref _highestStreamId, highest);

    /// <summary>Gives the next stream its number.</summary>
    public uint TakeStreamId() => Interlocked.Increment(ref _highestStreamId);

    /// <summary>Closes what recovery opened, and gives the memory of the indexes back.</summary>
    public void Abandon()
    {
        Segments.Close();
        foreach (FileStreamBackend backend in Backends.Values)
            backend.Core.Close();
    }

    /// <summary>Nothing is appended from here on.</summary>
    public void BeginClosing() => _isClosing = true;

    /// <summary>
    /// Whether a message may be appended. While no more room can be made, messages fill what there is up to
    /// the reserve; removals and other small records are never refused, so that a full disk can be emptied.
    /// </summary>
    /// <param name="recordBytes">Length of its record, or of all the records of a batch.</param>
    public AppendStatus Admit(long recordBytes)
    {
        if (Failure is not null)
            return AppendStatus.Failed;
        if (OutOfSpace is not null && !Tail.FitsPresentSegment(recordBytes))
            return AppendStatus.OutOfSpace;

        // Something that is too large by itself is let in alone, or it would never be.
        long uncommitted = Tail.UncommittedBytes;
        bool tooMuch = uncommitted > 0 && uncommitted + recordBytes > Options.UncommittedHardBytes;
        return tooMuch ? AppendStatus.Busy : AppendStatus.Stored;
    }

    public bool HasRoom =>
        (Tail.UncommittedBytes <= Options.UncommittedSoftBytes && !IsOverfull) || Failure is not null ||
        OutOfSpace is not null;

    /// <summary>
    /// Whether the store takes so much more than what is live in it that appenders wait for compaction. Only while
    /// compaction is at work on it.
    /// </summary>
    public bool IsOverfull
    {
        get => _isOverfull;
        set => _isOverfull = value;
    }
}
