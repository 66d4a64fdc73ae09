using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Rivulet.Storage.Indexing;

/// <summary>
/// The messages of a stream by sequence, in blocks; a block whose messages are all gone is given back. Gaps of any
/// width cost nothing. Not synchronised; a reference to an entry is valid until the next addition or removal.
/// </summary>
internal sealed class SequenceTable
{
    // Ascending by number. The first _head places are of blocks that are gone, so that dropping the oldest block does
    // not move the rest every time.
    private SequenceBlock?[] _blocks = new SequenceBlock?[4];
    private int _head;
    private int _end;

    /// <summary>Whether a message of this sequence is present.</summary>
    public bool Has(ulong sequence)
    {
        SequenceBlock? block = FindBlock(sequence >> SequenceBlock.Bits);
        return block is not null && block.Has(Slot(sequence));
    }

    /// <summary>The entry of a sequence; a null reference when it is not present.</summary>
    public ref SequenceEntry Find(ulong sequence)
    {
        SequenceBlock? block = FindBlock(sequence >> SequenceBlock.Bits);
        if (block is null || !block.Has(Slot(sequence)))
            return ref Unsafe.NullRef<SequenceEntry>();
        return ref block[Slot(sequence)];
    }

    /// <summary>The entry of a sequence that is present.</summary>
    public ref SequenceEntry this[ulong sequence]
    {
        get
        {
            ref SequenceEntry entry = ref Find(sequence);
            Debug.Assert(!Unsafe.IsNullRef(ref entry), "the sequence is not present");
            return ref entry;
        }
    }

    /// <summary>Adds a sequence above all that were ever added.</summary>
    public ref SequenceEntry Add(ulong sequence)
    {
        ulong number = sequence >> SequenceBlock.Bits;
        if (_end == _head || _blocks[_end - 1]!.Number != number)
            AppendBlock(number);
        return ref _blocks[_end - 1]!.Add(Slot(sequence));
    }

    public void Remove(ulong sequence)
    {
        int place = PlaceOf(sequence >> SequenceBlock.Bits);
        SequenceBlock block = _blocks[place]!;
        block.Remove(Slot(sequence));
        if (place == _end - 1)
            return;
        if (block.Count == 0)
            DropBlock(place);
        else
            block.PackIfSparse();
    }

    /// <summary>The first sequence present at or above this one, or 0.</summary>
    public ulong Next(ulong sequence)
    {
        ulong number = sequence >> SequenceBlock.Bits;
        int slot = Slot(sequence);
        for (int place = LowerBound(number); place < _end; place++)
        {
            SequenceBlock block = _blocks[place]!;
            int found = block.NextPresent(block.Number == number ? slot : 0);
            if (found >= 0)
                return Sequence(block, found);
        }
        return 0;
    }

    /// <summary>The last sequence present at or below this one, or 0.</summary>
    public ulong Previous(ulong sequence)
    {
        ulong number = sequence >> SequenceBlock.Bits;
        int place = LowerBound(number);
        if (place == _end || _blocks[place]!.Number != number)
            place--;
        for (; place >= _head; place--)
        {
            SequenceBlock block = _blocks[place]!;
            int found = block.PreviousPresent(block.Number == number ? Slot(sequence) : SequenceBlock.Length - 1);
            if (found >= 0)
                return Sequence(block, found);
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
            SequenceBlock block = _blocks[place]!;
            count += (ulong)(block.Number == number ? block.CountFrom(Slot(sequence)) : block.Count);
        }
        return count;
    }

    /// <summary>Gives all blocks back.</summary>
    public void Release()
    {
        for (int place = _head; place < _end; place++)
            _blocks[place]!.Release();
        _blocks = [];
        _head = _end = 0;
    }

    private static int Slot(ulong sequence) => (int)(sequence & (SequenceBlock.Length - 1));

    private static ulong Sequence(SequenceBlock block, int slot) => (block.Number << SequenceBlock.Bits) + (ulong)slot;

    private SequenceBlock? FindBlock(ulong number)
    {
        int place = PlaceOf(number);
        return place < 0 ? null : _blocks[place];
    }

    private int PlaceOf(ulong number)
    {
        int place = LowerBound(number);
        return place < _end && _blocks[place]!.Number == number ? place : -1;
    }

    /// <summary>The first place whose block has at least this number, or the end.</summary>
    private int LowerBound(ulong number)
    {
        if (_head == _end)
            return _end;

        // Perf: without gaps the place follows from the number.
        ulong first = _blocks[_head]!.Number;
        if (number <= first)
            return _head;
        ulong distance = number - first;
        if (distance < (ulong)(_end - _head) && _blocks[_head + (int)distance]!.Number == number)
            return _head + (int)distance;

        int low = _head;
        int high = _end;
        while (low < high)
        {
            int middle = (int)(((uint)low + (uint)high) >> 1);
            if (_blocks[middle]!.Number < number)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }

    private void AppendBlock(ulong number)
    {
        Debug.Assert(_end == _head || _blocks[_end - 1]!.Number < number, "sequences only grow");
        if (_end > _head)
            SettleNewest();
        if (_end == _blocks.Length)
            MakeRoom();
        _blocks[_end++] = new SequenceBlock(number);
    }

    // The newest block is neither dropped nor packed while it may grow; it is once another follows.
    private void SettleNewest()
    {
        SequenceBlock newest = _blocks[_end - 1]!;
        if (newest.Count == 0)
            DropBlock(_end - 1);
        else
            newest.PackIfSparse();
    }

    private void DropBlock(int place)
    {
        _blocks[place]!.Release();
        if (place == _head)
        {
            _blocks[_head++] = null;
            return;
        }
        Array.Copy(_blocks, place + 1, _blocks, place, _end - place - 1);
        _blocks[--_end] = null;
    }

    private void MakeRoom()
    {
        int count = _end - _head;
        SequenceBlock?[] target = count > _blocks.Length / 2 ? new SequenceBlock?[_blocks.Length * 2] : _blocks;
        Array.Copy(_blocks, _head, target, 0, count);
        if (target == _blocks)
            Array.Clear(_blocks, count, _blocks.Length - count);
        _blocks = target;
        _head = 0;
        _end = count;
    }
}
