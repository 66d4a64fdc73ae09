using System.Buffers.Binary;
using System.Numerics;
using Rivulet.Protocol;

namespace Rivulet.Storage.Records;

/// <summary>What the header of a segment file turned out to be.</summary>
internal enum SegmentHeaderStatus
{
    /// <summary>At least one copy is whole.</summary>
    Valid,

    /// <summary>Both copies are zero, but for one bit perhaps: the file was prepared and never used.</summary>
    Unused,

    /// <summary>One copy is zero and the other not whole: the first write to the file did not finish.</summary>
    Unfinished,

    /// <summary>A whole copy says that a later version wrote the file.</summary>
    LaterVersion,

    /// <summary>Neither copy is whole, but the file is a segment.</summary>
    Damaged,

    /// <summary>Nothing says that the file is a segment.</summary>
    Foreign,
}

/// <summary>
/// The head of a segment file. It is there twice, in two sectors, since without the salt nothing in the file can be
/// believed.
/// <code>
///   0                8          12         16                24                32
///   +----------------+----------+----------+-----------------+-----------------+
///   | magic          | version  | checksum | number          | salt            |
///   +----------------+----------+----------+-----------------+-----------------+
///   32               40         48         52                56                64
///   +----------------+----------------+----------+-----------+-----------------+
///   | first position | size           |generation| zero      | store id        |
///   +----------------+----------------+----------+-----------+-----------------+
///   64               72               80                88         92         96
///   +----------------+----------------+-----------------+----------+----------+
///   | last number    | cleaned up to  | end position    | checksum | zero     |   from version 2 on
///   +----------------+----------------+-----------------+----------+----------+
///   once at 0 and again at 512; records begin at 1024
/// </code>
/// </summary>
internal readonly record struct SegmentHeader(
    int Number, ulong Salt, long FirstPosition, long SizeBytes, uint Generation, ulong StoreId)
{
    /// <summary>The version that this code writes, and the latest that it reads.</summary>
    public const uint FormatVersion = 3;

    /// <summary>Length of one copy.</summary>
    public const int CopyBytes = BaseBytes + ExtensionBytes;

    // The part that every version has, with its own checksum, and what version 2 added behind it.
    private const int BaseBytes = 64;
    private const int ExtensionBytes = 32;
    private const int ExtensionChecksumOffset = 24;

    /// <summary>Where the second copy starts.</summary>
    public const int SecondCopyOffset = 512;

    /// <summary>Where the first record starts.</summary>
    public const int AreaBytes = 1024;

    /// <summary>The version that wrote the file.</summary>
    public uint Version { get; init; } = FormatVersion;

    /// <summary>
    /// The last segment that this file stands for: itself, or, where compaction has rewritten several segments into
    /// one, the last of them.
    /// </summary>
    public int LastNumber { get; init; } = Number;

    /// <summary>
    /// A rewritten segment holds nothing that a fact before this position of the log says is gone; 0 as long as it is
    /// as it was appended.
    /// </summary>
    public long CleanedUpTo { get; init; }

    /// <summary>Rewritten: the position behind the last record of what it was made of. Otherwise 0.</summary>
    public long EndPosition { get; init; }

    /// <summary>Whether compaction wrote the file: complete and synced before its header was there.</summary>
    public bool IsRewritten => Generation > 0;

    private static ReadOnlySpan<byte> Magic => "RIVULOG\0"u8;

    /// <summary>Writes both copies.</summary>
    /// <param name="area">The first <see cref="AreaBytes"/> of the file.</param>
    public void Write(Span<byte> area)
    {
        area[..AreaBytes].Clear();
        Magic.CopyTo(area);
        BinaryPrimitives.WriteUInt32LittleEndian(area[8..], FormatVersion);
        BinaryPrimitives.WriteUInt64LittleEndian(area[16..], (ulong)Number);
        BinaryPrimitives.WriteUInt64LittleEndian(area[24..], Salt);
        BinaryPrimitives.WriteInt64LittleEndian(area[32..], FirstPosition);
        BinaryPrimitives.WriteInt64LittleEndian(area[40..], SizeBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(area[48..], Generation);
        BinaryPrimitives.WriteUInt64LittleEndian(area[56..], StoreId);
        BinaryPrimitives.WriteUInt32LittleEndian(area[12..], Crc32C.Compute(area[..BaseBytes]));
        Span<byte> extension = area.Slice(BaseBytes, ExtensionBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(extension, (ulong)LastNumber);
        BinaryPrimitives.WriteInt64LittleEndian(extension[8..], CleanedUpTo);
        BinaryPrimitives.WriteInt64LittleEndian(extension[16..], EndPosition);
        BinaryPrimitives.WriteUInt32LittleEndian(
            extension[ExtensionChecksumOffset..], Crc32C.Compute(extension[..ExtensionChecksumOffset]));
        area[..CopyBytes].CopyTo(area[SecondCopyOffset..]);
    }

    /// <summary>Reads whichever copy is whole.</summary>
    /// <param name="area">The first <see cref="AreaBytes"/> of the file, or fewer when it is shorter.</param>
    /// <param name="header">The header, when valid.</param>
    public static SegmentHeaderStatus Read(ReadOnlySpan<byte> area, out SegmentHeader header)
    {
        header = default;
        ReadOnlySpan<byte> first = Copy(area, 0);
        ReadOnlySpan<byte> second = Copy(area, SecondCopyOffset);
        ReadOnlySpan<byte> whole = IsWhole(first) ? first : IsWhole(second) ? second : default;
        if (whole.IsEmpty)
        {
            bool firstIsZero = !first.ContainsAnyExcept((byte)0);
            bool secondIsZero = !second.ContainsAnyExcept((byte)0);
            return CountBits(first) + CountBits(second) <= 1 ? SegmentHeaderStatus.Unused
                : (secondIsZero && StartsLikeMagic(first)) || (firstIsZero && StartsLikeMagic(second)) ? SegmentHeaderStatus.Unfinished
                : first.StartsWith(Magic) || second.StartsWith(Magic) ? SegmentHeaderStatus.Damaged
                : SegmentHeaderStatus.Foreign;
        }
        uint version = BinaryPrimitives.ReadUInt32LittleEndian(whole[8..]);
        if (version > FormatVersion)
            return SegmentHeaderStatus.LaterVersion;
        header = new SegmentHeader(
            (int)BinaryPrimitives.ReadUInt64LittleEndian(whole[16..]),
            BinaryPrimitives.ReadUInt64LittleEndian(whole[24..]),
            BinaryPrimitives.ReadInt64LittleEndian(whole[32..]),
            BinaryPrimitives.ReadInt64LittleEndian(whole[40..]),
            BinaryPrimitives.ReadUInt32LittleEndian(whole[48..]),
            BinaryPrimitives.ReadUInt64LittleEndian(whole[56..]))
        {
            Version = version,
        };
        if (version < 2)
            return SegmentHeaderStatus.Valid;
        ReadOnlySpan<byte> extension = whole.Slice(BaseBytes, ExtensionBytes);
        header = header with
        {
            LastNumber = (int)BinaryPrimitives.ReadUInt64LittleEndian(extension),
            CleanedUpTo = BinaryPrimitives.ReadInt64LittleEndian(extension[8..]),
            EndPosition = BinaryPrimitives.ReadInt64LittleEndian(extension[16..]),
        };
        return SegmentHeaderStatus.Valid;
    }

    /// <summary>Whether one of the two copies is whole.</summary>
    /// <param name="area">The first <see cref="AreaBytes"/> of the file.</param>
    /// <param name="offset">Where the copy starts: 0 or <see cref="SecondCopyOffset"/>.</param>
    public static bool IsCopyWhole(ReadOnlySpan<byte> area, int offset) => IsWhole(Copy(area, offset));

    /// <summary>Length of what a version says in a copy; behind it everything is zero.</summary>
    public static int UsedBytes(ReadOnlySpan<byte> copy) =>
        BinaryPrimitives.ReadUInt32LittleEndian(copy[8..]) < 2 ? BaseBytes : BaseBytes + ExtensionChecksumOffset + sizeof(uint);

    private static int CountBits(ReadOnlySpan<byte> copy)
    {
        int count = 0;
        foreach (byte each in copy)
            count += BitOperations.PopCount(each);
        return count;
    }

    // A write that stopped early leaves the beginning of the magic and zeros behind it.
    private static bool StartsLikeMagic(ReadOnlySpan<byte> copy)
    {
        int same = Math.Min(copy.CommonPrefixLength(Magic), Magic.Length);
        return same == Magic.Length || !copy[same..].ContainsAnyExcept((byte)0);
    }

    private static ReadOnlySpan<byte> Copy(ReadOnlySpan<byte> area, int offset) =>
        area.Length >= offset + CopyBytes ? area.Slice(offset, CopyBytes) : default;

    // Magic, version and checksum stay where they are in every version, so that a later one is told from damage.
    private static bool IsWhole(ReadOnlySpan<byte> copy)
    {
        if (copy.IsEmpty || !copy.StartsWith(Magic))
            return false;
        Span<byte> plain = stackalloc byte[BaseBytes];
        copy[..BaseBytes].CopyTo(plain);
        plain.Slice(12, 4).Clear();
        if (BinaryPrimitives.ReadUInt32LittleEndian(copy[12..]) != Crc32C.Compute(plain))
            return false;
        return BinaryPrimitives.ReadUInt32LittleEndian(copy[8..]) is not (2 or FormatVersion) || IsWholeExtension(copy.Slice(BaseBytes, ExtensionBytes));
    }

    private static bool IsWholeExtension(ReadOnlySpan<byte> extension) =>
        BinaryPrimitives.ReadUInt32LittleEndian(extension[ExtensionChecksumOffset..]) ==
        Crc32C.Compute(extension[..ExtensionChecksumOffset]);
}
