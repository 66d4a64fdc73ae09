namespace Rivulet.Storage.Streams;

/// <summary>
/// Sequences of a stream whose messages were found damaged and that nothing removed since. Usually empty. Under the
/// stream's index lock.
/// </summary>
internal sealed class LostSequences
{
    private static readonly IReadOnlyList<ulong> None = [];

    private SortedSet<ulong>? _sequences;

    public bool IsEmpty => _sequences is null || _sequences.Count == 0;

    public bool Contains(ulong sequence) => _sequences?.Contains(sequence) ?? false;

    public bool Add(ulong sequence) => (_sequences ??= []).Add(sequence);

    public void Remove(ulong sequence) => _sequences?.Remove(sequence);

    public void RemoveBelow(ulong sequence) => _sequences?.RemoveWhere(lost => lost < sequence);

    public IReadOnlyList<ulong> ToList() => IsEmpty ? None : [.. _sequences!];
}
