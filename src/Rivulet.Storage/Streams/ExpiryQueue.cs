namespace Rivulet.Storage.Streams;

/// <summary>
/// Messages that have an expiry of their own, soonest first: a binary heap. A message that goes by other means stays
/// listed until it comes up, and the heap is swept when most of what it lists is gone, so that a key that is
/// overwritten for ever does not grow it. Under the stream's index lock.
/// </summary>
internal sealed class ExpiryQueue
{
    private const int SweepAbove = 1024;

    private Deadline[] _heap = [];
    private int _count;
    private int _sweepAt = SweepAbove;

    /// <summary>The soonest deadline listed, in nanoseconds since the Unix epoch, or <see cref="long.MaxValue"/>.</summary>
    public long NextNanos => _count == 0 ? long.MaxValue : _heap[0].AtNanos;

    public ulong NextSequence => _heap[0].Sequence;

    /// <summary>Whether so much is listed that a sweep is due.</summary>
    public bool WantsSweep => _count > _sweepAt;

    public void Add(long atNanos, ulong sequence)
    {
        if (_count == _heap.Length)
            Array.Resize(ref _heap, Math.Max(16, _count * 2));
        int i = _count++;
        while (i > 0)
        {
            int parent = (i - 1) / 2;
            if (_heap[parent].AtNanos <= atNanos)
                break;
            _heap[i] = _heap[parent];
            i = parent;
        }
        _heap[i] = new Deadline(atNanos, sequence);
    }

    public void RemoveNext()
    {
        Deadline last = _heap[--_count];
        if (_count > 0)
            SiftDown(0, last);
    }

    /// <summary>Forgets every listed message that is not present any more.</summary>
    public void Sweep<TPresence>(TPresence presence)
        where TPresence : IPresence, allows ref struct
    {
        int kept = 0;
        for (int i = 0; i < _count; i++)
        {
            if (presence.IsPresent(_heap[i].Sequence))
                _heap[kept++] = _heap[i];
        }
        _count = kept;
        for (int i = (kept / 2) - 1; i >= 0; i--)
            SiftDown(i, _heap[i]);
        _sweepAt = Math.Max(SweepAbove, kept * 2);
    }

    private void SiftDown(int i, Deadline deadline)
    {
        while (true)
        {
            int child = (2 * i) + 1;
            if (child >= _count)
                break;
            if (child + 1 < _count && _heap[child + 1].AtNanos < _heap[child].AtNanos)
                child++;
            if (_heap[child].AtNanos >= deadline.AtNanos)
                break;
            _heap[i] = _heap[child];
            i = child;
        }
        _heap[i] = deadline;
    }

    private readonly record struct Deadline(long AtNanos, ulong Sequence);

    /// <summary>Tells which messages are still there.</summary>
    internal interface IPresence
    {
        bool IsPresent(ulong sequence);
    }
}
