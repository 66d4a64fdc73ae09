using System.Text;

namespace Rivulet.Fuzz.Tests;

/// <summary>WebSocket frames read in the most obvious way, from the whole input, as text.</summary>
internal static class SlowFrames
{
    /// <summary>
    /// Payload in hex, <c>|</c> behind each message, <c>[Ping …]</c> for control frames, <c>!rule</c> where one is broken.
    /// </summary>
    public static string Read(byte[] input, bool isMasked, bool mayBeCompressed)
    {
        var text = new StringBuilder();
        bool isOpen = false;
        bool isCompressed = false;
        int at = 0;
        while (at + 2 <= input.Length)
        {
            byte first = input[at];
            byte second = input[at + 1];
            bool isFinal = first >= 0x80;
            bool bit = (first & 0x40) != 0;
            int opcode = first & 15;
            if (Broken(first, second, isOpen, isMasked, mayBeCompressed) is { } rule)
                return text.Append('!').Append(rule).ToString();
            at += 2;
            int lengthBytes = (second & 127) switch { 126 => 2, 127 => 8, _ => 0 };
            bool hasMask = second >= 0x80;
            if (at + lengthBytes + (hasMask ? 4 : 0) > input.Length)
                return text.ToString();
            ulong length = lengthBytes == 0 ? (ulong)(second & 127) : 0;
            for (int i = 0; i < lengthBytes; i++)
                length = (length << 8) | input[at++];
            byte[] mask = hasMask ? input[at..(at + 4)] : [0, 0, 0, 0];
            at += hasMask ? 4 : 0;
            if (length > long.MaxValue)
                return text.Append("!invalid 64-bit payload length").ToString();
            int there = (int)Math.Min(length, (ulong)(input.Length - at));
            byte[] payload = [.. Enumerable.Range(0, there).Select(i => (byte)(input[at + i] ^ mask[i % 4]))];
            at += there;
            bool isWhole = (ulong)there == length;
            if (opcode >= 8)
            {
                if (!isWhole)
                    return text.ToString();
                text.Append('[').Append(opcode == 8 ? "Close" : opcode == 9 ? "Ping" : "Pong").Append(' ').Append(Convert.ToHexString(payload)).Append(']');
                continue;
            }

            if (opcode != 0)
                isCompressed = bit;
            isOpen = !isFinal;
            text.Append(Convert.ToHexString(payload));
            if (!isWhole)
                return text.ToString();
            if (isFinal)
                text.Append(isCompressed ? "(compressed)|" : "|");
        }

        return text.ToString();
    }

    private static string? Broken(byte first, byte second, bool isOpen, bool isMasked, bool mayBeCompressed)
    {
        bool isFinal = first >= 0x80;
        bool bit = (first & 0x40) != 0;
        int opcode = first & 15;
        if ((first & 0x30) != 0)
            return "RSV2 and RSV3 must be clear";
        if (bit && !mayBeCompressed)
            return "compressed frame received without negotiated permessage-deflate";
        if (isMasked && second < 0x80)
            return "mask bit missing";
        if (opcode is 8 or 9 or 10)
        {
            if ((second & 127) > 125)
                return "control frame length bigger than maximum allowed of 125 bytes";
            if (!isFinal)
                return "control frame does not have final bit set";
            return bit ? "control frame must not be compressed" : null;
        }

        if (opcode is 1 or 2)
            return isOpen ? "new message started before final frame for previous message was received" : null;
        if (opcode == 0)
            return !isOpen || bit ? "invalid continuation frame" : null;
        return $"unknown opcode {opcode}";
    }
}
