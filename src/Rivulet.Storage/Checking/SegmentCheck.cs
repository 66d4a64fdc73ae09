using System.Globalization;
using Rivulet.Storage.Files;
using Rivulet.Storage.Log;
using Rivulet.Storage.Records;

namespace Rivulet.Storage.Checking;

/// <summary>
/// Checks every byte of one segment, as it is in the file. What counts as damage is what recovery takes for damage, and
/// beyond it whatever is not as it was written, even if nothing depends on it.
/// </summary>
/// <param name="file">The segment's file.</param>
/// <param name="segment">The segment.</param>
/// <param name="logEndBytes">Where in it the log ends; null when others follow.</param>
/// <param name="nextPosition">Where in the log the next segment begins; null when that does not follow on this one.</param>
/// <param name="isUnsettled">Whether what the segment was rewritten from is there still, so that its header may not be synced.</param>
/// <param name="log">What the log said so far.</param>
/// <param name="findings">Receives what is found.</param>
internal sealed class SegmentCheck(
    IFile file, LogSegment segment, int? logEndBytes, long? nextPosition, bool isUnsettled, LogCheck log,
    FindingList findings)
{
    private const int StepBytes = 1 << 20;

    private readonly IFile _file = file;
    private readonly LogSegment _segment = segment;
    private readonly int? _logEndBytes = logEndBytes;
    private readonly LogCheck _log = log;
    private readonly FindingList _findings = findings;
    private readonly LinkCheck _links = new();
    private readonly Dictionary<string, long> _records = new(StringComparer.Ordinal);
    private long _recordBytes;
    private long _stateBytes;

    // The position up to which records of the segment prove that the log was synced.
    private long _syncedUpTo;

    /// <summary>How many records there are of each kind.</summary>
    public IReadOnlyDictionary<string, long> Records => _records;

    /// <summary>What they take, in bytes.</summary>
    public long RecordBytes => _recordBytes;

    /// <summary>What those take of them that are part of what streams are, messages aside.</summary>
    public long StateBytes => _stateBytes;

    /// <summary>Position of the log at the end of the segment.</summary>
    public long EndPosition { get; private set; }

    public void Run()
    {
        using var scanner = new SegmentScanner(_file, _segment.Header);
        ScanResult result;
        while ((result = scanner.MoveNext()) != ScanResult.End)
        {
            // What lies behind the end of the log was never promised to anyone.
            if (_logEndBytes is { } end && scanner.OffsetBytes >= end)
                continue;
            Look(scanner, result);
        }
        CheckHeader();
        CheckEnd(scanner.EndBytes, Math.Max(scanner.EndBytes, scanner.GarbageEndBytes));
    }

    private void CheckHeader()
    {
        byte[] area = new byte[SegmentHeader.AreaBytes];
        _file.Read(area, 0);
        bool mayBeTorn = isUnsettled || (_logEndBytes is not null && _syncedUpTo <= _segment.Header.FirstPosition);
        new HeaderAreaCheck(_segment, mayBeTorn, _findings).Run(area);
        long requiredBytes = _segment.RequiredBytes;
        if (_file.LengthBytes < requiredBytes)
        {
            Add(
                FindingKind.CutOff, _file.LengthBytes, requiredBytes - _file.LengthBytes,
                string.Create(CultureInfo.InvariantCulture, $"the file is cut off: its records take {requiredBytes} bytes, or it was made that long"));
        }
    }

    private void Look(SegmentScanner scanner, ScanResult result)
    {
        switch (result)
        {
            case ScanResult.Unreadable:
                Add(
                    FindingKind.UnreadableStretch, scanner.OffsetBytes, scanner.StretchBytes,
                    "no record can be read here");
                _links.Break();
                return;
            case ScanResult.DamagedBody:
                DamagedBody(scanner);
                return;
            default:
                Intact(scanner);
                return;
        }
    }

    private void DamagedBody(SegmentScanner scanner)
    {
        RecordHeader header = scanner.Header;
        _links.Break();
        bool isOneBit = scanner.TryRepairBody();
        if (isOneBit && header.Kind != RecordKind.Message)
        {
            Intact(scanner);
            return;
        }
        Count(in header, scanner.OffsetBytes);
        _log.Damaged(in header, isOneBit, _segment.Header.IsRewritten);
        Add(
            FindingKind.DamagedRecord, scanner.OffsetBytes, header.LengthBytes,
            $"the body of a {header.Kind.Name} record is not what was written{(isOneBit ? ", by one bit" : "")}", in header);
    }

    private void Intact(SegmentScanner scanner)
    {
        RecordHeader header = scanner.Header;
        ReadOnlySpan<byte> body = RecordBody.Of(scanner.Record, header.HeaderBytes);
        Count(in header, scanner.OffsetBytes);
        if (scanner.RepairedBit >= 0)
        {
            Add(
                FindingKind.WrongBit, scanner.RepairedBit / 8, 1,
                $"one bit of a {header.Kind.Name} record is wrong; the next start puts it right", in header);
        }
        if (_log.Record(in header, body, _segment, scanner.OffsetBytes))
            _stateBytes += header.AlignedBytes;
        if (Complaint(scanner.OffsetBytes, in header, body) is { } complaint)
        {
            Add(
                FindingKind.MalformedRecord, scanner.OffsetBytes, header.LengthBytes,
                $"a {header.Kind.Name} record cannot be right: {complaint}", in header);
        }
        if (_segment.Header.IsRewritten && !_links.IsRight(in header))
        {
            Add(
                FindingKind.BrokenLink, scanner.OffsetBytes, header.LengthBytes,
                $"a {header.Kind.Name} record does not follow on the one that it names", in header);
            _links.Break();
        }
        if (scanner.Padding.ContainsAnyExcept((byte)0))
        {
            int end = header.LengthBytes;
            Add(
                FindingKind.NotZero, scanner.OffsetBytes + end, header.AlignedBytes - end,
                "bytes behind a record are not zero; nothing depends on them");
        }
    }

    private string? Complaint(int offsetBytes, in RecordHeader header, ReadOnlySpan<byte> body) =>
        !_segment.Header.IsRewritten && header.UnsyncedBytes > InFrontOf(offsetBytes, in header)
            ? "it speaks of more in front of it than there is"
            : RecordCheck.Complaint(in header, body, _segment.Header.IsRewritten);

    private long InFrontOf(int offsetBytes, in RecordHeader header)
    {
        long position = _segment.PositionAt(offsetBytes);
        return header.IsCompact && position <= uint.MaxValue ? CompactForm.RoundUp((uint)position) : position;
    }

    private void Count(in RecordHeader header, int offsetBytes)
    {
        string name = header.Kind.Name;
        _records[name] = _records.GetValueOrDefault(name) + 1;
        _recordBytes += header.AlignedBytes;
        if (!_segment.Header.IsRewritten)
            _syncedUpTo = Math.Max(_syncedUpTo, _segment.PositionAt(offsetBytes) - header.UnsyncedBytes);
    }

    /// <summary>What lies behind the last record.</summary>
    private void CheckEnd(int endBytes, int garbageEndBytes)
    {
        EndPosition = _segment.Header.IsRewritten ? _segment.Header.EndPosition : _segment.PositionAt(_logEndBytes ?? endBytes);
        if (_logEndBytes is { } logEnd)
        {
            if (garbageEndBytes > logEnd)
            {
                Add(
                    FindingKind.InterruptedWrite, logEnd, garbageEndBytes - logEnd,
                    "the log ends here in a write that did not finish; the next start cuts it off");
            }
            return;
        }
        long missingBytes = _segment.Header.IsRewritten
            ? _segment.Header.SizeBytes - endBytes
            : (nextPosition ?? EndPosition) - EndPosition;
        if (missingBytes > 0)
        {
            Add(
                garbageEndBytes > endBytes ? FindingKind.UnreadableStretch : FindingKind.MissingRecords, endBytes, missingBytes,
                garbageEndBytes > endBytes ? "no record can be read here" : "records were here, and are not any more");
        }
        else if (garbageEndBytes > endBytes)
        {
            int wrong = FirstNonZero(endBytes, garbageEndBytes);
            Add(
                FindingKind.NotZero, wrong, garbageEndBytes - wrong,
                "bytes behind the last record are not zero; nothing depends on them");
        }
        if (!_segment.Header.IsRewritten && EndPosition > nextPosition)
            Add(FindingKind.OverlappingSegments, endBytes, 0, "records go on where the next segment has begun already");
    }

    private int FirstNonZero(int from, int to)
    {
        byte[] bytes = new byte[StepBytes];
        for (int offset = from; offset < to; offset += StepBytes)
        {
            int wrong = bytes.AsSpan(0, _file.Read(bytes, offset)).IndexOfAnyExcept((byte)0);
            if (wrong >= 0)
                return offset + wrong;
        }
        return to;
    }

    private void Add(FindingKind kind, long offsetBytes, long lengthBytes, string text) =>
        _findings.Add(kind, _segment, offsetBytes, lengthBytes, text);

    private void Add(FindingKind kind, long offsetBytes, long lengthBytes, string text, in RecordHeader header) =>
        _findings.Add(
            kind, _segment, offsetBytes, lengthBytes, text, header.StreamId,
            header.Kind == RecordKind.Message ? header.Sequence : 0);
}
