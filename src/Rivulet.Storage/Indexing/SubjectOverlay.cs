namespace Rivulet.Storage.Indexing;

/// <summary>
/// A subject as its writer sees it: committed messages and tail together. Exists while operations on the subject are
/// uncommitted; without one, the writer's view and the committed view are the same.
/// </summary>
internal struct SubjectOverlay : ISlabEntry
{
    /// <summary>Oldest message that survives the tail's removals; 0 when TailCount is 0.</summary>
    public ulong TailFirst;

    /// <summary>Newest message that survives the tail's removals; 0 when TailCount is 0.</summary>
    public ulong TailLast;

    /// <summary>Last link of the subject's chain, whether it survives or not: what the next message links to.</summary>
    public ulong ChainLast;

    public uint TailCount;

    /// <summary>Uncommitted appends and removals of messages of the subject. At 0 the overlay goes.</summary>
    public int Pending;

    public int NextFree { readonly get => Pending; set => Pending = value; }
}
