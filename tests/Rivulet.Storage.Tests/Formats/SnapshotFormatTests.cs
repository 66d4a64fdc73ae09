using Rivulet.Storage.Log;
using Rivulet.Storage.Records;
using Rivulet.Storage.Snapshots;

namespace Rivulet.Storage.Tests.Formats;

/// <summary>
/// Freezes docs/formats/snapshot.md. A change here is a new format version: snapshots of other versions are not used.
/// </summary>
public sealed class SnapshotFormatTests
{
    [Fact]
    public void A_header_is_these_bytes()
    {
        var header = new SnapshotHeader(0x99AABBCCDDEEFF00, 0x1122334455667788, 3, 1, 0x4000, 9, 0x500, 0x01020304, 0x3FC0);
        byte[] bytes = new byte[SnapshotHeader.Bytes];
        header.Write(bytes);
        Assert.Equal(
            "5249 5655 534E 5000 0300 0000 A079 B22E 00FF EEDD CCBB AA99 8877 6655 4433 2211 0300 0000 0100 0000 " +
            "0040 0000 0403 0201 0005 0000 0000 0000 0900 0000 C03F 0000",
            Hex(bytes, 2));
        Assert.True(SnapshotHeader.TryRead(bytes, out SnapshotHeader read));
        Assert.Equal(header, read);
        for (int bit = 0; bit < SnapshotHeader.Bytes * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(SnapshotHeader.TryRead(bytes, out _), $"bit {bit}");
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }
        Assert.False(SnapshotHeader.TryRead(bytes.AsSpan(0, 63), out _));
    }

    [Fact]
    public void Entries_are_these_bytes()
    {
        using var encoder = new SnapshotEncoder(isRewritten: false);
        encoder.Add(Message(7, 9, "a.b"u8, RecordFlags.HasExpiry | RecordFlags.HasDropped | RecordFlags.HasFloor | RecordFlags.BatchEnd));
        encoder.Add(Message(7, 10, "a.cd"u8, RecordFlags.Compressed));
        encoder.Add(Fact());
        Assert.Equal(
            "34 47 07 12 00 03 612E62 02 05 A01F 9003 06 04 05" + // kind, flags, stream, sequence, subject, headers, stored, facts
            "24 80 02 02 02 6364 02 05 C801 C801" +
            "15 00 08 13 02 0102",
            Spaced(encoder.Written, "34 47 07 12 00 03 612E62 02 05 A01F 9003 06 04 05" + "24 80 02 02 02 6364 02 05 C801 C801" + "15 00 08 13 02 0102"));
    }

    private static RecordEntry Message(uint streamId, ulong sequence, ReadOnlySpan<byte> subject, RecordFlags flags)
    {
        var entry = new RecordEntry
        {
            Header = new RecordHeader
            {
                Kind = RecordKind.Message,
                Flags = flags,
                StreamId = streamId,
                Sequence = sequence,
                SubjectBytes = (ushort)subject.Length,
                HeadersBytes = 2,
            },
            Facts = new MessageFacts { TimestampNanos = 2_000 + (long)(100 * (sequence - 9)), ExpiresAtNanos = 2_200, Dropped = 6, Floor = 7, BatchSize = 5 },
            PlainBytes = subject.Length + 200,
        };
        entry.Header.LengthBytes = entry.Header.Shape.MessageBytes(subject.Length + 5, hasHeaders: true);
        entry.Set(subject, []);
        return entry;
    }

    private static RecordEntry Fact()
    {
        var entry = new RecordEntry { Header = new RecordHeader { Kind = RecordKind.Remove, StreamId = 8 } };
        entry.Set([1, 2], []);
        return entry;
    }

    private static string Hex(byte[] bytes, int group) =>
        string.Join(' ', Convert.ToHexString(bytes).Chunk(group * 2).Select(each => new string(each)));

    /// <summary>The bytes, with blanks where the expected text has them.</summary>
    private static string Spaced(ReadOnlySpan<byte> bytes, string like)
    {
        var hex = new Queue<char>(Convert.ToHexString(bytes));
        string spaced = string.Concat(like.Select(each => each == ' ' || hex.Count == 0 ? each : hex.Dequeue()));
        return spaced + string.Concat(hex);
    }
}
