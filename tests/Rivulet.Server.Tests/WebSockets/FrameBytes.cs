using System.Buffers.Binary;

namespace Rivulet.Server.Tests.WebSockets;

/// <summary>Frames as a client writes them, right or wrong, put together in the plainest way.</summary>
internal static class FrameBytes
{
    /// <summary>A frame.</summary>
    /// <param name="first">The first byte: final, compressed and reserved bits, opcode.</param>
    /// <param name="payload">What it carries.</param>
    /// <param name="mask">The mask key; null for none.</param>
    public static byte[] Make(byte first, ReadOnlySpan<byte> payload, byte[]? mask)
    {
        var frame = new List<byte> { first };
        byte maskBit = (byte)(mask is null ? 0 : 0x80);
        if (payload.Length <= 125)
        {
            frame.Add((byte)(maskBit | payload.Length));
        }
        else if (payload.Length <= ushort.MaxValue)
        {
            frame.Add((byte)(maskBit | 126));
            byte[] length = new byte[2];
            BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)payload.Length);
            frame.AddRange(length);
        }
        else
        {
            frame.Add((byte)(maskBit | 127));
            byte[] length = new byte[8];
            BinaryPrimitives.WriteUInt64BigEndian(length, (ulong)payload.Length);
            frame.AddRange(length);
        }

        frame.AddRange(mask ?? []);
        for (int i = 0; i < payload.Length; i++)
            frame.Add((byte)(payload[i] ^ (mask?[i % 4] ?? 0)));
        return [.. frame];
    }
}
