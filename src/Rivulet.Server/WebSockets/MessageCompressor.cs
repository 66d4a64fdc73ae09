using System.IO.Compression;

namespace Rivulet.Server.WebSockets;

/// <summary>Compresses and decompresses messages one by one (RFC 7692, without context takeover).</summary>
/// <remarks>
/// The runtime's deflate cannot be begun anew, so each message takes one of its own: compression costs an allocation for each
/// message, and only those pay that have it turned on.
/// </remarks>
internal static class MessageCompressor
{
    /// <summary>Messages up to this size are not worth it.</summary>
    public const int ThresholdBytes = 64;

    // A sync flush ends with it, and the message goes without it.
    private const int FlushTailBytes = 4;

    // What the sender of a message left away, and an empty last block.
    private static readonly byte[] Tail = [0x00, 0x00, 0xff, 0xff, 0x01, 0x00, 0x00, 0xff, 0xff];

    /// <summary>Compresses a message.</summary>
    public static ReadOnlyMemory<byte> Compress(ReadOnlyMemory<byte> message)
    {
        var compressed = new MemoryStream(message.Length / 2);
        using var deflate = new DeflateStream(compressed, CompressionLevel.Fastest, leaveOpen: true);
        deflate.Write(message.Span);
        deflate.Flush();
        return compressed.GetBuffer().AsMemory(0, (int)compressed.Length - FlushTailBytes);
    }

    /// <summary>Opens a compressed message to read what is in it.</summary>
    public static Stream Open(MemoryStream compressed)
    {
        compressed.Write(Tail);
        compressed.Position = 0;
        return new DeflateStream(compressed, CompressionMode.Decompress);
    }
}
