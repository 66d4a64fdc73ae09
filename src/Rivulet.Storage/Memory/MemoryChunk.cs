using System.Buffers.Binary;

namespace Rivulet.Storage.Memory;

/// <summary>
/// A buffer that messages of one memory stream are appended to. What was written is never changed, and the array is
/// left to the collector, so whoever holds it may read it with no lock.
/// <code>
///   0            8         12        16        20        24
///   +------------+---------+---------+---------+---------+- - - - -+- - - - -+- - - -
///   | sequence   | content | subject | headers | unused  | subject | headers | payload, to a multiple of eight
///   |            | length  | length  | length  |         |         |         |
///   +------------+---------+---------+---------+---------+- - - - -+- - - - -+- - - -
/// </code>
/// </summary>
internal sealed class MemoryChunk(int number, int capacityBytes)
{
    public const int HeaderBytes = 24;

    public int Number { get; } = number;

    public byte[] Bytes { get; } = GC.AllocateUninitializedArray<byte>(capacityBytes);

    /// <summary>How much is written.</summary>
    public int UsedBytes { get; private set; }

    /// <summary>How much of it an index refers to.</summary>
    public int LiveBytes { get; set; }

    /// <summary>The highest sequence written here.</summary>
    public ulong LastSequence { get; private set; }

    public static int RecordBytes(int contentBytes) => (HeaderBytes + contentBytes + 7) & ~7;

    public bool HasRoomFor(int contentBytes) => Bytes.Length - UsedBytes >= RecordBytes(contentBytes);

    /// <summary>Starts a record.</summary>
    /// <returns>Its offset; the content goes behind its header.</returns>
    public int Add(ulong sequence, int subjectBytes, int headersBytes, int contentBytes)
    {
        int offset = UsedBytes;
        Span<byte> header = Bytes.AsSpan(offset, HeaderBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(header, sequence);
        BinaryPrimitives.WriteInt32LittleEndian(header[8..], contentBytes);
        BinaryPrimitives.WriteInt32LittleEndian(header[12..], subjectBytes);
        BinaryPrimitives.WriteInt32LittleEndian(header[16..], headersBytes);
        int recordBytes = RecordBytes(contentBytes);
        UsedBytes += recordBytes;
        LiveBytes += recordBytes;
        LastSequence = Math.Max(LastSequence, sequence);
        return offset;
    }

    public static ulong SequenceAt(ReadOnlySpan<byte> record) => BinaryPrimitives.ReadUInt64LittleEndian(record);

    public static int ContentBytesAt(ReadOnlySpan<byte> record) => BinaryPrimitives.ReadInt32LittleEndian(record[8..]);

    public static int SubjectBytesAt(ReadOnlySpan<byte> record) => BinaryPrimitives.ReadInt32LittleEndian(record[12..]);

    public static int HeadersBytesAt(ReadOnlySpan<byte> record) => BinaryPrimitives.ReadInt32LittleEndian(record[16..]);
}
