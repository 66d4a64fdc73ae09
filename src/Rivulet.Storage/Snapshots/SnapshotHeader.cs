using System.Buffers.Binary;
using Rivulet.Protocol;
using Rivulet.Storage.Records;

namespace Rivulet.Storage.Snapshots;

/// <summary>
/// The head of a snapshot file. It names the segment by what no other has, so that a snapshot is never taken for that of
/// another one.
/// <code>
///   0                8          12         16                24                32         36         40
///   +----------------+----------+----------+-----------------+-----------------+----------+----------+
///   | magic          | version  | checksum | store id        | segment's salt  | number   |generation|
///   +----------------+----------+----------+-----------------+-----------------+----------+----------+
///   40         44         48                56         60         64
///   +----------+----------+-----------------+----------+----------+
///   | records  | content  | length of the   | number   | the last |
///   | end at   | checksum | content         | of them  | starts at|
///   +----------+----------+-----------------+----------+----------+
///   the content follows, to the end of the file
/// </code>
/// </summary>
/// <param name="StoreId">The store that the segment is of.</param>
/// <param name="Salt">The segment's salt.</param>
/// <param name="Number">The segment's number.</param>
/// <param name="Generation">How often it was rewritten.</param>
/// <param name="EndBytes">Where in the segment the records end that it tells of: behind them there may be more.</param>
/// <param name="Records">How many there are.</param>
/// <param name="ContentBytes">Length of what follows the header.</param>
/// <param name="ContentChecksum">CRC-32C of that.</param>
/// <param name="LastBytes">Where in the segment the last record starts; 0 when there is none.</param>
internal readonly record struct SnapshotHeader(
    ulong StoreId, ulong Salt, int Number, uint Generation, int EndBytes, int Records, long ContentBytes, uint ContentChecksum,
    int LastBytes)
{
    /// <summary>The version that this code writes, and the only one that it reads: others are made again.</summary>
    public const uint FormatVersion = 3;

    public const int Bytes = 64;

    private static ReadOnlySpan<byte> Magic => "RIVUSNP\0"u8;

    /// <summary>Whether it is of this segment.</summary>
    public bool IsOf(in SegmentHeader segment) =>
        StoreId == segment.StoreId && Salt == segment.Salt && Number == segment.Number && Generation == segment.Generation;

    /// <summary>Whether what it says can be said of a segment of this size.</summary>
    public bool CanBeOf(in SegmentHeader segment) =>
        EndBytes >= SegmentHeader.AreaBytes && EndBytes <= segment.SizeBytes &&
        ContentBytes >= 0 && ContentBytes <= 2L * EndBytes && Records >= 0 && Records <= EndBytes &&
        (Records == 0 ? LastBytes == 0 && EndBytes == SegmentHeader.AreaBytes
            : LastBytes >= SegmentHeader.AreaBytes && LastBytes < EndBytes);

    public void Write(Span<byte> destination)
    {
        destination[..Bytes].Clear();
        Magic.CopyTo(destination);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[8..], FormatVersion);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[16..], StoreId);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[24..], Salt);
        BinaryPrimitives.WriteInt32LittleEndian(destination[32..], Number);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[36..], Generation);
        BinaryPrimitives.WriteInt32LittleEndian(destination[40..], EndBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[44..], ContentChecksum);
        BinaryPrimitives.WriteInt64LittleEndian(destination[48..], ContentBytes);
        BinaryPrimitives.WriteInt32LittleEndian(destination[56..], Records);
        BinaryPrimitives.WriteInt32LittleEndian(destination[60..], LastBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[12..], Crc32C.Compute(destination[..Bytes]));
    }

    /// <summary>Reads a header.</summary>
    /// <returns>Whether it is one of this version, and whole.</returns>
    public static bool TryRead(ReadOnlySpan<byte> source, out SnapshotHeader header)
    {
        header = default;
        if (source.Length < Bytes || !source.StartsWith(Magic))
            return false;
        Span<byte> plain = stackalloc byte[Bytes];
        source[..Bytes].CopyTo(plain);
        plain.Slice(12, 4).Clear();
        if (BinaryPrimitives.ReadUInt32LittleEndian(source[12..]) != Crc32C.Compute(plain) ||
            BinaryPrimitives.ReadUInt32LittleEndian(source[8..]) != FormatVersion)
        {
            return false;
        }
        header = new SnapshotHeader(
            BinaryPrimitives.ReadUInt64LittleEndian(source[16..]),
            BinaryPrimitives.ReadUInt64LittleEndian(source[24..]),
            BinaryPrimitives.ReadInt32LittleEndian(source[32..]),
            BinaryPrimitives.ReadUInt32LittleEndian(source[36..]),
            BinaryPrimitives.ReadInt32LittleEndian(source[40..]),
            BinaryPrimitives.ReadInt32LittleEndian(source[56..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[48..]),
            BinaryPrimitives.ReadUInt32LittleEndian(source[44..]),
            BinaryPrimitives.ReadInt32LittleEndian(source[60..]));
        return true;
    }
}
