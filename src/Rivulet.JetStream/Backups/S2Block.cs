using System.Buffers.Binary;
using System.Diagnostics;

namespace Rivulet.JetStream.Backups;

/// <summary>
/// One block of the S2 compression format: its plain length, then literals and copies of what came before. S2 is Snappy with
/// larger blocks and a way to repeat the last offset; the encoder writes what both can read, the decoder reads all of S2.
/// <code>
///   length : varint
///   tag    : 2 bits kind, 6 bits argument
///     00 literal  length - 1, from 60 on in 1 to 4 bytes that follow
///     01 copy     3 bits length - 4, 3 bits offset high, 1 byte offset low; offset 0 repeats the last one, with the
///                 length from 5 on in 1 to 3 bytes that follow
///     10 copy     6 bits length - 1, 2 bytes offset
///     11 copy     6 bits length - 1, 4 bytes offset
/// </code>
/// </summary>
internal static class S2Block
{
    /// <summary>Most plain bytes of a block that the encoder takes: offsets then fit into two bytes.</summary>
    public const int PlainBytesMax = 64 * 1024;

    private const int HashBits = 14;
    private const int MatchBytesMin = 4;
    private const int CopyBytesMax = 64;
    private const int ShortCopyBytesMax = 11;
    private const int ShortOffsetEnd = 2048;
    private const int InlineLiteralMax = 60;

    /// <summary>Room that any block of so many plain bytes fits into.</summary>
    public static int EncodedBytesMax(int plainBytes) => 32 + plainBytes + (plainBytes / 6);

    /// <summary>A table for <see cref="Encode"/>; used again and again.</summary>
    public static int[] NewTable() => new int[1 << HashBits];

    /// <summary>Compresses a block.</summary>
    /// <param name="plain">What to compress, <see cref="PlainBytesMax"/> at most.</param>
    /// <param name="into">Receives the block: <see cref="EncodedBytesMax"/>.</param>
    /// <param name="table">To work with.</param>
    /// <returns>How long the block is.</returns>
    public static int Encode(ReadOnlySpan<byte> plain, Span<byte> into, int[] table)
    {
        Debug.Assert(plain.Length <= PlainBytesMax, $"{plain.Length} bytes are too many");
        Array.Fill(table, -1);
        int written = WriteLength((uint)plain.Length, into);
        int literalStart = 0;
        int at = 0;
        int misses = 0;
        while (at + MatchBytesMin <= plain.Length)
        {
            uint next = BinaryPrimitives.ReadUInt32LittleEndian(plain[at..]);
            ref int slot = ref table[(next * 0x1E35A7BD) >> (32 - HashBits)];
            int candidate = slot;
            slot = at;
            if (candidate < 0 || BinaryPrimitives.ReadUInt32LittleEndian(plain[candidate..]) != next)
            {
                // What does not compress is passed ever faster.
                at += 1 + (misses++ >> 5);
                continue;
            }

            written += WriteLiteral(plain[literalStart..at], into[written..]);
            int length = MatchBytesMin + plain[(at + MatchBytesMin)..].CommonPrefixLength(plain[(candidate + MatchBytesMin)..]);
            written += WriteCopy(at - candidate, length, into[written..]);
            at += length;
            literalStart = at;
            misses = 0;
        }

        return written + WriteLiteral(plain[literalStart..], into[written..]);
    }

    /// <summary>The plain length that a block claims; -1 when it is none.</summary>
    /// <param name="block">The block.</param>
    /// <param name="prefixBytes">How long the claim is.</param>
    public static long PlainBytes(ReadOnlySpan<byte> block, out int prefixBytes)
    {
        ulong length = 0;
        for (prefixBytes = 0; prefixBytes < block.Length && prefixBytes < 5; prefixBytes++)
        {
            byte next = block[prefixBytes];
            length |= (ulong)(next & 0x7F) << (7 * prefixBytes);
            if (next < 0x80)
            {
                prefixBytes++;
                return length <= uint.MaxValue ? (long)length : -1;
            }
        }

        return -1;
    }

    /// <summary>Makes plain bytes of a block.</summary>
    /// <param name="block">The block.</param>
    /// <param name="plain">Receives them: as many as the block claims.</param>
    /// <returns>Whether it was a block of that length.</returns>
    public static bool TryDecode(ReadOnlySpan<byte> block, Span<byte> plain)
    {
        if (PlainBytes(block, out int at) != plain.Length)
            return false;
        int done = 0;
        int offset = 0;
        while (at < block.Length)
        {
            int tag = block[at++];
            bool isWhole = (tag & 3) == 0
                ? TryLiteral(block, ref at, tag >> 2, plain, ref done)
                : TryReadCopy(block, ref at, tag, ref offset, out long length) && TryCopy(plain, ref done, offset, length);
            if (!isWhole)
                return false;
        }

        return done == plain.Length;
    }

    private static bool TryLiteral(ReadOnlySpan<byte> block, ref int at, int argument, Span<byte> plain, ref int done)
    {
        long length = argument;
        if (argument >= InlineLiteralMax && !TryReadNumber(block, ref at, argument - InlineLiteralMax + 1, out length))
            return false;
        length++;
        if (length > block.Length - at || length > plain.Length - done)
            return false;
        block.Slice(at, (int)length).CopyTo(plain[done..]);
        at += (int)length;
        done += (int)length;
        return true;
    }

    private static bool TryReadCopy(ReadOnlySpan<byte> block, ref int at, int tag, ref int offset, out long length)
    {
        length = (tag >> 2) + 1;
        int kind = tag & 3;
        if (!TryReadNumber(block, ref at, 1 << (kind - 1), out long number))
            return false;
        if (kind != 1)
        {
            offset = (int)Math.Min(number, int.MaxValue);
            return true;
        }

        length = (tag >> 2) & 7;
        int near = ((tag >> 5) << 8) | (int)number;
        if (near != 0)
        {
            offset = near;
            length += MatchBytesMin;
            return true;
        }

        // The last offset again. Long lengths go on in the bytes that follow.
        int more = (int)length - MatchBytesMin;
        if (more >= 1)
        {
            if (!TryReadNumber(block, ref at, more, out long rest))
                return false;
            length = rest + (more == 1 ? 4 : more == 2 ? 1 << 8 : 1 << 16);
        }

        length += MatchBytesMin;
        return true;
    }

    private static bool TryCopy(Span<byte> plain, ref int done, int offset, long length)
    {
        if (offset <= 0 || offset > done || length > plain.Length - done)
            return false;

        // A copy may run into what it writes: that repeats it.
        if (offset >= length)
        {
            plain.Slice(done - offset, (int)length).CopyTo(plain[done..]);
        }
        else
        {
            for (int i = 0; i < length; i++)
                plain[done + i] = plain[done + i - offset];
        }

        done += (int)length;
        return true;
    }

    private static bool TryReadNumber(ReadOnlySpan<byte> block, ref int at, int bytes, out long number)
    {
        number = 0;
        if (bytes > block.Length - at)
            return false;
        for (int i = 0; i < bytes; i++)
            number |= (long)block[at++] << (8 * i);
        return true;
    }

    private static int WriteLength(uint length, Span<byte> into)
    {
        int written = 0;
        for (; length >= 0x80; length >>= 7)
            into[written++] = (byte)(length | 0x80);
        into[written++] = (byte)length;
        return written;
    }

    private static int WriteLiteral(ReadOnlySpan<byte> literal, Span<byte> into)
    {
        if (literal.IsEmpty)
            return 0;
        int written = 1;
        int argument = literal.Length - 1;
        if (argument < InlineLiteralMax)
        {
            into[0] = (byte)(argument << 2);
        }
        else
        {
            int bytes = argument < 0x100 ? 1 : 2;
            into[0] = (byte)((InlineLiteralMax + bytes - 1) << 2);
            into[written++] = (byte)argument;
            if (bytes == 2)
                into[written++] = (byte)(argument >> 8);
        }

        literal.CopyTo(into[written..]);
        return written + literal.Length;
    }

    private static int WriteCopy(int offset, int length, Span<byte> into)
    {
        int written = 0;
        while (length > 0)
        {
            // What is left over must be long enough for a copy of its own.
            int part = length <= CopyBytesMax ? length
                : length < CopyBytesMax + MatchBytesMin ? CopyBytesMax - MatchBytesMin
                : CopyBytesMax;
            if (part is >= MatchBytesMin and <= ShortCopyBytesMax && offset < ShortOffsetEnd)
            {
                into[written++] = (byte)(1 | ((part - MatchBytesMin) << 2) | ((offset >> 8) << 5));
                into[written++] = (byte)offset;
            }
            else
            {
                into[written++] = (byte)(2 | ((part - 1) << 2));
                into[written++] = (byte)offset;
                into[written++] = (byte)(offset >> 8);
            }

            length -= part;
        }

        return written;
    }
}
