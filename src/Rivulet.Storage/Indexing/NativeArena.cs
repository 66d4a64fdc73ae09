using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Rivulet.Storage.Indexing;

/// <summary>
/// Records of any length outside the managed heap, addressed in units of four bytes. What is freed is used again for
/// records of the same rounded length. Not synchronised; the place of a record holds until the next addition.
/// </summary>
internal sealed unsafe class NativeArena(IndexMemory memory)
{
    public const int UnitBytes = 4;

    /// <summary>The most that it can hold.</summary>
    public const long MaxBytes = (long)MaxUnits * UnitBytes;

    private const int ChunkBits = 19;
    private const int FirstUnits = 64;

    /// <summary>References stay positive as signed numbers, with room for what is being added.</summary>
    private const uint MaxUnits = int.MaxValue - (1 << ChunkBits);

    private readonly NativeChunks _chunks = new(memory, UnitBytes, ChunkBits, FirstUnits);

    // Reference 0 means none, so the first unit is never used.
    private uint _used = 1;

    // By length in units: the first free reference of that length; each free place holds the next one.
    private uint[] _free = [];

    /// <summary>Whether another record can be added.</summary>
    public bool HasRoom => _used < MaxUnits;

    /// <summary>Where a record is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* At(uint reference) => _chunks.At(reference);

    /// <summary>Takes room for a record.</summary>
    public uint Add(int bytes)
    {
        int units = Units(bytes);
        if (units < _free.Length && _free[units] != 0)
        {
            uint freed = _free[units];
            _free[units] = Unsafe.ReadUnaligned<uint>(At(freed));
            return freed;
        }
        return TakeNew((uint)units);
    }

    /// <summary>Gives a record back.</summary>
    public void Free(uint reference, int bytes)
    {
        int units = Units(bytes);
        if (units >= _free.Length)
            Array.Resize(ref _free, Math.Max(units + 1, _free.Length * 2));
        Unsafe.WriteUnaligned(At(reference), _free[units]);
        _free[units] = reference;
    }

    /// <summary>Gives all memory back. Empty and usable afterwards.</summary>
    public void Release()
    {
        _chunks.Release();
        _used = 1;
        _free = [];
    }

    private static int Units(int bytes) => (bytes + UnitBytes - 1) / UnitBytes;

    private uint TakeNew(uint units)
    {
        Debug.Assert(units <= 1u << ChunkBits, "a record is no longer than a chunk");

        // A record does not cross the end of a chunk.
        uint leftInChunk = (1u << ChunkBits) - (_used & ((1u << ChunkBits) - 1));
        if (units > leftInChunk)
            _used += leftInChunk;
        _chunks.EnsureRoom(_used + units - 1);
        uint reference = _used;
        _used += units;
        return reference;
    }
}
