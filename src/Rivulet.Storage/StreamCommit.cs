namespace Rivulet.Storage;

/// <summary>
/// What one round committed to one stream. Its spans point into the store's own buffers and are valid during the call
/// of the observer only.
/// </summary>
public readonly ref struct StreamCommit
{
    private readonly ReadOnlySpan<CommittedRecord> _records;

    internal StreamCommit(LogPosition position, ReadOnlySpan<CommittedRecord> records, bool hasRemovals)
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
    public CommittedMessage this[int index] => new(in _records[index]);

    /// <summary>Walks the new messages by ascending sequence.</summary>
    public Enumerator GetEnumerator() => new(_records);

    /// <summary>Walks the new messages of a <see cref="StreamCommit"/>.</summary>
    public ref struct Enumerator
    {
        private readonly ReadOnlySpan<CommittedRecord> _records;
        private int _index;

        internal Enumerator(ReadOnlySpan<CommittedRecord> records)
        {
            _records = records;
            _index = -1;
        }

        /// <summary>The message that the walk stands on.</summary>
        public readonly CommittedMessage Current => new(in _records[_index]);

        /// <summary>Goes to the next message.</summary>
        /// <returns>Whether there is one.</returns>
        public bool MoveNext() => ++_index < _records.Length;
    }
}

/// <summary>A message that was just committed. Its spans are valid during the call of the observer only.</summary>
public readonly ref struct CommittedMessage
{
    private readonly ref readonly CommittedRecord _record;

    internal CommittedMessage(in CommittedRecord record) => _record = ref record;

    /// <summary>Its sequence.</summary>
    public ulong Sequence => _record.Sequence;

    /// <summary>Its timestamp, in nanoseconds since the Unix epoch.</summary>
    public long TimestampNanos => _record.TimestampNanos;

    /// <summary>Its subject.</summary>
    public ReadOnlySpan<byte> Subject => _record.Content.Slice(0, _record.SubjectBytes);

    /// <summary>Its header block, or empty.</summary>
    public ReadOnlySpan<byte> Headers => _record.Content.Slice(_record.SubjectBytes, _record.HeadersBytes);

    /// <summary>Its payload, or empty.</summary>
    public ReadOnlySpan<byte> Payload => _record.Content.Slice(_record.SubjectBytes + _record.HeadersBytes);
}

/// <summary>Where the content of a just committed message lies: subject, headers, payload, one after the other.</summary>
internal struct CommittedRecord
{
    public ulong Sequence;
    public long TimestampNanos;
    public byte[] Buffer;
    public int OffsetBytes;
    public int SubjectBytes;
    public int HeadersBytes;
    public int ContentBytes;

    public readonly ReadOnlySpan<byte> Content => Buffer.AsSpan(OffsetBytes, ContentBytes);
}
