using System.Buffers.Text;
using Rivulet.Protocol;

namespace Rivulet.JetStream.Streams;

/// <summary>
/// The header block as a stream keeps it: without the status of its first line, and with the time to live that the stream
/// gave it. Most blocks are kept as they came; one that is not is rewritten into a buffer that is used again.
/// </summary>
/// <remarks>The stream's writer lock guards it.</remarks>
internal sealed class StoredHeaders
{
    private byte[] _buffer = [];

    /// <summary>The block to store.</summary>
    /// <param name="block">The block as published; empty for none.</param>
    /// <param name="ttlSeconds">Time to live that replaces the published one; 0 to leave it.</param>
    /// <returns>The block itself, or a copy that is valid until the next call.</returns>
    public ReadOnlySpan<byte> Prepare(ReadOnlySpan<byte> block, long ttlSeconds)
    {
        bool hasStatus = block.StartsWith("NATS/1.0 "u8);
        if (ttlSeconds == 0 && !hasStatus)
            return block;

        int lengthMax = block.Length + 64;
        if (_buffer.Length < lengthMax)
            _buffer = new byte[lengthMax];
        int length = Append("NATS/1.0\r\n"u8, 0);
        ReadOnlySpan<byte> pairs = new HeaderBlock(block).Pairs;
        if (ttlSeconds == 0 && pairs.IsEmpty)
            return default;
        length = ttlSeconds == 0 ? Append(pairs, length) : AppendWithoutTtl(pairs, length);
        if (ttlSeconds != 0)
        {
            length = Append("Nats-TTL: "u8, length);
            Utf8Formatter.TryFormat(ttlSeconds, _buffer.AsSpan(length), out int digits);
            length = Append("\r\n"u8, length + digits);
        }

        return _buffer.AsSpan(0, Append("\r\n"u8, length));
    }

    private int AppendWithoutTtl(ReadOnlySpan<byte> pairs, int length)
    {
        while (!pairs.IsEmpty)
        {
            int end = pairs.IndexOf("\r\n"u8) + 2;
            if (!pairs.StartsWith("Nats-TTL:"u8))
                length = Append(pairs[..end], length);
            pairs = pairs[end..];
        }

        return length;
    }

    private int Append(ReadOnlySpan<byte> text, int at)
    {
        text.CopyTo(_buffer.AsSpan(at));
        return at + text.Length;
    }
}
