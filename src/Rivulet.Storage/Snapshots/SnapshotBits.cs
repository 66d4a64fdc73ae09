namespace Rivulet.Storage.Snapshots;

/// <summary>The first byte of an entry: the kind of the record, and what the entry has. Stored, see docs/formats/snapshot.md.</summary>
internal static class SnapshotBits
{
    /// <summary>The kind of the record.</summary>
    public const byte KindMask = 0x0F;

    /// <summary>The record is of another stream than the one before.</summary>
    public const byte OtherStream = 0x10;

    /// <summary>Message: it has headers.</summary>
    public const byte HasHeaders = 0x20;

    /// <summary>Message: its record has the compact form.</summary>
    public const byte Compact = 0x40;

    /// <summary>Nothing that is written so far.</summary>
    public const byte Unknown = 0x80;
}
