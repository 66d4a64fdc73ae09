using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Rivulet.Storage.Indexing;

/// <summary>An entry of a <see cref="Slab{T}"/>: lends one field to the list of free entries.</summary>
internal interface ISlabEntry
{
    int NextFree { get; set; }
}

/// <summary>
/// Structs addressed by number, outside the managed heap. Number 0 is never given out. A reference is valid until the
/// next addition. Not synchronised.
/// </summary>
internal sealed class Slab<T>
    where T : unmanaged, ISlabEntry
{
    private const int FirstEntries = 8;

    private readonly NativeChunks _chunks;
    private uint _used = 1;
    private int _firstFree;

    /// <param name="memory">Counts what is taken.</param>
    /// <param name="chunkBits">How many entries a full chunk holds, as a power of two.</param>
    public Slab(IndexMemory memory, int chunkBits) =>
        _chunks = new NativeChunks(memory, Unsafe.SizeOf<T>(), chunkBits, FirstEntries);

    /// <summary>Entries that are in use.</summary>
    public int Count { get; private set; }

    public unsafe ref T this[int id]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            Debug.Assert(id > 0 && id < _used, "an entry that was never given out");
            return ref Unsafe.AsRef<T>(_chunks.At((uint)id));
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
        _chunks.EnsureRoom(_used);
        return (int)_used++;
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

    /// <summary>Gives all memory back. Empty and usable afterwards.</summary>
    public void Release()
    {
        _chunks.Release();
        _used = 1;
        _firstFree = Count = 0;
    }
}
