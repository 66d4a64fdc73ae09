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

    /// <summary>Seeds the hash of subjects.</summary>
    ulong HashSeed { get; }

    /// <summary>What a new index tells of the records that it refers to.</summary>
    IRecordSpace NewSpace();

    /// <summary>Called once, before anything else, with what the backend serves.</summary>
    void Attach(StreamCore core);

    /// <summary>Whether messages are compressed where the stream asks for it.</summary>
    bool CanCompress { get; }

    /// <summary>Checksums what will be stored as a message's content, ahead of its append, outside any lock.</summary>
    uint ChecksumOf(in MessageRecord record);

    /// <summary>Whether messages of this size in all may be appended now: Stored, or the reason why not.</summary>
    AppendStatus Admit(long recordBytes);

    /// <summary>Once this is committed, sequences that were given out are never given out again.</summary>
    LogPosition ReservedAt { get; }

    /// <summary>Sequences up to this one are about to be given out: reserves more when they are not reserved.</summary>
    /// <param name="sequence">The highest one.</param>
    /// <param name="limits">Whether the stream wants it whatever the policy.</param>
    void ReserveUpTo(ulong sequence, StreamLimits limits);

    /// <summary>
    /// Until it is disposed, nobody else's records come between those that the caller appends, and no commit begins or
    /// ends among them.
    /// </summary>
    Lock.Scope KeepTogether();

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
    void Erase(ulong sequence, in SequenceEntry entry);

    /// <summary>Every message below a sequence is gone, in one step. Under the index lock, with the index in order.</summary>
    void OnCleared(ulong below);
}

/// <summary>Where an appended record lies.</summary>
internal struct RecordPlace
{
    /// <summary>Slot of the segment (file) or number of the chunk (memory).</summary>
    public int Segment;

    /// <summary>Start of the record within it.</summary>
    public int OffsetBytes;

    /// <summary>The buffer that holds the record until its commit has been handed to observers, at least.</summary>
    public byte[] Buffer;

    /// <summary>Start of the content within the buffer.</summary>
    public int ContentOffsetBytes;

    /// <summary>Whether headers and payload are compressed there.</summary>
    public bool IsPacked;

    /// <summary>File: what decides how long the record is, beside its content.</summary>
    public RecordShape Shape;
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

    /// <summary>See <see cref="NewMessage.CallerDelivers"/>.</summary>
    public bool CallerDelivers;

    /// <summary>Whether it belongs to an atomic batch whose end follows.</summary>
    public bool IsBatchMember;

    /// <summary>How many messages the atomic batch has that it ends, or 0.</summary>
    public ulong BatchSize;
    public uint ContentChecksum;
    public ReadOnlySpan<byte> Subject;
    public ReadOnlySpan<byte> Headers;
    public ReadOnlySpan<byte> Payload;

    /// <summary>What is stored in place of headers and payload (see <see cref="PackedContent"/>), or empty.</summary>
    public ReadOnlySpan<byte> Packed;

    /// <summary>The content as it was published.</summary>
    public readonly int ContentBytes => Subject.Length + Headers.Length + Payload.Length;

    /// <summary>The content as a file store stores it.</summary>
    public readonly int StoredBytes => Packed.IsEmpty ? ContentBytes : Subject.Length + Packed.Length;

    /// <summary>A message about which nothing is decided yet.</summary>
    public static MessageRecord Of(in NewMessage message) => new()
    {
        Subject = message.Subject,
        Headers = message.Headers,
        Payload = message.Payload,
        ExpiresAtNanos = message.ExpiresAtNanos,
        Rollup = message.Rollup,
        CallerDelivers = message.CallerDelivers,
    };
}
