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

    /// <summary>Message: headers and payload are zeros.</summary>
    public const byte Blank = 0x40;

    /// <summary>Nothing that a version 1 writes.</summary>
    public const byte Unknown = 0x80;
}
