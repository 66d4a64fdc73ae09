namespace Rivulet.Storage.Records;

/// <summary>Properties of a record, by bit. Stored, see docs/formats/log.md.</summary>
[Flags]
internal enum RecordFlags : byte
{
    None = 0,

    /// <summary>Message: has an expiry of its own among its facts.</summary>
    HasExpiry = 0x01,

    /// <summary>Remove: the content is to be overwritten as well.</summary>
    Erase = HasExpiry,

    /// <summary>Message: names one older message of its subject that it pushed out.</summary>
    HasDropped = 0x02,

    /// <summary>Message: names the sequence below which limits removed everything.</summary>
    HasFloor = 0x04,

    /// <summary>Message: every older message of its subject is gone.</summary>
    RollupSubject = 0x08,

    /// <summary>Message: every older message of its stream is gone.</summary>
    RollupAll = 0x10,

    /// <summary>Message: belongs to an atomic batch whose end follows.</summary>
    BatchMember = 0x20,

    /// <summary>Message: ends an atomic batch, and has the batch's size among its facts.</summary>
    BatchEnd = 0x40,

    /// <summary>Message: headers and payload are compressed, see <see cref="PackedContent"/>.</summary>
    Compressed = 0x80,
}
