using System.Buffers;

namespace Rivulet.JetStream.Backups;

/// <summary>
/// The archive that a backup is, inside of its compression, as the reference server writes it from version 2.15 on.
/// <code>
///   "NATSARC1", then entries:
///   name length   varint
///   timestamp     zigzag varint
///   sequence      varint
///   header bytes  varint
///   payload bytes varint
///   name, headers, payload
/// </code>
/// </summary>
internal static class Archive
{
    /// <summary>Most bytes of an entry: more than any message has.</summary>
    public const int EntryBytesMax = 80 * 1024 * 1024;

    private const int VarintBytesMax = 10;
    private const int HeadNumbers = 5;

    /// <summary>What an archive begins with.</summary>
    public static ReadOnlySpan<byte> Magic => "NATSARC1"u8;

    /// <summary>Begins an archive.</summary>
    public static void WriteStart(IBufferWriter<byte> into) => into.Write(Magic);

    /// <summary>Writes an entry.</summary>
    public static void Write(IBufferWriter<byte> into, in ArchiveEntry entry)
    {
        Span<byte> head = into.GetSpan(HeadNumbers * VarintBytesMax);
        int length = WriteNumber((ulong)entry.Name.Length, head);
        length += WriteNumber((ulong)((entry.TimestampNanos << 1) ^ (entry.TimestampNanos >> 63)), head[length..]);
        length += WriteNumber(entry.Sequence, head[length..]);
        length += WriteNumber((ulong)entry.Headers.Length, head[length..]);
        length += WriteNumber((ulong)entry.Payload.Length, head[length..]);
        into.Advance(length);
        into.Write(entry.Name);
        into.Write(entry.Headers);
        into.Write(entry.Payload);
    }

    /// <summary>Takes the beginning of an archive.</summary>
    /// <returns>False while it is not there.</returns>
    /// <exception cref="InvalidDataException">It begins in another way.</exception>
    public static bool TryReadStart(ByteQueue from)
    {
        ReadOnlySpan<byte> unread = from.Unread;
        int there = Math.Min(unread.Length, Magic.Length);
        if (!unread[..there].SequenceEqual(Magic[..there]))
            throw new InvalidDataException("not a backup of server version 2.15 or later");
        if (there < Magic.Length)
            return false;
        from.Consume(Magic.Length);
        return true;
    }

    /// <summary>Reads the next entry. It is the caller's to take it from <paramref name="from"/> when done with it.</summary>
    /// <param name="from">What was read so far.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="length">How long it is.</param>
    /// <returns>False while no whole entry is there.</returns>
    /// <exception cref="InvalidDataException">There can be no such entry.</exception>
    public static bool TryRead(ByteQueue from, out ArchiveEntry entry, out int length)
    {
        ReadOnlySpan<byte> unread = from.Unread;
        length = 0;
        entry = default;
        if (!TryReadNumber(unread, ref length, out ulong nameBytes)
            || !TryReadNumber(unread, ref length, out ulong time)
            || !TryReadNumber(unread, ref length, out ulong sequence)
            || !TryReadNumber(unread, ref length, out ulong headerBytes)
            || !TryReadNumber(unread, ref length, out ulong payloadBytes))
        {
            return false;
        }

        if (nameBytes > EntryBytesMax || headerBytes > EntryBytesMax || payloadBytes > EntryBytesMax
            || nameBytes + headerBytes + payloadBytes > EntryBytesMax)
        {
            throw new InvalidDataException("archive: invalid archive stream");
        }

        ReadOnlySpan<byte> content = unread[length..];
        int contentBytes = (int)(nameBytes + headerBytes + payloadBytes);
        if (content.Length < contentBytes)
            return false;
        length += contentBytes;
        entry = new ArchiveEntry
        {
            Name = content[..(int)nameBytes],
            TimestampNanos = (long)(time >> 1) ^ -(long)(time & 1),
            Sequence = sequence,
            Headers = content.Slice((int)nameBytes, (int)headerBytes),
            Payload = content.Slice((int)(nameBytes + headerBytes), (int)payloadBytes),
        };
        return true;
    }

    private static int WriteNumber(ulong number, Span<byte> into)
    {
        int written = 0;
        for (; number >= 0x80; number >>= 7)
            into[written++] = (byte)(number | 0x80);
        into[written++] = (byte)number;
        return written;
    }

    private static bool TryReadNumber(ReadOnlySpan<byte> from, ref int at, out ulong number)
    {
        number = 0;
        for (int i = 0; i < VarintBytesMax; i++)
        {
            if (at >= from.Length)
                return false;
            byte next = from[at++];
            if (i == VarintBytesMax - 1 && next > 1)
                break;
            number |= (ulong)(next & 0x7F) << (7 * i);
            if (next < 0x80)
                return true;
        }

        throw new InvalidDataException("archive: invalid archive stream");
    }
}
