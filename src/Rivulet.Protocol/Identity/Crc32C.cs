using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Rivulet.Protocol;

/// <summary>CRC-32C (Castagnoli), by processor instruction where there is one, else by table.</summary>
public static class Crc32C
{
    private const uint ReversedPolynomial = 0x82F63B78;

    private static readonly uint[] Table = BuildTable();

    /// <summary>The checksum of the data.</summary>
    public static uint Compute(ReadOnlySpan<byte> data)
    {
        return Append(0, data);
    }

    /// <summary>Extends a checksum: <c>Append(Compute(a), b)</c> is the checksum of a followed by b.</summary>
    /// <param name="checksum">The checksum so far; 0 for none.</param>
    /// <param name="data">What follows.</param>
    public static uint Append(uint checksum, ReadOnlySpan<byte> data)
    {
        uint state = ~checksum;
        if (Sse42.X64.IsSupported)
            state = AppendX64(state, data);
        else if (System.Runtime.Intrinsics.Arm.Crc32.Arm64.IsSupported)
            state = AppendArm64(state, data);
        else
            state = AppendTable(state, data);
        return ~state;
    }

    /// <summary>The portable way, also there to check the others against.</summary>
    internal static uint AppendTable(uint state, ReadOnlySpan<byte> data)
    {
        foreach (byte next in data)
            state = Table[(byte)(state ^ next)] ^ (state >> 8);
        return state;
    }

    private static uint AppendX64(uint state, ReadOnlySpan<byte> data)
    {
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(data);
        ulong wide = state;
        foreach (ulong word in words)
            wide = Sse42.X64.Crc32(wide, word);
        state = (uint)wide;
        foreach (byte next in data[(words.Length * sizeof(ulong))..])
            state = Sse42.Crc32(state, next);
        return state;
    }

    private static uint AppendArm64(uint state, ReadOnlySpan<byte> data)
    {
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(data);
        foreach (ulong word in words)
            state = System.Runtime.Intrinsics.Arm.Crc32.Arm64.ComputeCrc32C(state, word);
        foreach (byte next in data[(words.Length * sizeof(ulong))..])
            state = System.Runtime.Intrinsics.Arm.Crc32.ComputeCrc32C(state, next);
        return state;
    }

    private static uint[] BuildTable()
    {
        var table = new uint[256];
        for (uint i = 0; i < table.Length; i++)
        {
            uint entry = i;
            for (int bit = 0; bit < 8; bit++)
                entry = (entry & 1) != 0 ? (entry >> 1) ^ ReversedPolynomial : entry >> 1;
            table[i] = entry;
        }

        return table;
    }
}
