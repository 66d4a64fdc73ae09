using System.Runtime.CompilerServices;
using Rivulet.Storage.Indexing;

namespace Rivulet.Storage.Streams;

/// <summary>
/// Messages that have an expiry of their own, soonest first: a binary heap, outside the managed one. A message that goes
/// by other means stays listed until it comes up, and the heap is swept when most of what it lists is gone, so that a
/// key that is overwritten for ever does not grow it. Under the stream's index lock.
/// </summary>
internal sealed class ExpiryQueue(IndexMemory memory)
{
    private const int SweepAbove = 1024;
    private const int DeadlineBytes = 16;
    private const int ChunkBits = 17;
    private const int FirstDeadlines = 16;

    private readonly NativeChunks _heap = new(memory, DeadlineBytes, ChunkBits, FirstDeadlines);
    private int _count;
    private int _sweepAt = SweepAbove;

    /// <summary>The soonest deadline listed, in nanoseconds since the Unix epoch, or <see cref="long.MaxValue"/>.</summary>
    public long NextNanos => _count == 0 ? long.MaxValue : At(0).AtNanos;

    public ulong NextSequence => At(0).Sequence;

    /// <summary>Whether so much is listed that a sweep is due.</summary>
    public bool WantsSweep => _count > _sweepAt;

    public void Add(long atNanos, ulong sequence)
    {
        _heap.EnsureRoom((uint)_count);
        int i = _count++;
        while (i > 0)
        {
            int parent = (i - 1) / 2;
            if (At(parent).AtNanos <= atNanos)
                break;
            At(i) = At(parent);
            i = parent;
        }
        At(i) = new Deadline(atNanos, sequence);
    }

    public void RemoveNext()
    {
        Deadline last = At(--_count);
        if (_count > 0)
            SiftDown(0, last);
        else
            _heap.Release();
    }

    /// <summary>Forgets every listed message that is not present any more.</summary>
    public void Sweep<TPresence>(TPresence presence)
        where TPresence : IPresence, allows ref struct
    {
        int kept = 0;
        for (int i = 0; i < _count; i++)
        {
            if (presence.IsPresent(At(i).Sequence))
                At(kept++) = At(i);
        }
        _count = kept;
        for (int i = (kept / 2) - 1; i >= 0; i--)
            SiftDown(i, At(i));
        _sweepAt = Math.Max(SweepAbove, kept * 2);
        _heap.Trim((uint)kept);
    }

    /// <summary>Forgets everything and gives the memory back.</summary>
    public void Release()
    {
        _heap.Release();
        _count = 0;
    }

    private unsafe ref Deadline At(int i) => ref Unsafe.AsRef<Deadline>(_heap.At((uint)i));

    private void SiftDown(int i, Deadline deadline)
    {
        while (true)
        {
            int child = (2 * i) + 1;
            if (child >= _count)
                break;
            if (child + 1 < _count && At(child + 1).AtNanos < At(child).AtNanos)
                child++;
            if (At(child).AtNanos >= deadline.AtNanos)
                break;
            At(i) = At(child);
            i = child;
        }
        At(i) = deadline;
    }

    private readonly record struct Deadline(long AtNanos, ulong Sequence);

    /// <summary>Tells which messages are still there.</summary>
    internal interface IPresence
    {
        bool IsPresent(ulong sequence);
    }
}
