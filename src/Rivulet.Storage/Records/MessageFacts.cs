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
/// They follow the content, so that its checksum can be computed before any lock is taken. In the compact form the timestamp
/// takes seven bytes, and a sequence four; a batch's size is not among them.
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

    /// <param name="destination">Where to.</param>
    /// <param name="isCompact">Whether in the compact form.</param>
    /// <returns>How many bytes were written.</returns>
    public readonly int Write(Span<byte> destination, bool isCompact)
    {
        int written = isCompact ? CompactForm.TimestampBytes : RecordLayout.FactBytes;
        if (isCompact)
            CompactForm.WriteTimestamp(destination, TimestampNanos);
        else
            BinaryPrimitives.WriteInt64LittleEndian(destination, TimestampNanos);
        if (ExpiresAtNanos != 0)
            WriteFact(destination, (ulong)ExpiresAtNanos, isCompact: false, ref written);
        if (Dropped != 0)
            WriteFact(destination, Dropped, isCompact, ref written);
        if (Floor != 0)
            WriteFact(destination, Floor, isCompact, ref written);
        if (BatchSize != 0)
            WriteFact(destination, BatchSize, isCompact, ref written);
        return written;
    }

    /// <param name="source">What follows on the content.</param>
    /// <param name="header">The record's header.</param>
    public static MessageFacts Read(ReadOnlySpan<byte> source, in RecordHeader header)
    {
        (RecordFlags flags, bool isCompact) = (header.Flags, header.IsCompact);
        int read = isCompact ? CompactForm.TimestampBytes : RecordLayout.FactBytes;
        return new MessageFacts
        {
            TimestampNanos = isCompact ? CompactForm.ReadTimestamp(source) : BinaryPrimitives.ReadInt64LittleEndian(source),
            ExpiresAtNanos = (long)ReadFact(source, flags & RecordFlags.HasExpiry, isCompact: false, ref read),
            Dropped = ReadFact(source, flags & RecordFlags.HasDropped, isCompact, ref read),
            Floor = ReadFact(source, flags & RecordFlags.HasFloor, isCompact, ref read),
            BatchSize = ReadFact(source, flags & RecordFlags.BatchEnd, isCompact, ref read),
        };
    }

    private static void WriteFact(Span<byte> destination, ulong value, bool isCompact, ref int written)
    {
        if (isCompact)
            BinaryPrimitives.WriteUInt32LittleEndian(destination[written..], (uint)value);
        else
            BinaryPrimitives.WriteUInt64LittleEndian(destination[written..], value);
        written += isCompact ? CompactForm.FactBytes : RecordLayout.FactBytes;
    }

    private static ulong ReadFact(ReadOnlySpan<byte> source, RecordFlags present, bool isCompact, ref int read)
    {
        if (present == 0)
            return 0;
        ulong value = isCompact
            ? BinaryPrimitives.ReadUInt32LittleEndian(source[read..])
            : BinaryPrimitives.ReadUInt64LittleEndian(source[read..]);
        read += isCompact ? CompactForm.FactBytes : RecordLayout.FactBytes;
        return value;
    }
}
