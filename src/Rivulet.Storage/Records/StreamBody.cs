using System.Buffers.Binary;
using System.Text;

namespace Rivulet.Storage.Records;

/// <summary>What a stream's records say about it.</summary>
internal sealed record StreamDescription(
    StreamIdentity Identity, long CreatedNanos, StreamLimits Limits, ReadOnlyMemory<byte> Configuration)
{
    /// <summary>Whether another one says the same.</summary>
    public bool IsSameAs(StreamDescription other) =>
        Identity == other.Identity && CreatedNanos == other.CreatedNanos && Limits == other.Limits &&
        Configuration.Span.SequenceEqual(other.Configuration.Span);
}

/// <summary>
/// The body of <see cref="RecordKind.StreamCreated"/> and <see cref="RecordKind.StreamConfigured"/> records: everything
/// about the stream, so that any one of them is enough.
/// <code>
///   0             8             16            24            32            40     44     48     50     52
///   +-------------+-------------+-------------+-------------+-------------+------+------+------+------+- - - -
///   | created     | max msgs    | max bytes   | max/subject | max age     |flags | conf | acct | name | account,
///   | nanos       |             |             |             | nanos       |      | len  | len  | len  | name, conf
///   +-------------+-------------+-------------+-------------+-------------+------+------+------+------+- - - -
///   flags: 1 discard new, 2 discard new per subject, 4 compress, 8 reserve sequences
/// </code>
/// </summary>
internal static class StreamBody
{
    private const int FixedBytes = 52;
    private const uint DiscardNewFlag = 1;
    private const uint DiscardNewPerSubjectFlag = 2;
    private const uint CompressFlag = 4;
    private const uint ReserveSequencesFlag = 8;

    public static byte[] Create(
        StreamIdentity identity, long createdNanos, StreamLimits limits, ReadOnlySpan<byte> configuration)
    {
        byte[] account = Encoding.UTF8.GetBytes(identity.Account);
        byte[] name = Encoding.UTF8.GetBytes(identity.Name);
        byte[] body = new byte[FixedBytes + account.Length + name.Length + configuration.Length];
        Span<byte> span = body;
        BinaryPrimitives.WriteInt64LittleEndian(span, createdNanos);
        BinaryPrimitives.WriteInt64LittleEndian(span[8..], limits.MaxMessages);
        BinaryPrimitives.WriteInt64LittleEndian(span[16..], limits.MaxBytes);
        BinaryPrimitives.WriteInt64LittleEndian(span[24..], limits.MaxMessagesPerSubject);
        BinaryPrimitives.WriteInt64LittleEndian(span[32..], limits.MaxAgeNanos);
        uint flags = (limits.DiscardNew ? DiscardNewFlag : 0) |
            (limits.DiscardNewPerSubject ? DiscardNewPerSubjectFlag : 0) |
            (limits.Compress ? CompressFlag : 0) |
            (limits.ReserveSequences ? ReserveSequencesFlag : 0);
        BinaryPrimitives.WriteUInt32LittleEndian(span[40..], flags);
        BinaryPrimitives.WriteInt32LittleEndian(span[44..], configuration.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(span[48..], checked((ushort)account.Length));
        BinaryPrimitives.WriteUInt16LittleEndian(span[50..], checked((ushort)name.Length));
        account.CopyTo(span[FixedBytes..]);
        name.CopyTo(span[(FixedBytes + account.Length)..]);
        configuration.CopyTo(span[(FixedBytes + account.Length + name.Length)..]);
        return body;
    }

    /// <returns>The description, or null when the body is malformed.</returns>
    public static StreamDescription? TryRead(ReadOnlySpan<byte> body)
    {
        if (body.Length < FixedBytes)
            return null;
        int configurationBytes = BinaryPrimitives.ReadInt32LittleEndian(body[44..]);
        int accountBytes = BinaryPrimitives.ReadUInt16LittleEndian(body[48..]);
        int nameBytes = BinaryPrimitives.ReadUInt16LittleEndian(body[50..]);
        if (configurationBytes < 0 || body.Length != FixedBytes + accountBytes + nameBytes + configurationBytes)
            return null;
        uint flags = BinaryPrimitives.ReadUInt32LittleEndian(body[40..]);
        var limits = new StreamLimits
        {
            MaxMessages = BinaryPrimitives.ReadInt64LittleEndian(body[8..]),
            MaxBytes = BinaryPrimitives.ReadInt64LittleEndian(body[16..]),
            MaxMessagesPerSubject = BinaryPrimitives.ReadInt64LittleEndian(body[24..]),
            MaxAgeNanos = BinaryPrimitives.ReadInt64LittleEndian(body[32..]),
            DiscardNew = (flags & DiscardNewFlag) != 0,
            DiscardNewPerSubject = (flags & DiscardNewPerSubjectFlag) != 0,
            Compress = (flags & CompressFlag) != 0,
            ReserveSequences = (flags & ReserveSequencesFlag) != 0,
        };
        var identity = new StreamIdentity(
            Encoding.UTF8.GetString(body.Slice(FixedBytes, accountBytes)),
            Encoding.UTF8.GetString(body.Slice(FixedBytes + accountBytes, nameBytes)));
        return new StreamDescription(
            identity, BinaryPrimitives.ReadInt64LittleEndian(body), limits, body[^configurationBytes..].ToArray());
    }
}
