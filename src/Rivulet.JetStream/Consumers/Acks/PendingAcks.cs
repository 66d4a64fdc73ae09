using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Rivulet.JetStream.Consumers.Acks;

/// <summary>One delivery that waits for its ack. <see cref="PendingAcks"/> owns these; a copy is a snapshot.</summary>
/// <param name="Sequences">Stream sequence, and the consumer sequence of the <em>first</em> delivery.</param>
/// <param name="Deliveries">How often it has been delivered, at least once.</param>
/// <param name="DeliveredNanos">When it was last delivered or reported in progress, nanoseconds since 1970.</param>
/// <param name="DeadlineNanos">When it becomes due for redelivery, nanoseconds since 1970.</param>
internal readonly record struct PendingAck(
    SequencePair Sequences,
    uint Deliveries,
    long DeliveredNanos,
    long DeadlineNanos);

/// <summary>
/// The deliveries of one consumer that wait for an ack: found by stream sequence, walked in stream order, due in the order
/// of their deadlines, and queued for redelivery in the order in which they fell due.
/// </summary>
/// <remarks>
/// <para>
/// Entries live in slots of one array. A dictionary finds the slot; two linked lists through the slots keep the stream
/// order and the redelivery queue; a binary heap of slots keeps the deadlines. An entry is in the stream order always, and
/// in exactly one of redelivery queue and heap.
/// </para>
/// <para>
/// Add, remove and move cost at most the logarithm of the number of entries, and allocate only while the arrays grow.
/// Not safe for use by two threads at once: the consumer's lock guards it.
/// </para>
/// </remarks>
internal sealed class PendingAcks
{
    private const int None = -1;

    private readonly Dictionary<ulong, int> _slotBySequence = [];
    private readonly List<int> _heap = [];
    private Slot[] _slots = [];
    private int _freeHead = None;
    private int _slotsUsed;
    private int _orderFirst = None;
    private int _orderLast = None;
    private int _queueFirst = None;
    private int _queueLast = None;

    /// <summary>Number of entries.</summary>
    public int Count => _slotBySequence.Count;

    /// <summary>Number of entries that are queued for redelivery.</summary>
    public int QueuedCount { get; private set; }

    /// <summary>Number of entries that have been delivered more than once.</summary>
    public int RedeliveredCount { get; private set; }

    /// <summary>The earliest deadline of those not queued; <see cref="long.MaxValue"/> when there is none.</summary>
    public long NextDeadlineNanos => _heap.Count == 0 ? long.MaxValue : _slots[_heap[0]].Ack.DeadlineNanos;

    /// <summary>Whether this stream sequence waits for an ack.</summary>
    public bool Contains(ulong streamSequence) => _slotBySequence.ContainsKey(streamSequence);

    /// <summary>The entry of a stream sequence.</summary>
    public bool TryGet(ulong streamSequence, out PendingAck ack)
    {
        if (_slotBySequence.TryGetValue(streamSequence, out int slot))
        {
            ack = _slots[slot].Ack;
            return true;
        }

        ack = default;
        return false;
    }

    /// <summary>The entry with the lowest stream sequence.</summary>
    public bool TryGetFirst(out PendingAck ack)
    {
        ack = _orderFirst == None ? default : _slots[_orderFirst].Ack;
        return _orderFirst != None;
    }

    /// <summary>Adds an entry that is not there yet.</summary>
    public void Add(in PendingAck ack)
    {
        Debug.Assert(ack.Deliveries > 0, "a pending ack has been delivered");
        int slot = TakeSlot();
        _slotBySequence.Add(ack.Sequences.StreamSequence, slot);
        _slots[slot] = new Slot { Ack = ack, QueueNext = None, QueuePrevious = None, HeapIndex = None };
        LinkOrder(slot);
        HeapAdd(slot);
        if (ack.Deliveries > 1)
            RedeliveredCount++;
        CheckInvariants();
    }

    /// <summary>Replaces an entry, and takes it off the redelivery queue if it was there. False if it is not pending.</summary>
    public bool Update(in PendingAck ack)
    {
        if (!_slotBySequence.TryGetValue(ack.Sequences.StreamSequence, out int slot))
            return false;

        RedeliveredCount += (ack.Deliveries > 1 ? 1 : 0) - (_slots[slot].Ack.Deliveries > 1 ? 1 : 0);
        Unschedule(slot);
        _slots[slot].Ack = ack;
        HeapAdd(slot);
        CheckInvariants();
        return true;
    }

    /// <summary>Removes an entry. False if it is not pending.</summary>
    public bool Remove(ulong streamSequence, out PendingAck ack)
    {
        if (!_slotBySequence.Remove(streamSequence, out int slot))
        {
            ack = default;
            return false;
        }

        ack = _slots[slot].Ack;
        if (ack.Deliveries > 1)
            RedeliveredCount--;
        Unschedule(slot);
        UnlinkOrder(slot);
        _slots[slot].OrderNext = _freeHead;
        _freeHead = slot;
        CheckInvariants();
        return true;
    }

    /// <summary>
    /// Puts an entry on the redelivery queue: at its end, or at its start for one that was taken and could not be
    /// delivered. False if it is not pending; nothing changes if it is queued already.
    /// </summary>
    public bool Queue(ulong streamSequence, bool atStart = false)
    {
        if (!_slotBySequence.TryGetValue(streamSequence, out int slot))
            return false;
        if (!_slots[slot].Queued)
        {
            HeapRemove(slot);
            LinkQueue(slot, atStart);
        }

        CheckInvariants();
        return true;
    }

    /// <summary>The entry at the head of the redelivery queue.</summary>
    public bool TryPeekQueued(out PendingAck ack)
    {
        ack = _queueFirst == None ? default : _slots[_queueFirst].Ack;
        return _queueFirst != None;
    }

    /// <summary>An entry that is not queued and due at <paramref name="nowNanos"/>, the longest overdue first.</summary>
    public bool TryPeekDue(long nowNanos, out PendingAck ack)
    {
        if (_heap.Count > 0 && _slots[_heap[0]].Ack.DeadlineNanos <= nowNanos)
        {
            ack = _slots[_heap[0]].Ack;
            return true;
        }

        ack = default;
        return false;
    }

    /// <summary>Removes everything.</summary>
    public void Clear()
    {
        _slotBySequence.Clear();
        _heap.Clear();
        _freeHead = None;
        _slotsUsed = 0;
        _orderFirst = _orderLast = _queueFirst = _queueLast = None;
        QueuedCount = 0;
        RedeliveredCount = 0;
    }

    /// <summary>Copies the entries into <paramref name="into"/> in stream order.</summary>
    public void CopyTo(List<PendingAck> into)
    {
        for (int slot = _orderFirst; slot != None; slot = _slots[slot].OrderNext)
            into.Add(_slots[slot].Ack);
    }

    private int TakeSlot()
    {
        if (_freeHead != None)
        {
            int slot = _freeHead;
            _freeHead = _slots[slot].OrderNext;
            return slot;
        }

        if (_slotsUsed == _slots.Length)
            Array.Resize(ref _slots, Math.Max(16, _slots.Length * 2));
        return _slotsUsed++;
    }

    // Deliveries come in stream order, so the walk from the end stops at once; only a restored state may need it.
    private void LinkOrder(int slot)
    {
        ulong sequence = _slots[slot].Ack.Sequences.StreamSequence;
        int previous = _orderLast;
        while (previous != None && _slots[previous].Ack.Sequences.StreamSequence > sequence)
            previous = _slots[previous].OrderPrevious;

        int next = previous == None ? _orderFirst : _slots[previous].OrderNext;
        _slots[slot].OrderPrevious = previous;
        _slots[slot].OrderNext = next;
        if (previous == None)
            _orderFirst = slot;
        else
            _slots[previous].OrderNext = slot;
        if (next == None)
            _orderLast = slot;
        else
            _slots[next].OrderPrevious = slot;
    }

    private void UnlinkOrder(int slot)
    {
        (int previous, int next) = (_slots[slot].OrderPrevious, _slots[slot].OrderNext);
        if (previous == None)
            _orderFirst = next;
        else
            _slots[previous].OrderNext = next;
        if (next == None)
            _orderLast = previous;
        else
            _slots[next].OrderPrevious = previous;
    }

    private void LinkQueue(int slot, bool atStart)
    {
        int previous = atStart ? None : _queueLast;
        int next = atStart ? _queueFirst : None;
        _slots[slot].Queued = true;
        _slots[slot].QueuePrevious = previous;
        _slots[slot].QueueNext = next;
        if (previous == None)
            _queueFirst = slot;
        else
            _slots[previous].QueueNext = slot;
        if (next == None)
            _queueLast = slot;
        else
            _slots[next].QueuePrevious = slot;
        QueuedCount++;
    }

    private void UnlinkQueue(int slot)
    {
        (int previous, int next) = (_slots[slot].QueuePrevious, _slots[slot].QueueNext);
        if (previous == None)
            _queueFirst = next;
        else
            _slots[previous].QueueNext = next;
        if (next == None)
            _queueLast = previous;
        else
            _slots[next].QueuePrevious = previous;
        _slots[slot].Queued = false;
        QueuedCount--;
    }

    private void Unschedule(int slot)
    {
        if (_slots[slot].Queued)
            UnlinkQueue(slot);
        else
            HeapRemove(slot);
    }

    private void HeapAdd(int slot)
    {
        _heap.Add(slot);
        _slots[slot].HeapIndex = _heap.Count - 1;
        SiftUp(_heap.Count - 1);
    }

    private void HeapRemove(int slot)
    {
        int index = _slots[slot].HeapIndex;
        int last = _heap[^1];
        _heap.RemoveAt(_heap.Count - 1);
        _slots[slot].HeapIndex = None;
        if (last == slot)
            return;

        HeapPlace(index, last);
        SiftDown(index);
        SiftUp(_slots[last].HeapIndex);
    }

    private void SiftUp(int index)
    {
        Span<int> heap = CollectionsMarshal.AsSpan(_heap);
        int slot = heap[index];
        while (index > 0)
        {
            int parent = (index - 1) / 2;
            if (!DueBefore(slot, heap[parent]))
                break;
            HeapPlace(index, heap[parent]);
            index = parent;
        }

        HeapPlace(index, slot);
    }

    private void SiftDown(int index)
    {
        Span<int> heap = CollectionsMarshal.AsSpan(_heap);
        int slot = heap[index];
        for (int child = (2 * index) + 1; child < heap.Length; child = (2 * index) + 1)
        {
            if (child + 1 < heap.Length && DueBefore(heap[child + 1], heap[child]))
                child++;
            if (!DueBefore(heap[child], slot))
                break;
            HeapPlace(index, heap[child]);
            index = child;
        }

        HeapPlace(index, slot);
    }

    private void HeapPlace(int index, int slot)
    {
        _heap[index] = slot;
        _slots[slot].HeapIndex = index;
    }

    // Deliveries of one batch share a deadline: they fall due in stream order.
    private bool DueBefore(int left, int right)
    {
        ref readonly PendingAck a = ref _slots[left].Ack;
        ref readonly PendingAck b = ref _slots[right].Ack;
        return a.DeadlineNanos != b.DeadlineNanos
            ? a.DeadlineNanos < b.DeadlineNanos
            : a.Sequences.StreamSequence < b.Sequences.StreamSequence;
    }

    [Conditional("DEBUG")]
    private void CheckInvariants()
    {
        int inOrder = 0;
        ulong previous = 0;
        for (int slot = _orderFirst; slot != None; slot = _slots[slot].OrderNext, inOrder++)
        {
            ulong sequence = _slots[slot].Ack.Sequences.StreamSequence;
            Debug.Assert(sequence > previous, $"stream order is broken at {sequence}");
            Debug.Assert(_slots[slot].Queued == (_slots[slot].HeapIndex == None), $"{sequence} is in both or neither");
            previous = sequence;
        }

        Debug.Assert(inOrder == Count, $"{inOrder} in order, {Count} found by sequence");
        Debug.Assert(_heap.Count + QueuedCount == Count, $"{_heap.Count} in heap, {QueuedCount} queued, {Count} in all");
        for (int i = 1; i < _heap.Count; i++)
            Debug.Assert(!DueBefore(_heap[i], _heap[(i - 1) / 2]), $"heap is broken at {i}");
    }

    private struct Slot
    {
        public PendingAck Ack;
        public int OrderPrevious;
        public int OrderNext;
        public int QueuePrevious;
        public int QueueNext;
        public int HeapIndex;
        public bool Queued;
    }
}
