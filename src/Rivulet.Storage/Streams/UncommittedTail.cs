using System.Diagnostics;

namespace Rivulet.Storage.Streams;

/// <summary>
/// What was appended to a stream and is not committed yet, in order. A ring of structs that grows to the largest tail
/// there was. Under the stream's index lock.
/// </summary>
internal sealed class UncommittedTail
{
    private PendingOperation[] _ring = new PendingOperation[8];
    private int _head;

    public int Count { get; private set; }

    public ref readonly PendingOperation First
    {
        get
        {
            Debug.Assert(Count > 0, "the tail is empty");
            return ref _ring[_head];
        }
    }

    /// <summary>The operation so many behind the first.</summary>
    public ref readonly PendingOperation At(int index)
    {
        Debug.Assert(index < Count, "the tail is shorter");
        return ref _ring[(_head + index) & (_ring.Length - 1)];
    }

    public void Add(in PendingOperation operation)
    {
        if (Count == _ring.Length)
            Grow();
        _ring[(_head + Count++) & (_ring.Length - 1)] = operation;
    }

    /// <summary>Drops the first operation; references into it end here.</summary>
    public void RemoveFirst()
    {
        _ring[_head] = default;
        _head = (_head + 1) & (_ring.Length - 1);
        Count--;
    }

    private void Grow()
    {
        var larger = new PendingOperation[_ring.Length * 2];
        for (int i = 0; i < Count; i++)
            larger[i] = _ring[(_head + i) & (_ring.Length - 1)];
        _ring = larger;
        _head = 0;
    }
}
