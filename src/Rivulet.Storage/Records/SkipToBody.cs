using System.Buffers.Binary;

namespace Rivulet.Storage.Records;

/// <summary>
/// The body of a <see cref="RecordKind.SkipTo"/> record: empty; or the time of the stream's last message; or, outside
/// of rewritten segments, behind it the last sequence that was given out before, so that what is missing up to there is
/// told from what was skipped.
/// <code>
///   0                8                16
///   +----------------+----------------+
///   | timestamp      | last sequence  |
///   +----------------+----------------+
/// </code>
/// </summary>
internal static class SkipToBody
{
    private const int LastOffset = 8;

    public static byte[] Create(long timestampNanos)
    {
        byte[] body = new byte[LastOffset];
        BinaryPrimitives.WriteInt64LittleEndian(body, timestampNanos);
        return body;
    }

    public static byte[] Create(long timestampNanos, ulong lastSequence)
    {
        byte[] body = new byte[LastOffset + sizeof(ulong)];
        BinaryPrimitives.WriteInt64LittleEndian(body, timestampNanos);
        BinaryPrimitives.WriteUInt64LittleEndian(body.AsSpan(LastOffset), lastSequence);
        return body;
    }

    public static bool IsRight(ReadOnlySpan<byte> body) => body.Length is 0 or LastOffset or LastOffset + sizeof(ulong);

    public static bool TryRead(ReadOnlySpan<byte> body, out long timestampNanos) =>
        BinaryPrimitives.TryReadInt64LittleEndian(body, out timestampNanos);

    public static bool TryReadLast(ReadOnlySpan<byte> body, out ulong lastSequence)
    {
        lastSequence = 0;
        return body.Length > LastOffset && BinaryPrimitives.TryReadUInt64LittleEndian(body[LastOffset..], out lastSequence);
    }
}
