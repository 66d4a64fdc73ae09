using System.Runtime.CompilerServices;
using Rivulet.Storage.Indexing;
using Rivulet.Storage.Records;
using Rivulet.Storage.Streams;

namespace Rivulet.Storage.Memory;

/// <summary>
/// Keeps the messages of one stream in chunks of memory. A chunk goes when nothing in it is live any more; one that is
/// mostly dead is emptied by writing what is left of it again, so that a stream whose messages are replaced for ever
/// takes at most a few times its live data. Written under the stream's index lock.
/// </summary>
internal sealed class MemoryStreamBackend(MemoryMessageStore store) : IStreamBackend, IRecordSpace
{
    private const int FirstChunkBytes = 4 << 10;
    private const int ChunkBytes = 256 << 10;

    /// <summary>A chunk is emptied when no more than one part in this many is live.</summary>
    private const int SparseDivisor = 4;

    /// <summary>Chunks listed, gone or not, above which the oldest are emptied: numbers come round again.</summary>
    private const int ListedChunksMax = 1 << 20;

    private readonly MemoryMessageStore _store = store;
    private StreamCore _core = null!;
    private IndexedStreamLog? _stream;

    // By number, less _firstNumber; null where a chunk is gone. Replaced when it grows, never changed in place except
    // for entries, so that readers look chunks up without a lock.
    private volatile ChunkList _chunks = new(0, new MemoryChunk?[4]);
    private MemoryChunk? _current;
    private int _nextNumber;

    public SizeAccounting Accounting => SizeAccounting.Memory;

    public IndexMemory Memory => _store.IndexMemory;

    public ulong HashSeed => _store.HashSeed;

    public IRecordSpace NewSpace() => this;

    public void Attach(StreamCore core) => _core = core;

    public void SetStream(IndexedStreamLog stream) => _stream = stream;

    public bool CanCompress => false;

    public uint ChecksumOf(in MessageRecord record) => 0;

    public AppendStatus Admit(long recordBytes) =>
        _store.Failure is null ? AppendStatus.Stored : AppendStatus.Failed;

    public Lock.Scope KeepTogether() => _store.KeepTogether();

    public LogPosition ReservedAt => LogPosition.None;

    public void ReserveUpTo(ulong sequence, StreamLimits limits)
    {
        // Nothing outlives the process, so no sequence can be given out twice.
    }

    public LogPosition AppendMessage(in MessageRecord record, out RecordPlace place)
    {
        MemoryChunk chunk = ChunkFor(record.ContentBytes);
        int offset = chunk.Add(record.Sequence, record.Subject.Length, record.Headers.Length, record.ContentBytes);
        Span<byte> content = chunk.Bytes.AsSpan(offset + MemoryChunk.HeaderBytes, record.ContentBytes);
        record.Subject.CopyTo(content);
        record.Headers.CopyTo(content[record.Subject.Length..]);
        record.Payload.CopyTo(content[(record.Subject.Length + record.Headers.Length)..]);
        place = new RecordPlace
        {
            Segment = chunk.Number,
            OffsetBytes = offset,
            Buffer = chunk.Bytes,
            ContentOffsetBytes = offset + MemoryChunk.HeaderBytes,
        };
        return _store.OnAppended(_stream!);
    }

    public LogPosition AppendControl(RecordKind kind, RecordFlags flags, ulong sequence, ReadOnlySpan<byte> body) =>
        _store.OnAppended(_stream!);

    public bool TryRead(ulong sequence, in SequenceEntry entry, StoredMessage into, out ReadStatus status)
    {
        status = ReadStatus.Found;
        MemoryChunk? chunk = _chunks.Find(entry.Segment);
        if (chunk is null)
            return false;
        ReadOnlySpan<byte> record = chunk.Bytes.AsSpan(entry.OffsetBytes, MemoryChunk.HeaderBytes + entry.ContentBytes);
        ReadOnlySpan<byte> content = record[MemoryChunk.HeaderBytes..];
        content.CopyTo(into.Prepare(content.Length));
        int subjectBytes = MemoryChunk.SubjectBytesAt(record);
        int headersBytes = MemoryChunk.HeadersBytesAt(record);
        into.Set(
            sequence, entry.TimestampNanos, 0, subjectBytes, headersBytes, content.Length - subjectBytes - headersBytes);
        return true;
    }

    public void ReportDamage(ulong sequence, in SequenceEntry entry)
    {
        // Memory is read without checksums, so nothing is ever found damaged.
    }

    public void Erase(ulong sequence, in SequenceEntry entry)
    {
        // What was written to a chunk is never changed, since readers copy without a lock; it goes with the chunk.
    }

    public void OnAdded(in SequenceEntry entry)
    {
        // The chunk counted the record when it was written.
    }

    public void OnReleased()
    {
        // OnCleared sees to it, once the next generation is in place.
    }

    public void OnRemoved(in SequenceEntry entry)
    {
        MemoryChunk? chunk = _chunks.Find(entry.Segment);
        if (chunk is null)
            return;
        chunk.LiveBytes -= MemoryChunk.RecordBytes(entry.ContentBytes);
        if (chunk != _current && chunk.LiveBytes <= chunk.UsedBytes / SparseDivisor)
            Empty(chunk);
    }

    public void OnCleared(ulong below)
    {
        ChunkList chunks = _chunks;
        for (int i = 0; i < chunks.Chunks.Length; i++)
        {
            if (chunks.Chunks[i] is not { } chunk)
                continue;
            if (chunk == _current)
                chunk.LiveBytes = LiveBytesOf(chunk);
            else if (chunk.LastSequence < below)
                _chunks.Drop(chunk.Number);
            else
                Empty(chunk);
        }
    }

    private MemoryChunk ChunkFor(int contentBytes)
    {
        MemoryChunk? full = _current;
        MemoryChunk current = ChunkWithoutEmptying(contentBytes);
        if (full is null || full == current)
            return current;
        if (_chunks.Chunks.Length > ListedChunksMax && _chunks.Oldest is var oldest && oldest != full && oldest != current)
            Empty(oldest);
        if (full.LiveBytes > full.UsedBytes / SparseDivisor)
            return ChunkWithoutEmptying(contentBytes);

        // While it was the current one, the full chunk became sparse without anyone emptying it.
        Empty(full);
        return ChunkWithoutEmptying(contentBytes);
    }

    private MemoryChunk ChunkWithoutEmptying(int contentBytes)
    {
        if (_current is not null && _current.HasRoomFor(contentBytes))
            return _current;
        int size = _current is null ? FirstChunkBytes : Math.Min(ChunkBytes, _current.Bytes.Length * 2);
        _current = new MemoryChunk(_nextNumber, Math.Max(size, MemoryChunk.RecordBytes(contentBytes)));
        _nextNumber = (_nextNumber + 1) & SequenceEntry.MaxSegment;
        _chunks = _chunks.With(_current);
        return _current;
    }

    /// <summary>Writes what is live in a chunk again, to the end of the stream's memory, and lets the chunk go.</summary>
    private void Empty(MemoryChunk chunk)
    {
        for (int offset = 0; chunk.LiveBytes > 0 && offset < chunk.UsedBytes;)
        {
            ReadOnlySpan<byte> record = chunk.Bytes.AsSpan(offset);
            int recordBytes = MemoryChunk.RecordBytes(MemoryChunk.ContentBytesAt(record));
            ref SequenceEntry entry = ref FindEntry(record, chunk.Number, offset);
            if (!Unsafe.IsNullRef(ref entry))
            {
                Move(record, ref entry);
                chunk.LiveBytes -= recordBytes;
            }
            offset += recordBytes;
        }
        _chunks.Drop(chunk.Number);
    }

    private void Move(ReadOnlySpan<byte> record, ref SequenceEntry entry)
    {
        int contentBytes = MemoryChunk.ContentBytesAt(record);
        MemoryChunk target = ChunkWithoutEmptying(contentBytes);
        int offset = target.Add(
            MemoryChunk.SequenceAt(record), MemoryChunk.SubjectBytesAt(record), MemoryChunk.HeadersBytesAt(record),
            contentBytes);
        record.Slice(MemoryChunk.HeaderBytes, contentBytes)
            .CopyTo(target.Bytes.AsSpan(offset + MemoryChunk.HeaderBytes));
        entry.SetPlace(target.Number, offset);
    }

    private int LiveBytesOf(MemoryChunk chunk)
    {
        int liveBytes = 0;
        for (int offset = 0; offset < chunk.UsedBytes;)
        {
            ReadOnlySpan<byte> record = chunk.Bytes.AsSpan(offset);
            int recordBytes = MemoryChunk.RecordBytes(MemoryChunk.ContentBytesAt(record));
            if (!Unsafe.IsNullRef(ref FindEntry(record, chunk.Number, offset)))
                liveBytes += recordBytes;
            offset += recordBytes;
        }
        return liveBytes;
    }

    /// <summary>The index entry that refers to a record, in whichever generation; a null reference when none does.</summary>
    private ref SequenceEntry FindEntry(ReadOnlySpan<byte> record, int chunk, int offset)
    {
        ulong sequence = MemoryChunk.SequenceAt(record);
        for (StreamIndex? index = _core.Committed; index is not null; index = index.Successor)
        {
            ref SequenceEntry entry = ref index.Sequences.Find(sequence);
            if (!Unsafe.IsNullRef(ref entry) && entry.Segment == chunk && entry.OffsetBytes == offset)
                return ref entry;
        }
        return ref Unsafe.NullRef<SequenceEntry>();
    }

    /// <summary>
    /// The chunks by number; numbers come round. Readers look up without a lock: what they look up was published before they learned its
    /// number, and a place only ever becomes null afterwards.
    /// </summary>
    private sealed class ChunkList(int first, MemoryChunk?[] chunks)
    {
        public ReadOnlySpan<MemoryChunk?> Chunks => chunks;

        /// <summary>The oldest that is still there; there is one.</summary>
        public MemoryChunk Oldest => chunks.First(chunk => chunk is not null)!;

        public MemoryChunk? Find(int number)
        {
            int i = PlaceOf(number);
            return (uint)i < (uint)chunks.Length ? Volatile.Read(ref chunks[i]) : null;
        }

        public void Drop(int number) => Volatile.Write(ref chunks[PlaceOf(number)], null);

        public ChunkList With(MemoryChunk chunk)
        {
            int i = PlaceOf(chunk.Number);
            if (i < chunks.Length)
            {
                Volatile.Write(ref chunks[i], chunk);
                return this;
            }
            int gone = 0;
            while (gone < chunks.Length && chunks[gone] is null)
                gone++;
            var larger = new MemoryChunk?[Math.Max(4, (chunks.Length - gone) * 2)];
            chunks.AsSpan(gone).CopyTo(larger);
            larger[i - gone] = chunk;
            return new ChunkList((first + gone) & SequenceEntry.MaxSegment, larger);
        }

        private int PlaceOf(int number) => (number - first) & SequenceEntry.MaxSegment;
    }
}
