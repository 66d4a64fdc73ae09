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
    private readonly SequenceSets _knownLosses = new();

    // Messages that were to be overwritten.
    private readonly SequenceSets _erased = new();

    // Messages with damage of more than one bit, in segments as they were appended and in rewritten ones.
    private readonly SequenceSets _doubtful = new();
    private readonly SequenceSets _halfErased = new();

    /// <summary>The streams whose description was seen, deleted ones too.</summary>
    public IReadOnlyDictionary<uint, StreamIdentity> Streams => _streams;

    /// <summary>Whether it is written down that a message is lost.</summary>
    public bool IsKnownLoss(uint streamId, ulong sequence) => _knownLosses.Contains(streamId, sequence);

    /// <summary>
    /// Whether a damaged record is explained by a power cut while it was overwritten, provided that its message was removed.
    /// </summary>
    public bool MayBeHalfErased(uint streamId, ulong sequence) => _halfErased.Contains(streamId, sequence) ||
        (_doubtful.Contains(streamId, sequence) && (_erased.Contains(streamId, sequence) || _deleted.Contains(streamId)));

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
                _knownLosses.AddAll(header.StreamId, body);
                break;
            case RecordKind.Remove when RemoveBody.Count(body) > 0 && header.IsErasure:
                _erased.AddAll(header.StreamId, body);
                break;
            default:
                break;
        }
        return IsOfStream(in header, segment, offsetBytes) && header.Kind.IsState;
    }

    /// <summary>A record whose header is intact and whose body is not.</summary>
    /// <param name="header">The header.</param>
    /// <param name="isOneBit">Whether one bit explains it.</param>
    /// <param name="isRewritten">Whether it lies in a rewritten segment, where anything that was removed meanwhile is overwritten.</param>
    public void Damaged(in RecordHeader header, bool isOneBit, bool isRewritten)
    {
        if (header.Kind != RecordKind.Message)
            return;
        NoteLast(header.StreamId, header.Sequence);
        if (!isOneBit)
            (isRewritten ? _halfErased : _doubtful).Add(header.StreamId, header.Sequence);
    }

    /// <summary>The log is at its end.</summary>
    public void Conclude()
    {
        foreach ((uint streamId, Orphans orphans) in _orphans)
        {
            // A description that was there is damaged, and told as that; in rewritten segments it may have been dropped.
            _findings.Add(
                orphans.HasAppended ? FindingKind.UnknownStream : FindingKind.LeftoverRecords, orphans.Segment, orphans.OffsetBytes, orphans.LengthBytes,
                $"{orphans.Count} records belong to stream number {streamId}, and nothing that can be read says what it was", streamId);
        }
    }

    private void NoteLast(uint streamId, ulong sequence) =>
        _lastSequences[streamId] = Math.Max(sequence, _lastSequences.GetValueOrDefault(streamId));

    private bool IsOfStream(in RecordHeader header, LogSegment segment, int offsetBytes)
    {
        if (_streams.ContainsKey(header.StreamId))
            return true;
        if (header.IsErasure)
            return false;
        if (!_orphans.TryGetValue(header.StreamId, out Orphans? orphans))
            _orphans.Add(header.StreamId, orphans = new Orphans(segment, offsetBytes));
        orphans.Count++;
        orphans.HasAppended |= !segment.Header.IsRewritten;
        orphans.LengthBytes += header.AlignedBytes;
        return false;
    }

    private sealed class Orphans(LogSegment segment, int offsetBytes)
    {
        public LogSegment Segment { get; } = segment;

        public int OffsetBytes { get; } = offsetBytes;

        public long Count { get; set; }

        /// <summary>Whether any of them lies where it was appended.</summary>
        public bool HasAppended { get; set; }

        public long LengthBytes { get; set; }
    }

    /// <summary>Sequences by stream.</summary>
    private sealed class SequenceSets
    {
        private readonly HashSet<(uint StreamId, ulong Sequence)> _sequences = [];

        public bool Contains(uint streamId, ulong sequence) => _sequences.Contains((streamId, sequence));

        public void Add(uint streamId, ulong sequence) => _sequences.Add((streamId, sequence));

        /// <summary>Adds what a remove record names.</summary>
        public void AddAll(uint streamId, ReadOnlySpan<byte> body)
        {
            for (int i = 0, count = RemoveBody.Count(body); i < count; i++)
                Add(streamId, RemoveBody.Sequence(body, i));
        }
    }
}
