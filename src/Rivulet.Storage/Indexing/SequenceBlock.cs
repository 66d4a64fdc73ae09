using System.Diagnostics;

namespace Rivulet.Storage.Indexing;

/// <summary>
/// The entries of <see cref="Length"/> neighbouring sequences, in one piece of memory that holds those which are present
/// and few others: what went is dropped once it is a quarter. While the slots follow one another, an entry's place
/// follows from its slot; otherwise a list of slots lies behind the entries. A value in a <see cref="SequenceTable"/>.
/// </summary>
internal unsafe struct SequenceBlock(ulong number)
{
    public const int Bits = 12;
    public const int Length = 1 << Bits;

    private const int EntryBytes = 32;
    private const int FirstCapacity = 8;

    // When slots went at random, nearly all others are listed within so many of where they would be, were they spread evenly.
    private const int NearSlots = 64;

    private SequenceEntry* _entries;

    /// <summary>Which sequences: those from Number * Length on.</summary>
    public readonly ulong Number = number;

    // Entries that are listed, present or not, and that there is room for.
    private ushort _listed;
    private ushort _capacity;

    // Without a list of slots: the slot of the first entry.
    private ushort _firstSlot;
    private bool _hasSlots;

    /// <summary>How many are present.</summary>
    public ushort Count { get; private set; }

    // Behind the entries: the slots of the listed entries, ascending.
    private readonly ushort* Slots => (ushort*)(_entries + _capacity);

    /// <summary>The entry of a slot, or null when it is not present.</summary>
    public readonly SequenceEntry* Find(int slot)
    {
        int index = IndexOf(slot);
        return index >= 0 && _entries[index].Subject != 0 ? _entries + index : null;
    }

    /// <summary>Where the entry of a slot lies, present or not; null when it is not listed.</summary>
    public readonly SequenceEntry* FindPlace(int slot)
    {
        int index = IndexOf(slot);
        return index >= 0 ? _entries + index : null;
    }

    /// <summary>Adds a slot above all that were ever added, with a cleared entry.</summary>
    public SequenceEntry* Add(int slot, int subject, IndexMemory memory)
    {
        Debug.Assert(_listed == 0 || slot > SlotAt(_listed - 1), "slots only grow");
        if (Count == 0)
        {
            _listed = 0;
            _hasSlots &= _capacity > 0;
            _firstSlot = (ushort)slot;
        }
        if (!Fits(slot))
            Rebuild(slot, Count + 1 + Math.Max(FirstCapacity, Count / 2), memory);
        int index = _listed;
        if (_hasSlots)
        {
            Slots[index] = (ushort)slot;
        }
        else
        {
            index = slot - _firstSlot;
            new Span<SequenceEntry>(_entries + _listed, index - _listed).Clear();
        }
        _entries[index] = new SequenceEntry { Subject = subject };
        _listed = (ushort)(index + 1);
        Count++;
        return _entries + index;
    }

    /// <summary>Makes room ahead in an empty block that is going to be full.</summary>
    public void Prepare(IndexMemory memory)
    {
        Debug.Assert(_capacity == 0, "an empty block");
        _capacity = Length;
        _entries = (SequenceEntry*)memory.AllocateUncleared(SizeOf(Length, hasSlots: false));
    }

    /// <summary>Takes a present entry out.</summary>
    public void Remove(SequenceEntry* entry)
    {
        entry->Subject = 0;
        Count--;
    }

    /// <summary>Whether every slot was added and is listed.</summary>
    public readonly bool IsFull => _listed == Length;

    /// <summary>Drops what is not present any more when that is much.</summary>
    /// <param name="grows">Whether it is the newest block, to which more will be added.</param>
    /// <param name="memory">Where the memory comes from.</param>
    public void PackIfSparse(bool grows, IndexMemory memory)
    {
        if (Count > 0 && _listed - Count > (_listed / 4) + (grows ? FirstCapacity : 1))
            Rebuild(-1, grows ? Count + FirstCapacity : Count, memory);
    }

    /// <summary>Gives up the room for entries that will not come, and what is not present.</summary>
    public void Settle(IndexMemory memory)
    {
        if (_capacity - Count > (_capacity / 8) + 1)
            Rebuild(-1, Count, memory);
    }

    /// <summary>Gives up what a block without entries does not need to begin again.</summary>
    public void ShrinkEmpty(IndexMemory memory)
    {
        if (_capacity > 8 * FirstCapacity)
            Release(memory);
    }

    /// <summary>The first present slot at or above this one, or -1.</summary>
    public readonly int NextPresent(int slot)
    {
        for (int index = LowerBound(slot); index < _listed; index++)
        {
            if (_entries[index].Subject != 0)
                return SlotAt(index);
        }
        return -1;
    }

    /// <summary>The last present slot at or below this one, or -1.</summary>
    public readonly int PreviousPresent(int slot)
    {
        for (int index = LowerBound(slot + 1) - 1; index >= 0; index--)
        {
            if (_entries[index].Subject != 0)
                return SlotAt(index);
        }
        return -1;
    }

    /// <summary>How many slots from this one on are present.</summary>
    public readonly int CountFrom(int slot)
    {
        int index = LowerBound(slot);
        if (index == 0)
            return Count;
        if (Count == _listed)
            return _listed - index;
        int count = 0;
        for (; index < _listed; index++)
            count += _entries[index].Subject != 0 ? 1 : 0;
        return count;
    }

    /// <summary>Gives the memory back.</summary>
    public void Release(IndexMemory memory)
    {
        memory.Free((byte*)_entries, SizeOf(_capacity, _hasSlots));
        _entries = null;
        _listed = _capacity = Count = 0;
        _hasSlots = false;
    }

    private static long SizeOf(int capacity, bool hasSlots) => capacity * (EntryBytes + (hasSlots ? sizeof(ushort) : 0L));

    private readonly int SlotAt(int index) => _hasSlots ? Slots[index] : _firstSlot + index;

    private readonly int IndexOf(int slot)
    {
        if (!_hasSlots)
        {
            int index = slot - _firstSlot;
            return (uint)index < _listed ? index : -1;
        }

        // Perf: comparing many slots at once takes less than a few steps of a search, whose turns nobody can foresee.
        int start = Math.Clamp(EvenPlaceOf(slot) - (NearSlots / 2), 0, Math.Max(0, _listed - NearSlots));
        int near = new ReadOnlySpan<ushort>(Slots + start, Math.Min(NearSlots, _listed - start)).IndexOf((ushort)slot);
        if (near >= 0)
            return start + near;
        int found = LowerBound(slot);
        return found < _listed && Slots[found] == slot ? found : -1;
    }

    /// <summary>Where a slot would be in the list, were the slots spread evenly.</summary>
    private readonly int EvenPlaceOf(int slot) => Math.Min((int)((long)slot * _listed >> Bits), _listed - 1);

    /// <summary>The first listed entry at or above a slot.</summary>
    private readonly int LowerBound(int slot)
    {
        if (!_hasSlots)
            return Math.Clamp(slot - _firstSlot, 0, _listed);
        ushort* slots = Slots;
        int low = 0;
        int high = _listed;

        // Perf: slots are mostly spread evenly, so the search begins where this one would be then, in growing steps.
        int guess = EvenPlaceOf(slot);
        int step = 4;
        if (guess >= 0 && slots[guess] < slot)
        {
            low = guess + 1;
            for (; low + step < high && slots[low + step] < slot; step *= 2)
                low += step + 1;
            high = Math.Min(high, low + step);
        }
        else if (guess >= 0)
        {
            high = guess;
            for (; high - step >= 0 && slots[high - step] >= slot; step *= 2)
                high -= step;
            low = Math.Max(0, high - step + 1);
        }
        while (low < high)
        {
            int middle = (low + high) >> 1;
            if (slots[middle] < slot)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }

    /// <summary>Whether another slot can be added as the block is.</summary>
    private readonly bool Fits(int slot) => _hasSlots
        ? _listed < _capacity
        : slot - _firstSlot < _capacity && (slot == _firstSlot + _listed || IsDense(_firstSlot, slot, Count + 1));

    /// <summary>Whether so many entries are worth a place for every slot between two.</summary>
    private static bool IsDense(int first, int last, int count) => last - first + 1 <= count + (count / 8) + 2;

    /// <summary>Moves what is present to a piece of memory of another size, in the form that suits it.</summary>
    /// <param name="slot">A slot that is going to be added, or -1.</param>
    /// <param name="wanted">How many entries there should be room for; there is for what is necessary in any case.</param>
    /// <param name="memory">Where the memory comes from.</param>
    private void Rebuild(int slot, int wanted, IndexMemory memory)
    {
        SequenceBlock old = this;
        int count = Count + (slot >= 0 ? 1 : 0);
        int first = Count > 0 ? NextPresent(0) : slot;
        int last = slot >= 0 ? slot : PreviousPresent(Length - 1);
        _hasSlots = !IsDense(first, last, count);
        _capacity = (ushort)Math.Min(Length, Math.Max(wanted, _hasSlots ? count : last - first + 1));
        _firstSlot = (ushort)first;
        _entries = (SequenceEntry*)memory.AllocateUncleared(SizeOf(_capacity, _hasSlots));
        _listed = 0;
        for (int from = 0; from < old._listed; from++)
        {
            if (old._entries[from].Subject == 0)
                continue;
            int index = _hasSlots ? _listed : old.SlotAt(from) - first;
            if (_hasSlots)
                Slots[index] = (ushort)old.SlotAt(from);
            new Span<SequenceEntry>(_entries + _listed, index - _listed).Clear();
            _entries[index] = old._entries[from];
            _listed = (ushort)(index + 1);
        }
        old.Release(memory);
    }
}
