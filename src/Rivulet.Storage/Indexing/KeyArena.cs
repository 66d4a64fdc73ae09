using System.Runtime.InteropServices;

namespace Rivulet.Storage.Indexing;

/// <summary>
/// The bytes of subjects, packed into large arrays and addressed in units of eight bytes. What is freed is used again
/// for keys of the same rounded length. Not synchronised; spans are valid until the key is freed or the arena grows.
/// </summary>
internal sealed class KeyArena
{
    public const int MaxKeyBytes = ushort.MaxValue;

    private const int UnitBytes = 8;
    private const int ChunkBytes = 1 << 20;
    private const int ChunkUnits = ChunkBytes / UnitBytes;
    private const int FirstBytes = 256;

    // Reference 0 means none, so the first unit is never used.
    private byte[][] _chunks = [new byte[FirstBytes]];
    private int _chunkCount = 1;
    private int _usedUnits = 1;

    // By length in units: the first free reference of that length; each free place holds the next one.
    private uint[] _free = new uint[16];

    public ReadOnlySpan<byte> this[uint reference, int lengthBytes] =>
        _chunks[reference / ChunkUnits].AsSpan((int)(reference % ChunkUnits) * UnitBytes, lengthBytes);

    public uint Add(ReadOnlySpan<byte> key)
    {
        int units = Units(key.Length);
        uint reference = units < _free.Length && _free[units] != 0 ? TakeFree(units) : TakeNew(units);
        key.CopyTo(Place(reference, key.Length));
        return reference;
    }

    public void Free(uint reference, int lengthBytes)
    {
        int units = Units(lengthBytes);
        if (units >= _free.Length)
            Array.Resize(ref _free, Math.Max(units + 1, _free.Length * 2));
        MemoryMarshal.Write(Place(reference, UnitBytes), in _free[units]);
        _free[units] = reference;
    }

    private static int Units(int lengthBytes) => Math.Max(1, (lengthBytes + UnitBytes - 1) / UnitBytes);

    private Span<byte> Place(uint reference, int lengthBytes) =>
        _chunks[reference / ChunkUnits].AsSpan((int)(reference % ChunkUnits) * UnitBytes, lengthBytes);

    private uint TakeFree(int units)
    {
        uint reference = _free[units];
        _free[units] = MemoryMarshal.Read<uint>(Place(reference, UnitBytes));
        return reference;
    }

    private uint TakeNew(int units)
    {
        int usedInChunk = _usedUnits % ChunkUnits;
        bool fits = usedInChunk != 0 && usedInChunk + units <= ChunkUnits;
        if (!fits)
            AddChunk();
        else if ((usedInChunk + units) * UnitBytes > _chunks[_chunkCount - 1].Length)
            GrowFirst((usedInChunk + units) * UnitBytes);
        uint reference = (uint)_usedUnits;
        _usedUnits += units;
        return reference;
    }

    private void AddChunk()
    {
        if (_chunkCount == _chunks.Length)
            Array.Resize(ref _chunks, _chunkCount * 2);
        _chunks[_chunkCount] = GC.AllocateUninitializedArray<byte>(ChunkBytes);
        _usedUnits = _chunkCount * ChunkUnits;
        _chunkCount++;
    }

    private void GrowFirst(int neededBytes) =>
        Array.Resize(ref _chunks[0], Math.Min(ChunkBytes, Math.Max(neededBytes, _chunks[0].Length * 2)));
}
