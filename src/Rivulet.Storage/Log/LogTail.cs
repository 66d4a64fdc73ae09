using System.Buffers.Binary;
using System.Diagnostics;
using Rivulet.Protocol;
using Rivulet.Storage.Records;
using Rivulet.Storage.Streams;

namespace Rivulet.Storage.Log;

/// <summary>
/// The end of the log, in memory: appenders of all streams write their records here, and the committer takes what has
/// gathered. A record has its place in the log from here on, so a segment that is full is followed by the next one
/// before that has a file.
/// <para>
/// Its lock is the innermost one: taken inside a stream's index lock, held for the copy of a record, or of the records of
/// an atomic batch, never over I/O.
/// </para>
/// </summary>
internal sealed class LogTail
{
    private readonly Lock _gate = new();
    private readonly FileStoreOptions _options;
    private readonly SegmentSet _segments;
    private readonly Random _random;
    private readonly RecentRecords _recent;

    // Chunks that hold something to be committed, oldest first; the last one is being filled.
    private readonly List<LogChunk> _chunks = [];
    private LogChunk? _chunk;

    // Streams that appended since the committer last took what there was; a stream remembers the round it is listed in.
    private readonly List<IndexedStreamLog> _touched = [];
    private long _round = 1;
    private LogSegment _segment;
    private int _segmentUsedBytes;
    private long _appended;
    private bool _syncWanted;
    private bool _committerSleeps;

    // What was known to be synced when the last record was appended, which says so.
    private long _proven;

    // What is known to be synced; moved by the committer.
    private long _synced;

    // What is committed; moved by the committer.
    private long _committed;
    private long _merging;

    // The size of the segment after the present one; moved by whoever sees how the store grows.
    private long _nextSegmentBytes;

    // Whether the last record belongs to an atomic batch whose end follows, or should have.
    private bool _endsInBatch;

    /// <summary>Continues a log.</summary>
    /// <param name="options">Sizes.</param>
    /// <param name="segments">Where new segments are added.</param>
    /// <param name="recent">Keeps what is written, and gives buffers.</param>
    /// <param name="random">Draws the salts of segments.</param>
    /// <param name="segment">The segment to go on in; one of <paramref name="segments"/>.</param>
    /// <param name="segmentUsedBytes">Where in it; 0: it has no header yet.</param>
    public LogTail(
        FileStoreOptions options, SegmentSet segments, RecentRecords recent, Random random, LogSegment segment, int segmentUsedBytes)
    {
        _options = options;
        _segments = segments;
        _random = random;
        _recent = recent;
        _segment = segment;
        _segmentUsedBytes = segmentUsedBytes;
        _nextSegmentBytes = SegmentSizes.First(options.SegmentBytes);
        _appended = _synced = _proven = _committed = _merging = segmentUsedBytes == 0
            ? segment.Header.FirstPosition
            : segment.PositionAt(segmentUsedBytes);
        if (segmentUsedBytes == 0)
            StartSegment(segment);
    }

    /// <summary>Wakes the committer when something was appended while it slept. Set before the first append.</summary>
    public Action Wake { get; set; } = static () => { };

    /// <summary>
    /// Whether those who say that they deliver commits run the committer's rounds, so that it need not be woken for what they
    /// append. Set before the first append.
    /// </summary>
    public bool CommitsInPlace { get; set; }

    public LogPosition Appended => new(Volatile.Read(ref _appended));

    public long UncommittedBytes => Volatile.Read(ref _appended) - Volatile.Read(ref _committed);

    /// <summary>Everything before this position is committed.</summary>
    public LogPosition Committed => new(Volatile.Read(ref _committed));

    /// <summary>The segment that is appended to; those before it are sealed.</summary>
    public LogSegment Segment
    {
        get
        {
            lock (_gate)
                return _segment;
        }
    }

    /// <summary>The size of the segment after the present one, in bytes, unless a record needs more.</summary>
    public long NextSegmentBytes
    {
        get => Volatile.Read(ref _nextSegmentBytes);
        set => Volatile.Write(ref _nextSegmentBytes, value);
    }

    /// <summary>Recovery: the log ends within an atomic batch that nothing goes on with. Before the first append.</summary>
    public void SetEndsInBatch(bool value) => _endsInBatch = value;

    /// <summary>Recovery: what follows goes to a segment of its own.</summary>
    public void BeginSegment()
    {
        lock (_gate)
            Roll(0);
    }

    /// <summary>
    /// Ends the present segment early, so that what is unused of it can be given back: the next one is begun with a sync, whatever the
    /// policy. The committer is still to be woken.
    /// </summary>
    /// <returns>Whether it held anything.</returns>
    public bool Seal()
    {
        lock (_gate)
        {
            if (_segment.File is null || _segmentUsedBytes <= SegmentHeader.AreaBytes)
                return false;
            Roll(0);
            _syncWanted = true;
            return true;
        }
    }

    /// <summary>Whether there is room for so much more in the present segment, with the reserve left over.</summary>
    public bool FitsPresentSegment(long recordBytes)
    {
        lock (_gate)
        {
            return _segment.File is not null &&
                _segmentUsedBytes + recordBytes + _options.ReservedBytes <= _segment.FileBytes;
        }
    }

    /// <summary>Until it is disposed, nobody else appends and the committer takes nothing.</summary>
    public Lock.Scope KeepTogether() => _gate.EnterScope();

    public LogPosition AppendMessage(
        FileStreamBackend stream, in MessageRecord record, out RecordPlace place, out LogSegment segment)
    {
        var facts = new MessageFacts
        {
            TimestampNanos = record.TimestampNanos,
            ExpiresAtNanos = record.ExpiresAtNanos,
            Dropped = record.Dropped,
            Floor = record.Floor,
            BatchSize = record.BatchSize,
        };
        if (_options.SeededBug == SeededBug.LostFact)
            facts.Forget(record.Sequence);
        var header = new RecordHeader
        {
            Kind = RecordKind.Message,
            Flags = facts.Flags | RollupFlag(record.Rollup) |
                (record.IsBatchMember ? RecordFlags.BatchMember : 0) |
                (record.Packed.IsEmpty ? 0 : RecordFlags.Compressed),
            SubjectBytes = (ushort)record.Subject.Length,
            HeadersBytes = record.Headers.Length,
            StreamId = stream.StreamId,
            Sequence = record.Sequence,
        };
        header.TakeForm(in facts, record.StoredBytes, isLinked: false);
        lock (_gate)
        {
            BeginInSegment(stream, in header);
            Span<byte> bytes = Reserve(ref header, out RecordSalt salt, out place);
            segment = _segment;
            header.Write(bytes, salt);
            Span<byte> body = bytes[header.HeaderBytes..];
            CopyContent(in record, body);
            place.IsPacked = !record.Packed.IsEmpty;
            int factBytes = facts.Write(body[record.StoredBytes..], header.IsCompact);
            uint plain = Crc32C.Append(record.ContentChecksum, body.Slice(record.StoredBytes, factBytes));
            return Finish(bytes, header.LengthBytes, salt.OfBody(plain), stream.Stream, record.CallerDelivers);
        }
    }

    public LogPosition AppendControl(
        RecordKind kind, RecordFlags flags, uint streamId, ulong sequence, ReadOnlySpan<byte> body,
        FileStreamBackend? stream, out LogSegment segment)
    {
        RecordHeader header = ControlHeader(kind, flags, streamId, sequence, body);
        uint plain = Crc32C.Compute(body);
        lock (_gate)
        {
            if (stream is not null)
                BeginInSegment(stream, in header);
            LogPosition position = WriteControl(header, body, plain, stream?.Stream);
            segment = _segment;

            // What else depends on is on the disk before anything of it is acknowledged, whatever the policy. So is the
            // removal of a message that is to be overwritten: it must not come back without its content.
            _syncWanted |= (kind == RecordKind.Remove && (flags & RecordFlags.Erase) != 0) || kind is RecordKind.StreamCreated or RecordKind.StreamConfigured or RecordKind.StreamDeleted
                or RecordKind.SequenceReservation or RecordKind.CleanShutdown;
            return position;
        }
    }

    /// <summary>
    /// Whether what was appended can be committed by one write into the present segment: it has a file, and nothing in it
    /// needs a sync whatever the policy. May be out of date when it returns.
    /// </summary>
    public bool IsOneWrite
    {
        get
        {
            lock (_gate)
                return _segment.File is not null && !_syncWanted;
        }
    }

    /// <summary>Takes everything appended since the last time.</summary>
    /// <param name="round">An empty round, which is filled.</param>
    /// <param name="sleepIfNone">Whether the committer sleeps when there is nothing, and is to be woken.</param>
    /// <returns>Whether there is anything.</returns>
    public bool TryTake(CommitRound round, bool sleepIfNone)
    {
        lock (_gate)
        {
            if (_chunks.Count == 0 || (_chunks.Count == 1 && _chunks[0].TakenBytes == _chunks[0].FilledBytes))
            {
                // Somebody else's look, while the committer sleeps, does not wake it.
                _committerSleeps |= sleepIfNone;
                return false;
            }
            foreach (LogChunk chunk in _chunks)
            {
                if (chunk.FilledBytes > chunk.TakenBytes)
                    round.Slices.Add(new ChunkSlice(chunk, chunk.TakenBytes, chunk.FilledBytes));
                chunk.TakenBytes = chunk.FilledBytes;
                if (chunk != _chunk)
                    round.FullChunks.Add(chunk);
            }
            _chunks.Clear();
            _chunks.Add(_chunk!);
            round.Streams.AddRange(_touched);
            _touched.Clear();
            _round++;
            round.UpTo = new LogPosition(_appended);
            round.Proves = _proven;
            round.SyncWanted = _syncWanted;
            _syncWanted = false;
            return true;
        }
    }

    /// <summary>
    /// Up to where operations may be in the indexes: all that is committed, and what is being merged. Under a lazy policy
    /// that need not be synced.
    /// </summary>
    public LogPosition Merging => new(Volatile.Read(ref _merging));

    /// <summary>What is before this is merged from here on.</summary>
    public void MarkMerging(LogPosition upTo) => Volatile.Write(ref _merging, upTo.Value);

    /// <summary>Everything up to here is committed.</summary>
    public void MarkCommitted(LogPosition upTo) => Volatile.Write(ref _committed, upTo.Value);

    /// <summary>A round is handed over: its buffers may be filled again.</summary>
    public void Release(CommitRound round)
    {
        if (round.FullChunks.Count == 0)
            return;
        lock (_gate)
        {
            foreach (LogChunk chunk in round.FullChunks)
                _recent.Release(chunk);
        }
    }

    /// <summary>Everything before this position is known to be on the disk.</summary>
    public LogPosition Synced => new(Volatile.Read(ref _synced));

    /// <summary>Everything up to here is known to be on the disk.</summary>
    public void MarkSynced(LogPosition upTo) => Volatile.Write(ref _synced, upTo.Value);

    private static void CopyContent(in MessageRecord record, Span<byte> body)
    {
        record.Subject.CopyTo(body);
        Span<byte> rest = body[record.Subject.Length..];
        if (!record.Packed.IsEmpty)
        {
            record.Packed.CopyTo(rest);
            return;
        }
        record.Headers.CopyTo(rest);
        record.Payload.CopyTo(rest[record.Headers.Length..]);
    }

    private static RecordFlags RollupFlag(RollupScope rollup) => rollup switch
    {
        RollupScope.Subject => RecordFlags.RollupSubject,
        RollupScope.All => RecordFlags.RollupAll,
        _ => RecordFlags.None,
    };

    private static RecordHeader ControlHeader(
        RecordKind kind, RecordFlags flags, uint streamId, ulong sequence, ReadOnlySpan<byte> body) => new()
    {
        LengthBytes = RecordLayout.HeaderBytes + body.Length + RecordLayout.TrailerBytes,
        Kind = kind,
        Flags = flags,
        StreamId = streamId,
        Sequence = sequence,
    };

    private LogPosition WriteControl(
        RecordHeader header, ReadOnlySpan<byte> body, uint plainChecksum, IndexedStreamLog? stream)
    {
        Span<byte> bytes = Reserve(ref header, out RecordSalt salt, out _);
        header.Write(bytes, salt);
        body.CopyTo(bytes[RecordLayout.HeaderBytes..]);
        if (header.Kind.IsState)
            _segment.AddLive(bytes.Length);
        return Finish(bytes, header.LengthBytes, salt.OfBody(plainChecksum), stream, callerDelivers: false);
    }

    /// <summary>
    /// Puts in front of a stream's first record in a segment what has to stand there; both go to the same segment. Not
    /// into an atomic batch, whose records lie together: then it is left to the record behind it.
    /// </summary>
    private void BeginInSegment(FileStreamBackend stream, in RecordHeader next)
    {
        if (_endsInBatch)
            return;
        NewRecord? before = stream.Prelude.Before(in next, _segment);
        if (!Fits(next.AlignedBytes + (before?.AlignedBytes ?? 0)))
        {
            before = stream.Prelude.Before(in next, null);
            Roll(next.AlignedBytes + (before?.AlignedBytes ?? 0));
        }
        if (before is { } record)
        {
            RecordHeader header = ControlHeader(
                record.Kind, RecordFlags.None, record.StreamId, record.Sequence, record.Body);
            WriteControl(header, record.Body, Crc32C.Compute(record.Body), stream.Stream);
        }
        stream.Prelude.Begin(in next, _segment, isDescribed: before?.Kind == RecordKind.StreamConfigured);
    }

    private bool Fits(int alignedBytes) => _segmentUsedBytes + (long)alignedBytes <= _segment.Header.SizeBytes;

    /// <summary>Finds room for a record; its header's last field is filled in.</summary>
    private Span<byte> Reserve(ref RecordHeader header, out RecordSalt salt, out RecordPlace place)
    {
        int alignedBytes = header.AlignedBytes;
        if (!Fits(alignedBytes))
            Roll(alignedBytes);
        if (_chunk is null || _chunk.Bytes.Length - _chunk.FilledBytes < alignedBytes)
            StartChunk(alignedBytes);
        LogChunk chunk = _chunk!;
        place = new RecordPlace
        {
            Segment = _segment.Slot,
            OffsetBytes = _segmentUsedBytes,
            Buffer = chunk.Bytes,
            ContentOffsetBytes = chunk.FilledBytes + header.HeaderBytes,
            Shape = header.Kind == RecordKind.Message ? header.Shape : default,
        };
        salt = _segment.SaltAt(_segmentUsedBytes);
        _endsInBatch = header.Kind == RecordKind.Message && (header.Flags & RecordFlags.BatchMember) != 0;
        _proven = Volatile.Read(ref _synced);
        header.UnsyncedBytes = (uint)Math.Min(_appended - _proven, uint.MaxValue);
        Span<byte> bytes = chunk.Bytes.AsSpan(chunk.FilledBytes, alignedBytes);
        chunk.FilledBytes += alignedBytes;
        _segmentUsedBytes += alignedBytes;
        return bytes;
    }

    private LogPosition Finish(
        Span<byte> bytes, int lengthBytes, uint bodyChecksum, IndexedStreamLog? stream, bool callerDelivers)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[(lengthBytes - RecordLayout.TrailerBytes)..], bodyChecksum);
        bytes[lengthBytes..].Clear();
        if (stream is not null && stream.TouchedRound != _round)
        {
            stream.TouchedRound = _round;
            _touched.Add(stream);
        }
        Volatile.Write(ref _appended, _appended + bytes.Length);
        if (_committerSleeps && !(callerDelivers && CommitsInPlace))
        {
            _committerSleeps = false;
            Wake();
        }
        return new LogPosition(_appended);
    }

    private void Roll(int recordBytes)
    {
        ulong salt;
        lock (_random)
            salt = (ulong)_random.NextInt64(long.MinValue, long.MaxValue);
        _segment.EndsInBatch = _endsInBatch;
        _segment.EndPosition = _appended;
        var segment = new LogSegment(new SegmentHeader(
            _segment.Header.LastNumber + 1, salt, _appended, SegmentSizes.For(_nextSegmentBytes, recordBytes), Generation: 0,
            _segment.Header.StoreId));
        _segments.Add(segment);
        StartSegment(segment);
    }

    private void StartSegment(LogSegment segment)
    {
        _segment = segment;
        _segmentUsedBytes = 0;
        StartChunk(SegmentHeader.AreaBytes);
        segment.Header.Write(_chunk!.Bytes);
        _chunk.FilledBytes = _segmentUsedBytes = SegmentHeader.AreaBytes;
    }

    private void StartChunk(int neededBytes)
    {
        // One for a single large record is not kept: it goes with its round.
        bool isUsual = neededBytes <= RecentRecords.ChunkBytes;
        LogChunk chunk = isUsual ? _recent.Next() : new LogChunk(neededBytes);
        chunk.Start(_segment, _segmentUsedBytes);
        if (isUsual)
            _recent.Started();
        _chunk = chunk;
        _chunks.Add(chunk);
        Debug.Assert(_chunks.Count < 1 << 20, "the tail is bounded");
    }
}
