namespace Rivulet.Storage.Indexing;

/// <summary>
/// Links between messages of a subject that are too far apart for their entries: 2^36 sequences, which only a stream
/// that was told where to go on has. So it is hardly ever used, and lies on the managed heap.
/// </summary>
internal sealed class FarLinks
{
    private Dictionary<ulong, ulong>? _next;
    private Dictionary<ulong, ulong>? _previous;

    public ulong Next(ulong sequence) => _next![sequence];

    public ulong Previous(ulong sequence) => _previous![sequence];

    public void SetNext(ulong sequence, ulong next) => (_next ??= [])[sequence] = next;

    public void SetPrevious(ulong sequence, ulong previous) => (_previous ??= [])[sequence] = previous;

    public void RemoveNext(ulong sequence) => _next!.Remove(sequence);

    public void RemovePrevious(ulong sequence) => _previous!.Remove(sequence);

    public void Clear() => _next = _previous = null;
}
