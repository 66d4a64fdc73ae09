using Microsoft.Extensions.Logging;
using Rivulet.Storage.Files;
using Rivulet.Storage.Records;
using Rivulet.Storage.Streams;

namespace Rivulet.Storage.Log;

/// <summary>What recovery hands to the store.</summary>
/// <param name="Streams">The streams of the store.</param>
/// <param name="Skipped">Those whose next sequence is to be written down, since it does not follow from the log.</param>
/// <param name="Dropped">Messages of unfinished batches; that they are gone is to be written down.</param>
/// <param name="NextStreamId">The number that the next stream gets.</param>
/// <param name="Tail">Where appending goes on.</param>
/// <param name="NextSegment">The segment to make ahead.</param>
internal sealed record RecoveredLog(
    List<IndexedStreamLog> Streams, List<IndexedStreamLog> Skipped, List<DroppedMessages> Dropped, uint NextStreamId,
    LogTail Tail, int NextSegment);

/// <summary>
/// Opens a store directory: looks at every file before it touches any, reads the log from front to back, and finds its
/// end. What it decides:
/// <code>
///   header    body      behind it           verdict
///   ---------------------------------------------------------------------------------------------
///   intact    intact    anything            a record
///   one bit   intact    anything            a record; its header is put right
///   intact    damaged,  anything            damage: the sequence is used and lost
///             written
///   intact    damaged,  proof of a sync     damage: the sequence is used and lost
///             unwritten
///                       otherwise           the end of the log: an interrupted write, cut
///   no        -         proof of a sync     unreadable stretch: sequences missing behind it are lost
///                       otherwise           the end of the log; what is not zero is cut
/// </code>
/// Proof of a sync is a record that says so (see <see cref="RecordHeader.UnsyncedBytes"/>), or a later segment. Without
/// it, intact records behind the end were never promised either: a power cut keeps unsynced writes in any combination.
/// Cutting writes zeros, so that no remains of the old end can follow the new one. Recovering twice gives the same.
/// docs/adr/0025 argues it.
/// </summary>
internal sealed partial class LogRecovery(
    FileStoreContext context, IFileSystem fileSystem, TimeProvider time, Random random)
{
    private const int CopyBytes = 1 << 20;

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
            endBytes = Replay(segment, isLast: segment == _segments[^1]);
        List<IndexedStreamLog> streams = _replay.Finish();
        LogTail tail = _segments.Count == 0 ? StartLog(storeId) : ContinueLog(endBytes);
        int next = _segments.Count == 0 ? 1 : _segments[^1].Number + 1;
        return new RecoveredLog(streams, _replay.Skipped, _replay.Dropped, _replay.NextStreamId, tail, next);
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

    /// <returns>Where the segment's records end.</returns>
    private int Replay(LogSegment segment, bool isLast)
    {
        using var scanner = new SegmentScanner(segment.File!, segment.Header);
        _replay.Begin(segment);

        // What may be the remains of an interrupted write at the end of the log: held back until a record follows.
        var held = new List<HeldItem>();
        while (true)
        {
            ScanResult result = scanner.MoveNext();
            if (result == ScanResult.End)
                return Conclude(segment, scanner, held, isLast);
            if (result == ScanResult.Unreadable || (result == ScanResult.DamagedBody && IsUnwritten(scanner)))
            {
                held.Add(HeldItem.From(scanner, result));
                continue;
            }
            if (isLast && EndsBefore(segment, held, out int end, out int garbageEnd))
                return CutAt(segment, end, garbageEnd);
            ReleaseHeld(segment, held);
            if (scanner.IsHeaderRepaired)
                Repair(segment, scanner);
            if (result == ScanResult.Record)
                _replay.Record(scanner.Header, scanner.Record, segment, scanner.OffsetBytes);
            else
                _replay.DamagedRecord(scanner.Header, scanner.Record, segment, scanner.OffsetBytes);
        }
    }

    private void Repair(LogSegment segment, SegmentScanner scanner)
    {
        segment.File!.Write(scanner.Record[..RecordLayout.HeaderBytes], scanner.OffsetBytes);
        segment.File.SyncData();
        string file = SegmentNames.Of(segment.Number);
        LogRepaired(_context.Logger, file, scanner.OffsetBytes);
    }

    private static bool IsUnwritten(SegmentScanner scanner) =>
        RecordBody.LooksUnwritten(scanner.Record, scanner.Header.LengthBytes, scanner.OffsetBytes);

    private int Conclude(LogSegment segment, SegmentScanner scanner, List<HeldItem> held, bool isLast)
    {
        if (!isLast)
        {
            ReleaseHeld(segment, held);
            return scanner.EndBytes;
        }
        int end = held.Count > 0 ? held[0].OffsetBytes : scanner.EndBytes;
        return CutAt(segment, end, scanner.GarbageEndBytes);
    }

    /// <summary>
    /// Whether the log ends before a record that was found: at something unwritten that no record proves to have been
    /// synced. A power cut keeps unsynced writes in any combination; what it leaves behind a hole was never promised to
    /// anyone, and means nothing without what the hole held.
    /// </summary>
    private bool EndsBefore(LogSegment segment, List<HeldItem> held, out int end, out int garbageEnd)
    {
        end = garbageEnd = 0;
        if (held.Count == 0)
            return false;
        long synced = Math.Max(_replay.SyncedUpTo, FindSynced(segment, out garbageEnd));
        int hole = held.FindIndex(item => segment.PositionAt(item.OffsetBytes) >= synced);
        if (hole < 0)
            return false;
        end = held[hole].OffsetBytes;
        held.RemoveRange(hole, held.Count - hole);
        ReleaseHeld(segment, held);
        return true;
    }

    /// <summary>The position up to which the records of a segment prove that the log was synced.</summary>
    private static long FindSynced(LogSegment segment, out int garbageEnd)
    {
        using var scanner = new SegmentScanner(segment.File!, segment.Header);
        long synced = 0;
        for (ScanResult result = scanner.MoveNext(); result != ScanResult.End; result = scanner.MoveNext())
        {
            if (result != ScanResult.Unreadable)
                synced = Math.Max(synced, segment.PositionAt(scanner.OffsetBytes) - scanner.Header.UnsyncedBytes);
        }
        garbageEnd = Math.Max(scanner.EndBytes, scanner.GarbageEndBytes);
        return synced;
    }

    /// <summary>Here the log ends: what is not zero from here on goes.</summary>
    private int CutAt(LogSegment segment, int end, int garbageEnd)
    {
        if (garbageEnd > end)
        {
            string file = SegmentNames.Of(segment.Number);
            LogCut(_context.Logger, file, end, garbageEnd - end);
            Zero(segment.File!, end, garbageEnd);
        }
        MakeLasting(segment, end);
        return end;
    }

    /// <summary>
    /// What is served from now on is to last. The process may have died between a write and its sync, or after a sync
    /// that failed: then the system may show what was written, take it for synced, and lose it with the power. So what
    /// nothing proves to be on the disk is written again before it is synced.
    /// </summary>
    private void MakeLasting(LogSegment segment, int endBytes)
    {
        long proven = Math.Max(0, _replay.SyncedUpTo - segment.Header.FirstPosition);
        int from = proven == 0 ? 0 : (int)Math.Min(endBytes, SegmentHeader.AreaBytes + proven);
        byte[] buffer = new byte[Math.Min(endBytes - from, CopyBytes)];
        for (int offset = from; offset < endBytes; offset += buffer.Length)
        {
            Span<byte> part = buffer.AsSpan(0, Math.Min(buffer.Length, endBytes - offset));
            part = part[..segment.File!.Read(part, offset)];
            segment.File.Write(part, offset);
        }
        segment.File!.SyncData();
    }

    private void ReleaseHeld(LogSegment segment, List<HeldItem> held)
    {
        foreach (HeldItem item in held)
        {
            if (item.Record is { } record)
                _replay.DamagedRecord(item.Header, record, segment, item.OffsetBytes);
            else
                _replay.Damage.AddStretch(segment, item.OffsetBytes, item.StretchBytes);
        }
        held.Clear();
    }

    private static void Zero(IFile file, int from, int to)
    {
        byte[] zeros = new byte[Math.Min(to - from, CopyBytes)];
        for (int offset = from; offset < to; offset += zeros.Length)
            file.Write(zeros.AsSpan(0, Math.Min(zeros.Length, to - offset)), offset);
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

    /// <summary>A record with a damaged body, or, with no record, an unreadable stretch.</summary>
    private readonly record struct HeldItem(
        int OffsetBytes, RecordHeader Header, byte[]? Record, int StretchBytes)
    {
        public static HeldItem From(SegmentScanner scanner, ScanResult result) => result == ScanResult.Unreadable
            ? new HeldItem(scanner.OffsetBytes, default, null, scanner.StretchBytes)
            : new HeldItem(scanner.OffsetBytes, scanner.Header, scanner.Record.ToArray(), 0);
    }

    [LoggerMessage(
        EventId = 2040, Level = LogLevel.Information,
        Message = "The log ends in {File} at offset {OffsetBytes}; {LengthBytes} bytes of an interrupted write are cut")]
    private static partial void LogCut(ILogger logger, string file, int offsetBytes, int lengthBytes);

    [LoggerMessage(
        EventId = 2042, Level = LogLevel.Warning,
        Message = "One bit of the header of a record was wrong and is put right: {File} at offset {OffsetBytes}")]
    private static partial void LogRepaired(ILogger logger, string file, int offsetBytes);

    [LoggerMessage(
        EventId = 2041, Level = LogLevel.Error,
        Message = "Segment {Number} is missing from {Directory}; what the others hold is served")]
    private static partial void LogMissing(ILogger logger, int number, string directory);
}
