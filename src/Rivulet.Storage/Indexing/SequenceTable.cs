using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Rivulet.Storage.Indexing;

/// <summary>
/// The messages of a stream by sequence, in blocks outside the managed heap; a block whose messages are all gone is given
/// back. Gaps of any width cost nothing. Not synchronised; a reference to an entry is valid until the next addition or
/// removal.
/// </summary>
internal sealed unsafe class SequenceTable(IndexMemory? memory = null)
{
    private const int BlockChunkBits = 16;
    private const int FirstBlocks = 4;

    // Blocks that are gone stay listed until they are more than this, and one in eight.
    private const int GoneMax = 16;

    private readonly IndexMemory _memory = memory ?? IndexMemory.Unlimited;

    // Ascending by number. A block without messages, other than the newest, is gone.
    private readonly NativeChunks _blocks =
        new(memory ?? IndexMemory.Unlimited, Unsafe.SizeOf<SequenceBlock>(), BlockChunkBits, FirstBlocks);

    private readonly FarLinks _farLinks = new();

    // The first blocks that are gone are passed over.
    private int _head;
    private int _end;
    private int _gone;

    /// <summary>Whether a message of this sequence is present.</summary>
    public bool Has(ulong sequence) => FindEntry(sequence) is not null;

    /// <summary>The entry of a sequence; a null reference when it is not present.</summary>
    public ref SequenceEntry Find(ulong sequence) => ref Unsafe.AsRef<SequenceEntry>(FindEntry(sequence));

    /// <summary>The entry of a sequence that is present.</summary>
    public ref SequenceEntry this[ulong sequence]
    {
        get
        {
            SequenceEntry* entry = FindEntry(sequence);
            Debug.Assert(entry is not null, "the sequence is not present");
            return ref Unsafe.AsRef<SequenceEntry>(entry);
        }
    }

    /// <summary>Sends for the memory of an entry.</summary>
    public void Prefetch(ulong sequence)
    {
        if (Sse.IsSupported)
            Sse.Prefetch0(FindPlace(sequence));
    }

    /// <summary>The next message of the subject of one that is present, or 0.</summary>
    public ulong NextInSubject(ulong sequence) => NextInSubject(sequence, in this[sequence]);

    /// <summary>The same, for whoever has its entry.</summary>
    public ulong NextInSubject(ulong sequence, in SequenceEntry entry)
    {
        ulong distance = entry.NextDistance;
        return distance == 0 ? 0 : distance == SequenceEntry.FarDistance ? _farLinks.Next(sequence) : sequence + distance;
    }

    /// <summary>The message before one that is present in the chain of its subject, or 0.</summary>
    public ulong PreviousInSubject(ulong sequence) => PreviousInSubject(sequence, in this[sequence]);

    /// <summary>The same, for whoever has its entry.</summary>
    public ulong PreviousInSubject(ulong sequence, in SequenceEntry entry)
    {
        ulong distance = entry.PreviousDistance;
        return distance == 0 ? 0
            : distance == SequenceEntry.FarDistance ? _farLinks.Previous(sequence)
            : sequence - distance;
    }

    /// <summary>Adds the newest message of a subject to its chain.</summary>
    /// <param name="previous">The last one so far.</param>
    /// <param name="next">The newest.</param>
    /// <param name="nextEntry">Its entry.</param>
    public void LinkNewest(ulong previous, ulong next, ref SequenceEntry nextEntry)
    {
        ulong distance = Math.Min(next - previous, SequenceEntry.FarDistance);
        SetNext(previous, ref this[previous], distance, next);
        SetPrevious(next, ref nextEntry, distance, previous);
    }

    /// <summary>Makes two messages neighbours in the chain of their subject; 0 is the chain's end.</summary>
    public void Link(ulong previous, ulong next)
    {
        bool isFar = previous != 0 && next != 0 && next - previous >= SequenceEntry.FarDistance;
        ulong distance = previous == 0 || next == 0 ? 0 : isFar ? SequenceEntry.FarDistance : next - previous;
        if (previous != 0)
            SetNext(previous, ref this[previous], distance, next);
        if (next != 0)
            SetPrevious(next, ref this[next], distance, previous);
    }

    /// <summary>Adds a sequence above all that were ever added.</summary>
    public ref SequenceEntry Add(ulong sequence, int subject)
    {
        Debug.Assert(subject != 0, "an entry has a subject");
        ulong number = sequence >> SequenceBlock.Bits;
        if (_end == _head || Block(_end - 1).Number != number)
            AppendBlock(number);
        return ref Unsafe.AsRef<SequenceEntry>(Block(_end - 1).Add(Slot(sequence), subject, _memory));
    }

    /// <summary>Removes a sequence; its neighbours in the chain of its subject become each other's.</summary>
    /// <param name="sequence">Which.</param>
    /// <param name="previous">The message before it in the chain, or 0.</param>
    /// <param name="next">The message behind it, or 0.</param>
    /// <returns>What its entry was; one without a subject when it was not present.</returns>
    public SequenceEntry Remove(ulong sequence, out ulong previous, out ulong next)
    {
        previous = next = 0;
        int place = PlaceOf(sequence >> SequenceBlock.Bits);
        SequenceEntry* entry = place < 0 ? null : Block(place).Find(Slot(sequence));
        if (entry is null)
            return default;
        ref SequenceBlock block = ref Block(place);
        SequenceEntry removed = *entry;
        previous = PreviousInSubject(sequence, in removed);
        next = NextInSubject(sequence, in removed);
        Link(previous, next);
        SetNext(sequence, ref *entry, 0, 0);
        SetPrevious(sequence, ref *entry, 0, 0);
        block.Remove(entry);
        bool isNewest = place == _end - 1;
        if (block.Count > 0)
            block.PackIfSparse(isNewest, _memory);
        else if (isNewest)
            block.ShrinkEmpty(_memory);
        else
            DropBlock(place);
        return removed;
    }

    /// <summary>The first sequence present at or above this one, or 0.</summary>
    public ulong Next(ulong sequence)
    {
        ulong number = sequence >> SequenceBlock.Bits;
        int slot = Slot(sequence);
        for (int place = LowerBound(number); place < _end; place++)
        {
            ref SequenceBlock block = ref Block(place);
            int found = block.NextPresent(block.Number == number ? slot : 0);
            if (found >= 0)
                return Sequence(in block, found);
        }
        return 0;
    }

    /// <summary>The last sequence present at or below this one, or 0.</summary>
    public ulong Previous(ulong sequence)
    {
        ulong number = sequence >> SequenceBlock.Bits;
        int place = LowerBound(number);
        if (place == _end || Block(place).Number != number)
            place--;
        for (; place >= _head; place--)
        {
            ref SequenceBlock block = ref Block(place);
            int found = block.PreviousPresent(block.Number == number ? Slot(sequence) : SequenceBlock.Length - 1);
            if (found >= 0)
                return Sequence(in block, found);
        }
        return 0;
    }

    /// <summary>How many sequences at or above this one are present.</summary>
    public ulong CountFrom(ulong sequence)
    {
        ulong number = sequence >> SequenceBlock.Bits;
        ulong count = 0;
        for (int place = LowerBound(number); place < _end; place++)
        {
            ref SequenceBlock block = ref Block(place);
            count += (ulong)(block.Number == number ? block.CountFrom(Slot(sequence)) : block.Count);
        }
        return count;
    }

    /// <summary>Gives all memory back. Empty and usable afterwards.</summary>
    public void Release()
    {
        for (int place = _head; place < _end; place++)
            Block(place).Release(_memory);
        _blocks.Release();
        _farLinks.Clear();
        _head = _end = _gone = 0;
    }

    private static int Slot(ulong sequence) => (int)(sequence & (SequenceBlock.Length - 1));

    private static ulong Sequence(in SequenceBlock block, int slot) => (block.Number << SequenceBlock.Bits) + (ulong)slot;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref SequenceBlock Block(int place) => ref Unsafe.AsRef<SequenceBlock>(_blocks.At((uint)place));

    private SequenceEntry* FindEntry(ulong sequence)
    {
        int place = PlaceOf(sequence >> SequenceBlock.Bits);
        return place < 0 ? null : Block(place).Find(Slot(sequence));
    }

    /// <summary>Where the entry of a sequence lies, without a look at it; null when there is none.</summary>
    private SequenceEntry* FindPlace(ulong sequence)
    {
        int place = PlaceOf(sequence >> SequenceBlock.Bits);
        return place < 0 ? null : Block(place).FindPlace(Slot(sequence));
    }

    private void SetNext(ulong sequence, ref SequenceEntry entry, ulong distance, ulong target)
    {
        if (distance == SequenceEntry.FarDistance)
            _farLinks.SetNext(sequence, target);
        else if (entry.NextDistance == SequenceEntry.FarDistance)
            _farLinks.RemoveNext(sequence);
        entry.NextDistance = distance;
    }

    private void SetPrevious(ulong sequence, ref SequenceEntry entry, ulong distance, ulong target)
    {
        if (distance == SequenceEntry.FarDistance)
            _farLinks.SetPrevious(sequence, target);
        else if (entry.PreviousDistance == SequenceEntry.FarDistance)
            _farLinks.RemovePrevious(sequence);
        entry.PreviousDistance = distance;
    }

    private int PlaceOf(ulong number)
    {
        int place = LowerBound(number);
        return place < _end && Block(place).Number == number ? place : -1;
    }

    /// <summary>The first place whose block has at least this number, or the end.</summary>
    private int LowerBound(ulong number)
    {
        if (_head == _end)
            return _end;

        // Perf: what was added last is asked for most; and without gaps the place follows from the number.
        ulong last = Block(_end - 1).Number;
        if (number >= last)
            return number == last ? _end - 1 : _end;
        ulong first = Block(_head).Number;
        if (number <= first)
            return _head;
        ulong distance = number - first;
        if (distance < (ulong)(_end - _head) && Block(_head + (int)distance).Number == number)
            return _head + (int)distance;

        int low = _head;
        int high = _end;
        while (low < high)
        {
            int middle = (int)(((uint)low + (uint)high) >> 1);
            if (Block(middle).Number < number)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }

    private void AppendBlock(ulong number)
    {
        Debug.Assert(_end == _head || Block(_end - 1).Number < number, "sequences only grow");
        bool wasFull = _end > _head && Block(_end - 1).IsFull;
        if (_end > _head)
            SettleNewest();
        ref SequenceBlock block = ref PushBlock(number);
        if (wasFull)
            block.Prepare(_memory);
    }

    private ref SequenceBlock PushBlock(ulong number)
    {
        _blocks.EnsureRoom((uint)_end);
        ref SequenceBlock block = ref Block(_end++);
        block = new SequenceBlock(number);
        return ref block;
    }

    // The newest block is neither dropped nor cut to size while it may grow; it is once another follows.
    private void SettleNewest()
    {
        ref SequenceBlock newest = ref Block(_end - 1);
        if (newest.Count == 0)
            DropBlock(_end - 1);
        else
            newest.Settle(_memory);
    }

    private void DropBlock(int place)
    {
        Block(place).Release(_memory);
        _gone++;
        while (_head < _end && Block(_head).Count == 0 && _head <= place)
            _head++;
        if (_gone > GoneMax + ((_end - _gone) / 8))
            Compact();
    }

    /// <summary>Moves the blocks that are left together.</summary>
    private void Compact()
    {
        int kept = 0;
        for (int place = _head; place < _end; place++)
        {
            // The newest stays, empty or not.
            if (Block(place).Count > 0 || place == _end - 1)
                Block(kept++) = Block(place);
        }
        _head = _gone = 0;
        _end = kept;
        _blocks.Trim((uint)kept);
    }
}
