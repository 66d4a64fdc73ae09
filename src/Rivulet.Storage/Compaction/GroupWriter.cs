using System.Buffers;
using System.Buffers.Binary;
using Rivulet.Protocol;
using Rivulet.Storage.Files;
using Rivulet.Storage.Log;
using Rivulet.Storage.Records;

namespace Rivulet.Storage.Compaction;

/// <summary>A message that was written to another place.</summary>
internal readonly record struct MovedMessage(
    uint StreamId, ulong Sequence, int FromSlot, int FromOffsetBytes, int OffsetBytes, int LengthBytes, RecordShape Shape);

/// <summary>
/// Writes a rewritten segment: records under new checksums, linked by <see cref="RewrittenLink"/>, then what was added,
/// then where streams go on. Neither the header nor the last sync is its business. One thread.
/// </summary>
internal sealed class GroupWriter : IDisposable
{
    // So much is written at once, and synced before more is: a commit that comes meanwhile waits for it, so it is about as
    // much as the disk takes in two milliseconds.
    private const int BufferBytes = 512 << 10;

    private readonly IFile _file;
    private readonly ulong _salt;
    private readonly Dictionary<uint, LinkState> _links = [];

    // What is copied from: segment after segment, each from front to back.
    private LogSegment? _source;
    private SegmentWindow? _window;
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
    private int _buffered;
    private long _written = SegmentHeader.AreaBytes;

    public GroupWriter(IFile file, ulong salt)
    {
        _file = file;
        _salt = salt;
    }

    /// <summary>The messages that were written, in order.</summary>
    public List<MovedMessage> Moved { get; } = [];

    /// <summary>The streams of which anything was written.</summary>
    public HashSet<uint> Streams { get; } = [];

    /// <summary>Bytes written of records that are part of what streams are, other than messages.</summary>
    public long StateBytes { get; private set; }

    /// <summary>Bytes written of anything else but messages.</summary>
    public long FactBytes { get; private set; }

    /// <summary>Where the records end.</summary>
    public long EndBytes => _written + _buffered;

    public void Dispose()
    {
        _window?.Dispose();
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    public void Write(RewritePlan plan, Func<uint, ulong> firstInGroup)
    {
        foreach ((uint streamId, PlannedStream _) in plan.Streams)
            _links[streamId] = new LinkState(firstInGroup(streamId) is var first and not 0 ? first - 1 : 0);
        foreach (KeptRecord kept in plan.Kept)
        {
            if (!kept.IsObsolete)
                Copy(in kept);
        }
        foreach (NewRecord added in plan.Added)
            Add(in added, 0);
        foreach ((uint streamId, PlannedStream planned) in plan.Streams)
            AddEnd(streamId, planned);
        Flush();
    }

    private void Copy(in KeptRecord kept)
    {
        RecordSalt salt = kept.Segment.SaltAt(kept.OffsetBytes);
        ReadOnlySpan<byte> source = WindowOf(kept.Segment).Bytes(kept.OffsetBytes, kept.LengthBytes);
        if (source.Length != kept.LengthBytes || !RecordHeader.TryRead(source, salt, out RecordHeader header) ||
            header.LengthBytes != source.Length || !RecordBody.IsIntact(source, header.HeaderBytes, salt, out uint plain))
        {
            throw new IOException($"{kept.Segment.FileName} cannot be read again at offset {kept.OffsetBytes}");
        }
        ReadOnlySpan<byte> body = RecordBody.Of(source, header.HeaderBytes);
        if (header.Kind == RecordKind.Message)
        {
            Copy(in kept, header, body, plain);
            return;
        }
        Span<byte> record = Room(header.LengthBytes);
        body.CopyTo(record[header.HeaderBytes..]);
        header.UnsyncedBytes = 0;
        Seal(in header, record, plain);
    }

    /// <summary>
    /// Copies a message. What is left of a batch are messages by themselves, so the batch's size goes; and what an earlier
    /// version wrote takes the compact form, unless it does not fit.
    /// </summary>
    private void Copy(in KeptRecord kept, RecordHeader header, ReadOnlySpan<byte> body, uint plain)
    {
        int contentBytes = header.ContentBytes;
        RecordShape shape = header.Shape;
        MessageFacts facts = MessageFacts.Read(body[contentBytes..], in header);
        facts.BatchSize = 0;
        header.Flags &= ~(RecordFlags.BatchMember | RecordFlags.BatchEnd);
        header.UnsyncedBytes = LinkOf(header.StreamId, header.Sequence).ToField();
        header.TakeForm(in facts, contentBytes, isLinked: true);
        Span<byte> record = Room(header.LengthBytes);
        Span<byte> written = record[header.HeaderBytes..^RecordLayout.TrailerBytes];
        body[..contentBytes].CopyTo(written);
        facts.Write(written[contentBytes..], header.IsCompact);
        if (header.Shape != shape)
            plain = Crc32C.Compute(written);
        Moved.Add(new MovedMessage(
            header.StreamId, header.Sequence, kept.Segment.Slot, kept.OffsetBytes, (int)EndBytes, header.LengthBytes,
            header.Shape));
        Seal(in header, record, plain);
    }

    private SegmentWindow WindowOf(LogSegment segment)
    {
        if (_source == segment)
            return _window!;
        _window?.Dispose();
        _source = segment;
        return _window = new SegmentWindow(segment.File!, segment.File!.LengthBytes);
    }

    private void Add(in NewRecord added, uint link)
    {
        var header = new RecordHeader
        {
            LengthBytes = added.LengthBytes,
            Kind = added.Kind,
            StreamId = added.StreamId,
            Sequence = added.Sequence,
            UnsyncedBytes = link,
        };
        Span<byte> record = Room(header.LengthBytes);
        added.Body.CopyTo(record[RecordLayout.HeaderBytes..]);
        Seal(in header, record, Crc32C.Compute(added.Body));
    }

    /// <summary>
    /// Says where a stream goes on, unless its last message here says it: when something behind that is gone, when it
    /// could not be told, were that message damaged, what is missing from what is gone, and when what is here of the
    /// stream is no message. Twice, like what purges.
    /// </summary>
    private void AddEnd(uint streamId, PlannedStream planned)
    {
        LinkState link = _links[streamId];
        bool isTold = link.Last >= planned.LastGone && link.IsContiguous && (link.IsUsed || !Streams.Contains(streamId));
        if (isTold || Math.Max(link.Last, planned.LastGone) == 0)
            return;
        ulong next = Math.Max(link.Last, planned.LastGone) + 1;
        byte[] body = planned.LastGone > link.Last ? SkipToBody.Create(planned.LastGoneNanos) : [];
        uint field = LinkOf(streamId, next).ToField();
        var end = new NewRecord(RecordKind.SkipTo, streamId, next, body);
        Add(in end, field);
        Add(in end, field);
    }

    private RewrittenLink LinkOf(uint streamId, ulong sequence)
    {
        if (!_links.TryGetValue(streamId, out LinkState? state))
            _links.Add(streamId, state = new LinkState(0));
        RewrittenLink link = RewrittenLink.Of(sequence, Math.Min(state.Last, sequence - 1), state.Number);
        state.IsContiguous = sequence == state.Last + 1;
        state.Last = sequence;
        state.Number++;
        state.IsUsed = true;
        return link;
    }

    /// <summary>Room for a record, padding included, which is zero.</summary>
    private Span<byte> Room(int lengthBytes)
    {
        int alignedBytes = RecordLayout.Align(lengthBytes);
        if (_buffer.Length - _buffered < alignedBytes)
            Flush();
        if (_buffer.Length < alignedBytes)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = ArrayPool<byte>.Shared.Rent(alignedBytes);
        }
        _buffer.AsSpan(_buffered, alignedBytes).Clear();
        return _buffer.AsSpan(_buffered, lengthBytes);
    }

    /// <summary>Puts header and checksums to a record whose body, of that plain checksum, is in its place.</summary>
    private void Seal(in RecordHeader header, Span<byte> record, uint plain)
    {
        record = record[..header.LengthBytes];
        var salt = new RecordSalt(_salt, (int)EndBytes);
        header.Write(record, salt);
        BinaryPrimitives.WriteUInt32LittleEndian(record[^RecordLayout.TrailerBytes..], salt.OfBody(plain));
        _buffered += header.AlignedBytes;
        Streams.Add(header.StreamId);
        if (header.Kind.IsState)
            StateBytes += header.AlignedBytes;
        else if (header.Kind != RecordKind.Message)
            FactBytes += header.AlignedBytes;
    }

    private void Flush()
    {
        if (_written > SegmentHeader.AreaBytes)
            _file.SyncData();
        _file.Write(_buffer.AsSpan(0, _buffered), _written);
        _written += _buffered;
        _buffered = 0;
    }

    /// <summary>A stream's place in the numbering of its records.</summary>
    private sealed class LinkState(ulong last)
    {
        /// <summary>Sequence of the record before; at first, the last one in front of the group.</summary>
        public ulong Last { get; set; } = last;

        public byte Number { get; set; }

        /// <summary>Whether any record was numbered.</summary>
        public bool IsUsed { get; set; }

        /// <summary>Whether the last record follows directly on the one before it.</summary>
        public bool IsContiguous { get; set; } = true;
    }
}
