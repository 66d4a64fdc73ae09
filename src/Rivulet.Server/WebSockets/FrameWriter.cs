using System.Buffers.Binary;
using System.Text;

namespace Rivulet.Server.WebSockets;

/// <summary>Writes the server's frames, which are never masked; see <see cref="FrameDecoder"/> for their layout.</summary>
internal static class FrameWriter
{
    /// <summary>Most bytes of a frame's head.</summary>
    public const int HeadBytesMax = 10;

    private const byte FinalBit = 0x80;
    private const byte CompressedBit = 0x40;

    /// <summary>What a frame is, apart from its length.</summary>
    [Flags]
    public enum Kind : byte
    {
        /// <summary>A later frame of a message that began in another one.</summary>
        Continuation = 0,

        /// <summary>The first frame of a message.</summary>
        Message = 2,

        /// <summary>A close frame.</summary>
        Close = 8 | FinalBit,

        /// <summary>The answer to a ping.</summary>
        Pong = 10 | FinalBit,

        /// <summary>Added: the last frame of its message.</summary>
        Final = FinalBit,

        /// <summary>Added: the first frame of a compressed message.</summary>
        Compressed = CompressedBit,
    }

    /// <summary>Writes the head of a frame; returns its length.</summary>
    public static int WriteHead(Span<byte> destination, Kind kind, int payloadBytes)
    {
        destination[0] = (byte)kind;
        switch (payloadBytes)
        {
            case <= 125:
                destination[1] = (byte)payloadBytes;
                return 2;
            case <= ushort.MaxValue:
                destination[1] = 126;
                BinaryPrimitives.WriteUInt16BigEndian(destination[2..], (ushort)payloadBytes);
                return 4;
            default:
                destination[1] = 127;
                BinaryPrimitives.WriteUInt64BigEndian(destination[2..], (ulong)payloadBytes);
                return 10;
        }
    }

    /// <summary>A control frame.</summary>
    public static byte[] Control(Kind kind, ReadOnlySpan<byte> payload)
    {
        byte[] frame = new byte[2 + payload.Length];
        WriteHead(frame, kind, payload.Length);
        payload.CopyTo(frame.AsSpan(2));
        return frame;
    }

    /// <summary>A close frame with a status and a text, which is cut if it is too long.</summary>
    public static byte[] CloseFrame(int status, string text)
    {
        if (status is CloseStatus.None or CloseStatus.TlsHandshake)
            return Control(Kind.Close, []);
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        Span<byte> payload = stackalloc byte[FrameDecoder.ControlBytesMax];
        BinaryPrimitives.WriteUInt16BigEndian(payload, (ushort)status);
        int length = Math.Min(utf8.Length, payload.Length - 2);
        if (length < utf8.Length)
            length = WholeCharacters(utf8, length - 3);
        utf8.AsSpan(0, length).CopyTo(payload[2..]);
        if (length < utf8.Length)
        {
            "..."u8.CopyTo(payload[(2 + length)..]);
            length += 3;
        }

        return Control(Kind.Close, payload[..(2 + length)]);
    }

    // The text of a close frame must be UTF-8 after the cut as well.
    private static int WholeCharacters(byte[] utf8, int length)
    {
        while (length > 0 && (utf8[length] & 0xc0) == 0x80)
            length--;
        return length;
    }
}
