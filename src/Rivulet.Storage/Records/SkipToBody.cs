using System.Buffers.Binary;

namespace Rivulet.Storage.Records;

/// <summary>
/// The body of a <see cref="RecordKind.SkipTo"/> record: empty, or, where messages that are gone left nothing else
/// behind, the time of the last of them.
/// <code>
///   0                8
///   +----------------+
///   | timestamp      |
///   +----------------+
/// </code>
/// </summary>
internal static class SkipToBody
{
    public static byte[] Create(long timestampNanos)
    {
        byte[] body = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(body, timestampNanos);
        return body;
    }

    public static bool TryRead(ReadOnlySpan<byte> body, out long timestampNanos) =>
        BinaryPrimitives.TryReadInt64LittleEndian(body, out timestampNanos);
}
