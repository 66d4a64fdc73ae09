namespace Rivulet.Server.WebSockets;

/// <summary>Compresses messages one by one (RFC 7692, without context takeover).</summary>
internal static class MessageCompressor
{
    /// <summary>Messages up to this size are not worth it.</summary>
    public const int ThresholdBytes = 64;

    // Whoever sends does so on a thread of the server's, of which there are few.
    [ThreadStatic]
    private static DeflateEncoder? s_encoder;

    /// <summary>Compresses a message.</summary>
    /// <param name="message">The message.</param>
    /// <returns>The bytes; good until this thread compresses another one.</returns>
    public static ReadOnlySpan<byte> Compress(ReadOnlySpan<byte> message)
    {
        return (s_encoder ??= new DeflateEncoder()).Compress(message);
    }
}
