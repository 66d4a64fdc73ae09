namespace Rivulet.JetStream.Streams;

/// <summary>
/// What the unfinished batches of one kind of all streams of a server may be together: how many, and how much of memory they
/// hold. Thread-safe.
/// </summary>
/// <param name="countMax">Most unfinished batches.</param>
internal sealed class UnfinishedBatches(int countMax)
{
    /// <summary>Most atomic batches of a server, unless it has other limits.</summary>
    public const int AtomicUsual = 1000;

    /// <summary>Most fast batches of a server, unless it has other limits.</summary>
    public const int FastUsual = 50_000;

    /// <summary>Most bytes that they hold.</summary>
    public const long BytesMax = 256 * 1024 * 1024;

    private int _countMax = countMax;
    private int _count;
    private long _bytes;

    /// <summary>Most unfinished batches. Those that are there stay.</summary>
    public int CountMax
    {
        set => Volatile.Write(ref _countMax, value);
    }

    /// <summary>Bytes that they hold.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>How many there are.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Counts another batch in, if there is room for one.</summary>
    public bool TryOpen()
    {
        if (Interlocked.Increment(ref _count) <= Volatile.Read(ref _countMax))
            return true;
        Interlocked.Decrement(ref _count);
        return false;
    }

    /// <summary>Counts bytes in, if there is room for them.</summary>
    public bool TryHold(long bytes)
    {
        if (Interlocked.Add(ref _bytes, bytes) <= BytesMax)
            return true;
        Interlocked.Add(ref _bytes, -bytes);
        return false;
    }

    /// <summary>Bytes are held no longer.</summary>
    public void Release(long bytes) => Interlocked.Add(ref _bytes, -bytes);

    /// <summary>A batch is gone.</summary>
    /// <param name="bytes">What it held.</param>
    public void Close(long bytes)
    {
        Interlocked.Decrement(ref _count);
        Interlocked.Add(ref _bytes, -bytes);
    }
}
