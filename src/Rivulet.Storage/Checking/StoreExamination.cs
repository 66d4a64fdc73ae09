using Rivulet.Storage.Files;
using Rivulet.Storage.Log;
using Rivulet.Storage.Records;
using Rivulet.Storage.Streams;

namespace Rivulet.Storage.Checking;

/// <summary>
/// Looks at a whole store: recovers it without touching it, which tells what a server would serve and where the log
/// ends; checks the bytes of every segment, which tells what is damaged and where; and, for a check, holds the two
/// against each other. One thread.
/// </summary>
internal sealed class StoreExamination : IDisposable
{
    private readonly IFileSystem _fileSystem;
    private readonly string _directory;
    private readonly WorkMeter _meter;
    private readonly FindingList _findings = new();
    private readonly LogCheck _log;
    private readonly List<SegmentSummary> _segments = [];
    private readonly List<(LogSegment Segment, long StateBytes)> _stateBytes = [];

    public StoreExamination(IFileSystem fileSystem, string directory, TimeProvider time, WorkMeter meter)
    {
        _fileSystem = fileSystem;
        _directory = directory;
        _meter = meter;
        _log = new LogCheck(_findings);
        Recovered = RecoveredStore.Recover(fileSystem, directory, time, meter, _findings);
    }

    /// <summary>The store as a server would serve it.</summary>
    public RecoveredStore Recovered { get; }

    public void Dispose() => Recovered.Dispose();

    /// <summary>Looks at everything.</summary>
    /// <param name="readsMessages">Whether every message is read through the index as well.</param>
    public StoreReport Run(bool readsMessages)
    {
        CheckSegments();
        CheckOtherFiles();
        CheckSnapshots();
        _log.Conclude();
        AddLosses();
        if (readsMessages)
            CheckIndexes();
        _findings.Replace(Name);
        return new StoreReport
        {
            Directory = _directory,
            Segments = [.. _segments.OrderBy(segment => segment.Number).ThenBy(segment => segment.Generation)],
            Streams = [.. Recovered.Log.Streams.Select(Summary).OrderBy(stream => stream.Identity.ToString(), StringComparer.Ordinal)],
            Findings = [.. _findings.All.OrderBy(finding => finding.File ?? "~", StringComparer.Ordinal).ThenBy(finding => finding.OffsetBytes)],
        };
    }

    private static FileStreamBackend BackendOf(IndexedStreamLog stream) => (FileStreamBackend)stream.Core.Backend;

    private static StreamSummary Summary(IndexedStreamLog stream) => new()
    {
        Identity = stream.Identity,
        StreamId = BackendOf(stream).StreamId,
        CreatedNanos = stream.CreatedNanos,
        State = stream.State,
        Attachments = [.. stream.Attachments.Select(attachment => attachment.Key).Order(StringComparer.Ordinal)],
    };

    private void CheckSegments()
    {
        IReadOnlyList<LogSegment> segments = Recovered.Segments;
        _meter.Begin(StoreStep.Verifying, segments.Sum(segment => segment.LengthBytes));
        var view = new OverlayFileSystem(_fileSystem, _meter, new HashSet<string>());
        long endPosition = 0;
        int lastNumber = 0;
        for (int i = 0; i < segments.Count; i++)
        {
            LogSegment segment = segments[i];
            LogSegment? next = i + 1 < segments.Count ? segments[i + 1] : null;
            CheckNumber(segment, lastNumber);
            CheckPosition(segment, lastNumber, endPosition);
            bool isFollowed = next?.Number == segment.Header.LastNumber + 1;
            bool isTail = segment.Number == Recovered.EndNumber;
            using IFile file = view.Open(Path.Combine(_directory, segment.FileName), FileOpenMode.ReadExisting);
            var check = new SegmentCheck(
                file, segment, isTail ? Recovered.EndOffsetBytes : null, isFollowed ? next!.Header.FirstPosition : null,
                IsUnsettled(segment), _log, _findings);
            check.Run();
            _segments.Add(Summary(segment, check, isTail));
            _stateBytes.Add((segment, check.StateBytes));
            (lastNumber, endPosition) = (segment.Header.LastNumber, check.EndPosition);
        }
        CheckCleaned(segments, endPosition);
    }

    private static SegmentSummary Summary(LogSegment segment, SegmentCheck check, bool isTail) => new()
    {
        File = segment.FileName,
        Role = isTail ? SegmentRole.Tail : SegmentRole.Sealed,
        Number = segment.Number,
        LastNumber = segment.Header.LastNumber,
        Generation = segment.Header.Generation,
        FirstPosition = segment.Header.FirstPosition,
        EndPosition = check.EndPosition,
        FileBytes = segment.LengthBytes,
        RecordBytes = check.RecordBytes,
        LiveBytes = segment.LiveBytes,
        Records = check.Records,
    };

    private void CheckNumber(LogSegment segment, int lastNumber)
    {
        if (segment.Header.LastNumber < segment.Number || segment.Number <= lastNumber)
        {
            _findings.Add(
                FindingKind.OverlappingSegments, segment.FileName, "another file stands for the same part of the log");
        }
        else if (segment.Number > lastNumber + 1)
        {
            string numbers = segment.Number == lastNumber + 2
                ? $"segment {lastNumber + 1} is"
                : $"segments {lastNumber + 1} to {segment.Number - 1} are";
            _findings.Add(FindingKind.MissingSegments, segment.FileName, $"{numbers} missing, or cannot be used, in front of this one");
        }
    }

    /// <summary>What a rewritten segment says of positions, and how the first one begins; <see cref="SegmentCheck"/> does the rest.</summary>
    private void CheckPosition(LogSegment segment, int lastNumber, long endPosition)
    {
        SegmentHeader header = segment.Header;
        bool startsWrong = lastNumber + 1 == segment.Number && header.FirstPosition != endPosition &&
            (lastNumber == 0 || _segments[^1].Generation > 0);
        bool endsWrong = header.IsRewritten &&
            (header.EndPosition < header.FirstPosition || header.CleanedUpTo < header.EndPosition);
        if (startsWrong || endsWrong)
            _findings.Add(FindingKind.SegmentHeader, segment, 0, SegmentHeader.CopyBytes, "its positions in the log do not follow on those before it");
    }

    /// <summary>A segment is rewritten by facts that are on the disk by then.</summary>
    private void CheckCleaned(IReadOnlyList<LogSegment> segments, long endPosition)
    {
        foreach (LogSegment segment in segments.Where(segment => segment.Header.CleanedUpTo > endPosition))
        {
            _findings.Add(
                FindingKind.MissingRecords, segment.FileName, "it was rewritten by records that are not in the log any more");
        }
    }

    /// <summary>Files of segments that are no part of the log.</summary>
    private void CheckOtherFiles()
    {
        HashSet<string> used = [.. _segments.Select(segment => segment.File)];
        foreach (FileSystemEntry entry in _fileSystem.List(_directory))
        {
            if (entry.IsDirectory || used.Contains(entry.Name) || !SegmentNames.TryParse(entry.Name, out int number, out uint generation))
                continue;
            _segments.Add(new SegmentSummary
            {
                File = entry.Name,
                Role = RoleOf(entry, number, generation),
                Number = number,
                LastNumber = number,
                Generation = generation,
                FileBytes = entry.LengthBytes,
            });
        }
    }

    private void CheckSnapshots()
    {
        var view = new OverlayFileSystem(_fileSystem, _meter, new HashSet<string>());
        Dictionary<string, LogSegment> segments = Recovered.Segments.ToDictionary(
            segment => SegmentNames.OfSnapshot(segment.Number, segment.Header.Generation), StringComparer.Ordinal);
        foreach (FileSystemEntry entry in _fileSystem.List(_directory))
        {
            if (entry.IsDirectory || !SegmentNames.TryParseSnapshot(entry.Name, out _, out _))
                continue;
            if (!segments.TryGetValue(entry.Name, out LogSegment? segment))
            {
                _findings.Add(FindingKind.UnusableSnapshot, entry.Name, "there is no segment of which it is; the next start deletes it");
                continue;
            }
            using IFile file = view.Open(Path.Combine(_directory, segment.FileName), FileOpenMode.ReadExisting);
            using IFile snapshot = view.Open(Path.Combine(_directory, entry.Name), FileOpenMode.ReadExisting);
            new SnapshotCheck(file, segment, _findings).Run(snapshot, entry.Name);
        }
    }

    private SegmentRole RoleOf(in FileSystemEntry entry, int number, uint generation)
    {
        string path = Path.Combine(_directory, entry.Name);
        if (!Recovered.IsDeleted(path))
        {
            if (!_findings.HasDamageIn(entry.Name))
                _findings.Add(FindingKind.CutOff, entry.Name, "the file is cut off before its first record; what it held is lost");
            return SegmentRole.Unusable;
        }
        bool isSuperseded = _segments.Exists(segment => segment.Generation > generation && segment.Number <= number && number <= segment.LastNumber);
        if (isSuperseded)
            _findings.Add(FindingKind.LeftoverFile, entry.Name, "another file has taken its place; the next start deletes it");
        else if (generation > 0)
            _findings.Add(FindingKind.LeftoverFile, entry.Name, "rewriting into it was not finished; the next start deletes it");
        else if (HasContent(path))
            _findings.Add(FindingKind.InterruptedWrite, entry.Name, "the first write to it did not finish; the next start deletes it");
        return isSuperseded || generation > 0 ? SegmentRole.Leftover : SegmentRole.Prepared;
    }

    /// <summary>Whether files are there still that a rewritten segment was made of.</summary>
    private bool IsUnsettled(LogSegment segment) => segment.Header.IsRewritten && _fileSystem.List(_directory).Any(entry =>
        SegmentNames.TryParse(entry.Name, out int number, out uint generation) && generation < segment.Header.Generation &&
        number >= segment.Number && number <= segment.Header.LastNumber);

    private bool HasContent(string path)
    {
        byte[] bytes = new byte[1 << 20];
        using IFile file = new OverlayFileSystem(_fileSystem, _meter, new HashSet<string>()).Open(path, FileOpenMode.ReadExisting);
        for (long offset = 0; offset < file.LengthBytes; offset += bytes.Length)
        {
            if (bytes.AsSpan(0, file.Read(bytes, offset)).ContainsAnyExcept((byte)0))
                return true;
        }
        return false;
    }

    private bool IsNamed(uint streamId, ulong sequence) => _findings.All.Any(finding =>
        finding.StreamId == streamId && finding.FirstSequence == sequence && finding.IsDamage);

    /// <summary>Messages that are lost with something that does not tell their sequences, and those that are known to be.</summary>
    private void AddLosses()
    {
        foreach (IndexedStreamLog stream in Recovered.Log.Streams)
        {
            uint id = BackendOf(stream).StreamId;
            ulong[] lost = [.. stream.State.Lost.Where(sequence => !IsNamed(id, sequence))];
            AddLosses(id, lost.Where(sequence => !_log.IsKnownLoss(id, sequence)), FindingKind.LostMessages, "lost with a part of the log that cannot be read");
            AddLosses(id, lost.Where(sequence => _log.IsKnownLoss(id, sequence)), FindingKind.KnownLoss, "lost before, and written down as that");
        }
    }

    private void AddLosses(uint streamId, IEnumerable<ulong> sequences, FindingKind kind, string text)
    {
        foreach ((ulong first, ulong last) in SequenceRanges.Of(sequences))
        {
            _findings.Add(new StoreFinding
            {
                Kind = kind,
                Text = text,
                StreamId = streamId,
                FirstSequence = first,
                LastSequence = last,
                IsLoss = true,
            });
        }
    }

    private void CheckIndexes()
    {
        IndexedStreamLog[] streams = [.. Recovered.Log.Streams];
        _meter.Begin(StoreStep.Reading, streams.Sum(stream => (long)stream.State.Messages));
        var check = new IndexCheck(Recovered.Context, _meter, _findings);
        foreach (FileStreamBackend backend in Recovered.Backends)
            check.Run(backend, sequence => IsNamed(backend.StreamId, sequence));
        foreach ((LogSegment segment, long stateBytes) in _stateBytes)
        {
            if (!_findings.HasDamageIn(segment.FileName))
                check.CheckLiveBytes(segment, stateBytes);
        }
    }

    /// <summary>Adds the name of the stream, and whether a message that is damaged is missed.</summary>
    private StoreFinding Name(StoreFinding finding)
    {
        if (_log.Streams.TryGetValue(finding.StreamId, out StreamIdentity identity))
            finding = finding with { Stream = identity };
        if (finding.Kind != FindingKind.DamagedRecord || finding.FirstSequence == 0)
            return finding;
        IndexedStreamLog? stream = Recovered.Log.Streams.Find(each => BackendOf(each).StreamId == finding.StreamId);
        if (stream is not null && stream.Core.Lost.Contains(finding.FirstSequence))
            return finding with { IsLoss = true, Text = finding.Text + "; it is lost" };
        return _log.MayBeHalfErased(finding.StreamId, finding.FirstSequence)
            ? finding with { Kind = FindingKind.InterruptedErasure, Text = "overwriting a message that was removed was interrupted" }
            : finding with { Text = finding.Text + "; it was removed before" };
    }
}
