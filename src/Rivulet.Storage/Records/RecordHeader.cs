using System.Buffers.Binary;
using Rivulet.Storage.Indexing;

namespace Rivulet.Storage.Records;

/// <summary>
/// The first thirty-two bytes of every record.
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

    public readonly int BodyBytes => LengthBytes - RecordLayout.HeaderBytes - RecordLayout.TrailerBytes;

    public readonly int AlignedBytes => RecordLayout.Align(LengthBytes);

    public readonly int FactCount =>
        1 + Bit(RecordFlags.HasExpiry) + Bit(RecordFlags.HasDropped) + Bit(RecordFlags.HasFloor) + Bit(RecordFlags.BatchEnd);

    /// <summary>
    /// Whether it removes messages that are to be overwritten. It is said again before that is done, so it may be all that
    /// is left of a stream that was deleted meanwhile.
    /// </summary>
    public readonly bool IsErasure => Kind == RecordKind.Remove && (Flags & RecordFlags.Erase) != 0;

    public readonly bool IsCompressed => (Flags & RecordFlags.Compressed) != 0;

    /// <summary>Message: subject, headers and payload together, as they are stored.</summary>
    public readonly int ContentBytes => BodyBytes - (FactCount * RecordLayout.FactBytes);

    public readonly void Write(Span<byte> destination, RecordSalt salt)
    {
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
    /// <param name="source">At least the header's bytes.</param>
    /// <param name="salt">The salt of the place.</param>
    /// <param name="header">The header, when it is one.</param>
    /// <returns>Whether the checksum is right and the lengths can be.</returns>
    public static bool TryRead(ReadOnlySpan<byte> source, RecordSalt salt, out RecordHeader header)
    {
        header = default;
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
        return header.Kind != RecordKind.Message ||
            (header.HeadersBytes >= 0 && header.ContentBytes >= header.SubjectBytes +
                (header.IsCompressed ? 0L : header.HeadersBytes));
    }

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
    /// <param name="source">The header's bytes; right afterwards, if there is such a bit.</param>
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
        for (; bit < RecordLayout.HeaderBytes * 8; bit++)
        {
            source[bit / 8] ^= (byte)(1 << (bit % 8));
            if (TryRead(source, salt, out header))
                return true;
            source[bit / 8] ^= (byte)(1 << (bit % 8));
        }
        return false;
    }

    private readonly int Bit(RecordFlags flag) => (Flags & flag) != 0 ? 1 : 0;
}
