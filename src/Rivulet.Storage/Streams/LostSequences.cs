namespace Rivulet.Storage.Streams;

/// <summary>
/// Sequences of a stream whose messages were found damaged and that nothing removed since. Usually empty. Under the
/// stream's index lock.
/// </summary>
internal sealed class LostSequences
{
    private static readonly IReadOnlyList<ulong> None = [];

    private SortedSet<ulong>? _sequences;

    // The accounted size of each whose size is known.
    private Dictionary<ulong, int>? _sizes;

    public bool IsEmpty => _sequences is null || _sequences.Count == 0;

    /// <summary>The accounted size of all, in bytes, as far as it is known.</summary>
    public ulong Bytes { get; private set; }

    public bool Contains(ulong sequence) => _sequences?.Contains(sequence) ?? false;

    /// <summary>Adds a message.</summary>
    /// <param name="sequence">Its sequence.</param>
    /// <param name="bytes">Its accounted size, in bytes; 0 when nobody knows.</param>
    /// <returns>Whether it was not there.</returns>
    public bool Add(ulong sequence, int bytes)
    {
        if (!(_sequences ??= []).Add(sequence))
            return false;
        if (bytes > 0)
            (_sizes ??= []).Add(sequence, bytes);
        Bytes += (ulong)bytes;
        return true;
    }

    public void Remove(ulong sequence)
    {
        if (_sequences is null || !_sequences.Remove(sequence))
            return;
        if (_sizes is not null && _sizes.Remove(sequence, out int bytes))
            Bytes -= (ulong)bytes;
    }

    public void RemoveBelow(ulong sequence)
    {
        while (!IsEmpty && _sequences!.Min < sequence)
            Remove(_sequences.Min);
    }

    public IReadOnlyList<ulong> ToList() => IsEmpty ? None : [.. _sequences!];
}
