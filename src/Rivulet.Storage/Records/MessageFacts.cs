using System.Buffers.Binary;

namespace Rivulet.Storage.Records;

/// <summary>
/// What a message record says behind its content, eight bytes each: the timestamp, and what the flags announce.
/// <code>
///   body of a message:
///   +- - - - -+- - - - -+- - - - -+-----------+-----------+-----------+-----------+-----------+
///   | subject | headers | payload | timestamp | expiry    | dropped   | floor     | batch     |
///   |         |         |         | nanos     | nanos     | sequence  | sequence  | size      |
///   +- - - - -+- - - - -+- - - - -+-----------+-----------+-----------+-----------+-----------+
///                                  always      HasExpiry   HasDropped  HasFloor    BatchEnd
/// </code>
/// They follow the content, so that its checksum can be computed before any lock is taken.
/// </summary>
internal struct MessageFacts
{
    public long TimestampNanos;
    public long ExpiresAtNanos;
    public ulong Dropped;
    public ulong Floor;
    public ulong BatchSize;

    public readonly RecordFlags Flags =>
        (ExpiresAtNanos != 0 ? RecordFlags.HasExpiry : 0) |
        (Dropped != 0 ? RecordFlags.HasDropped : 0) |
        (Floor != 0 ? RecordFlags.HasFloor : 0) |
        (BatchSize != 0 ? RecordFlags.BatchEnd : 0);

    /// <summary>What must never be, for tests: the removals that it names become ones of nothing.</summary>
    public void Forget(ulong ownSequence)
    {
        Dropped = Dropped == 0 ? 0 : ownSequence + 1;
        Floor = Floor == 0 ? 0UL : 1;
    }

    /// <returns>How many bytes were written.</returns>
    public readonly int Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteInt64LittleEndian(destination, TimestampNanos);
        int written = RecordLayout.FactBytes;
        if (ExpiresAtNanos != 0)
            WriteFact(destination, (ulong)ExpiresAtNanos, ref written);
        if (Dropped != 0)
            WriteFact(destination, Dropped, ref written);
        if (Floor != 0)
            WriteFact(destination, Floor, ref written);
        if (BatchSize != 0)
            WriteFact(destination, BatchSize, ref written);
        return written;
    }

    public static MessageFacts Read(ReadOnlySpan<byte> source, RecordFlags flags)
    {
        var facts = new MessageFacts { TimestampNanos = BinaryPrimitives.ReadInt64LittleEndian(source) };
        int read = RecordLayout.FactBytes;
        facts.ExpiresAtNanos = (long)ReadFact(source, flags, RecordFlags.HasExpiry, ref read);
        facts.Dropped = ReadFact(source, flags, RecordFlags.HasDropped, ref read);
        facts.Floor = ReadFact(source, flags, RecordFlags.HasFloor, ref read);
        facts.BatchSize = ReadFact(source, flags, RecordFlags.BatchEnd, ref read);
        return facts;
    }

    private static void WriteFact(Span<byte> destination, ulong value, ref int written)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(destination[written..], value);
        written += RecordLayout.FactBytes;
    }

    private static ulong ReadFact(ReadOnlySpan<byte> source, RecordFlags flags, RecordFlags flag, ref int read)
    {
        if ((flags & flag) == 0)
            return 0;
        ulong value = BinaryPrimitives.ReadUInt64LittleEndian(source[read..]);
        read += RecordLayout.FactBytes;
        return value;
    }
}
