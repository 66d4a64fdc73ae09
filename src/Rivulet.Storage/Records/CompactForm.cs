using System.Buffers.Binary;

namespace Rivulet.Storage.Records;

/// <summary>
/// The compact form of a message's record, which nearly all of them have: the header of <see cref="RecordHeader"/> in
/// seventeen bytes, or nineteen with headers, and the facts of <see cref="MessageFacts"/> in fewer.
/// <code>
///   0          4        6      7     8         10         14         17         19
///   +----------+--------+------+-----+---------+----------+----------+- - - - - +
///   | checksum | length | subj | bits| stream  | sequence | unsynced | headers  |
///   |          |        | len  |     |         |          |          | length   |
///   +----------+--------+------+-----+---------+----------+----------+- - - - - +
///   facts: timestamp in 100 ns 7, expiry in ns 8, dropped sequence 4, floor sequence 4
/// </code>
/// The bits begin with one that the length of the full form never has in that place, so that the two are told apart. What
/// does not fit has the full form: <see cref="CanHold"/>.
/// </summary>
internal static class CompactForm
{
    /// <summary>Least length of a header.</summary>
    public const int HeaderBytesMin = 17;

    /// <summary>Length of the timestamp.</summary>
    public const int TimestampBytes = 7;

    /// <summary>Length of one unit of any other fact.</summary>
    public const int FactBytes = 4;

    /// <summary>What the timestamp counts.</summary>
    public const long NanosPerTick = 100;

    // Where the bits are, and what they say. The lower five are those of RecordFlags.
    private const int BitsOffset = 7;
    private const byte Mark = 0x80;
    private const byte HeadersBit = 0x40;
    private const byte CompressedBit = 0x20;
    private const RecordFlags CommonFlags = (RecordFlags)0x1F;

    private const int HeadersLengthBytes = 2;
    private const long TicksMax = (1L << (TimestampBytes * 8)) - 1;

    // The last bits of a link or of the size of what was unsynced; the first says which of them it is.
    private const uint LinkMark = 1u << 23;
    private const uint LinkMax = LinkMark - 1;
    private const int MantissaBits = 19;

    /// <summary>Length of a header.</summary>
    public static int HeaderBytes(bool hasHeaders) => hasHeaders ? HeaderBytesMin + HeadersLengthBytes : HeaderBytesMin;

    /// <summary>Whether a header is in the compact form; at least eight bytes of it.</summary>
    public static bool IsAt(ReadOnlySpan<byte> header) => (header[BitsOffset] & Mark) != 0;

    /// <summary>Whether the compact form can say all that a message has.</summary>
    /// <param name="header">The header; its length is not looked at.</param>
    /// <param name="facts">The facts.</param>
    /// <param name="contentBytes">Subject, headers and payload together, as they are stored.</param>
    public static bool CanHold(in RecordHeader header, in MessageFacts facts, int contentBytes)
    {
        long ticks = facts.TimestampNanos / NanosPerTick;
        return contentBytes <= ushort.MaxValue - RecordLayout.MessageBytesMax(0) &&
            header.SubjectBytes <= byte.MaxValue && header.HeadersBytes <= ushort.MaxValue &&
            header.StreamId <= ushort.MaxValue && header.Sequence < uint.MaxValue &&
            (header.Flags & (RecordFlags.BatchMember | RecordFlags.BatchEnd)) == 0 &&
            facts.TimestampNanos >= 0 && ticks <= TicksMax && ticks * NanosPerTick == facts.TimestampNanos &&
            facts.Dropped <= uint.MaxValue && facts.Floor <= uint.MaxValue &&
            !(header.IsLinked && header.UnsyncedBytes > LinkMax);
    }

    /// <summary>
    /// What the compact form says of so many unsynced bytes: up to 4 MiB exactly, more rounded up by a few parts in a million,
    /// so that it never says that something is synced which is not.
    /// </summary>
    public static uint RoundUp(uint unsyncedBytes) => UnsyncedOf(FieldOf(unsyncedBytes));

    public static void WriteHeader(in RecordHeader header, Span<byte> destination, RecordSalt salt)
    {
        int headerBytes = header.HeaderBytes;
        BinaryPrimitives.WriteUInt16LittleEndian(destination[4..], (ushort)header.LengthBytes);
        destination[6] = (byte)header.SubjectBytes;
        destination[BitsOffset] = (byte)(Mark | (int)(header.Flags & CommonFlags) |
            (header.IsCompressed ? CompressedBit : 0) | (header.HeadersBytes > 0 ? HeadersBit : 0));
        BinaryPrimitives.WriteUInt16LittleEndian(destination[8..], (ushort)header.StreamId);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[10..], (uint)header.Sequence);
        uint field = header.IsLinked ? LinkMark | header.UnsyncedBytes : FieldOf(header.UnsyncedBytes);
        destination[14] = (byte)field;
        BinaryPrimitives.WriteUInt16LittleEndian(destination[15..], (ushort)(field >> 8));
        if (header.HeadersBytes > 0)
            BinaryPrimitives.WriteUInt16LittleEndian(destination[HeaderBytesMin..], (ushort)header.HeadersBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(destination, salt.OfHeader(destination[4..headerBytes]));
    }

    /// <summary>Reads a header that is in the compact form and checks it.</summary>
    /// <param name="source">At least <see cref="HeaderBytesMin"/> bytes.</param>
    /// <param name="salt">The salt of the place.</param>
    /// <param name="header">The header, when it is one; its lengths are still to be compared.</param>
    /// <returns>Whether the checksum is right.</returns>
    public static bool TryReadHeader(ReadOnlySpan<byte> source, RecordSalt salt, out RecordHeader header)
    {
        header = default;
        int headerBytes = HeaderBytes((source[BitsOffset] & HeadersBit) != 0);
        if (source.Length < headerBytes ||
            BinaryPrimitives.ReadUInt32LittleEndian(source) != salt.OfHeader(source[4..headerBytes]))
        {
            return false;
        }
        byte bits = source[BitsOffset];
        uint field = source[14] | ((uint)BinaryPrimitives.ReadUInt16LittleEndian(source[15..]) << 8);
        header.LengthBytes = BinaryPrimitives.ReadUInt16LittleEndian(source[4..]);
        header.Kind = RecordKind.Message;
        header.IsCompact = true;
        header.Flags = ((RecordFlags)bits & CommonFlags) | ((bits & CompressedBit) != 0 ? RecordFlags.Compressed : 0);
        header.SubjectBytes = source[6];
        header.StreamId = BinaryPrimitives.ReadUInt16LittleEndian(source[8..]);
        header.Sequence = BinaryPrimitives.ReadUInt32LittleEndian(source[10..]);
        header.IsLinked = (field & LinkMark) != 0;
        header.UnsyncedBytes = header.IsLinked ? field & LinkMax : UnsyncedOf(field);
        if ((bits & HeadersBit) != 0)
            header.HeadersBytes = BinaryPrimitives.ReadUInt16LittleEndian(source[HeaderBytesMin..]);
        return true;
    }

    public static void WriteTimestamp(Span<byte> destination, long nanos)
    {
        long ticks = nanos / NanosPerTick;
        BinaryPrimitives.WriteUInt32LittleEndian(destination, (uint)ticks);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[3..], (uint)(ticks >> 24));
    }

    public static long ReadTimestamp(ReadOnlySpan<byte> source)
    {
        uint low = BinaryPrimitives.ReadUInt32LittleEndian(source);
        ulong high = BinaryPrimitives.ReadUInt32LittleEndian(source[3..]);
        return (long)((low & 0xFF_FFFF) | (high << 24)) * NanosPerTick;
    }

    // Eighths of the size as a number of nineteen bits and how often it is doubled: records start at multiples of eight.
    private static uint FieldOf(uint unsyncedBytes)
    {
        ulong eighths = ((ulong)unsyncedBytes + (RecordLayout.Alignment - 1)) / RecordLayout.Alignment;
        int doublings = 0;
        for (; eighths >> MantissaBits != 0; doublings++)
            eighths = (eighths + 1) >> 1;
        return (uint)eighths | ((uint)doublings << MantissaBits);
    }

    private static uint UnsyncedOf(uint field)
    {
        ulong eighths = (ulong)(field & ((1u << MantissaBits) - 1)) << (int)(field >> MantissaBits);
        return (uint)Math.Min(eighths * RecordLayout.Alignment, uint.MaxValue);
    }
}
