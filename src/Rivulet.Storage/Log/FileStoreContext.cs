using Microsoft.Extensions.Logging;

namespace Rivulet.Storage.Log;

/// <summary>What the streams of a file store share.</summary>
internal sealed class FileStoreContext
{
    private static readonly ObjectDisposedException Closed = new(nameof(FileMessageStore));

    private volatile bool _isClosing;

    public FileStoreContext(FileStoreOptions options, ILogger logger)
    {
        Options = options;
        Logger = logger;
        Eraser = new RecordEraser(Segments);
    }

    public FileStoreOptions Options { get; }

    public ILogger Logger { get; }

    public SegmentSet Segments { get; } = new();

    public RecordEraser Eraser { get; }

    public LogTail Tail { get; set; } = null!;

    public SegmentPreparer Preparer { get; set; } = null!;

    public Committer Committer { get; set; } = null!;

    /// <summary>Why nothing can be appended any more, or null.</summary>
    public Exception? Failure => Committer.Failure ?? (_isClosing ? Closed : null);

    /// <summary>Nothing is appended from here on.</summary>
    public void BeginClosing() => _isClosing = true;

    /// <summary>
    /// Whether a message may be appended. While no further segment can be made, messages fill the present one up to
    /// the reserve; removals and other small records are never refused, so that a full disk can be emptied.
    /// </summary>
    /// <param name="recordBytes">Length of its record, or of all the records of a batch.</param>
    public AppendStatus Admit(long recordBytes)
    {
        if (Failure is not null)
            return AppendStatus.Failed;
        if (Preparer.OutOfSpace is not null && !Tail.FitsPresentSegment(recordBytes))
            return AppendStatus.OutOfSpace;

        // Something that is too large by itself is let in alone, or it would never be.
        long uncommitted = Tail.UncommittedBytes;
        bool tooMuch = uncommitted > 0 && uncommitted + recordBytes > Options.UncommittedHardBytes;
        return tooMuch ? AppendStatus.Busy : AppendStatus.Stored;
    }

    public bool HasRoom =>
        Tail.UncommittedBytes <= Options.UncommittedSoftBytes || Failure is not null || Preparer.OutOfSpace is not null;
}
