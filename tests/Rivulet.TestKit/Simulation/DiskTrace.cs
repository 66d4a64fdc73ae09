namespace Rivulet.TestKit.Simulation;

/// <summary>
/// What a disk was asked to do, in order: a hash of all of it, which two runs of one seed have in common, and the last
/// operations in words.
/// </summary>
public sealed class DiskTrace
{
    private const int KeptMax = 64;
    private const ulong Prime = 0x0000_0100_0000_01B3;

    private readonly Queue<DiskOperation> _last = new();

    /// <summary>How many operations there were.</summary>
    public long Count { get; private set; }

    /// <summary>A hash of kinds, names, places and lengths.</summary>
    public ulong Hash { get; private set; } = 0xCBF2_9CE4_8422_2325;

    /// <summary>The last operation; none yet is the default.</summary>
    public DiskOperation Last { get; private set; }

    /// <summary>The last operations, oldest first.</summary>
    public IReadOnlyCollection<DiskOperation> Tail => _last;

    internal void Add(in DiskOperation operation)
    {
        Count++;
        Last = operation;
        Mix((ulong)operation.Kind);
        foreach (char c in operation.Path)
            Mix(c);
        Mix((ulong)operation.OffsetBytes);
        Mix((ulong)operation.LengthBytes);
        if (_last.Count == KeptMax)
            _last.Dequeue();
        _last.Enqueue(operation);
    }

    private void Mix(ulong value) => Hash = (Hash ^ value) * Prime;
}
