using Microsoft.Extensions.Logging;
using Rivulet.Storage.Files;
using Rivulet.Storage.Records;
using Rivulet.Storage.Streams;

namespace Rivulet.Storage.Log;

/// <summary>What recovery hands to the store.</summary>
/// <param name="Streams">The streams of the store.</param>
/// <param name="Skipped">Those whose next sequence is to be written down, since it does not follow from the log.</param>
/// <param name="NextStreamId">The number that the next stream gets.</param>
/// <param name="Tail">Where appending goes on.</param>
/// <param name="NextSegment">The segment to make ahead.</param>
internal sealed record RecoveredLog(
    List<IndexedStreamLog> Streams, List<IndexedStreamLog> Skipped, uint NextStreamId, LogTail Tail, int NextSegment);

/// <summary>
/// Opens a store directory: looks at every file before it touches any, reads the log from front to back, and finds its
/// end, as <see cref="SegmentReplay"/> says. Recovering twice gives the same. docs/adr/0025 argues it.
/// </summary>
internal sealed partial class LogRecovery(
    FileStoreContext context, IFileSystem fileSystem, TimeProvider time, Random random)
{
    private readonly FileStoreContext _context = context;
    private readonly FileStoreOptions _options = context.Options;
    private readonly IFileSystem _fileSystem = fileSystem;
    private readonly Random _random = random;
    private readonly LogReplay _replay = new(context, time, random);
    private readonly List<LogSegment> _segments = [];
    private readonly List<string> _unused = [];

    public RecoveredLog Run()
    {
        FindSegments();
        ulong storeId = CheckStoreId();
        DeleteUnused();
        int endBytes = 0;
        foreach (LogSegment segment in _segments)
            endBytes = new SegmentReplay(segment, _replay, _context.Logger).Run(isLast: segment == _segments[^1]);
        List<IndexedStreamLog> streams = _replay.Finish();
        LogTail tail = _segments.Count == 0 ? StartLog(storeId) : ContinueLog(endBytes);
        int next = _segments.Count == 0 ? 1 : _segments[^1].Number + 1;
        return new RecoveredLog(streams, _replay.Skipped, _replay.NextStreamId, tail, next);
    }

    /// <summary>The segment files of a directory, by number. Refuses a directory that holds anything else.</summary>
    public static List<(int Number, string Path)> ListSegments(IFileSystem fileSystem, string directory)
    {
        var found = new List<(int Number, string Path)>();
        foreach (FileSystemEntry entry in fileSystem.List(directory))
        {
            string path = Path.Combine(directory, entry.Name);
            if (entry.IsDirectory ? entry.Name == "lost+found" : entry.Name == SegmentNames.LockFile)
                continue;
            if (entry.IsDirectory || !SegmentNames.TryParse(entry.Name, out int number))
                throw new StoreUnusableException(path, $"{directory} is not a store directory: it holds {entry.Name}");
            found.Add((number, path));
        }
        return found;
    }

    private void FindSegments()
    {
        List<FoundSegment> found = [.. ListSegments(_fileSystem, _options.Directory).Select(Look)];

        // Prepared and not used yet, or cut off in their first write: nothing in them was ever committed.
        while (found.Count > 0 && found[^1].Status is SegmentHeaderStatus.Unused or SegmentHeaderStatus.Unfinished)
        {
            _unused.Add(found[^1].Path);
            found.RemoveAt(found.Count - 1);
        }
        foreach (FoundSegment segment in found)
        {
            ThrowIfUnusable(segment);
            NoteMissing(segment.Number);
            _segments.Add(new LogSegment(segment.Header)
            {
                File = _fileSystem.Open(segment.Path, FileOpenMode.OpenExisting),
            });
            _context.Segments.Add(_segments[^1]);
        }
    }

    private FoundSegment Look((int Number, string Path) segment)
    {
        using IFile file = _fileSystem.Open(segment.Path, FileOpenMode.OpenExisting);
        byte[] area = new byte[SegmentHeader.AreaBytes];
        int read = file.Read(area, 0);
        SegmentHeaderStatus status = SegmentHeader.Read(area.AsSpan(0, read), out SegmentHeader header);
        return new FoundSegment(segment.Number, segment.Path, status, header);
    }

    private static void ThrowIfUnusable(in FoundSegment segment)
    {
        if (segment.Status == SegmentHeaderStatus.Valid && segment.Header.Number == segment.Number)
            return;
        throw new StoreUnusableException(segment.Path, segment.Status switch
        {
            SegmentHeaderStatus.Valid => $"{segment.Path} is segment {segment.Header.Number} of a store and has the wrong name",
            SegmentHeaderStatus.LaterVersion => $"{segment.Path} was written by a later version of the server",
            SegmentHeaderStatus.Foreign => $"{segment.Path} is not a segment of a store",
            _ => $"the header of {segment.Path} is damaged, in both its copies",
        });
    }

    private void NoteMissing(int number)
    {
        if (_segments.Count > 0 && _segments[^1].Number + 1 is var expected && number != expected)
            LogMissing(_context.Logger, expected, _options.Directory);
    }

    private ulong CheckStoreId()
    {
        foreach (LogSegment segment in _segments)
        {
            if (segment.Header.StoreId == _segments[0].Header.StoreId)
                continue;
            string path = Path.Combine(_options.Directory, SegmentNames.Of(segment.Number));
            throw new StoreUnusableException(path, $"{path} is a segment of another store");
        }
        lock (_random)
            return _segments.Count > 0 ? _segments[0].Header.StoreId : (ulong)_random.NextInt64();
    }

    private void DeleteUnused()
    {
        foreach (string path in _unused)
            _fileSystem.Delete(path);
        if (_unused.Count > 0)
            _fileSystem.SyncDirectory(_options.Directory);
    }

    private LogTail StartLog(ulong storeId)
    {
        ulong salt;
        lock (_random)
            salt = (ulong)_random.NextInt64(long.MinValue, long.MaxValue);
        long sizeBytes = SegmentSizes.Usual(1, _options.SegmentBytes);
        var segment = new LogSegment(new SegmentHeader(1, salt, 0, sizeBytes, 0, storeId));
        var tail = new LogTail(_options, _random, segment, SegmentHeader.AreaBytes);
        tail.AppendSegmentHeader();
        return tail;
    }

    private LogTail ContinueLog(int endBytes) => new(_options, _random, _segments[^1], endBytes);

    private readonly record struct FoundSegment(int Number, string Path, SegmentHeaderStatus Status, SegmentHeader Header);

    [LoggerMessage(
        EventId = 2041, Level = LogLevel.Error,
        Message = "Segment {Number} is missing from {Directory}; what the others hold is served")]
    private static partial void LogMissing(ILogger logger, int number, string directory);
}
