using System.Buffers.Binary;
using System.Numerics;

namespace Rivulet.Server.Security.Keys;

/// <summary>The hash that makes a cipher key of what two x25519 keys share, as NaCl's <c>crypto_box</c> has it.</summary>
/// <remarks>Bernstein, "Extending the Salsa20 nonce", section 2: the Salsa20 rounds without the final addition, of which the
/// words at the diagonal and at the input's place are the result. The input is all zero here.</remarks>
internal static class HSalsa20
{
    private const int Rounds = 20;

    /// <summary>The cipher key.</summary>
    /// <param name="shared">32 bytes.</param>
    public static byte[] Derive(ReadOnlySpan<byte> shared)
    {
        Span<uint> x = stackalloc uint[16];
        x.Clear();
        ReadOnlySpan<byte> sigma = "expand 32-byte k"u8;
        for (int i = 0; i < 4; i++)
        {
            x[5 * i] = BinaryPrimitives.ReadUInt32LittleEndian(sigma[(4 * i)..]);
            x[1 + i] = BinaryPrimitives.ReadUInt32LittleEndian(shared[(4 * i)..]);
            x[11 + i] = BinaryPrimitives.ReadUInt32LittleEndian(shared[(16 + 4 * i)..]);
        }

        for (int round = 0; round < Rounds; round += 2)
        {
            Quarter(x, 0, 4, 8, 12);
            Quarter(x, 5, 9, 13, 1);
            Quarter(x, 10, 14, 2, 6);
            Quarter(x, 15, 3, 7, 11);
            Quarter(x, 0, 1, 2, 3);
            Quarter(x, 5, 6, 7, 4);
            Quarter(x, 10, 11, 8, 9);
            Quarter(x, 15, 12, 13, 14);
        }

        byte[] key = new byte[32];
        for (int i = 0; i < 4; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(key.AsSpan(4 * i), x[5 * i]);
            BinaryPrimitives.WriteUInt32LittleEndian(key.AsSpan(16 + 4 * i), x[6 + i]);
        }

        return key;
    }

    private static void Quarter(Span<uint> x, int a, int b, int c, int d)
    {
        x[b] ^= BitOperations.RotateLeft(x[a] + x[d], 7);
        x[c] ^= BitOperations.RotateLeft(x[b] + x[a], 9);
        x[d] ^= BitOperations.RotateLeft(x[c] + x[b], 13);
        x[a] ^= BitOperations.RotateLeft(x[d] + x[c], 18);
    }
}
