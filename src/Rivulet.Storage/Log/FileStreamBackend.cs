using Microsoft.Extensions.Logging;
using Rivulet.Protocol;
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

    public uint StreamId { get; } = streamId;

    public SizeAccounting Accounting => SizeAccounting.File;

    public IRecordSpace? Space => null;

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

    public LogPosition AppendMessage(in MessageRecord record, out RecordPlace place) =>
        _context.Failure is null
            ? _context.Tail.AppendMessage(StreamId, in record, Stream, out place)
            : AppendNothing(out place);

    public LogPosition AppendControl(RecordKind kind, RecordFlags flags, ulong sequence, ReadOnlySpan<byte> body)
    {
        if (_context.Failure is not null)
            return LogPosition.Never;
        if (_context.Options.SeededBug == SeededBug.LostTombstone && kind is RecordKind.Remove or RecordKind.Purge)
            return _context.Tail.AppendControl(RecordKind.SequenceReservation, RecordFlags.None, StreamId, 0, default, Stream);
        return _context.Tail.AppendControl(kind, flags, StreamId, sequence, body, Stream);
    }

    public bool TryRead(ulong sequence, in SequenceEntry entry, StoredMessage into, out ReadStatus status)
    {
        LogSegment? segment = _context.Segments.Find(entry.Segment);

        // A compressed record is shorter than this; what follows it is read along and ignored.
        Span<byte> buffer = into.Prepare(RecordLayout.MessageBytes(entry.ContentBytes, entry.FactCount));
        try
        {
            int read = segment?.File?.Read(buffer, entry.OffsetBytes) ?? 0;
            status = read > 0 && TryParse(buffer[..read], segment!.SaltAt(entry.OffsetBytes), sequence, in entry, into)
                ? ReadStatus.Found
                : ReadStatus.Damaged;
            if (status == ReadStatus.Damaged)
                into.Clear();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            into.Clear();
            status = ReadStatus.Failed;
            LogReadFailed(_context.Logger, _core.Identity, sequence, SegmentNames.Of(entry.Segment), entry.OffsetBytes, e);
        }
        return true;
    }

    public void ReportDamage(ulong sequence, in SequenceEntry entry) => LogDamaged(
        _context.Logger, _core.Identity, sequence, SegmentNames.Of(entry.Segment), entry.OffsetBytes);

    public void Erase(ulong sequence, in SequenceEntry entry)
    {
        if ((entry.Flags & EntryFlags.Blank) == 0)
        {
            int lengthBytes = RecordLayout.MessageBytes(entry.ContentBytes, entry.FactCount);
            _context.Eraser.Want(new Erasure(StreamId, sequence, entry.Segment, entry.OffsetBytes, lengthBytes));
        }
    }

    public void OnCleared(ulong below)
    {
        // The records stay in their segments, which nothing empties yet.
    }

    /// <summary>Recovery found that sequences up to here are reserved.</summary>
    public void ResumeReservation(ulong upTo) => _reservedUpTo = upTo;

    private bool TryParse(
        ReadOnlySpan<byte> buffer, RecordSalt salt, ulong sequence, in SequenceEntry entry, StoredMessage into)
    {
        if (buffer.Length < RecordLayout.HeaderBytes || !RecordHeader.TryRead(buffer, salt, out RecordHeader header) ||
            header.Kind != RecordKind.Message || header.StreamId != StreamId || header.Sequence != sequence ||
            header.LengthBytes > buffer.Length || !RecordBody.IsIntact(buffer[..header.LengthBytes], salt))
        {
            return false;
        }
        ReadOnlySpan<byte> body = RecordBody.Of(buffer[..header.LengthBytes]);
        ReadOnlySpan<byte> content = body[..header.ContentBytes];
        int plainBytes = header.PlainContentBytes(content);
        if (plainBytes != entry.ContentBytes)
            return false;
        int offsetBytes = RecordLayout.HeaderBytes;
        if (header.IsCompressed)
        {
            offsetBytes = 0;
            Span<byte> plain = into.PrepareUnpacked(plainBytes);
            content[..header.SubjectBytes].CopyTo(plain);
            if (!PackedContent.TryUnpack(content[header.SubjectBytes..], plain[header.SubjectBytes..]))
                return false;
        }
        MessageFacts facts = MessageFacts.Read(body[header.ContentBytes..], header.Flags);
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
