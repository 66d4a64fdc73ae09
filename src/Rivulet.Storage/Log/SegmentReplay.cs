using Microsoft.Extensions.Logging;
using Rivulet.Storage.Files;
using Rivulet.Storage.Records;

namespace Rivulet.Storage.Log;

/// <summary>
/// Reads back what <see cref="SegmentReader"/> leaves of a segment: usually nothing but, in the last one, the end of the
/// log, which it finds. What it decides:
/// <code>
///   header    body      proof of a sync     verdict
///   -----------------------------------------------------------------------------------------------
///   intact    intact    -                   a record
///   one bit   intact    -                   a record; its header is put right
///   intact    one bit   -                   a message is lost, with its sequence, and what it removed stays removed;
///                                           any other record is put right
///   intact    damaged   yes                 damage: a message is lost, with its sequence
///   no        -         yes                 an unreadable stretch: sequences missing behind it are lost
///   intact    damaged   no                  the end of the log: an interrupted write; it is cut,
///   no        -         no                  and all that follows with it
/// </code>
/// Proof of a sync is a record further on that says so (<see cref="RecordHeader.UnsyncedBytes"/>), or a later segment.
/// Without it, even intact records behind the end were never promised: a power cut keeps unsynced writes in any
/// combination. Cutting writes zeros, so that no remains of the old end can follow the new one. Done twice, also after
/// it was cut short, it gives the same.
/// </summary>
internal sealed partial class SegmentReplay(LogSegment segment, LogReplay replay, ILogger logger)
{
    private const int CopyBytes = 1 << 20;

    private readonly LogSegment _segment = segment;
    private readonly LogReplay _replay = replay;
    private readonly ILogger _logger = logger;
    private readonly string _file = segment.FileName;

    // What is no record, up to where the scan is: damage or the end, which what follows decides.
    private readonly List<HeldItem> _held = [];

    // What the segment itself proves; looked for when something is held.
    private long? _synced;
    private int _garbageEnd;

    /// <summary>Hands every record over, from a place on.</summary>
    /// <param name="startBytes">The place; what lies before it was handed over.</param>
    /// <param name="isLast">Whether no segment follows.</param>
    /// <returns>Where the segment's records end.</returns>
    public int Run(int startBytes, bool isLast)
    {
        using var scanner = new SegmentScanner(_segment.File!, _segment.Header, startBytes);
        while (true)
        {
            ScanResult result = scanner.MoveNext();
            bool isKnown = result == ScanResult.Record || (result == ScanResult.DamagedBody && scanner.TryRepairBody());
            if (!isKnown && result != ScanResult.End)
            {
                _held.Add(HeldItem.From(scanner, result));
                continue;
            }
            if (isLast && EndsBefore(out int end))
                return CutAt(end, _garbageEnd);
            if (_held.Count > 0)
                ReleaseHeld();
            if (result == ScanResult.End)
                return isLast ? CutAt(scanner.EndBytes, scanner.GarbageEndBytes) : EndAt(scanner.EndBytes);
            Hand(scanner, result);
        }
    }

    /// <summary>A segment that another follows ends where its records do; a rewritten one was full.</summary>
    private int EndAt(int endBytes)
    {
        if (_segment.Header.IsRewritten && endBytes < _segment.Header.SizeBytes)
            _replay.Damage.AddStretch(_segment, endBytes, (int)_segment.Header.SizeBytes - endBytes);
        return endBytes;
    }

    private void Hand(SegmentScanner scanner, ScanResult result)
    {
        bool isLost = result == ScanResult.DamagedBody && scanner.Header.Kind == RecordKind.Message;
        if (isLost)
        {
            _replay.DamagedRecord(scanner.Header, scanner.Record, _segment, scanner.OffsetBytes);
            return;
        }
        if (scanner.RepairedBit >= 0)
            Repair(scanner);
        _replay.Record(scanner.Header, scanner.Record, _segment, scanner.OffsetBytes);
    }

    /// <summary>Puts the file right: one byte, which no power cut can tear.</summary>
    private void Repair(SegmentScanner scanner)
    {
        int offset = (int)(scanner.RepairedBit / 8);
        _segment.File!.Write(scanner.Record.Slice(offset - scanner.OffsetBytes, 1), offset);
        _segment.File.SyncData();
        LogRepaired(_logger, scanner.Header.Kind, _file, scanner.OffsetBytes);
    }

    /// <summary>Whether the log ends at something that is held.</summary>
    private bool EndsBefore(out int end)
    {
        end = 0;
        if (_held.Count == 0)
            return false;
        long synced = Math.Max(_replay.SyncedUpTo, _synced ??= FindSynced());
        int hole = _held.FindIndex(item => _segment.PositionAt(item.OffsetBytes) >= synced);
        if (hole < 0)
            return false;
        end = _held[hole].OffsetBytes;
        _held.RemoveRange(hole, _held.Count - hole);
        ReleaseHeld();
        return true;
    }

    /// <summary>The position up to which the records of the segment prove that the log was synced.</summary>
    private long FindSynced()
    {
        using var scanner = new SegmentScanner(_segment.File!, _segment.Header);
        long synced = 0;
        for (ScanResult result = scanner.MoveNext(); result != ScanResult.End; result = scanner.MoveNext())
        {
            if (result != ScanResult.Unreadable)
                synced = Math.Max(synced, _segment.PositionAt(scanner.OffsetBytes) - scanner.Header.UnsyncedBytes);
        }
        _garbageEnd = Math.Max(scanner.EndBytes, scanner.GarbageEndBytes);
        return synced;
    }

    /// <summary>What is held is damage.</summary>
    private void ReleaseHeld()
    {
        foreach (HeldItem item in _held)
        {
            if (item.IsRecord)
                _replay.DamagedRecord(item.Header, [], _segment, item.OffsetBytes);
            else
                _replay.Damage.AddStretch(_segment, item.OffsetBytes, item.StretchBytes);
        }
        _held.Clear();
    }

    /// <summary>Here the log ends: what is not zero from here on goes.</summary>
    private int CutAt(int end, int garbageEnd)
    {
        if (garbageEnd > end)
        {
            LogCut(_logger, _file, end, garbageEnd - end);
            byte[] zeros = new byte[Math.Min(garbageEnd - end, CopyBytes)];
            for (int offset = end; offset < garbageEnd; offset += zeros.Length)
                _segment.File!.Write(zeros.AsSpan(0, Math.Min(zeros.Length, garbageEnd - offset)), offset);
        }
        MakeLasting(end);
        return end;
    }

    /// <summary>
    /// What is served from now on is to last. The process may have died between a write and its sync, or after a sync
    /// that failed: then the system may show what was written, take it for synced, and lose it with the power. So what
    /// nothing proves to be on the disk is written again before it is synced.
    /// </summary>
    private void MakeLasting(int end)
    {
        long proven = Math.Max(0, _replay.SyncedUpTo - _segment.Header.FirstPosition);
        int from = (int)Math.Min(end, SegmentHeader.AreaBytes + proven);
        IFile file = _segment.File!;
        if (proven == 0)
            WriteHeader(file);
        byte[] buffer = new byte[Math.Min(end - from, CopyBytes)];
        for (int offset = from; offset < end; offset += buffer.Length)
        {
            Span<byte> part = buffer.AsSpan(0, Math.Min(buffer.Length, end - offset));
            part = part[..file.Read(part, offset)];
            file.Write(part, offset);
        }
        file.SyncData();
    }

    /// <summary>Writes both copies of the header: a write that was cut off may have left one.</summary>
    private void WriteHeader(IFile file)
    {
        byte[] area = new byte[SegmentHeader.AreaBytes];
        _segment.Header.Write(area);
        file.Write(area, 0);
    }

    /// <summary>A record with a damaged body, or an unreadable stretch.</summary>
    private readonly record struct HeldItem(int OffsetBytes, bool IsRecord, RecordHeader Header, int StretchBytes)
    {
        public static HeldItem From(SegmentScanner scanner, ScanResult result) => result == ScanResult.Unreadable
            ? new HeldItem(scanner.OffsetBytes, false, default, scanner.StretchBytes)
            : new HeldItem(scanner.OffsetBytes, true, scanner.Header, 0);
    }

    [LoggerMessage(
        EventId = 2040, Level = LogLevel.Information,
        Message = "The log ends in {File} at offset {OffsetBytes}; {LengthBytes} bytes of an interrupted write are cut")]
    private static partial void LogCut(ILogger logger, string file, int offsetBytes, int lengthBytes);

    [LoggerMessage(
        EventId = 2042, Level = LogLevel.Warning,
        Message = "One bit of a {Kind} record was wrong and is put right: {File} at offset {OffsetBytes}")]
    private static partial void LogRepaired(ILogger logger, RecordKind kind, string file, int offsetBytes);
}
