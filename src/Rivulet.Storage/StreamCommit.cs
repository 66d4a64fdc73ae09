using System.Buffers;
using System.Diagnostics;
using Rivulet.Storage.Records;

namespace Rivulet.Storage;

/// <summary>
/// What one round committed to one stream. Its spans point into the store's own buffers and are valid during the call
/// of the observer only.
/// </summary>
public readonly ref struct StreamCommit
{
    private readonly Span<CommittedRecord> _records;

    internal StreamCommit(LogPosition position, Span<CommittedRecord> records, bool hasRemovals)
    {
        Position = position;
        _records = records;
        HasRemovals = hasRemovals;
    }

    /// <summary>Everything appended to this stream up to here is committed.</summary>
    public LogPosition Position { get; }

    /// <summary>
    /// Whether messages may have gone: removed, purged, expired, rolled up, or dropped by a limit.
    /// </summary>
    public bool HasRemovals { get; }

    /// <summary>How many new messages the round brought.</summary>
    public int Count => _records.Length;

    /// <summary>The new messages, by ascending sequence; also those that the same round removed again.</summary>
    /// <param name="index">From 0 to <see cref="Count"/> - 1.</param>
    public CommittedMessage this[int index] => new(ref _records[index]);

    /// <summary>Walks the new messages by ascending sequence.</summary>
    public Enumerator GetEnumerator() => new(_records);

    /// <summary>Walks the new messages of a <see cref="StreamCommit"/>.</summary>
    public ref struct Enumerator
    {
        private readonly Span<CommittedRecord> _records;
        private int _index;

        internal Enumerator(Span<CommittedRecord> records)
        {
            _records = records;
            _index = -1;
        }

        /// <summary>The message that the walk stands on.</summary>
        public readonly CommittedMessage Current => new(ref _records[_index]);

        /// <summary>Goes to the next message.</summary>
        /// <returns>Whether there is one.</returns>
        public bool MoveNext() => ++_index < _records.Length;
    }
}

/// <summary>A message that was just committed. Its spans are valid during the call of the observer only.</summary>
public readonly ref struct CommittedMessage
{
    private readonly ref CommittedRecord _record;

    internal CommittedMessage(ref CommittedRecord record) => _record = ref record;

    /// <summary>Its sequence.</summary>
    public ulong Sequence => _record.Sequence;

    /// <summary>Its timestamp, in nanoseconds since the Unix epoch.</summary>
    public long TimestampNanos => _record.TimestampNanos;

    /// <summary>Its subject.</summary>
    public ReadOnlySpan<byte> Subject => _record.Subject;

    /// <summary>Its header block, or empty.</summary>
    public ReadOnlySpan<byte> Headers => _record.Plain[.._record.HeadersBytes];

    /// <summary>Its payload, or empty.</summary>
    public ReadOnlySpan<byte> Payload => _record.Plain[_record.HeadersBytes..];
}

/// <summary>
/// Where the content of a just committed message lies: subject, headers, payload, one after the other. Compressed
/// content is unpacked when an observer looks at it, which few do.
/// </summary>
internal struct CommittedRecord
{
    public ulong Sequence;
    public long TimestampNanos;
    public byte[] Buffer;
    public int OffsetBytes;
    public int SubjectBytes;
    public int HeadersBytes;
    public int StoredBytes;
    public bool IsPacked;

    // Pooled; null until an observer looked.
    private byte[]? _unpacked;

    public readonly ReadOnlySpan<byte> Subject => Buffer.AsSpan(OffsetBytes, SubjectBytes);

    /// <summary>Headers and payload.</summary>
    public ReadOnlySpan<byte> Plain => IsPacked ? Unpack() : Stored;

    private readonly ReadOnlySpan<byte> Stored => Buffer.AsSpan(OffsetBytes + SubjectBytes, StoredBytes - SubjectBytes);

    /// <summary>Lets go of the buffers.</summary>
    public void Release()
    {
        if (_unpacked is not null)
            ArrayPool<byte>.Shared.Return(_unpacked);
        this = default;
    }

    private ReadOnlySpan<byte> Unpack()
    {
        int plainBytes = PackedContent.PlainBytes(Stored);
        if (_unpacked is null)
        {
            _unpacked = ArrayPool<byte>.Shared.Rent(plainBytes);
            bool valid = PackedContent.TryUnpack(Stored, _unpacked.AsSpan(0, plainBytes));
            Debug.Assert(valid, "it was packed a moment ago");
        }
        return _unpacked.AsSpan(0, plainBytes);
    }
}
