using System.Buffers.Binary;
using Rivulet.Protocol;

namespace Rivulet.JetStream.Backups;

/// <summary>
/// The frames of an S2 stream.
/// <code>
///   0      1        4          8
///   +------+--------+----------+- - - - - - -
///   | kind | length | checksum | block
///   +------+--------+----------+- - - - - - -
/// </code>
/// The length, lowest byte first, counts what follows it. Kind 00 is a compressed block, 01 a plain one; FF begins a stream and
/// holds a name in place of the checksum; from 80 on a reader passes over what it does not know. The checksum is the
/// CRC-32C of the plain bytes, rotated and with a constant added.
/// </summary>
internal static class S2Frames
{
    /// <summary>Most plain bytes of a frame.</summary>
    public const int PlainBytesMax = 4 * 1024 * 1024;

    private const int HeadBytes = 4;
    private const int ChecksumBytes = 4;
    private const byte Compressed = 0x00;
    private const byte Plain = 0x01;
    private const byte SkippableFrom = 0x80;
    private const byte StreamStart = 0xFF;

    private static ReadOnlySpan<byte> Start =>
        [StreamStart, 6, 0, 0, (byte)'S', (byte)'2', (byte)'s', (byte)'T', (byte)'w', (byte)'O'];

    private static ReadOnlySpan<byte> SnappyName => "sNaPpY"u8;

    /// <summary>Begins a stream.</summary>
    public static void WriteStart(ByteQueue into)
    {
        Start.CopyTo(into.GetSpan(Start.Length));
        into.Advance(Start.Length);
    }

    /// <summary>Writes a frame of <see cref="S2Block.PlainBytesMax"/> plain bytes or less.</summary>
    public static void Write(ReadOnlySpan<byte> plain, ByteQueue into, int[] table)
    {
        const int Head = HeadBytes + ChecksumBytes;
        Span<byte> frame = into.GetSpan(Head + S2Block.EncodedBytesMax(plain.Length));
        int length = S2Block.Encode(plain, frame[Head..], table);
        bool isWorthIt = length < plain.Length - (plain.Length / 8);
        if (!isWorthIt)
        {
            plain.CopyTo(frame[Head..]);
            length = plain.Length;
        }

        BinaryPrimitives.WriteInt32LittleEndian(frame, (length + ChecksumBytes) << 8);
        frame[0] = isWorthIt ? Compressed : Plain;
        BinaryPrimitives.WriteUInt32LittleEndian(frame[HeadBytes..], ChecksumOf(plain));
        into.Advance(Head + length);
    }

    /// <summary>Reads the next frame.</summary>
    /// <param name="from">Where the frames come in; one that is read is taken from it.</param>
    /// <param name="into">Receives the plain bytes.</param>
    /// <param name="isStarted">Whether the stream has begun; the first frame sets it.</param>
    /// <returns>False while no whole frame is there.</returns>
    /// <exception cref="InvalidDataException">This is no S2 stream, or it is damaged.</exception>
    public static bool TryRead(ByteQueue from, ByteQueue into, ref bool isStarted)
    {
        ReadOnlySpan<byte> unread = from.Unread;
        if (unread.Length < HeadBytes)
            return false;
        byte kind = unread[0];
        if (!isStarted && kind != StreamStart)
            throw new InvalidDataException("s2: corrupt input");
        int length = BinaryPrimitives.ReadInt32LittleEndian(unread) >>> 8;
        if (unread.Length < HeadBytes + length)
            return false;
        ReadOnlySpan<byte> frame = unread.Slice(HeadBytes, length);
        if (kind == StreamStart)
            isStarted = frame.SequenceEqual(Start[HeadBytes..]) || frame.SequenceEqual(SnappyName);
        else if (kind is Compressed or Plain)
            Read(kind == Compressed, frame, into);
        else if (kind < SkippableFrom)
            throw new InvalidDataException("s2: unsupported input");
        if (!isStarted)
            throw new InvalidDataException("s2: corrupt input");
        from.Consume(HeadBytes + length);
        return true;
    }

    private static void Read(bool isCompressed, ReadOnlySpan<byte> frame, ByteQueue into)
    {
        if (frame.Length < ChecksumBytes)
            throw new InvalidDataException("s2: corrupt input");
        ReadOnlySpan<byte> block = frame[ChecksumBytes..];
        long plainBytes = isCompressed ? S2Block.PlainBytes(block, out _) : block.Length;
        if (plainBytes is < 0 or > PlainBytesMax)
            throw new InvalidDataException("s2: corrupt input");
        Span<byte> plain = into.GetSpan((int)plainBytes)[..(int)plainBytes];
        if (!isCompressed)
            block.CopyTo(plain);
        else if (!S2Block.TryDecode(block, plain))
            throw new InvalidDataException("s2: corrupt input");
        if (BinaryPrimitives.ReadUInt32LittleEndian(frame) != ChecksumOf(plain))
            throw new InvalidDataException("s2: invalid checksum");
        into.Advance((int)plainBytes);
    }

    private static uint ChecksumOf(ReadOnlySpan<byte> plain)
    {
        uint checksum = Crc32C.Compute(plain);
        return ((checksum >> 15) | (checksum << 17)) + 0xA282EAD8;
    }
}
