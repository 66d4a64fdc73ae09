using Microsoft.Extensions.Logging;
using Rivulet.Storage.Files;
using Rivulet.Storage.Indexing;
using Rivulet.Storage.Records;
using Rivulet.Storage.Snapshots;
using Rivulet.Storage.Streams;

namespace Rivulet.Storage.Log;

/// <summary>What recovery hands to the store.</summary>
/// <param name="Streams">The streams of the store.</param>
/// <param name="Skipped">Those whose next sequence is to be written down, since it does not follow from the log.</param>
/// <param name="Dropped">Messages of unfinished batches; that they are gone is to be written down.</param>
/// <param name="HighestStreamId">The highest number that a stream was given.</param>
/// <param name="Tail">Where appending goes on.</param>
internal sealed record RecoveredLog(
    List<IndexedStreamLog> Streams, List<IndexedStreamLog> Skipped, List<DroppedMessages> Dropped, uint HighestStreamId,
    LogTail Tail);

/// <summary>
/// Opens a store directory: looks at every file before it touches any, reads the log from front to back, and finds its
/// end, as <see cref="SegmentReplay"/> says. Recovering twice gives the same. docs/adr/0025 argues it.
/// </summary>
internal sealed partial class LogRecovery
{
    private readonly FileStoreContext _context;
    private readonly FileStoreOptions _options;
    private readonly IFileSystem _fileSystem;
    private readonly Random _random;
    private readonly LogReplay _replay;
    private readonly SnapshotFiles? _snapshots;
    private readonly bool _readsAhead;
    private readonly List<LogSegment> _segments = [];
    private readonly List<string> _unused = [];

    // Rewritten segments that stand beside what they were made of.
    private readonly List<FoundSegment> _unsettled = [];

    // The last segment of the files there are, when the log cannot go on in it but begins a new one behind it: it was
    // cut off, so that nobody knows what was in the rest of it, or it was rewritten. Otherwise 0.
    private int _endedNumber;

    private int _lastFound;

    // Where the records of the segment before end.
    private int _endBytes;
    private long _endPosition;

    /// <summary>Prepares a recovery.</summary>
    /// <param name="context">What the store's streams share; receives segments and streams.</param>
    /// <param name="fileSystem">Where the directory is.</param>
    /// <param name="time">The clock of the streams.</param>
    /// <param name="random">Draws salts.</param>
    /// <param name="snapshots">Spares reading segments; null: everything is read.</param>
    /// <param name="readsAhead">Whether the log may be read on a thread of its own.</param>
    public LogRecovery(
        FileStoreContext context, IFileSystem fileSystem, TimeProvider time, Random random, SnapshotFiles? snapshots,
        bool readsAhead)
    {
        _snapshots = snapshots;
        _readsAhead = readsAhead;
        _context = context;
        _options = context.Options;
        _fileSystem = fileSystem;
        _random = random;
        _replay = new LogReplay(context, time) { FindDescriptions = FindDescriptions };
    }

    public RecoveredLog Run()
    {
        FindSegments();
        ulong storeId = CheckStoreId();
        DeleteUnused();
        _snapshots?.KeepOnly(_segments);
        ReplayAll();

        // Files at the end were deleted that others were cleaned by: facts there are taken for those.
        if (CleanedUpTo() > _endPosition && _endedNumber == 0)
            _endedNumber = _segments[^1].Header.LastNumber;
        bool continues = _segments.Count > 0 && _endedNumber == 0;

        // How much room was made behind its end, nothing says.
        if (continues)
            _segments[^1].FileBytes = _endBytes;
        LogTail tail = continues
            ? new LogTail(_options, _context.Segments, _context.Recent, _random, _segments[^1], _endBytes)
            : StartSegment(storeId);
        tail.SetEndsInBatch(_replay.EndsInBatch);
        List<IndexedStreamLog> streams = _replay.Finish();
        tail.NextSegmentBytes = SegmentSizes.Quiet(_context.Segments.Totals.LiveBytes, _options.SegmentBytes);
        if (continues && _segments[^1].Header.Version < SegmentHeader.FormatVersion)
            tail.BeginSegment();
        return new RecoveredLog(streams, _replay.Skipped, _replay.Dropped, _replay.HighestStreamId, tail);
    }

    private void ReplayAll()
    {
        HugePages pages = _context.IndexMemory.Pages;
        try
        {
            using var reading = new LogReading(_segments, OpenReader, pages.Prepare, _readsAhead);
            for (int i = 0; i < _segments.Count; i++)
            {
                LogSegment segment = _segments[i];
                NoteGapBefore(segment);
                _endBytes = Replay(reading, segment, i + 1 < _segments.Count ? _segments[i + 1] : null);
                _endPosition = segment.Header.IsRewritten ? segment.Header.EndPosition : segment.PositionAt(_endBytes);
                segment.EndPosition = _endPosition;
            }
        }
        finally
        {
            pages.GiveBack();
        }
    }

    private SegmentReader OpenReader(LogSegment segment) =>
        new(segment, _snapshots?.TryRead(segment), new SubjectHash(_context.HashSeed));

    /// <summary>Replays a segment: what is as it was written, and then what is not, or is the end.</summary>
    /// <returns>Where its records end.</returns>
    private int Replay(LogReading reading, LogSegment segment, LogSegment? next)
    {
        _replay.Begin(segment);
        int startBytes;
        bool isRead;
        do
        {
            RecordChunk chunk = reading.Next();
            _replay.Chunk(chunk.Entries, segment);
            (startBytes, isRead) = (chunk.EndBytes, chunk.IsLast);
            reading.Return(chunk);
        }
        while (!isRead);
        bool isAll = segment.Header.IsRewritten
            ? startBytes == segment.Header.SizeBytes
            : segment.PositionAt(startBytes) == next?.Header.FirstPosition;
        bool isLast = next is null && _endedNumber == 0;
        return isAll ? startBytes : new SegmentReplay(segment, _replay, _context.Logger).Run(startBytes, isLast);
    }

    /// <summary>The segment files of a directory, by number. Refuses a directory that holds anything that is not a store's.</summary>
    public static List<(int Number, uint Generation, string Path)> ListSegments(IFileSystem fileSystem, string directory)
    {
        var found = new List<(int Number, uint Generation, string Path)>();
        foreach (FileSystemEntry entry in fileSystem.List(directory))
        {
            string path = Path.Combine(directory, entry.Name);
            if (entry.IsDirectory ? entry.Name == "lost+found" : IsOther(entry.Name))
                continue;
            if (entry.IsDirectory || !SegmentNames.TryParse(entry.Name, out int number, out uint generation))
                throw new StoreUnusableException(path, $"{directory} is not a store directory: it holds {entry.Name}");
            found.Add((number, generation, path));
        }
        found.Sort();
        return found;
    }

    private static bool IsOther(string name) =>
        name == SegmentNames.LockFile || SegmentNames.TryParseSnapshot(name, out _, out _);

    private void FindSegments()
    {
        List<FoundSegment> found = [.. ListSegments(_fileSystem, _options.Directory).Select(Look)];
        SetSupersededAside(found);
        SetUnusedAside(found);
        foreach (FoundSegment segment in found)
        {
            NoteMissing(in segment);
            if (segment.IsCutOff)
            {
                LogCutOff(_context.Logger, segment.Path);
                continue;
            }
            ThrowIfUnusable(segment);
            _segments.Add(new LogSegment(segment.Header)
            {
                File = _fileSystem.Open(segment.Path, FileOpenMode.OpenExisting),
                LengthBytes = segment.LengthBytes,
                FileBytes = segment.LengthBytes,
                IsBegun = true,
            });
            _context.Segments.Add(_segments[^1]);
        }
        NoteEnds();
        if (found.Count > 0 && (found[^1].IsCutOff || found[^1].IsShort || found[^1].Generation > 0))
            _endedNumber = found[^1].LastNumber;
    }

    /// <summary>What lies behind the last record of a segment may have been given back once there was a next one.</summary>
    private void NoteEnds()
    {
        for (int i = 0; i + 1 < _segments.Count; i++)
        {
            LogSegment segment = _segments[i];
            SegmentHeader next = _segments[i + 1].Header;
            if (!segment.Header.IsRewritten && next.Number == segment.Number + 1)
                segment.RequiredBytes = Math.Min(segment.RequiredBytes, segment.OffsetAt(next.FirstPosition));
        }
    }

    /// <summary>
    /// Files that compaction left behind: one that it did not finish, whose sources are all there still, and the sources
    /// of one that it did finish.
    /// </summary>
    private void SetSupersededAside(List<FoundSegment> found)
    {
        foreach (FoundSegment rewritten in found.Where(each => each.Generation > 0).ToArray())
        {
            bool Supersedes(FoundSegment each) => each.Number >= rewritten.Number &&
                each.Number <= rewritten.LastNumber && each.Generation < rewritten.Generation;
            bool isFinished = rewritten.Status == SegmentHeaderStatus.Valid && !rewritten.IsShort;
            List<FoundSegment> gone = isFinished
                ? found.FindAll(Supersedes)
                : found.Exists(Supersedes) ? [rewritten] : [];
            _unused.AddRange(gone.Select(each => each.Path));
            found.RemoveAll(gone.Contains);
            if (isFinished && gone.Count > 0)
                _unsettled.Add(rewritten);
        }
    }

    /// <summary>
    /// Files at the end that were prepared and not used yet, or cut off in their first write: nothing in them was ever
    /// committed. A file is prepared whole before the next one is begun, so only the very last may be short. A rewritten
    /// one is none of these: without a header it has lost it, as what it was made of is gone only when that is on the disk.
    /// </summary>
    private void SetUnusedAside(List<FoundSegment> found)
    {
        bool mayBeShort = true;
        while (found.Count > 0 && found[^1].Generation == 0 && (found[^1].IsUnused || (mayBeShort && found[^1].Status == SegmentHeaderStatus.Unused)))
        {
            _unused.Add(found[^1].Path);
            found.RemoveAt(found.Count - 1);
            mayBeShort = false;
        }
    }

    private FoundSegment Look((int Number, uint Generation, string Path) segment)
    {
        using IFile file = _fileSystem.Open(segment.Path, FileOpenMode.OpenExisting);
        byte[] area = new byte[SegmentHeader.AreaBytes];
        int read = file.Read(area, 0);
        SegmentHeaderStatus status = SegmentHeader.Read(area.AsSpan(0, read), out SegmentHeader header);
        return new FoundSegment(segment.Number, segment.Generation, segment.Path, status, header, file.LengthBytes);
    }

    private static void ThrowIfUnusable(in FoundSegment segment)
    {
        if (segment.Status == SegmentHeaderStatus.Valid && segment.Header.Number == segment.Number &&
            segment.Header.Generation == segment.Generation)
        {
            return;
        }
        throw new StoreUnusableException(segment.Path, segment.Status switch
        {
            SegmentHeaderStatus.Valid => $"{segment.Path} is segment {segment.Header.Number} of a store and has the wrong name",
            SegmentHeaderStatus.LaterVersion => $"{segment.Path} was written by a later version of the server",
            SegmentHeaderStatus.Foreign => $"{segment.Path} is not a segment of a store",
            _ => $"the header of {segment.Path} is damaged, in both its copies",
        });
    }

    private void NoteMissing(in FoundSegment segment)
    {
        if (_lastFound > 0 && segment.Number != _lastFound + 1)
            LogMissing(_context.Logger, _lastFound + 1, _options.Directory);
        _lastFound = segment.LastNumber;
    }

    /// <summary>What positions say is missing in front of a segment: the end of the one before, or whole files.</summary>
    private void NoteGapBefore(LogSegment segment)
    {
        long missingBytes = segment.Header.FirstPosition - _endPosition;
        if (missingBytes <= 0)
            return;
        LogSegment? before = _segments.FindLast(each => each.Number < segment.Number);
        if (before is null || before.Header.LastNumber + 1 < segment.Number)
        {
            int missing = (before?.Header.LastNumber ?? 0) + 1;
            before = new LogSegment(new SegmentHeader(
                missing, 0, _endPosition, missingBytes, 0, segment.Header.StoreId));
            _endBytes = SegmentHeader.AreaBytes;
        }

        // In this order: a batch that the segment ends is lost with the stretch, and was not interrupted.
        _replay.Damage.AddStretch(before, _endBytes, (int)Math.Min(missingBytes, int.MaxValue));
        _replay.Begin(segment);
    }

    private Dictionary<uint, StreamDescription> FindDescriptions()
    {
        var found = new Dictionary<uint, StreamDescription>();
        foreach (LogSegment segment in _segments)
        {
            using var scanner = new SegmentScanner(segment.File!, segment.Header);
            for (ScanResult result = scanner.MoveNext(); result != ScanResult.End; result = scanner.MoveNext())
            {
                if (result == ScanResult.Record && scanner.Header.Kind.IsDescription &&
                    StreamBody.TryRead(RecordBody.Of(scanner.Record, scanner.Header.HeaderBytes)) is { } description)
                {
                    found.TryAdd(scanner.Header.StreamId, description);
                }
            }
        }
        return found;
    }

    private ulong CheckStoreId()
    {
        foreach (LogSegment segment in _segments)
        {
            if (segment.Header.StoreId == _segments[0].Header.StoreId)
                continue;
            string path = Path.Combine(_options.Directory, segment.FileName);
            throw new StoreUnusableException(path, $"{path} is a segment of another store");
        }
        lock (_random)
            return _segments.Count > 0 ? _segments[0].Header.StoreId : (ulong)_random.NextInt64();
    }

    /// <summary>
    /// Makes the headers of rewritten segments lasting whose sources are still there: the process may have died before
    /// their sync, or after one that failed. What lies behind a header was synced before the header was written.
    /// </summary>
    private void Settle()
    {
        foreach (FoundSegment rewritten in _unsettled)
        {
            byte[] area = new byte[SegmentHeader.AreaBytes];
            rewritten.Header.Write(area);
            using IFile file = _fileSystem.Open(rewritten.Path, FileOpenMode.OpenExisting);
            file.Write(area, 0);
            file.SyncData();
        }
        if (_unsettled.Count > 0)
            _fileSystem.SyncDirectory(_options.Directory);
    }

    private void DeleteUnused()
    {
        Settle();
        foreach (string path in _unused)
            _fileSystem.Delete(path);
        if (_unused.Count > 0)
            _fileSystem.SyncDirectory(_options.Directory);
    }

    /// <summary>Begins a log, or goes on behind a file that was cut off as if all of it had been used.</summary>
    private LogTail StartSegment(ulong storeId)
    {
        ulong salt;
        lock (_random)
            salt = (ulong)_random.NextInt64(long.MinValue, long.MaxValue);
        var segment = new LogSegment(new SegmentHeader(
            _endedNumber + 1, salt, PositionBehindEnded(), SegmentSizes.First(_options.SegmentBytes), 0, storeId));
        NoteGapBefore(segment);
        _context.Segments.Add(segment);
        return new LogTail(_options, _context.Segments, _context.Recent, _random, segment, 0);
    }

    private long PositionBehindEnded()
    {
        if (_endedNumber == 0)
            return 0;
        LogSegment? last = _segments.LastOrDefault();
        long behindLast = last?.Header.LastNumber != _endedNumber ? _endPosition + _options.SegmentBytes
            : last.Header.IsRewritten ? last.Header.EndPosition
            : last.PositionAt((int)last.Header.SizeBytes);

        // Behind what segments were cleaned by, too: facts from here on are none of those.
        return Math.Max(behindLast, CleanedUpTo());
    }

    private long CleanedUpTo() => _segments.Select(segment => segment.Header.CleanedUpTo).DefaultIfEmpty().Max();

    private readonly record struct FoundSegment(
        int Number, uint Generation, string Path, SegmentHeaderStatus Status, SegmentHeader Header, long LengthBytes)
    {
        public int LastNumber => Status == SegmentHeaderStatus.Valid ? Header.LastNumber : Number;

        public bool IsShort => Status == SegmentHeaderStatus.Valid && LengthBytes < Header.SizeBytes;

        private bool HasRoom => LengthBytes >= SegmentHeader.AreaBytes;

        public bool IsUnused => HasRoom && Status is SegmentHeaderStatus.Unused or SegmentHeaderStatus.Unfinished;

        /// <summary>Nothing is left of it that could be read.</summary>
        public bool IsCutOff => !HasRoom &&
            Status is SegmentHeaderStatus.Unused or SegmentHeaderStatus.Unfinished or SegmentHeaderStatus.Damaged;
    }

    [LoggerMessage(
        EventId = 2041, Level = LogLevel.Error,
        Message = "Segment {Number} is missing from {Directory}; what the others hold is served")]
    private static partial void LogMissing(ILogger logger, int number, string directory);

    [LoggerMessage(
        EventId = 2043, Level = LogLevel.Error,
        Message = "{Path} is cut off before its first record; what it held is lost, what the others hold is served")]
    private static partial void LogCutOff(ILogger logger, string path);
}
