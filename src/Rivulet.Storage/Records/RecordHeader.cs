using System.Buffers.Binary;
using Rivulet.Storage.Indexing;

namespace Rivulet.Storage.Records;

/// <summary>
/// The first thirty-two bytes of a record, unless it has the compact form (<see cref="CompactForm"/>).
/// <code>
///   0          4          8     9     10     12         16                24         28         32
///   +----------+----------+-----+-----+------+----------+-----------------+----------+----------+
///   | checksum | length   | kind|flags| subj | stream   | sequence        | headers  | unsynced |
///   |          |          |     |     | len  |          |                 | length   |          |
///   +----------+----------+-----+-----+------+----------+-----------------+----------+----------+
///   length: of the whole record, header and trailing checksum included, without the padding behind it
/// </code>
/// </summary>
internal struct RecordHeader
{
    /// <summary>Length of the whole record, without the padding to the next multiple of eight.</summary>
    public int LengthBytes;

    public RecordKind Kind;
    public RecordFlags Flags;

    /// <summary>Message: length of the subject.</summary>
    public ushort SubjectBytes;

    /// <summary>Which stream, by the number that its creation gave it; 0 for records of the whole store.</summary>
    public uint StreamId;

    /// <summary>Message: its sequence. SkipTo, SequenceReservation: the sequence that they speak of.</summary>
    public ulong Sequence;

    /// <summary>Message: length of the header block; before it was compressed, if it is.</summary>
    public int HeadersBytes;

    /// <summary>
    /// How much of the log before this record was not known to be synced when it was appended. So a record proves that
    /// what lies further back was on the disk, and damage there is not a write that a power cut interrupted.
    /// </summary>
    public uint UnsyncedBytes;

    /// <summary>Message: whether the record has the compact form.</summary>
    public bool IsCompact;

    /// <summary>Compact: whether <see cref="UnsyncedBytes"/> is a <see cref="RewrittenLink"/>.</summary>
    public bool IsLinked;

    /// <summary>Length of the header itself.</summary>
    public readonly int HeaderBytes =>
        IsCompact ? CompactForm.HeaderBytes(HeadersBytes > 0) : RecordLayout.HeaderBytes;

    public readonly int BodyBytes => LengthBytes - HeaderBytes - RecordLayout.TrailerBytes;

    public readonly int AlignedBytes => RecordLayout.Align(LengthBytes);

    /// <summary>Message: what decides its length, beside the size of its content.</summary>
    public readonly RecordShape Shape => RecordShape.Of(Flags, IsCompact);

    /// <summary>
    /// Whether it removes messages that are to be overwritten. It is said again before that is done, so it may be all that
    /// is left of a stream that was deleted meanwhile.
    /// </summary>
    public readonly bool IsErasure => Kind == RecordKind.Remove && (Flags & RecordFlags.Erase) != 0;

    public readonly bool IsCompressed => (Flags & RecordFlags.Compressed) != 0;

    /// <summary>Message: subject, headers and payload together, as they are stored.</summary>
    public readonly int ContentBytes => BodyBytes - Shape.FactsBytes;

    /// <summary>Message: takes the compact form, if that can say what there is, and the length that follows.</summary>
    /// <param name="facts">Its facts.</param>
    /// <param name="contentBytes">Subject, headers and payload together, as they are stored.</param>
    /// <param name="isLinked">Whether the record goes to a rewritten segment.</param>
    public void TakeForm(in MessageFacts facts, int contentBytes, bool isLinked)
    {
        IsLinked = isLinked;
        IsCompact = CompactForm.CanHold(in this, in facts, contentBytes);
        IsLinked &= IsCompact;
        LengthBytes = Shape.MessageBytes(contentBytes, HeadersBytes > 0);
    }

    public readonly void Write(Span<byte> destination, RecordSalt salt)
    {
        if (IsCompact)
        {
            CompactForm.WriteHeader(in this, destination, salt);
            return;
        }
        BinaryPrimitives.WriteUInt32LittleEndian(destination[4..], (uint)LengthBytes);
        destination[8] = (byte)Kind;
        destination[9] = (byte)Flags;
        BinaryPrimitives.WriteUInt16LittleEndian(destination[10..], SubjectBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[12..], StreamId);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[16..], Sequence);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[24..], (uint)HeadersBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[28..], UnsyncedBytes);
        uint checksum = salt.OfHeader(destination[4..RecordLayout.HeaderBytes]);
        BinaryPrimitives.WriteUInt32LittleEndian(destination, checksum);
    }

    /// <summary>Reads a header and checks it.</summary>
    /// <param name="source">The header's bytes, and whatever follows; fewer than those are none.</param>
    /// <param name="salt">The salt of the place.</param>
    /// <param name="header">The header, when it is one.</param>
    /// <returns>Whether the checksum is right and the lengths can be.</returns>
    public static bool TryRead(ReadOnlySpan<byte> source, RecordSalt salt, out RecordHeader header)
    {
        header = default;
        if (source.Length < CompactForm.HeaderBytesMin)
            return false;
        if (CompactForm.IsAt(source))
            return CompactForm.TryReadHeader(source, salt, out header) && header.HasRoomForContent;
        if (source.Length < RecordLayout.HeaderBytes)
            return false;
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(source[4..]);
        if (length < RecordLayout.HeaderBytes + RecordLayout.TrailerBytes || length > int.MaxValue - RecordLayout.Alignment)
            return false;
        if (BinaryPrimitives.ReadUInt32LittleEndian(source) != salt.OfHeader(source[4..RecordLayout.HeaderBytes]))
            return false;
        header.LengthBytes = (int)length;
        header.Kind = (RecordKind)source[8];
        header.Flags = (RecordFlags)source[9];
        header.SubjectBytes = BinaryPrimitives.ReadUInt16LittleEndian(source[10..]);
        header.StreamId = BinaryPrimitives.ReadUInt32LittleEndian(source[12..]);
        header.Sequence = BinaryPrimitives.ReadUInt64LittleEndian(source[16..]);
        header.HeadersBytes = (int)BinaryPrimitives.ReadUInt32LittleEndian(source[24..]);
        header.UnsyncedBytes = BinaryPrimitives.ReadUInt32LittleEndian(source[28..]);
        return header.Kind != RecordKind.Message || (header.HeadersBytes >= 0 && header.HasRoomForContent);
    }

    private readonly bool HasRoomForContent =>
        ContentBytes >= SubjectBytes + (IsCompressed ? 0L : HeadersBytes);

    /// <summary>Message: subject, headers and payload together, as they were published; -1 when that cannot be.</summary>
    /// <param name="content">What the record holds between its header and its facts.</param>
    public readonly int PlainContentBytes(ReadOnlySpan<byte> content)
    {
        if (!IsCompressed)
            return content.Length;
        int plainBytes = PackedContent.PlainBytes(content[SubjectBytes..]);
        bool canBe = plainBytes == 0 ||
            (plainBytes >= HeadersBytes && plainBytes <= SequenceEntry.MaxContentBytes - SubjectBytes);
        return canBe ? SubjectBytes + plainBytes : -1;
    }

    /// <summary>Puts a header right in which one bit is wrong.</summary>
    /// <param name="source">As many bytes as a header has at most; right afterwards, if there is such a bit.</param>
    /// <param name="salt">The salt of the place.</param>
    /// <param name="bit">Which bit, counted from the front.</param>
    /// <param name="header">The header, when there is such a bit.</param>
    /// <returns>Whether there is such a bit.</returns>
    public static bool TryRepair(Span<byte> source, RecordSalt salt, out int bit, out RecordHeader header)
    {
        header = default;
        bit = 0;
        if (!source.ContainsAnyExcept((byte)0))
            return false;
        for (; bit < source.Length * 8; bit++)
        {
            source[bit / 8] ^= (byte)(1 << (bit % 8));
            if (TryRead(source, salt, out header))
                return true;
            source[bit / 8] ^= (byte)(1 << (bit % 8));
        }
        return false;
    }
}
