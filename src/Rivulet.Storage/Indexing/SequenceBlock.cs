using System.Buffers;
using System.Diagnostics;
using System.Numerics;

namespace Rivulet.Storage.Indexing;

/// <summary>
/// The entries of <see cref="Length"/> neighbouring sequences. While many are present they lie in place; once few are
/// left the block is packed, so that one old message does not hold the room of thousands. Not synchronised.
/// </summary>
internal sealed class SequenceBlock(ulong number)
{
    public const int Bits = 12;
    public const int Length = 1 << Bits;

    private const int Words = Length / 64;
    private const int PackAtOrBelow = Length / 8;

    private readonly ulong[] _present = new ulong[Words];
    private SequenceEntry[] _entries = [];

    // Packed: the slots that _entries holds, ascending; slots that went since stay listed. Null while in place.
    private ushort[]? _slots;
    private int _packedCount;

    /// <summary>Which sequences: those from Number * Length on.</summary>
    public ulong Number { get; } = number;

    /// <summary>How many are present.</summary>
    public int Count { get; private set; }

    public bool Has(int slot) => (_present[slot >> 6] & (1UL << (slot & 63))) != 0;

    /// <summary>The entry of a slot that is present.</summary>
    public ref SequenceEntry this[int slot] => ref _entries[_slots is null ? slot : PackedIndex(slot)];

    /// <summary>Makes a slot present, with a cleared entry. Only the newest block grows, and it is never packed.</summary>
    public ref SequenceEntry Add(int slot)
    {
        Debug.Assert(_slots is null && !Has(slot), "the newest block, and a new sequence");
        if (slot >= _entries.Length)
            Grow(slot + 1);
        _present[slot >> 6] |= 1UL << (slot & 63);
        Count++;
        ref SequenceEntry entry = ref _entries[slot];
        entry = default;
        return ref entry;
    }

    public void Remove(int slot)
    {
        _present[slot >> 6] &= ~(1UL << (slot & 63));
        Count--;
    }

    /// <summary>Packs the block when that saves room; not for the block that still grows.</summary>
    public void PackIfSparse()
    {
        bool worthwhile = _slots is null ? Count <= PackAtOrBelow : Count <= _packedCount / 4;
        if (worthwhile && Count > 0)
            Pack();
    }

    /// <summary>The first present slot at or above this one, or -1.</summary>
    public int NextPresent(int slot)
    {
        if (slot >= Length)
            return -1;
        int word = slot >> 6;
        ulong bits = _present[word] & (ulong.MaxValue << (slot & 63));
        while (bits == 0)
        {
            if (++word == Words)
                return -1;
            bits = _present[word];
        }
        return (word << 6) + BitOperations.TrailingZeroCount(bits);
    }

    /// <summary>The last present slot at or below this one, or -1.</summary>
    public int PreviousPresent(int slot)
    {
        if (slot < 0)
            return -1;
        int word = slot >> 6;
        ulong bits = _present[word] & (ulong.MaxValue >> (63 - (slot & 63)));
        while (bits == 0)
        {
            if (--word < 0)
                return -1;
            bits = _present[word];
        }
        return (word << 6) + 63 - BitOperations.LeadingZeroCount(bits);
    }

    /// <summary>How many slots from this one on are present.</summary>
    public int CountFrom(int slot)
    {
        int word = slot >> 6;
        int count = BitOperations.PopCount(_present[word] & (ulong.MaxValue << (slot & 63)));
        while (++word < Words)
            count += BitOperations.PopCount(_present[word]);
        return count;
    }

    /// <summary>Gives the arrays back; nothing may be asked of the block afterwards.</summary>
    public void Release()
    {
        if (_entries.Length > 0)
            ArrayPool<SequenceEntry>.Shared.Return(_entries);
        if (_slots is not null)
            ArrayPool<ushort>.Shared.Return(_slots);
        _entries = [];
        _slots = null;
    }

    private int PackedIndex(int slot)
    {
        int index = _slots.AsSpan(0, _packedCount).BinarySearch((ushort)slot);
        Debug.Assert(index >= 0, "a slot that is present was packed");
        return index;
    }

    private void Grow(int needed)
    {
        SequenceEntry[] larger = ArrayPool<SequenceEntry>.Shared.Rent(Math.Min(Length, Math.Max(16, needed * 2)));
        _entries.AsSpan().CopyTo(larger);
        if (_entries.Length > 0)
            ArrayPool<SequenceEntry>.Shared.Return(_entries);
        _entries = larger;
    }

    private void Pack()
    {
        SequenceEntry[] entries = ArrayPool<SequenceEntry>.Shared.Rent(Count);
        ushort[] slots = ArrayPool<ushort>.Shared.Rent(Count);
        int packed = 0;
        for (int slot = NextPresent(0); slot >= 0; slot = NextPresent(slot + 1))
        {
            entries[packed] = this[slot];
            slots[packed++] = (ushort)slot;
        }
        Release();
        _entries = entries;
        _slots = slots;
        _packedCount = packed;
    }
}
