using Microsoft.Extensions.Logging;
using Rivulet.Protocol;
using Rivulet.Storage.Compaction;
using Rivulet.Storage.Indexing;
using Rivulet.Storage.Records;
using Rivulet.Storage.Streams;

namespace Rivulet.Storage.Log;

/// <summary>Puts the records of one stream into the log of its store, and reads them from its segments.</summary>
internal sealed partial class FileStreamBackend(FileStoreContext context, uint streamId) : IStreamBackend
{
    private readonly FileStoreContext _context = context;
    private StreamCore _core = null!;

    // Sequences up to here may be given out without another reservation. Under the index lock.
    private ulong _reservedUpTo;
    private StreamPrelude? _prelude;

    public uint StreamId { get; } = streamId;

    public SizeAccounting Accounting => SizeAccounting.File;

    public IndexMemory Memory => _context.IndexMemory;

    public ulong HashSeed => _context.HashSeed;

    public StreamCore Core => _core;

    /// <summary>
    /// Messages of unfinished batches whose records may still be in the log: they never counted, and nor does what they
    /// say they removed. Filled by recovery, and then only read.
    /// </summary>
    public HashSet<ulong> Unfinished { get; } = [];

    /// <summary>Whether records of the stream are in the log and nothing says what it was: all of them stay.</summary>
    public bool IsUnknown { get; set; }

    /// <summary>Whether the stream is deleted for good.</summary>
    public bool IsDeletionCommitted => _core.IsDeletionCommitted;

    /// <summary>Which segments hold records of the stream. Under the index lock.</summary>
    public StreamFootprint Footprint { get; } = new();

    public IRecordSpace NewSpace() => new SegmentUsage(_context.Segments);

    /// <summary>What the stream says in front of its first record in a segment.</summary>
    public StreamPrelude Prelude => _prelude ??= new StreamPrelude(this);

    /// <summary>The stream itself, which the log lists for the commit.</summary>
    public IndexedStreamLog Stream { get; set; } = null!;

    public void Attach(StreamCore core) => _core = core;

    public bool CanCompress => true;

    public uint ChecksumOf(in MessageRecord record)
    {
        uint checksum = Crc32C.Compute(record.Subject);
        if (!record.Packed.IsEmpty)
            return Crc32C.Append(checksum, record.Packed);
        checksum = Crc32C.Append(checksum, record.Headers);
        return Crc32C.Append(checksum, record.Payload);
    }

    public AppendStatus Admit(long recordBytes) => _context.Admit(recordBytes);

    public Lock.Scope KeepTogether() => _context.Tail.KeepTogether();

    public LogPosition ReservedAt { get; private set; }

    public void ReserveUpTo(ulong sequence, StreamLimits limits)
    {
        bool wanted = limits.ReserveSequences || !_context.Options.SyncPolicy.IsAlways;
        if (!wanted || sequence <= _reservedUpTo)
            return;
        _reservedUpTo = sequence + (ulong)_context.Options.ReservedSequences;
        ReservedAt = AppendControl(RecordKind.SequenceReservation, RecordFlags.None, _reservedUpTo, default);
    }

    public LogPosition AppendMessage(in MessageRecord record, out RecordPlace place)
    {
        if (_context.Failure is not null)
            return AppendNothing(out place);
        LogPosition position = _context.Tail.AppendMessage(this, in record, out place, out LogSegment segment);
        Footprint.Touch(segment, record.Sequence);
        return position;
    }

    public LogPosition AppendControl(RecordKind kind, RecordFlags flags, ulong sequence, ReadOnlySpan<byte> body)
    {
        if (_context.Failure is not null)
            return LogPosition.Never;
        if (_context.Options.SeededBug == SeededBug.LostTombstone && kind is RecordKind.Remove or RecordKind.Purge)
        {
            (kind, flags, sequence) = (RecordKind.SequenceReservation, RecordFlags.None, 0);
            body = default;
        }
        return Append(kind, flags, sequence, body);
    }

    /// <summary>
    /// Says once more that a message is gone and to be overwritten; also while the store is being closed, since what is
    /// removed is not to outlast that. Takes the index lock.
    /// </summary>
    public void RepeatErasure(ulong sequence)
    {
        Span<byte> body = stackalloc byte[RemoveBody.BytesFor(1)];
        RemoveBody.Write(body, RemoveReason.Request, [sequence]);
        lock (_core.Gate)
            Append(RecordKind.Remove, RecordFlags.Erase, 0, body);
    }

    public bool TryRead(ulong sequence, in SequenceEntry entry, StoredMessage into, out ReadStatus status)
    {
        status = ReadStatus.Damaged;

        // A segment that is gone was rewritten, and the index has the new place by now.
        if (_context.Segments.Find(entry.Segment) is not { } segment)
            return false;

        // A compressed record is shorter than this; what follows it is read along and ignored.
        Span<byte> buffer = into.Prepare(entry.RecordBytes);
        try
        {
            if (TryReadKept(segment, sequence, in entry, buffer, into))
            {
                status = ReadStatus.Found;
                return true;
            }
            buffer = into.Prepare(buffer.Length);
            int read = into.Ahead.Read(segment, entry.OffsetBytes, buffer);
            if (read > 0 && TryParse(buffer[..read], segment.SaltAt(entry.OffsetBytes), sequence, in entry, into))
                status = ReadStatus.Found;
            else
                into.Clear();
        }
        catch (ObjectDisposedException) when (!_context.IsClosing)
        {
            into.Clear();
            return false;
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            into.Clear();
            status = ReadStatus.Failed;
            LogReadFailed(_context.Logger, _core.Identity, sequence, segment.FileName, entry.OffsetBytes, e);
        }
        return true;
    }

    public void ReportDamage(ulong sequence, in SequenceEntry entry)
    {
        if (_context.Segments.Find(entry.Segment) is not { } segment)
            return;
        segment.IsDamaged = true;
        LogDamaged(_context.Logger, _core.Identity, sequence, segment.FileName, entry.OffsetBytes);
    }

    public void Erase(ulong sequence, in SequenceEntry entry)
    {
        if ((entry.Flags & EntryFlags.Blank) == 0)
        {
            _context.Eraser.Want(
                new Erasure(StreamId, sequence, entry.Segment, entry.OffsetBytes, entry.RecordBytes));
        }
    }

    public void OnCleared(ulong below)
    {
        // The index that went has given back its share of every segment; compaction empties them.
    }

    /// <summary>Recovery found a record of the stream.</summary>
    public void NoteRecord(LogSegment segment, in RecordHeader header)
    {
        // The members of a batch that recovery stands in are not in the index yet. Where a segment was rewritten, what is
        // missing before its first message lay in it.
        bool isFirst = header.Kind == RecordKind.Message && !segment.Header.IsRewritten;
        Footprint.Touch(segment, isFirst ? header.Sequence : _core.TailLast + 1);
    }

    /// <summary>Recovery found that sequences up to here are reserved.</summary>
    public void ResumeReservation(ulong upTo) => _reservedUpTo = upTo;

    private LogPosition Append(RecordKind kind, RecordFlags flags, ulong sequence, ReadOnlySpan<byte> body)
    {
        LogPosition position = _context.Tail.AppendControl(
            kind, flags, StreamId, sequence, body, this, out LogSegment segment);
        Footprint.Touch(segment, _core.TailLast + 1);
        if (kind.IsDescription)
            Footprint.NoteDescription(Stream.Description);
        return position;
    }

    /// <summary>Finds a record in memory: among the newest, or in what was read ahead.</summary>
    private bool TryReadKept(
        LogSegment segment, ulong sequence, in SequenceEntry entry, Span<byte> buffer, StoredMessage into)
    {
        if (!_context.Recent.TryRead(segment, entry.OffsetBytes, buffer, out int read))
            read = into.Ahead.TryTake(segment, entry.OffsetBytes, buffer) ? buffer.Length : 0;
        return read > 0 && TryParse(buffer[..read], segment.SaltAt(entry.OffsetBytes), sequence, in entry, into);
    }

    private bool TryParse(
        ReadOnlySpan<byte> buffer, RecordSalt salt, ulong sequence, in SequenceEntry entry, StoredMessage into)
    {
        if (!RecordHeader.TryRead(buffer, salt, out RecordHeader header) ||
            header.Kind != RecordKind.Message || header.StreamId != StreamId || header.Sequence != sequence ||
            header.LengthBytes > buffer.Length || !RecordBody.IsIntact(buffer[..header.LengthBytes], header.HeaderBytes, salt))
        {
            return false;
        }
        ReadOnlySpan<byte> body = RecordBody.Of(buffer[..header.LengthBytes], header.HeaderBytes);
        ReadOnlySpan<byte> content = body[..header.ContentBytes];
        int plainBytes = header.PlainContentBytes(content);
        if (plainBytes != entry.ContentBytes)
            return false;
        int offsetBytes = header.HeaderBytes;
        if (header.IsCompressed)
        {
            offsetBytes = 0;
            Span<byte> plain = into.PrepareUnpacked(plainBytes);
            content[..header.SubjectBytes].CopyTo(plain);
            if (!PackedContent.TryUnpack(content[header.SubjectBytes..], plain[header.SubjectBytes..]))
                return false;
        }
        MessageFacts facts = MessageFacts.Read(body[header.ContentBytes..], in header);
        into.Set(
            sequence, facts.TimestampNanos, offsetBytes, header.SubjectBytes, header.HeadersBytes,
            plainBytes - header.SubjectBytes - header.HeadersBytes);
        return true;
    }

    private static LogPosition AppendNothing(out RecordPlace place)
    {
        place = new RecordPlace { Buffer = [] };
        return LogPosition.Never;
    }

    [LoggerMessage(
        EventId = 2010, Level = LogLevel.Warning,
        Message = "Message {Sequence} of stream {Stream} is damaged: {File} at offset {OffsetBytes}")]
    private static partial void LogDamaged(
        ILogger logger, StreamIdentity stream, ulong sequence, string file, int offsetBytes);

    [LoggerMessage(
        EventId = 2011, Level = LogLevel.Error,
        Message = "Message {Sequence} of stream {Stream} cannot be read: {File} at offset {OffsetBytes}")]
    private static partial void LogReadFailed(
        ILogger logger, StreamIdentity stream, ulong sequence, string file, int offsetBytes, Exception cause);
}
