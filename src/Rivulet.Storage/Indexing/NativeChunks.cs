using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Rivulet.Storage.Indexing;

/// <summary>
/// Memory outside the managed heap that grows without being copied: a first chunk that doubles from some hundred bytes
/// to its full size, then chunk after chunk. Addressed by item, a fixed number of bytes each. The place of an item
/// holds until the first chunk grows; once that has its full size, for ever. Not synchronised.
/// </summary>
internal sealed unsafe class NativeChunks
{
    private readonly IndexMemory _memory;
    private readonly int _itemBytes;
    private readonly int _chunkBits;
    private readonly int _firstItems;

    private nint[] _chunks = [];
    private int _count;
    private int _firstCapacity;

    /// <param name="memory">Counts what is taken.</param>
    /// <param name="itemBytes">Size of an item.</param>
    /// <param name="chunkBits">How many items a full chunk holds, as a power of two.</param>
    /// <param name="firstItems">How many items the first chunk begins with; a power of two.</param>
    public NativeChunks(IndexMemory memory, int itemBytes, int chunkBits, int firstItems)
    {
        Debug.Assert(firstItems <= 1 << chunkBits, "the first chunk is no larger than the others");
        _memory = memory;
        _itemBytes = itemBytes;
        _chunkBits = chunkBits;
        _firstItems = firstItems;
    }

    public int ItemsPerChunk => 1 << _chunkBits;

    /// <summary>Items that there is room for: those with numbers below.</summary>
    public long Capacity => _count <= 1 ? _firstCapacity : (long)_count << _chunkBits;

    /// <summary>Where an item is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* At(uint item)
    {
        Debug.Assert(item < Capacity, "an item that is not there");
        return (byte*)_chunks[item >> _chunkBits] + ((nint)(item & ((1u << _chunkBits) - 1)) * _itemBytes);
    }

    /// <summary>Makes room for an item, and all before it. What is new is cleared.</summary>
    public void EnsureRoom(uint item)
    {
        while (item >= Capacity)
            Grow(item);
    }

    /// <summary>Gives back the chunks behind the first whose items are all at or above a number.</summary>
    public void Trim(uint usedItems)
    {
        int needed = Math.Max(1, (int)(((long)usedItems + ItemsPerChunk - 1) >> _chunkBits));
        while (_count > needed)
            _memory.Free((byte*)_chunks[--_count], ChunkBytes);
    }

    /// <summary>Gives everything back. Empty and usable afterwards.</summary>
    public void Release()
    {
        for (int i = 0; i < _count; i++)
            _memory.Free((byte*)_chunks[i], i == 0 ? (long)_firstCapacity * _itemBytes : ChunkBytes);
        _chunks = [];
        _count = _firstCapacity = 0;
    }

    private long ChunkBytes => (long)_itemBytes << _chunkBits;

    private void Grow(uint item)
    {
        if (_count == 0 || (_count == 1 && _firstCapacity < ItemsPerChunk))
        {
            GrowFirst(item);
            return;
        }
        if (_count == _chunks.Length)
            Array.Resize(ref _chunks, _count * 2);
        _chunks[_count++] = (nint)_memory.Allocate(ChunkBytes);
    }

    private void GrowFirst(uint item)
    {
        long wanted = Math.Max(_firstItems, _firstCapacity * 2L);
        while (wanted <= item && wanted < ItemsPerChunk)
            wanted *= 2;
        int capacity = (int)Math.Min(wanted, ItemsPerChunk);
        byte* larger = _memory.Allocate((long)capacity * _itemBytes);
        if (_count == 0)
        {
            _chunks = new nint[1];
            _count = 1;
        }
        else
        {
            long usedBytes = (long)_firstCapacity * _itemBytes;
            Buffer.MemoryCopy((byte*)_chunks[0], larger, (long)capacity * _itemBytes, usedBytes);
            _memory.Free((byte*)_chunks[0], usedBytes);
        }
        _chunks[0] = (nint)larger;
        _firstCapacity = capacity;
    }
}
