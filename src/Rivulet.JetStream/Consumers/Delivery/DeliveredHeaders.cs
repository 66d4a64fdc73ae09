using Rivulet.Protocol;

namespace Rivulet.JetStream.Consumers.Delivery;

/// <summary>
/// Header blocks of delivered messages that say more than the stored ones. One thread at a time; what it returns is good
/// until the next call of the same method.
/// </summary>
internal sealed class DeliveredHeaders
{
    private byte[] _withSize = [];
    private byte[] _withPin = [];

    /// <summary>The block of a message that is delivered without its payload.</summary>
    public ReadOnlySpan<byte> WithSize(ReadOnlySpan<byte> block, int payloadBytes)
    {
        Span<byte> digits = stackalloc byte[11];
        System.Buffers.Text.Utf8Formatter.TryFormat(payloadBytes, digits, out int length);
        return Append(block, "Nats-Msg-Size"u8, digits[..length], ref _withSize);
    }

    /// <summary>The block of a message for a pinned client.</summary>
    public ReadOnlySpan<byte> WithPin(ReadOnlySpan<byte> block, string pin)
    {
        Span<byte> text = stackalloc byte[Nuid.Length];
        int length = System.Text.Encoding.UTF8.GetBytes(pin, text);
        return Append(block, "Nats-Pin-Id"u8, text[..length], ref _withPin);
    }

    private static ReadOnlySpan<byte> Append(
        ReadOnlySpan<byte> block,
        ReadOnlySpan<byte> name,
        scoped ReadOnlySpan<byte> value,
        ref byte[] buffer)
    {
        // The stored block as it is, status line and all, up to its closing blank line.
        ReadOnlySpan<byte> start = block.IsEmpty ? "NATS/1.0\r\n"u8 : block[..^2];
        int length = start.Length + name.Length + 2 + value.Length + 4;
        if (buffer.Length < length)
            buffer = new byte[Math.Max(256, length * 2)];
        int at = 0;
        Put(buffer, start, ref at);
        Put(buffer, name, ref at);
        Put(buffer, ": "u8, ref at);
        Put(buffer, value, ref at);
        Put(buffer, "\r\n\r\n"u8, ref at);
        return buffer.AsSpan(0, length);
    }

    private static void Put(byte[] buffer, ReadOnlySpan<byte> part, ref int at)
    {
        part.CopyTo(buffer.AsSpan(at));
        at += part.Length;
    }
}
