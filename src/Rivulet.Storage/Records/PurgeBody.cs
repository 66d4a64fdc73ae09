using System.Buffers.Binary;

namespace Rivulet.Storage.Records;

/// <summary>
/// The body of a <see cref="RecordKind.Purge"/> record: every message of the stream below the bound whose subject
/// matches is gone. The bound is never above the sequence after the last one, so the fact cannot meet later messages.
/// <code>
///   0                8
///   +----------------+- - - - - -
///   | before         | filter ...   empty: every subject
///   +----------------+- - - - - -
/// </code>
/// </summary>
internal static class PurgeBody
{
    private const int FixedBytes = 8;

    public static byte[] Create(ReadOnlySpan<byte> filter, ulong beforeSequence)
    {
        byte[] body = new byte[FixedBytes + filter.Length];
        BinaryPrimitives.WriteUInt64LittleEndian(body, beforeSequence);
        filter.CopyTo(body.AsSpan(FixedBytes));
        return body;
    }

    public static bool TryRead(ReadOnlySpan<byte> body, out ulong beforeSequence, out ReadOnlySpan<byte> filter)
    {
        bool valid = body.Length >= FixedBytes;
        beforeSequence = valid ? BinaryPrimitives.ReadUInt64LittleEndian(body) : 0;
        filter = valid ? body[FixedBytes..] : default;
        return valid;
    }
}
