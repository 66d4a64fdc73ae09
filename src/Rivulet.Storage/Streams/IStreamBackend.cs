using Rivulet.Storage.Indexing;
using Rivulet.Storage.Records;

namespace Rivulet.Storage.Streams;

/// <summary>
/// Where the records of one stream go. The two stores differ in this and share everything above it. Called under the
/// stream's index lock, except for <see cref="ChecksumOf"/> and <see cref="TryRead"/>; never waits for the disk in an append.
/// </summary>
internal interface IStreamBackend
{
    SizeAccounting Accounting { get; }

    /// <summary>Counts the memory of the index.</summary>
    IndexMemory Memory { get; }

    /// <summary>What the index tells of the records it refers to; null when nobody wants to know.</summary>
    IRecordSpace? Space { get; }

    /// <summary>Called once, before anything else, with what the backend serves.</summary>
    void Attach(StreamCore core);

    /// <summary>Checksums a message's content ahead of its append, outside any lock.</summary>
    uint ChecksumOf(in NewMessage message);

    /// <summary>Whether a message of this size may be appended now: Stored, or the reason why not.</summary>
    AppendStatus Admit(int recordBytes);

    /// <summary>Whether sequences up to this one may be given out, and reserves more when few are left.</summary>
    void ReserveUpTo(ulong sequence);

    /// <summary>Appends a message that was admitted.</summary>
    LogPosition AppendMessage(in MessageRecord record, out RecordPlace place);

    /// <summary>Appends any other record.</summary>
    LogPosition AppendControl(RecordKind kind, RecordFlags flags, ulong sequence, ReadOnlySpan<byte> body);

    /// <summary>Reads a message that the index referred to a moment ago. With no lock held.</summary>
    /// <returns>Whether the record is still there; otherwise it has moved or gone, and is to be looked up again.</returns>
    bool TryRead(ulong sequence, in SequenceEntry entry, StoredMessage into, out ReadStatus status);

    /// <summary>Tells whoever runs the server that a message was found damaged; once for each.</summary>
    void ReportDamage(ulong sequence, in SequenceEntry entry);

    /// <summary>A message that is being taken away is to be overwritten as well. Under the index lock.</summary>
    void Erase(in SequenceEntry entry);

    /// <summary>Every message below a sequence is gone, in one step. Under the index lock, with the index in order.</summary>
    void OnCleared(ulong below);
}

/// <summary>Where an appended record lies.</summary>
internal struct RecordPlace
{
    /// <summary>Number of the segment (file) or chunk (memory).</summary>
    public int Segment;

    /// <summary>Start of the record within it.</summary>
    public int OffsetBytes;

    /// <summary>The buffer that holds the record until its commit has been handed to observers, at least.</summary>
    public byte[] Buffer;

    /// <summary>Start of the content within the buffer.</summary>
    public int ContentOffsetBytes;
}

/// <summary>A message with everything that was decided about it.</summary>
internal ref struct MessageRecord
{
    public ulong Sequence;
    public long TimestampNanos;
    public long ExpiresAtNanos;
    public ulong Dropped;
    public ulong Floor;
    public RollupScope Rollup;
    public uint ContentChecksum;
    public ReadOnlySpan<byte> Subject;
    public ReadOnlySpan<byte> Headers;
    public ReadOnlySpan<byte> Payload;

    public readonly int ContentBytes => Subject.Length + Headers.Length + Payload.Length;

    public readonly int FactCount =>
        1 + (ExpiresAtNanos != 0 ? 1 : 0) + (Dropped != 0 ? 1 : 0) + (Floor != 0 ? 1 : 0);
}
