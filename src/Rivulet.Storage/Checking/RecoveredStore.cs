using Microsoft.Extensions.Logging.Abstractions;
using Rivulet.Storage.Files;
using Rivulet.Storage.Log;
using Rivulet.Storage.Records;

namespace Rivulet.Storage.Checking;

/// <summary>
/// What a server would make of a store: the ordinary recovery, run over a view that takes its writes. Whatever recovery
/// refuses (foreign files, segments without a header) is found, hidden, and recovery run again.
/// </summary>
internal sealed class RecoveredStore : IDisposable
{
    private readonly OverlayFileSystem _view;

    private RecoveredStore(FileStoreContext context, RecoveredLog log, OverlayFileSystem view)
    {
        Context = context;
        Log = log;
        _view = view;
        LogSegment tail = log.Tail.Segment;
        EndNumber = tail.Number;
        EndOffsetBytes = tail.File is null
            ? 0
            : (int)(log.Tail.Committed.Value - tail.Header.FirstPosition) + SegmentHeader.AreaBytes;
    }

    public FileStoreContext Context { get; }

    public RecoveredLog Log { get; }

    /// <summary>The segment in which the log ends; one that there is no file for when the next start begins one.</summary>
    public int EndNumber { get; }

    /// <summary>Where in it.</summary>
    public int EndOffsetBytes { get; }

    /// <summary>The segments that the log consists of, in order.</summary>
    public IReadOnlyList<LogSegment> Segments =>
        [.. Context.Segments.InOrder.Where(segment => segment.Number < EndNumber || EndOffsetBytes > 0)];

    /// <summary>The backends of all streams that are there.</summary>
    public IEnumerable<FileStreamBackend> Backends => Context.Backends.Values
        .Where(backend => !backend.IsUnknown && !backend.IsDeletionCommitted)
        .OrderBy(backend => backend.StreamId);

    /// <summary>Whether a file would be deleted by the next start.</summary>
    public bool IsDeleted(string path) => _view.IsDeleted(path);

    /// <exception cref="IOException">The disk failed.</exception>
    public static RecoveredStore Recover(
        IFileSystem fileSystem, string directory, TimeProvider time, WorkMeter meter, FindingList findings)
    {
        meter.Begin(StoreStep.Recovering, fileSystem.List(directory).Sum(entry => entry.LengthBytes));
        var hidden = new HashSet<string>(StringComparer.Ordinal);
        while (true)
        {
            var context = new FileStoreContext(new FileStoreOptions { Directory = directory }, NullLogger.Instance);
            var view = new OverlayFileSystem(fileSystem, meter, hidden);
            try
            {
                return new RecoveredStore(context, new LogRecovery(context, view, time, new Random(1), snapshots: null, readsAhead: false).Run(), view);
            }
            catch (StoreUnusableException e) when (hidden.Add(e.Path))
            {
                context.Abandon();
                string file = Path.GetFileName(e.Path);
                bool isSegment = SegmentNames.TryParse(file, out _, out _);
                findings.Add(
                    isSegment ? FindingKind.UnusableSegment : FindingKind.ForeignFile, file,
                    isSegment ? e.Message : "no store puts this here, and a server does not start with it");
            }
            catch
            {
                context.Abandon();
                throw;
            }
        }
    }

    public void Dispose() => Context.Abandon();
}
