using System.Runtime.CompilerServices;
using Rivulet.Storage.Log;
using Rivulet.Storage.Records;

namespace Rivulet.Storage.Compaction;

/// <summary>
/// Reads a group of segments and decides what stays of it: messages that an index refers to, the present state of
/// streams and attachments, and facts about records that may still lie in earlier segments. Whatever is doubtful stays.
/// The rules are those of docs/adr/0022 and 0036. One thread; holds a stream's index lock for the judgement of a record.
/// </summary>
internal sealed class GroupReader(FileStoreContext context, CompactionGroup group)
{
    private readonly FileStoreContext _context = context;
    private readonly CompactionGroup _group = group;
    private readonly RewritePlan _plan = new();
    private FileStreamBackend? _backend;

    /// <summary>Reads the group.</summary>
    /// <returns>The plan; null when something in the group is damaged, so that the group is to be left as it is.</returns>
    public RewritePlan? Run()
    {
        foreach (LogSegment segment in _group.Segments)
        {
            using var scanner = new SegmentScanner(segment.File!, segment.Header);
            ScanResult result;
            while ((result = scanner.MoveNext()) == ScanResult.Record && scanner.RepairedBit < 0)
                Judge(scanner.Header, scanner.Record, segment, scanner.OffsetBytes);

            // What reads as zeros looks like an end as well: it is one only where the records are known to end.
            if (result != ScanResult.End || scanner.EndBytes != EndOf(segment) || scanner.GarbageEndBytes > scanner.EndBytes)
            {
                segment.IsDamaged = true;
                return null;
            }
        }
        AddRemovals();
        return _plan;
    }

    private static long EndOf(LogSegment segment) =>
        segment.Header.IsRewritten ? segment.Header.SizeBytes : segment.OffsetAt(segment.EndPosition);

    private void Judge(in RecordHeader header, ReadOnlySpan<byte> record, LogSegment segment, int offset)
    {
        if (header.Kind == RecordKind.CleanShutdown)
        {
            ClosedCleanly(RecordBody.Of(record, header.HeaderBytes));
            return;
        }
        if (BackendOf(header.StreamId) is not { IsUnknown: false } backend)
        {
            // Nobody knows whose it is; so nobody may throw it away.
            _plan.Keep(in header, segment, offset);
            return;
        }
        lock (backend.Core.Gate)
            Judge(in header, RecordBody.Of(record, header.HeaderBytes), backend, segment, offset);
    }

    private void Judge(
        in RecordHeader header, ReadOnlySpan<byte> body, FileStreamBackend backend, LogSegment segment, int offset)
    {
        if (header.Kind == RecordKind.StreamDeleted)
        {
            if (IsDeletionNeeded(backend))
                _plan.Keep(in header, segment, offset);
            return;
        }
        if (backend.IsDeletionCommitted)
            return;
        if (header.Kind == RecordKind.Message)
            JudgeMessage(in header, body, backend, segment, offset);
        else
            JudgeOther(in header, body, backend, segment, offset);
    }

    private FileStreamBackend? BackendOf(uint streamId)
    {
        // Perf: most records are of the stream of the one before.
        if (_backend?.StreamId != streamId)
            _context.Backends.TryGetValue(streamId, out _backend);
        return _backend;
    }

    /// <summary>What was reserved before was not given out; what it says of sequences may stand nowhere else.</summary>
    private void ClosedCleanly(ReadOnlySpan<byte> body)
    {
        foreach (PlannedStream each in _plan.Streams.Values)
            DropReservation(each);
        for (int i = 0, count = CleanShutdownBody.Count(body); i < count; i++)
        {
            (uint streamId, ulong lastSequence) = CleanShutdownBody.Read(body, i);
            if (_context.Backends.TryGetValue(streamId, out FileStreamBackend? backend) && !backend.IsDeletionCommitted)
                _plan.StreamOf(streamId).NoteGone(lastSequence, 0);
        }
    }

    private void JudgeMessage(
        in RecordHeader header, ReadOnlySpan<byte> body, FileStreamBackend backend, LogSegment segment, int offset)
    {
        PlannedStream planned = _plan.StreamOf(header.StreamId);
        if (!Unsafe.IsNullRef(ref IndexPlace.Find(backend.Core, header.Sequence, segment.Slot, offset)))
        {
            _plan.Keep(in header, segment, offset);
            return;
        }
        MessageFacts facts = MessageFacts.Read(body[header.ContentBytes..], in header);
        planned.NoteGone(header.Sequence, facts.TimestampNanos);
        if (backend.Unfinished.Contains(header.Sequence))
            return;
        if (facts.Dropped != 0 && IsNeeded(backend, facts.Dropped))
            planned.Removed.Add(facts.Dropped);
        ulong floor = (header.Flags & RecordFlags.RollupAll) != 0 ? Math.Max(facts.Floor, header.Sequence) : facts.Floor;
        if (floor != 0)
            AddPurge(backend, [], floor);
        if ((header.Flags & RecordFlags.RollupSubject) != 0)
            AddPurge(backend, body[..header.SubjectBytes], header.Sequence);
    }

    private void JudgeOther(
        in RecordHeader header, ReadOnlySpan<byte> body, FileStreamBackend backend, LogSegment segment, int offset)
    {
        PlannedStream planned = _plan.StreamOf(header.StreamId);
        switch (header.Kind)
        {
            case RecordKind.StreamConfigured:
                KeepDescription(in header, planned, segment, offset);
                break;
            case RecordKind.Remove:
                KeepRemoval(in header, body, backend, segment, offset);
                break;
            case RecordKind.Purge:
                if (PurgeBody.TryRead(body, out ulong before, out _) && !MayHoldBefore(backend, before))
                    break;
                _plan.Keep(in header, segment, offset);
                break;
            case RecordKind.SkipTo:
                SkipToBody.TryRead(body, out long timestampNanos);
                planned.NoteGone(header.Sequence - 1, timestampNanos);
                break;
            case RecordKind.AttachmentSet or RecordKind.AttachmentDelta or RecordKind.AttachmentRemoved:
                KeepAttachment(in header, body, backend, segment, offset);
                break;
            case RecordKind.SequenceReservation:
                DropReservation(planned);
                planned.Reservation = _plan.Keep(in header, segment, offset);
                break;
            default:
                _plan.Keep(in header, segment, offset);
                break;
        }
    }

    /// <summary>The last two: each is written twice.</summary>
    private void KeepDescription(in RecordHeader header, PlannedStream planned, LogSegment segment, int offset)
    {
        planned.Descriptions.Add(_plan.Keep(in header, segment, offset));
        if (planned.Descriptions.Count <= 2)
            return;
        _plan.Drop(planned.Descriptions[0]);
        planned.Descriptions.RemoveAt(0);
    }

    private void KeepRemoval(
        in RecordHeader header, ReadOnlySpan<byte> body, FileStreamBackend backend, LogSegment segment, int offset)
    {
        bool erase = (header.Flags & RecordFlags.Erase) != 0;
        for (int i = 0, count = RemoveBody.Count(body); i < count; i++)
        {
            ulong sequence = RemoveBody.Sequence(body, i);
            if (RemoveBody.Reason(body) == RemoveReason.Lost && backend.Core.Lost.Contains(sequence))
            {
                _plan.StreamOf(header.StreamId).Lost.Add(sequence);
                continue;
            }
            if (!IsNeeded(backend, sequence))
                continue;
            if (erase)
            {
                // Kept whole: what it removed may have to be overwritten once more.
                _plan.Keep(in header, segment, offset);
                return;
            }
            PlannedStream planned = _plan.StreamOf(header.StreamId);
            if (RemoveBody.Reason(body) == RemoveReason.Unfinished)
                planned.Unfinished.Add(sequence);
            else
                planned.Removed.Add(sequence);
        }
    }

    private void KeepAttachment(
        in RecordHeader header, ReadOnlySpan<byte> body, FileStreamBackend backend, LogSegment segment, int offset)
    {
        if (!AttachmentBody.TryRead(body, out string key, out _))
        {
            _plan.Keep(in header, segment, offset);
            return;
        }
        Dictionary<string, List<int>> attachments = _plan.StreamOf(header.StreamId).Attachments;
        if (!attachments.TryGetValue(key, out List<int>? kept))
            attachments.Add(key, kept = []);
        if (header.Kind != RecordKind.AttachmentDelta)
        {
            foreach (int earlier in kept)
                _plan.Drop(earlier);
            kept.Clear();
        }
        if (header.Kind != RecordKind.AttachmentRemoved || IsBefore(backend))
            kept.Add(_plan.Keep(in header, segment, offset));
    }

    /// <summary>
    /// Whether earlier segments hold anything of a stream. Attachments are not in an index, so rewriting a segment does
    /// not clean it of those that go later.
    /// </summary>
    private bool IsBefore(FileStreamBackend backend) => backend.Footprint.IsBefore(_group);

    private void DropReservation(PlannedStream planned)
    {
        if (planned.Reservation is { } earlier)
            _plan.Drop(earlier);
        planned.Reservation = null;
    }

    private void AddPurge(FileStreamBackend backend, ReadOnlySpan<byte> filter, ulong before)
    {
        if (!MayHoldBefore(backend, before))
            return;

        // Written twice, so that one damaged record cannot bring back what was purged.
        var purge = new NewRecord(RecordKind.Purge, backend.StreamId, 0, PurgeBody.Create(filter, before));
        _plan.Added.Add(purge);
        _plan.Added.Add(purge);
    }

    private void AddRemovals()
    {
        foreach ((uint streamId, PlannedStream planned) in _plan.Streams)
        {
            NoteLost(streamId, planned);
            AddRemovals(streamId, planned.Removed, RemoveReason.Limits);
            AddRemovals(streamId, planned.Unfinished, RemoveReason.Unfinished);
            AddRemovals(streamId, planned.Lost, RemoveReason.Lost);
        }
    }

    /// <summary>
    /// What was missed by a record of the group, or belongs to a batch of which the rest is damaged: it shows in the
    /// records as they are, and not in what is made of them.
    /// </summary>
    private void NoteLost(uint streamId, PlannedStream planned)
    {
        if (BackendOf(streamId) is not { IsUnknown: false } backend)
            return;
        lock (backend.Core.Gate)
        {
            foreach (ulong sequence in backend.Core.Lost.ToList())
            {
                if (backend.Footprint.Holding(sequence) is { } holding && _group.Contains(holding))
                    planned.Lost.Add(sequence);
            }
        }
    }

    private void AddRemovals(uint streamId, IEnumerable<ulong> sequences, RemoveReason reason)
    {
        const int RecordSequencesMax = 4096;
        foreach (ulong[] part in sequences.Chunk(RecordSequencesMax))
            _plan.Added.Add(new NewRecord(RecordKind.Remove, streamId, 0, RemoveBody.Create(reason, [.. part])));
    }

    /// <summary>Whether the record of a message that is gone may still lie in an earlier segment.</summary>
    private bool IsNeeded(FileStreamBackend backend, ulong sequence)
    {
        if (_context.Options.SeededBug == SeededBug.ForgottenFact)
            return false;
        LogSegment? holding = backend.Footprint.Holding(sequence);
        return holding is not null && !_group.Contains(holding) && holding.Header.CleanedUpTo < _group.EndPosition;
    }

    private bool MayHoldBefore(FileStreamBackend backend, ulong below)
    {
        if (_context.Options.SeededBug == SeededBug.ForgottenFact)
            return false;
        return backend.Footprint.MayHoldBefore(_group, below);
    }

    /// <summary>The deletion of the highest number stays, so that it stays known and is not given again.</summary>
    private bool IsDeletionNeeded(FileStreamBackend backend) =>
        backend.StreamId == _context.HighestStreamId || backend.Footprint.IsOutside(_group);
}
