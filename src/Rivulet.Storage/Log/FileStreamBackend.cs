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

    public IndexMemory Memory => _context.IndexMemory;

    public IRecordSpace? Space => null;

    /// <summary>The stream itself, which the log lists for the commit.</summary>
    public IndexedStreamLog Stream { get; set; } = null!;

    public void Attach(StreamCore core) => _core = core;

    public uint ChecksumOf(in NewMessage message)
    {
        uint checksum = Crc32C.Compute(message.Subject);
        checksum = Crc32C.Append(checksum, message.Headers);
        return Crc32C.Append(checksum, message.Payload);
    }

    public AppendStatus Admit(int recordBytes) => _context.Admit(recordBytes);

    public void ReserveUpTo(ulong sequence)
    {
        if (_context.Options.SyncPolicy.IsAlways || sequence <= _reservedUpTo)
            return;
        _reservedUpTo = sequence + (ulong)_context.Options.ReservedSequences;
        AppendControl(RecordKind.SequenceReservation, RecordFlags.None, _reservedUpTo, default);
    }

    public LogPosition AppendMessage(in MessageRecord record, out RecordPlace place) =>
        _context.Failure is null
            ? _context.Tail.AppendMessage(StreamId, in record, Stream, out place)
            : AppendNothing(out place);

    public LogPosition AppendControl(RecordKind kind, RecordFlags flags, ulong sequence, ReadOnlySpan<byte> body) =>
        _context.Failure is null
            ? _context.Tail.AppendControl(kind, flags, StreamId, sequence, body, Stream)
            : LogPosition.Never;

    public bool TryRead(ulong sequence, in SequenceEntry entry, StoredMessage into, out ReadStatus status)
    {
        LogSegment? segment = _context.Segments.Find(entry.Segment);
        int lengthBytes = RecordLayout.MessageBytes(entry.ContentBytes, entry.FactCount);
        Span<byte> record = into.Prepare(lengthBytes);
        try
        {
            bool whole = segment?.File is { } file && file.Read(record, entry.OffsetBytes) == lengthBytes;
            bool valid = whole && TryParse(record, segment!.SaltAt(entry.OffsetBytes), sequence, into);
            status = valid ? ReadStatus.Found : ReadStatus.Damaged;
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

    public void Erase(in SequenceEntry entry)
    {
        if ((entry.Flags & EntryFlags.Blank) == 0)
        {
            int lengthBytes = RecordLayout.MessageBytes(entry.ContentBytes, entry.FactCount);
            _context.Eraser.Want(entry.Segment, entry.OffsetBytes, lengthBytes);
        }
    }

    public void OnCleared(ulong below)
    {
        // The records stay in their segments, which nothing empties yet.
    }

    /// <summary>Recovery found that sequences up to here are reserved.</summary>
    public void ResumeReservation(ulong upTo) => _reservedUpTo = upTo;

    private bool TryParse(ReadOnlySpan<byte> record, RecordSalt salt, ulong sequence, StoredMessage into)
    {
        if (!RecordHeader.TryRead(record, salt, out RecordHeader header) || header.LengthBytes != record.Length ||
            header.Kind != RecordKind.Message || header.StreamId != StreamId || header.Sequence != sequence ||
            !RecordBody.IsIntact(record, salt))
        {
            into.Clear();
            return false;
        }
        int contentBytes = header.ContentBytes;
        MessageFacts facts = MessageFacts.Read(record[(RecordLayout.HeaderBytes + contentBytes)..], header.Flags);
        into.Set(
            sequence, facts.TimestampNanos, RecordLayout.HeaderBytes, header.SubjectBytes, header.HeadersBytes,
            contentBytes - header.SubjectBytes - header.HeadersBytes);
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
