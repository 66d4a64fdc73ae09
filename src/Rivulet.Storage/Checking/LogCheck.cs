using Rivulet.Storage.Log;
using Rivulet.Storage.Records;

namespace Rivulet.Storage.Checking;

/// <summary>
/// What the records say across segments: whose they are, and that sequences ascend. Records come in the order of the log.
/// </summary>
internal sealed class LogCheck(FindingList findings)
{
    private readonly FindingList _findings = findings;
    private readonly Dictionary<uint, StreamIdentity> _streams = [];
    private readonly HashSet<uint> _deleted = [];
    private readonly Dictionary<uint, Orphans> _orphans = [];
    private readonly Dictionary<uint, ulong> _lastSequences = [];
    private readonly Dictionary<uint, HashSet<ulong>> _knownLosses = [];

    /// <summary>The streams whose description was seen, deleted ones too.</summary>
    public IReadOnlyDictionary<uint, StreamIdentity> Streams => _streams;

    /// <summary>Whether an earlier repair wrote down that a message is lost.</summary>
    public bool IsKnownLoss(uint streamId, ulong sequence) =>
        _knownLosses.TryGetValue(streamId, out HashSet<ulong>? known) && known.Contains(sequence);

    /// <summary>An intact record.</summary>
    /// <returns>Whether it is part of what a stream is that is there at this point of the log.</returns>
    public bool Record(in RecordHeader header, ReadOnlySpan<byte> body, LogSegment segment, int offsetBytes)
    {
        if (header.Kind == RecordKind.CleanShutdown || _deleted.Contains(header.StreamId))
            return false;
        switch (header.Kind)
        {
            case RecordKind.StreamCreated or RecordKind.StreamConfigured when StreamBody.TryRead(body) is { } description:
                _streams[header.StreamId] = description.Identity;
                break;
            case RecordKind.StreamDeleted:
                _deleted.Add(header.StreamId);
                _orphans.Remove(header.StreamId);
                return false;
            case RecordKind.Message when header.Sequence <= _lastSequences.GetValueOrDefault(header.StreamId):
                _findings.Add(
                    FindingKind.RepeatedSequence, segment, offsetBytes, header.LengthBytes,
                    "the message has a sequence that is not above those before it; it is ignored", header.StreamId,
                    header.Sequence);
                break;
            case RecordKind.Message:
                _lastSequences[header.StreamId] = header.Sequence;
                break;
            case RecordKind.SkipTo:
                NoteLast(header.StreamId, header.Sequence - 1);
                break;
            case RecordKind.Remove when RemoveBody.Count(body) > 0 && RemoveBody.Reason(body) == RemoveReason.Lost:
                NoteKnownLosses(header.StreamId, body);
                break;
            default:
                break;
        }
        return IsOfStream(in header, segment, offsetBytes) && header.Kind.IsState;
    }

    /// <summary>A record whose header is intact and whose body is not.</summary>
    public void Damaged(in RecordHeader header)
    {
        if (header.Kind == RecordKind.Message)
            NoteLast(header.StreamId, header.Sequence);
    }

    /// <summary>The log is at its end.</summary>
    public void Conclude()
    {
        foreach ((uint streamId, Orphans orphans) in _orphans)
        {
            _findings.Add(
                FindingKind.UnknownStream, orphans.Segment, orphans.OffsetBytes, orphans.LengthBytes,
                $"{orphans.Count} records belong to stream number {streamId}, and nothing that can be read says what it was", streamId);
        }
    }

    private void NoteLast(uint streamId, ulong sequence) =>
        _lastSequences[streamId] = Math.Max(sequence, _lastSequences.GetValueOrDefault(streamId));

    private void NoteKnownLosses(uint streamId, ReadOnlySpan<byte> body)
    {
        if (!_knownLosses.TryGetValue(streamId, out HashSet<ulong>? known))
            _knownLosses.Add(streamId, known = []);
        for (int i = 0, count = RemoveBody.Count(body); i < count; i++)
            known.Add(RemoveBody.Sequence(body, i));
    }

    private bool IsOfStream(in RecordHeader header, LogSegment segment, int offsetBytes)
    {
        if (_streams.ContainsKey(header.StreamId))
            return true;
        if (!_orphans.TryGetValue(header.StreamId, out Orphans? orphans))
            _orphans.Add(header.StreamId, orphans = new Orphans(segment, offsetBytes));
        orphans.Count++;
        orphans.LengthBytes += header.AlignedBytes;
        return false;
    }

    private sealed class Orphans(LogSegment segment, int offsetBytes)
    {
        public LogSegment Segment { get; } = segment;

        public int OffsetBytes { get; } = offsetBytes;

        public long Count { get; set; }

        public long LengthBytes { get; set; }
    }
}
