using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Rivulet.Storage.Indexing;
using Rivulet.Storage.Records;
using Rivulet.Storage.Streams;

namespace Rivulet.Storage.Log;

/// <summary>Messages of a stream that are in the log and do not count.</summary>
internal sealed record DroppedMessages(IndexedStreamLog Stream, List<ulong> Sequences);

/// <summary>
/// Turns the records of a log back into streams. Records come in the order of the log; each is a fact about one stream
/// or about the store. One thread.
/// </summary>
internal sealed partial class LogReplay(FileStoreContext context, TimeProvider time)
{
    // Perf: so many records ahead, what each needs is sent for.
    private const int Ahead = 16;

    private readonly FileStoreContext _context = context;
    private readonly TimeProvider _time = time;
    private readonly SubjectHash _hash = new(context.HashSeed);
    private readonly Dictionary<uint, StreamReplay> _streams = [];
    private readonly HashSet<uint> _deleted = [];

    // Messages with a wrong bit in their body: they take part in the replay, and are lost if they are there at its end.
    private readonly List<(StreamReplay Stream, RecordHeader Header, LogSegment Segment, int OffsetBytes)> _doubtful = [];
    private uint _highestStreamId;
    private uint _latestId;
    private StreamReplay? _latest;

    // Streams of which nothing says what they were: how many records they have, and their last sequence where it is known.
    private readonly Dictionary<uint, (long Records, ulong Last)> _orphans = [];

    // The atomic batch that the log stands in. Its messages lie one right behind the other: whatever else comes ends it.
    private BatchReplay? _batch;
    private LogSegment? _segment;

    // What later parts of the log say of streams; read when the first record of one comes that nothing has described.
    private Dictionary<uint, StreamDescription>? _later;

    public DamageReport Damage { get; } = new(context.Logger);

    /// <summary>Reads what the log says of its streams, from end to end; for a log of which a part is unreadable.</summary>
    public Func<Dictionary<uint, StreamDescription>> FindDescriptions { get; init; } = static () => [];

    /// <summary>The position up to which the records seen so far prove that the log was synced.</summary>
    public long SyncedUpTo { get; private set; }

    /// <summary>Streams that go on behind sequences which may have been lost; the log has to say so.</summary>
    public List<IndexedStreamLog> Skipped { get; } = [];

    /// <summary>Messages of unfinished batches; the log has to say that they are gone.</summary>
    public List<DroppedMessages> Dropped { get; } = [];

    /// <summary>The highest number that a stream was given.</summary>
    public uint HighestStreamId => _highestStreamId;

    /// <summary>Whether the log, as far as it was seen, ends within an atomic batch.</summary>
    public bool EndsInBatch => _batch is not null;

    /// <summary>
    /// What comes next lies in this segment, which was not written before everything in front of it was synced. To be
    /// called for every segment, whether it holds a record or not.
    /// </summary>
    public void Begin(LogSegment segment)
    {
        SegmentHeader header = segment.Header;
        SyncedUpTo = Math.Max(SyncedUpTo, header.IsRewritten ? header.EndPosition : header.FirstPosition);

        if (_segment is not null)
            _segment.EndsInBatch = EndsInBatch;

        // A segment that was rewritten holds no batches, and none goes on in it: what was left of one, and it was whole by
        // then, are plain messages there.
        if (header.IsRewritten)
            DropBatch();
        _segment = segment;
    }

    /// <summary>Records that follow each other in a segment.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Chunk(ReadOnlySpan<RecordEntry> entries, LogSegment segment)
    {
        for (int i = 0; i < entries.Length + Ahead; i++)
        {
            if (i < entries.Length && entries[i].IsMessage)
                Expect(entries[i].Header.StreamId, entries[i].SubjectHash);
            if (i < Ahead)
                continue;
            RecordEntry entry = entries[i - Ahead];
            if (entry.IsMessage)
                Message(entry.Message, segment, entry.OffsetBytes);
            else
                Fact(in entry.Header, entry.Bytes, segment, entry.OffsetBytes);
        }
    }

    /// <summary>A message of this subject is likely to come soon: sends for what it needs.</summary>
    private void Expect(uint streamId, ulong subjectHash)
    {
        if (StreamOf(streamId) is { } stream)
            stream.Expect(subjectHash);
    }

    /// <summary>An intact record.</summary>
    public void Record(in RecordHeader header, ReadOnlySpan<byte> record, LogSegment segment, int offsetBytes)
    {
        ReadOnlySpan<byte> body = RecordBody.Of(record, header.HeaderBytes);
        if (header.Kind != RecordKind.Message)
            Fact(in header, body, segment, offsetBytes);
        else if (ReplayedMessage.TryRead(in header, body, _hash, out ReplayedMessage message))
            Message(in message, segment, offsetBytes);
        else
            DamagedRecord(in header, [], segment, offsetBytes);
    }

    /// <summary>A message.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Message(in ReplayedMessage message, LogSegment segment, int offsetBytes)
    {
        ref readonly RecordHeader header = ref message.Header;
        Follow(in header, segment, offsetBytes);
        if (StreamFor(in header, segment) is not { } stream)
            return;
        stream.NoteRecord(segment, in header);
        Add(in message, stream, segment, offsetBytes);
    }

    /// <summary>An intact record of any other kind.</summary>
    public void Fact(in RecordHeader header, ReadOnlySpan<byte> body, LogSegment segment, int offsetBytes)
    {
        Follow(in header, segment, offsetBytes);
        if (header.Kind == RecordKind.CleanShutdown)
        {
            ClosedCleanly(body);
            return;
        }
        if (header.Kind.IsDescription)
        {
            _highestStreamId = Math.Max(_highestStreamId, header.StreamId);
            Describe(in header, body);
            return;
        }
        if (StreamFor(in header, segment) is not { } stream)
            return;
        stream.NoteRecord(segment, in header);
        if (header.Kind != RecordKind.StreamDeleted)
        {
            Apply(in header, stream, body);
            return;
        }
        stream.Delete();
        _streams.Remove(header.StreamId);
        _latest = null;
        _deleted.Add(header.StreamId);
    }

    /// <summary>A record whose header is intact and whose body is not.</summary>
    /// <param name="header">Its header.</param>
    /// <param name="repaired">
    /// The record as it must have been, good enough to believe what it removed and what removes it; empty when nobody
    /// knows.
    /// </param>
    /// <param name="segment">Where it lies.</param>
    /// <param name="offsetBytes">Where in the segment.</param>
    public void DamagedRecord(
        in RecordHeader header, ReadOnlySpan<byte> repaired, LogSegment segment, int offsetBytes)
    {
        Follow(in header, segment, offsetBytes);
        _highestStreamId = Math.Max(_highestStreamId, header.StreamId);
        StreamReplay? stream = StreamOf(header.StreamId) ?? DescribeLater(header.StreamId);
        if (stream is not null)
            stream.NoteRecord(segment, in header);
        else if (header.Kind == RecordKind.Message)
            NoteUnknown(in header, segment);
        if (header.Kind == RecordKind.Message && stream is not null && !repaired.IsEmpty &&
            ReplayedMessage.TryRead(in header, RecordBody.Of(repaired, header.HeaderBytes), _hash, out ReplayedMessage message))
        {
            Add(in message, stream, segment, offsetBytes);
            _doubtful.Add((stream, header, segment, offsetBytes));
            return;
        }
        Damage.AddRecord(in header, stream, segment, offsetBytes);
        if (stream is not null && IsInBatch(in header))
        {
            // What is damaged in the middle of the log was synced once, and its batch with it, in one round: it counts.
            Add(ReplayedMessage.Damaged(in header), stream, segment, offsetBytes);
        }
        else if (header.Kind == RecordKind.Message && stream is not null)
        {
            NoteGap(stream, in header);
            stream.LostMessage(in header);
        }
    }

    /// <summary>The log is at its end.</summary>
    /// <returns>The streams that it holds.</returns>
    public List<IndexedStreamLog> Finish()
    {
        DropBatch();
        DropDoubtful();
        var streams = new Dictionary<StreamIdentity, IndexedStreamLog>();
        foreach (StreamReplay stream in _streams.OrderBy(pair => pair.Key).Select(pair => pair.Value))
        {
            SkipUnseen(stream);
            ulong reservedUpTo = stream.Finish();
            ((FileStreamBackend)stream.Stream.Core.Backend).ResumeReservation(reservedUpTo);
            if (_context.Options.SeededBug == SeededBug.ReusedSequence && reservedUpTo > 0)
                stream.Stream.Core.TailLast = stream.Stream.Core.CommittedLast = reservedUpTo - 1;

            // Two streams of one name: the older one's deletion must have been damaged.
            if (streams.ContainsKey(stream.Stream.Identity))
                LogSuperseded(_context.Logger, stream.Stream.Identity);
            streams[stream.Stream.Identity] = stream.Stream;
        }
        foreach (StreamReplay stream in _streams.Values.Where(stream => stream.Dropped.Count > 0))
            Dropped.Add(new DroppedMessages(stream.Stream, [.. stream.Dropped]));
        Damage.Conclude(SyncedUpTo);
        foreach ((uint streamId, (long records, ulong last)) in _orphans)
            LogOrphan(_context.Logger, streamId, last, records);
        return [.. streams.Values];
    }

    private StreamReplay? StreamOf(uint streamId)
    {
        // Perf: most records are of the stream of the one before.
        if (_latest is null || _latestId != streamId)
        {
            _streams.TryGetValue(streamId, out _latest);
            _latestId = streamId;
        }
        return _latest;
    }

    /// <summary>A record comes next: what it proves to be synced, and whether the batch that is open goes on with it.</summary>
    private void Follow(in RecordHeader header, LogSegment segment, int offsetBytes)
    {
        if (!segment.Header.IsRewritten)
            SyncedUpTo = Math.Max(SyncedUpTo, segment.PositionAt(offsetBytes) - header.UnsyncedBytes);
        if (_batch is not null && !(IsInBatch(in header) && _batch.IsContinuedBy(in header)))
            DropBatch();
    }

    /// <summary>The stream of a record, or null when nothing has said what it is, which is noted.</summary>
    private StreamReplay? StreamFor(in RecordHeader header, LogSegment segment)
    {
        _highestStreamId = Math.Max(_highestStreamId, header.StreamId);
        StreamReplay? stream = StreamOf(header.StreamId) ?? DescribeLater(header.StreamId);
        if (stream is null)
            NoteUnknown(in header, segment);
        return stream;
    }

    private void Describe(in RecordHeader header, ReadOnlySpan<byte> body)
    {
        if (_deleted.Contains(header.StreamId))
            _context.Backends[header.StreamId].NoteRecord(_segment!, in header);
        if (_deleted.Contains(header.StreamId) || StreamBody.TryRead(body) is not { } description)
            return;
        _orphans.Remove(header.StreamId);

        // What comes before the creation has nothing of the stream; a stream that was there before has lost it.
        if (!_streams.TryGetValue(header.StreamId, out StreamReplay? stream))
        {
            stream = Add(
                header.StreamId, description, header.Kind == RecordKind.StreamCreated ? Damage.StretchCount : 0);
        }
        stream.Describe(_segment!, in header, description);

        // It says up to where sequences were given out; in a rewritten segment links do.
        if (header.Sequence == 0 || _segment!.Header.IsRewritten)
            return;
        NoteGap(stream, header.Sequence + 1);
        stream.SkipTo(header.Sequence + 1);
    }

    private StreamReplay Add(uint streamId, StreamDescription description, int stretchesSeen)
    {
        var backend = new FileStreamBackend(_context, streamId);
        backend.Stream = new IndexedStreamLog(description, backend, _time);

        // Compaction has dropped the descriptions of a stream that is deleted further on, and not all of its records.
        if (_context.Backends.TryGetValue(streamId, out FileStreamBackend? unknown))
            backend.Footprint.Continue(unknown.Footprint);
        _context.Backends[streamId] = backend;
        var stream = new StreamReplay(backend.Stream) { StretchesSeen = stretchesSeen };
        _streams.Add(streamId, stream);
        (_latestId, _latest) = (streamId, stream);
        return stream;
    }

    /// <summary>A stream whose description was in an unreadable part of the log: a later one says what it is.</summary>
    private StreamReplay? DescribeLater(uint streamId)
    {
        if (Damage.StretchCount == 0 || _deleted.Contains(streamId))
            return null;
        _later ??= FindDescriptions();
        return _later.TryGetValue(streamId, out StreamDescription? description)
            ? Add(streamId, description, stretchesSeen: 0)
            : null;
    }

    /// <summary>
    /// A record of a stream that was deleted, or whose description is not in the log: compaction has dropped it where
    /// a deletion follows, and otherwise it was damaged.
    /// </summary>
    private void NoteUnknown(in RecordHeader header, LogSegment segment)
    {
        if (!_context.Backends.TryGetValue(header.StreamId, out FileStreamBackend? backend))
        {
            backend = new FileStreamBackend(_context, header.StreamId) { IsUnknown = true };
            var description = new StreamDescription(new StreamIdentity("", ""), 0, new StreamLimits(), default);
            backend.Stream = new IndexedStreamLog(description, backend, _time);
            _context.Backends[header.StreamId] = backend;
        }
        backend.NoteRecord(segment, in header);
        if (header.Kind == RecordKind.StreamDeleted)
        {
            _deleted.Add(header.StreamId);
            _orphans.Remove(header.StreamId);
            backend.IsUnknown = false;
            backend.Core.IsDeleted = backend.Core.IsDeletionCommitted = true;
        }
        if (!backend.IsUnknown || header.IsErasure)
            return;
        (long records, ulong last) = _orphans.GetValueOrDefault(header.StreamId);
        ulong sequence = header.Kind == RecordKind.Message ? header.Sequence : 0;
        _orphans[header.StreamId] = (records + 1, Math.Max(last, sequence));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Add(in ReplayedMessage message, StreamReplay stream, LogSegment segment, int offsetBytes)
    {
        ref readonly RecordHeader header = ref message.Header;
        if (header.Sequence <= stream.LastSequence)
        {
            LogRepeated(_context.Logger, header.Sequence, stream.Stream.Identity, segment.FileName, offsetBytes);
            return;
        }
        if (_batch is null)
            NoteGap(stream, in header);
        if (!IsInBatch(in header))
        {
            stream.Message(in message, segment.Slot, offsetBytes);
            return;
        }
        _batch ??= new BatchReplay(stream, segment.PositionAt(offsetBytes), Damage.StretchCount);
        _batch.Add(in message, segment.Slot, offsetBytes);
        if ((header.Flags & RecordFlags.BatchEnd) != 0)
            EndBatch();
    }

    private void EndBatch()
    {
        BatchReplay batch = _batch!;
        if (batch.CutToBatch() is { } earlier)
            Drop(earlier);
        _batch = null;
        if (batch.IsComplete)
            batch.Apply();
        else
            LoseBatch(batch);
    }

    private static bool IsInBatch(in RecordHeader header) =>
        header.Kind == RecordKind.Message && (header.Flags & (RecordFlags.BatchMember | RecordFlags.BatchEnd)) != 0;

    private void ClosedCleanly(ReadOnlySpan<byte> body)
    {
        foreach (StreamReplay stream in _streams.Values)
            stream.ClosedCleanly();
        for (int i = 0, count = CleanShutdownBody.Count(body); i < count; i++)
        {
            (uint streamId, ulong lastSequence) = CleanShutdownBody.Read(body, i);
            if ((StreamOf(streamId) ?? DescribeLater(streamId)) is not { } stream)
            {
                // Nothing but this is left of it, unless it was deleted later and compaction has dropped all the rest.
                if (Damage.StretchCount > 0)
                    _orphans[streamId] = (_orphans.GetValueOrDefault(streamId).Records, lastSequence);
                continue;
            }
            NoteGap(stream, lastSequence + 1);
            stream.SkipTo(lastSequence + 1);
        }
    }

    /// <summary>A linked record or message is seen: what is missing before it went with an unreadable stretch, if there was one.</summary>
    private void NoteGap(StreamReplay stream, in RecordHeader header)
    {
        if (_segment!.Header.IsRewritten)
            NoteLink(stream, header.Sequence, RewrittenLink.FromField(header.UnsyncedBytes));
        else
            NoteGap(stream, header.Sequence);
    }

    /// <summary>
    /// In a rewritten segment most of what is missing between two sequences is gone; the link says what was there.
    /// </summary>
    private void NoteLink(StreamReplay stream, ulong sequence, RewrittenLink link)
    {
        byte seen = stream.LinkSeen.Segment == _segment ? stream.LinkSeen.Numbered : (byte)0;
        stream.LinkSeen = (_segment, (byte)(link.Number + 1));
        ulong before = link.Back == 0 ? sequence - 1 : sequence - link.Back;
        bool mayMiss = before > stream.LastSequence && (link.Back != 0 || link.Number != seen);
        if (mayMiss && Damage.StretchCount > stream.StretchesSeen && !stream.IsReserved(sequence))
        {
            bool isOne = link.Back != 0 && (byte)(link.Number - seen) == 1;
            Damage.AddGap(stream, isOne ? before : stream.LastSequence + 1, before);
        }
        stream.StretchesSeen = Damage.StretchCount;
    }

    /// <summary>A stream is seen at a sequence: what is missing before it went with an unreadable stretch, if there was one.</summary>
    private void NoteGap(StreamReplay stream, ulong sequence)
    {
        bool missing = sequence > stream.LastSequence + 1;
        if (missing && Damage.StretchCount > stream.StretchesSeen && !stream.IsReserved(sequence))
            Damage.AddGap(stream, stream.LastSequence + 1, sequence - 1);
        stream.StretchesSeen = Damage.StretchCount;
    }

    /// <summary>
    /// An unreadable stretch may have held messages of a stream that nothing followed. Their sequences are not given
    /// out again: the stream goes on behind the most that the stretch can have held.
    /// </summary>
    private void SkipUnseen(StreamReplay stream)
    {
        long unseenBytes = Damage.DamagedBytesFrom(stream.StretchesSeen, SyncedUpTo);
        if (unseenBytes == 0)
            return;
        stream.SkipTo(stream.LastSequence + 1 + (ulong)(unseenBytes / RecordLayout.MessageBytesMin) + 1);
        Skipped.Add(stream.Stream);
    }

    /// <summary>Messages that are not good enough to be served, and that nothing removed, are lost.</summary>
    private void DropDoubtful()
    {
        foreach ((StreamReplay stream, RecordHeader header, LogSegment segment, int offsetBytes) in _doubtful)
        {
            if (stream.TakeOut(header.Sequence))
                stream.AddLost(header.Sequence, in header);
            Damage.AddReported(in header, stream, segment, offsetBytes);
        }
    }

    /// <summary>The batch that was open was interrupted, and nobody was told of it; unless its end is unreadable.</summary>
    private void DropBatch()
    {
        if (_batch is not { } batch)
            return;
        _batch = null;
        if (Damage.StretchCount > batch.StretchesBefore)
            LoseBatch(batch);
        else
            Drop(batch);
    }

    /// <summary>Something that belongs to a batch is damaged: the rest of it does not count either.</summary>
    private void LoseBatch(BatchReplay batch)
    {
        batch.Lose();
        Damage.AddBatch(batch);
    }

    private void Drop(BatchReplay batch)
    {
        if (_context.Options.SeededBug == SeededBug.HalfBatch)
        {
            batch.Apply();
            return;
        }
        batch.Drop();
        LogBatchDropped(_context.Logger, batch.Stream.Stream.Identity, batch.Count, batch.FirstSequence);
    }

    private void Apply(in RecordHeader header, StreamReplay stream, ReadOnlySpan<byte> body)
    {
        switch (header.Kind)
        {
            case RecordKind.Remove:
                ApplyRemoval(in header, stream, body);
                break;
            case RecordKind.Purge:
                if (PurgeBody.TryRead(body, out ulong before, out ReadOnlySpan<byte> filter))
                    stream.Purge(filter, before);
                break;
            case RecordKind.SkipTo:
                if (_segment!.Header.IsRewritten)
                    NoteGap(stream, in header);
                else if (SkipToBody.TryReadLast(body, out ulong last))
                    NoteGap(stream, last + 1);
                if (SkipToBody.TryRead(body, out long timestampNanos))
                    stream.LastTimestamp(timestampNanos);
                stream.SkipTo(header.Sequence);
                stream.StretchesSeen = Damage.StretchCount;
                break;
            case RecordKind.SequenceReservation:
                stream.Reserve(header.Sequence);
                break;
            case RecordKind.AttachmentSet or RecordKind.AttachmentDelta or RecordKind.AttachmentRemoved:
                if (AttachmentBody.TryRead(body, out string key, out ReadOnlySpan<byte> value))
                    stream.Stream.AttachmentSet.Replay(header.Kind, key, value);
                break;
            default:
                break;
        }
    }

    private static void ApplyRemoval(in RecordHeader header, StreamReplay stream, ReadOnlySpan<byte> body)
    {
        bool erase = header.IsErasure;
        for (int i = 0, count = RemoveBody.Count(body); i < count; i++)
        {
            ulong sequence = RemoveBody.Sequence(body, i);
            RemoveReason reason = RemoveBody.Reason(body);
            if (reason == RemoveReason.Unfinished)
                stream.NoteUnfinished(sequence);
            if (erase)
                stream.Erase(sequence);
            else
                stream.Remove(sequence);
            if (reason == RemoveReason.Lost)
                stream.AddLost(sequence);
        }
    }

    [LoggerMessage(
        EventId = 2030, Level = LogLevel.Warning,
        Message = "Message {Sequence} of stream {Stream} is in the log twice; {File} at offset {OffsetBytes} is ignored")]
    private static partial void LogRepeated(
        ILogger logger, ulong sequence, StreamIdentity stream, string file, int offsetBytes);

    [LoggerMessage(
        EventId = 2031, Level = LogLevel.Warning,
        Message = "An older stream {Stream} was never seen deleted; the newer one of that name is served")]
    private static partial void LogSuperseded(ILogger logger, StreamIdentity stream);

    [LoggerMessage(
        EventId = 2032, Level = LogLevel.Warning,
        Message = "Stream number {StreamId} with messages up to {Last} is lost: nothing that can be read says what it was; {Count} records of it are left")]
    private static partial void LogOrphan(ILogger logger, uint streamId, ulong last, long count);

    [LoggerMessage(
        EventId = 2033, Level = LogLevel.Information,
        Message = "An atomic batch of stream {Stream} was not finished: its {Count} messages from {Sequence} on do not count")]
    private static partial void LogBatchDropped(ILogger logger, StreamIdentity stream, int count, ulong sequence);
}
