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
        ReadOnlySpan<byte> rest = key;
        while (rest.Length >= sizeof(ulong))
        {
            state = Fold(state ^ MemoryMarshal.Read<ulong>(rest), K1 ^ _seed);
            rest = rest[sizeof(ulong)..];
        }
        if (!rest.IsEmpty)
            state = Fold(state ^ End(key, rest), K1 ^ _seed);
        return Fold(state ^ K0, K1);
    }

    /// <summary>The bytes behind the last eight: in a key that is long enough, together with some before them.</summary>
    private static ulong End(ReadOnlySpan<byte> key, ReadOnlySpan<byte> rest)
    {
        if (key.Length >= sizeof(ulong))
            return MemoryMarshal.Read<ulong>(key[^sizeof(ulong)..]);
        ulong bytes = 0;
        foreach (byte b in rest)
            bytes = (bytes << 8) | b;
        return bytes;
    }

    private static ulong Fold(ulong a, ulong b)
    {
        ulong high = Math.BigMul(a, b | 1, out ulong low);
        return high ^ BitOperations.RotateLeft(low, 23);
    }
}
