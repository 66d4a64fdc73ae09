using Microsoft.Extensions.Logging;
using Rivulet.Storage.Files;
using Rivulet.Storage.Log;

namespace Rivulet.Storage.Snapshots;

/// <summary>
/// The snapshot files of a store directory. Each is a cache of one segment: without it, or when it is not whole, the
/// segment is read. One thread at a time: recovery's, then the one that reads for it, then maintenance's.
/// </summary>
/// <param name="fileSystem">Where the directory is.</param>
/// <param name="options">Names the directory.</param>
/// <param name="logger">Hears of what is not used.</param>
internal sealed partial class SnapshotFiles(IFileSystem fileSystem, FileStoreOptions options, ILogger logger)
{
    private readonly IFileSystem _fileSystem = fileSystem;
    private readonly FileStoreOptions _options = options;
    private readonly string _directory = options.Directory;
    private readonly ILogger _logger = logger;

    // Those that recovery had to do without.
    private readonly HashSet<string> _refused = new(StringComparer.Ordinal);

    // The snapshots that are there.
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    /// <summary>Recovery: deletes the snapshots of other segments than these.</summary>
    public void KeepOnly(IEnumerable<LogSegment> segments)
    {
        HashSet<string> kept = [.. segments.Select(NameOf)];
        _names.UnionWith(_fileSystem.List(_directory)
            .Where(entry => !entry.IsDirectory && SegmentNames.TryParseSnapshot(entry.Name, out _, out _))
            .Select(entry => entry.Name));
        foreach (string name in _names.Except(kept).ToArray())
            TryDelete(name);
    }

    /// <summary>Recovery: reads the snapshot of a segment.</summary>
    /// <returns>The snapshot, or null when there is none that can be used.</returns>
    public SegmentSnapshot? TryRead(LogSegment segment)
    {
        if (!IsUsable(segment))
            return null;
        string path = Path.Combine(_directory, NameOf(segment));
        try
        {
            using IFile file = _fileSystem.Open(path, FileOpenMode.ReadExisting);
            var snapshot = SegmentSnapshot.Read(file, segment.Header, segment.File!);
            segment.SnapshotBytes = snapshot.FileBytes;
            segment.SnapshotEndBytes = snapshot.EndBytes;
            return snapshot;
        }
        catch (Exception e) when (e is SnapshotUnusableException or IOException or UnauthorizedAccessException)
        {
            LogUnusable(_logger, path, e.Message);
        }
        TryDelete(NameOf(segment));
        return null;
    }

    /// <summary>Recovery: begins anew, without the snapshot of this segment.</summary>
    public void Refuse(SnapshotMalformedException cause)
    {
        string name = NameOf(cause.Segment);
        LogUnusable(_logger, Path.Combine(_directory, name), cause.Message);
        _refused.Add(name);
        TryDelete(name);
    }

    /// <summary>Writes the snapshot of a segment, in place of the one that it has.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="endBytes">Where in the segment to stop: behind a record, and everything before it is synced.</param>
    /// <returns>Whether it was written; otherwise something in the segment is not as it should be.</returns>
    /// <exception cref="IOException">The disk failed or is full. The segment has none.</exception>
    public bool Write(LogSegment segment, int endBytes)
    {
        string name = NameOf(segment);
        Delete(segment);
        try
        {
            long bytes;
            _names.Add(name);
            using (IFile file = _fileSystem.Open(Path.Combine(_directory, name), FileOpenMode.CreateNew))
            using (var writer = new SnapshotWriter(file, segment, _options.SeededBug))
                bytes = writer.Write(endBytes);
            if (bytes == 0)
                return false;
            _fileSystem.SyncDirectory(_directory);
            segment.SnapshotBytes = bytes;
            segment.SnapshotEndBytes = endBytes;
            LogWritten(_logger, name, bytes);
            return true;
        }
        finally
        {
            if (segment.SnapshotBytes == 0)
                TryDelete(name);
        }
    }

    /// <summary>Deletes the snapshot of a segment that goes.</summary>
    /// <exception cref="IOException">The disk failed.</exception>
    public void Delete(LogSegment segment)
    {
        if (segment.SnapshotBytes == 0)
            return;
        Delete(NameOf(segment));
        segment.SnapshotBytes = 0;
        segment.SnapshotEndBytes = 0;
    }

    private static string NameOf(LogSegment segment) =>
        SegmentNames.OfSnapshot(segment.Number, segment.Header.Generation);

    /// <summary>Whether there is a snapshot; a file that was cut off is damage, and there is something to report.</summary>
    private bool IsUsable(LogSegment segment) =>
        segment.LengthBytes >= segment.RequiredBytes && NameOf(segment) is var name && _names.Contains(name) &&
        !_refused.Contains(name);

    private void Delete(string name)
    {
        _fileSystem.Delete(Path.Combine(_directory, name));
        _names.Remove(name);
    }

    /// <summary>Deletes what is good for nothing. What stays is found by the next start, and not believed then either.</summary>
    private void TryDelete(string name)
    {
        try
        {
            Delete(name);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogNotDeleted(_logger, Path.Combine(_directory, name), e);
        }
    }

    [LoggerMessage(
        EventId = 2060, Level = LogLevel.Warning,
        Message = "The snapshot {Path} is not used, and its segment is read instead: {Reason}")]
    private static partial void LogUnusable(ILogger logger, string path, string reason);

    [LoggerMessage(EventId = 2061, Level = LogLevel.Debug, Message = "Snapshot {File} of {Bytes} bytes is written")]
    private static partial void LogWritten(ILogger logger, string file, long bytes);

    [LoggerMessage(EventId = 2062, Level = LogLevel.Warning, Message = "{Path} cannot be deleted; the next start does it")]
    private static partial void LogNotDeleted(ILogger logger, string path, Exception cause);
}
