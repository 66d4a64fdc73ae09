using System.Diagnostics;

namespace Rivulet.Storage.Indexing;

/// <summary>
/// The subjects of a stream by number, found by their bytes through a hash table and in byte order through a
/// <see cref="SubjectTree"/>. A point look-up touches the slot, the entry and the key, and nothing else. Not synchronised.
/// </summary>
internal sealed class SubjectTable
{
    private const int FirstSlots = 16;

    private readonly Slab<SubjectEntry> _entries = new();
    private readonly KeyArena _keys = new();
    private readonly SubjectHash _hash;

    // Open addressing with linear probing; number 0 is an empty slot. Never more than three quarters full.
    private Slot[] _slots = new Slot[FirstSlots];

    public SubjectTable(ulong seed)
    {
        _hash = new SubjectHash(seed);
        Tree = new SubjectTree(this);
    }

    public SubjectTree Tree { get; }

    public int Count => _entries.Count;

    public ref SubjectEntry this[int subject] => ref _entries[subject];

    public ReadOnlySpan<byte> KeyOf(int subject)
    {
        ref SubjectEntry entry = ref _entries[subject];
        return _keys[entry.Key, entry.KeyBytes];
    }

    /// <summary>The number of a subject, or 0.</summary>
    public int Find(ReadOnlySpan<byte> key) => Find(key, _hash.Compute(key));

    /// <summary>The number of a subject, which is added when missing.</summary>
    public int FindOrAdd(ReadOnlySpan<byte> key)
    {
        uint hash = _hash.Compute(key);
        int subject = Find(key, hash);
        if (subject != 0)
            return subject;
        if ((_entries.Count + 1) * 4L > _slots.Length * 3L)
            Grow();
        subject = _entries.Add();
        ref SubjectEntry entry = ref _entries[subject];
        entry.Key = _keys.Add(key);
        entry.KeyBytes = (ushort)key.Length;
        entry.Hash = hash;
        Insert(_slots, hash, subject);
        Tree.Add(subject);
        return subject;
    }

    public void Remove(int subject)
    {
        Tree.Remove(subject);
        ref SubjectEntry entry = ref _entries[subject];
        RemoveSlot(entry.Hash, subject);
        _keys.Free(entry.Key, entry.KeyBytes);
        _entries.Free(subject);
    }

    private int Find(ReadOnlySpan<byte> key, uint hash)
    {
        int mask = _slots.Length - 1;
        for (int i = (int)hash & mask; ; i = (i + 1) & mask)
        {
            Slot slot = _slots[i];
            if (slot.Subject == 0)
                return 0;
            if (slot.Hash == hash && KeyOf(slot.Subject).SequenceEqual(key))
                return slot.Subject;
        }
    }

    private static void Insert(Slot[] slots, uint hash, int subject)
    {
        int mask = slots.Length - 1;
        int i = (int)hash & mask;
        while (slots[i].Subject != 0)
            i = (i + 1) & mask;
        slots[i] = new Slot { Hash = hash, Subject = subject };
    }

    private void RemoveSlot(uint hash, int subject)
    {
        int mask = _slots.Length - 1;
        int hole = (int)hash & mask;
        while (_slots[hole].Subject != subject)
        {
            Debug.Assert(_slots[hole].Subject != 0, "the subject is not in the table");
            hole = (hole + 1) & mask;
        }

        // Slots behind the hole move up unless that would put them before the place where their search begins.
        for (int i = (hole + 1) & mask; _slots[i].Subject != 0; i = (i + 1) & mask)
        {
            int home = (int)_slots[i].Hash & mask;
            if (((i - home) & mask) < ((i - hole) & mask))
                continue;
            _slots[hole] = _slots[i];
            hole = i;
        }
        _slots[hole] = default;
    }

    private void Grow()
    {
        var larger = new Slot[_slots.Length * 2];
        foreach (Slot slot in _slots)
        {
            if (slot.Subject != 0)
                Insert(larger, slot.Hash, slot.Subject);
        }
        _slots = larger;
    }

    private struct Slot
    {
        public uint Hash;
        public int Subject;
    }
}
