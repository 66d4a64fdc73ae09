using System.Numerics;
using System.Runtime.InteropServices;

namespace Rivulet.Storage.Indexing;

/// <summary>
/// A hash of subjects with a secret seed, so that clients cannot choose subjects that collide. Never stored. Folds the
/// key eight bytes at a time through a 64 x 64 to 128 bit multiplication.
/// </summary>
internal readonly struct SubjectHash(ulong seed)
{
    private const ulong K0 = 0x9E37_79B9_7F4A_7C15;
    private const ulong K1 = 0xD6E8_FEB8_6659_FD93;

    private readonly ulong _seed = seed;

    public ulong Compute(ReadOnlySpan<byte> key)
    {
        ulong state = _seed ^ ((ulong)key.Length * K0);
        while (key.Length >= sizeof(ulong))
        {
            state = Fold(state ^ MemoryMarshal.Read<ulong>(key), K1 ^ _seed);
            key = key[sizeof(ulong)..];
        }
        if (!key.IsEmpty)
        {
            ulong rest = 0;
            foreach (byte b in key)
                rest = (rest << 8) | b;
            state = Fold(state ^ rest, K1 ^ _seed);
        }
        return Fold(state ^ K0, K1);
    }

    private static ulong Fold(ulong a, ulong b)
    {
        ulong high = Math.BigMul(a, b | 1, out ulong low);
        return high ^ BitOperations.RotateLeft(low, 23);
    }
}
