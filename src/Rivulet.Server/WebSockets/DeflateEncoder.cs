using System.Buffers.Binary;
using System.Numerics;

namespace Rivulet.Server.WebSockets;

/// <summary>
/// Compresses messages one by one in the format of RFC 1951, each on its own, with the fixed codes: what is quick to write and needs no
/// look ahead. Where that gains nothing the bytes are stored.
/// </summary>
/// <remarks>
/// <para>For one thread at a time. It allocates while messages become larger than any before, and nothing after that. The runtime's
/// deflate cannot be begun anew, and takes a quarter of a megabyte for each message.</para>
/// <para>A match is looked for at the last place where the same four bytes began, if that lies in this message:
/// <see cref="_places"/> has them by hash, counted from a beginning (<see cref="_origin"/>) that moves on with each message, so that places
/// of earlier ones are known to be none.</para>
/// </remarks>
internal sealed class DeflateEncoder
{
    private const int HashBits = 12;
    private const int MatchMin = 4;
    private const int MatchMax = 258;
    private const int WindowBytes = 32 * 1024;
    private const int StoredBytesMax = ushort.MaxValue;
    private const int EndOfBlock = 256;
    private const int OriginMax = int.MaxValue / 2;

    private static readonly Code[] Symbols = CreateSymbols();

    private readonly int[] _places = new int[1 << HashBits];
    private int _origin = 1;
    private byte[] _output = new byte[4 * 1024];

    /// <summary>Compresses a message, as it goes into frames: ended by a flush, and that without its last four bytes.</summary>
    /// <param name="message">The message.</param>
    /// <returns>The bytes; good until the next call.</returns>
    public ReadOnlySpan<byte> Compress(ReadOnlySpan<byte> message)
    {
        // Nine bits for a literal at most, what begins and ends a block, and room to write eight bytes at a time.
        int room = message.Length + (message.Length / 8) + (5 * ((message.Length / StoredBytesMax) + 2)) + 16;
        if (_output.Length < room)
            _output = new byte[(int)BitOperations.RoundUpToPowerOf2((uint)room)];
        if (message.Length > OriginMax - _origin)
        {
            Array.Clear(_places);
            _origin = 1;
        }

        int length = Encode(message);
        _origin += message.Length;
        int stored = message.Length + (5 * ((message.Length + StoredBytesMax - 1) / StoredBytesMax)) + 1;
        return _output.AsSpan(0, length > stored ? Store(message) : length);
    }

    private int Encode(ReadOnlySpan<byte> message)
    {
        var bits = new BitWriter(_output);
        bits.Write(0b010, 3);
        int at = 0;
        while (at <= message.Length - MatchMin)
        {
            uint next = BinaryPrimitives.ReadUInt32LittleEndian(message[at..]);
            ref int place = ref _places[(next * 2654435761u) >> (32 - HashBits)];
            int candidate = place - _origin;
            place = _origin + at;
            if (candidate < 0 || at - candidate > WindowBytes || BinaryPrimitives.ReadUInt32LittleEndian(message[candidate..]) != next)
            {
                bits.Write(Symbols[message[at++]]);
                continue;
            }

            int most = Math.Min(MatchMax, message.Length - at);
            int length = MatchMin + message.Slice(at + MatchMin, most - MatchMin)
                .CommonPrefixLength(message.Slice(candidate + MatchMin, most - MatchMin));
            Match(ref bits, length, at - candidate);
            at += length;
        }

        while (at < message.Length)
            bits.Write(Symbols[message[at++]]);
        bits.Write(Symbols[EndOfBlock]);

        // The flush: an empty stored block, of which the lengths are left away.
        bits.Write(0b000, 3);
        return bits.End();
    }

    private int Store(ReadOnlySpan<byte> message)
    {
        int length = 0;
        while (!message.IsEmpty)
        {
            var block = message[..Math.Min(message.Length, StoredBytesMax)];
            message = message[block.Length..];
            var into = _output.AsSpan(length);
            into[0] = 0;
            BinaryPrimitives.WriteUInt16LittleEndian(into[1..], (ushort)block.Length);
            BinaryPrimitives.WriteUInt16LittleEndian(into[3..], (ushort)~block.Length);
            block.CopyTo(into[5..]);
            length += 5 + block.Length;
        }

        _output[length++] = 0;
        return length;
    }

    // RFC 1951, 3.2.6; codes go in from their highest bit.
    private static Code[] CreateSymbols()
    {
        var codes = new Code[286];
        for (int symbol = 0; symbol < codes.Length; symbol++)
        {
            codes[symbol] = symbol switch
            {
                < 144 => Code.Of(0b0011_0000 + symbol, 8),
                < 256 => Code.Of(0b1_1001_0000 + symbol - 144, 9),
                < 280 => Code.Of(symbol - 256, 7),
                _ => Code.Of(0b1100_0000 + symbol - 280, 8),
            };
        }

        return codes;
    }

    // RFC 1951, 3.2.5: the tables there are these formulas, but for the longest length, which has a code of its own.
    private static void Match(ref BitWriter bits, int length, int distance)
    {
        int more = length - 3;
        if (length == MatchMax)
        {
            bits.Write(Symbols[285]);
        }
        else if (more < 8)
        {
            bits.Write(Symbols[257 + more]);
        }
        else
        {
            int power = BitOperations.Log2((uint)more);
            bits.Write(Symbols[257 + (4 * (power - 1)) + ((more >> (power - 2)) & 3)]);
            bits.Write(more & ((1 << (power - 2)) - 1), power - 2);
        }

        int back = distance - 1;
        if (back < 4)
        {
            bits.Write(Code.Of(back, 5));
            return;
        }

        int exponent = BitOperations.Log2((uint)back);
        bits.Write(Code.Of((2 * exponent) + ((back >> (exponent - 1)) & 1), 5));
        bits.Write(back & ((1 << (exponent - 1)) - 1), exponent - 1);
    }

    /// <summary>A code, its highest bit first.</summary>
    private readonly record struct Code(int Bits, int Count)
    {
        public static Code Of(int code, int count)
        {
            int reversed = 0;
            for (int i = 0; i < count; i++)
                reversed |= ((code >> i) & 1) << (count - 1 - i);
            return new Code(reversed, count);
        }
    }

    /// <summary>Puts bits into bytes, the first one lowest.</summary>
    private ref struct BitWriter(Span<byte> output)
    {
        private readonly Span<byte> _output = output;
        private ulong _bits;
        private int _count;
        private int _length;

        public void Write(int value, int count)
        {
            _bits |= (ulong)(uint)value << _count;
            _count += count;
            if (_count < 32)
                return;
            BinaryPrimitives.WriteUInt32LittleEndian(_output[_length..], (uint)_bits);
            _length += 4;
            _bits >>= 32;
            _count -= 32;
        }

        public void Write(Code code)
        {
            Write(code.Bits, code.Count);
        }

        /// <summary>Fills the last byte; the length of all of them.</summary>
        public int End()
        {
            while (_count > 0)
            {
                _output[_length++] = (byte)_bits;
                _bits >>= 8;
                _count -= 8;
            }

            return _length;
        }
    }
}
