using System.Diagnostics;

namespace Rivulet.Storage.Indexing;

/// <summary>An entry of a <see cref="Slab{T}"/>: lends one field to the list of free entries.</summary>
internal interface ISlabEntry
{
    int NextFree { get; set; }
}

/// <summary>
/// Structs addressed by number, in arrays that are never moved once they have their full size, so that growth copies
/// nothing and the collector has no object per entry. Number 0 is never given out. Not synchronised.
/// </summary>
internal sealed class Slab<T>
    where T : struct, ISlabEntry
{
    private const int ChunkBits = 12;
    private const int ChunkEntries = 1 << ChunkBits;
    private const int FirstEntries = 16;

    private T[][] _chunks = [new T[FirstEntries]];
    private int _chunkCount = 1;
    private int _used = 1;
    private int _firstFree;

    /// <summary>Entries that are in use.</summary>
    public int Count { get; private set; }

    public ref T this[int id]
    {
        get
        {
            Debug.Assert(id > 0 && id < _used, "an entry that was never given out");
            return ref _chunks[id >> ChunkBits][id & (ChunkEntries - 1)];
        }
    }

    /// <summary>Takes an entry, cleared.</summary>
    public int Add()
    {
        Count++;
        if (_firstFree != 0)
        {
            int id = _firstFree;
            ref T entry = ref this[id];
            _firstFree = entry.NextFree;
            entry = default;
            return id;
        }
        if (_used >> ChunkBits == _chunkCount)
            AddChunk();
        else if (_used == _chunks[0].Length)
            Array.Resize(ref _chunks[0], Math.Min(_used * 2, ChunkEntries));
        return _used++;
    }

    /// <summary>Gives an entry back.</summary>
    public void Free(int id)
    {
        ref T entry = ref this[id];
        entry = default;
        entry.NextFree = _firstFree;
        _firstFree = id;
        Count--;
    }

    private void AddChunk()
    {
        if (_chunkCount == _chunks.Length)
            Array.Resize(ref _chunks, _chunkCount * 2);
        _chunks[_chunkCount++] = new T[ChunkEntries];
    }
}
