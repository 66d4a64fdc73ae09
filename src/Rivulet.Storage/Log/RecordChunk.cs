using Rivulet.Storage.Indexing;

namespace Rivulet.Storage.Log;

/// <summary>
/// Some records of one segment that were read ahead, in the order of the log. Handed over from the thread that reads to
/// the one that replays, and back, to be filled again.
/// </summary>
internal sealed class RecordChunk
{
    /// <summary>Perf: as many as stay in the cache between the two.</summary>
    public const int Capacity = 256;

    private readonly RecordEntry[] _entries = [.. Enumerable.Range(0, Capacity).Select(_ => new RecordEntry())];
    private int _count;

    public ReadOnlySpan<RecordEntry> Entries => _entries.AsSpan(0, _count);

    /// <summary>Where in the segment begins what comes behind these.</summary>
    public int EndBytes { get; private set; }

    /// <summary>Whether nothing more of the segment was read: it ends, or goes on with something that is not as it was written.</summary>
    public bool IsLast { get; set; }

    public bool IsFull => _count == Capacity;

    /// <summary>The entry to fill next.</summary>
    public RecordEntry Vacant => _entries[_count];

    /// <summary>Empties it.</summary>
    /// <param name="startBytes">Where in the segment the first record would start.</param>
    public void Clear(int startBytes)
    {
        _count = 0;
        EndBytes = startBytes;
        IsLast = false;
    }

    /// <summary><see cref="Vacant"/> is filled.</summary>
    /// <param name="hash">Hashes subjects.</param>
    /// <param name="endBytes">Where in the segment the next record would start.</param>
    public void Add(SubjectHash hash, int endBytes)
    {
        RecordEntry entry = _entries[_count++];
        if (entry.IsMessage)
            entry.SubjectHash = hash.Compute(entry.Bytes);
        EndBytes = endBytes;
    }
}
