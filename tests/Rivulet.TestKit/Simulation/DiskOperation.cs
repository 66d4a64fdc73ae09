namespace Rivulet.TestKit.Simulation;

/// <summary>What changes a disk, or makes a change lasting. Reads are not counted: nothing depends on when they happen.</summary>
public enum DiskOperationKind
{
    /// <summary>A file is made.</summary>
    Create,

    /// <summary>Bytes of a file are written.</summary>
    Write,

    /// <summary>A file is cut off or made longer.</summary>
    SetLength,

    /// <summary>A file is synced.</summary>
    Sync,

    /// <summary>A file gets another name.</summary>
    Rename,

    /// <summary>A name goes.</summary>
    Delete,

    /// <summary>The entries of a directory are synced.</summary>
    SyncDirectory,
}

/// <summary>One operation of a disk.</summary>
/// <param name="Kind">What was done.</param>
/// <param name="Path">To which file or directory; of a rename, the new name.</param>
/// <param name="OffsetBytes">Write: where in the file. SetLength: how long it is from then on.</param>
/// <param name="LengthBytes">Write: how much.</param>
public readonly record struct DiskOperation(DiskOperationKind Kind, string Path, long OffsetBytes, int LengthBytes)
{
    /// <inheritdoc/>
    public override string ToString() => Kind == DiskOperationKind.Write
        ? $"{Kind} {Path} {OffsetBytes}+{LengthBytes}"
        : $"{Kind} {Path}";
}
