namespace Rivulet.Storage.Checking;

/// <summary>A record of a store, as far as it can be read.</summary>
public sealed record RecordDescription
{
    /// <summary>Its file, without the directory.</summary>
    public required string File { get; init; }

    /// <summary>Where in the file, in bytes.</summary>
    public required int OffsetBytes { get; init; }

    /// <summary>Its length, in bytes, without padding; of an unreadable stretch, that of the stretch.</summary>
    public required int LengthBytes { get; init; }

    /// <summary>What kind of record it is; null for a stretch in which nothing can be read.</summary>
    public string? Kind { get; init; }

    /// <summary>Whether both its checksums are right.</summary>
    public bool IsIntact { get; init; }

    /// <summary>The number of its stream; 0 when it is about the whole store.</summary>
    public uint StreamId { get; init; }

    /// <summary>Its stream; null when nothing said so far what that is called.</summary>
    public StreamIdentity? Stream { get; init; }

    /// <summary>The sequence of a message, or the one that the record speaks of; 0 for none.</summary>
    public ulong Sequence { get; init; }

    /// <summary>A message's subject, a purge's filter, or the name of an attachment; null for none.</summary>
    public string? Subject { get; init; }

    /// <summary>A message's time, in nanoseconds since the Unix epoch; otherwise 0.</summary>
    public long TimestampNanos { get; init; }

    /// <summary>Length of what the record brings: a message's headers and payload, or the body of another record.</summary>
    public int ContentBytes { get; init; }

    /// <summary>Sequences that the record says are gone; of a message, that of the one that it pushed out.</summary>
    public IReadOnlyList<ulong> Removed { get; init; } = [];
}
