namespace Rivulet.JetStream.Backups;

/// <summary>One entry of a backup: the state, a consumer or a message. Borrowed from what was read.</summary>
internal readonly ref struct ArchiveEntry
{
    /// <summary>Its name: of a message, the subject.</summary>
    public ReadOnlySpan<byte> Name { get; init; }

    /// <summary>Its time, nanoseconds since 1970.</summary>
    public long TimestampNanos { get; init; }

    /// <summary>Sequence of a message; 0 for what is none.</summary>
    public ulong Sequence { get; init; }

    /// <summary>Header block of a message, or empty.</summary>
    public ReadOnlySpan<byte> Headers { get; init; }

    /// <summary>Payload of a message, or what else the entry holds.</summary>
    public ReadOnlySpan<byte> Payload { get; init; }

    /// <summary>Whether it is the one that ends a backup, by which a backup that was cut off is told from a whole one.</summary>
    public bool IsEnd => Sequence == 0 && TimestampNanos == 0 && Headers.IsEmpty && Payload.IsEmpty;
}
