using System.Buffers.Binary;

namespace Rivulet.Storage.Records;

/// <summary>
/// The body of a <see cref="RecordKind.CleanShutdown"/> record: the last sequence of every stream, so that a damaged
/// record shortly before the end is missed by its stream.
/// <code>
///   0        4        8                16
///   +--------+--------+----------------+- - -
///   | count  | stream | last sequence  | ... count pairs
///   +--------+--------+----------------+- - -
/// </code>
/// </summary>
internal static class CleanShutdownBody
{
    private const int FixedBytes = 4;
    private const int PairBytes = 12;

    public static byte[] Create(IReadOnlyList<(uint StreamId, ulong LastSequence)> streams)
    {
        byte[] body = new byte[FixedBytes + (streams.Count * PairBytes)];
        BinaryPrimitives.WriteInt32LittleEndian(body, streams.Count);
        for (int i = 0; i < streams.Count; i++)
        {
            Span<byte> pair = body.AsSpan(FixedBytes + (i * PairBytes));
            BinaryPrimitives.WriteUInt32LittleEndian(pair, streams[i].StreamId);
            BinaryPrimitives.WriteUInt64LittleEndian(pair[4..], streams[i].LastSequence);
        }
        return body;
    }

    /// <returns>How many pairs there are.</returns>
    public static int Count(ReadOnlySpan<byte> body) => body.Length < FixedBytes
        ? 0
        : Math.Min(BinaryPrimitives.ReadInt32LittleEndian(body), (body.Length - FixedBytes) / PairBytes);

    /// <summary>Whether the body is as long as it has to be.</summary>
    public static bool IsRight(ReadOnlySpan<byte> body) =>
        body.Length >= FixedBytes && body.Length == FixedBytes + ((long)BinaryPrimitives.ReadInt32LittleEndian(body) * PairBytes);

    public static (uint StreamId, ulong LastSequence) Read(ReadOnlySpan<byte> body, int index)
    {
        ReadOnlySpan<byte> pair = body[(FixedBytes + (index * PairBytes))..];
        return (BinaryPrimitives.ReadUInt32LittleEndian(pair), BinaryPrimitives.ReadUInt64LittleEndian(pair[4..]));
    }
}
