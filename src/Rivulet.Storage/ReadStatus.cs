namespace Rivulet.Storage;

/// <summary>The outcome of a read.</summary>
public enum ReadStatus
{
    /// <summary>The message was read and its checksums are right.</summary>
    Found,

    /// <summary>There is no such message.</summary>
    NotFound,

    /// <summary>There is one, and what the disk returned for it is not what was written.</summary>
    Damaged,

    /// <summary>The disk returned an error, which the log has; or the store is closed.</summary>
    Failed,
}
