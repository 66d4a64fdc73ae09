using System.Buffers.Binary;

namespace Rivulet.Storage.Records;

/// <summary>Why messages were removed. Stored for whoever reads the log; recovery treats them alike.</summary>
internal enum RemoveReason : uint
{
    Request = 1,
    Expired = 2,
    Limits = 3,

    /// <summary>Messages of an atomic batch that recovery found unfinished.</summary>
    Unfinished = 4,

    /// <summary>Messages that were lost to damage before the store was repaired or the segment rewritten: they stay listed as lost.</summary>
    Lost = 5,
}

/// <summary>
/// The body of a <see cref="RecordKind.Remove"/> record.
/// <code>
///   0        4        8                16
///   +--------+--------+----------------+- - -
///   | reason | count  | sequence       | ... count of them
///   +--------+--------+----------------+- - -
/// </code>
/// </summary>
internal static class RemoveBody
{
    private const int FixedBytes = 8;

    public static int BytesFor(int count) => FixedBytes + (count * sizeof(ulong));

    public static void Write(Span<byte> body, RemoveReason reason, ReadOnlySpan<ulong> sequences)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(body, (uint)reason);
        BinaryPrimitives.WriteUInt32LittleEndian(body[4..], (uint)sequences.Length);
        for (int i = 0; i < sequences.Length; i++)
            BinaryPrimitives.WriteUInt64LittleEndian(body[BytesFor(i)..], sequences[i]);
    }

    public static byte[] Create(RemoveReason reason, List<ulong> sequences)
    {
        byte[] body = new byte[BytesFor(sequences.Count)];
        Write(body, reason, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(sequences));
        return body;
    }

    /// <returns>How many sequences the body names, or -1 when it is malformed.</returns>
    public static int Count(ReadOnlySpan<byte> body)
    {
        if (body.Length < FixedBytes)
            return -1;
        uint count = BinaryPrimitives.ReadUInt32LittleEndian(body[4..]);
        return (body.Length - FixedBytes) / sizeof(ulong) == count && (body.Length & 7) == 0 ? (int)count : -1;
    }

    public static RemoveReason Reason(ReadOnlySpan<byte> body) =>
        (RemoveReason)BinaryPrimitives.ReadUInt32LittleEndian(body);

    public static ulong Sequence(ReadOnlySpan<byte> body, int index) =>
        BinaryPrimitives.ReadUInt64LittleEndian(body[BytesFor(index)..]);
}
