using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Rivulet.Storage.Indexing;

/// <summary>
/// The memory outside the managed heap that the indexes of a store take, counted to the byte. It is asked before a
/// message is let in, and never refuses an allocation: what was let in must be completed, and removals must go on.
/// Thread-safe.
/// </summary>
internal sealed unsafe class IndexMemory
{
    /// <summary>What one append may take at most, several streams growing at once.</summary>
    private const long SlackBytes = 16L << 20;

    private readonly long _refuseAt;
    private readonly HugeUnits _units;
    private long _usedBytes;
    private long _peakBytes;

    /// <param name="maxBytes">The most that appends may take.</param>
    public IndexMemory(long maxBytes)
    {
        _refuseAt = maxBytes - Math.Min(SlackBytes, maxBytes / 4);
        _units = new HugeUnits(Pages);
    }

    /// <summary>Where large pieces come from.</summary>
    public HugePages Pages { get; } = new();

    /// <summary>For what has no limit.</summary>
    public static IndexMemory Unlimited { get; } = new(long.MaxValue);

    /// <summary>What a store may take when nobody says otherwise: three quarters of what the process may use.</summary>
    public static long DefaultMaxBytes => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4 * 3;

    /// <summary>Taken at present.</summary>
    public long UsedBytes => Interlocked.Read(ref _usedBytes);

    /// <summary>The most that was ever taken at once.</summary>
    public long PeakBytes => Interlocked.Read(ref _peakBytes);

    /// <summary>Whether there is room for another message.</summary>
    public bool HasRoom => UsedBytes < _refuseAt;

    /// <summary>Takes memory, cleared, that is given back with <see cref="Free"/> and the same size.</summary>
    public byte* Allocate(long bytes)
    {
        byte* memory = AllocateUncleared(bytes);

        // What was mapped just now is clear already.
        if (!IsHuge(bytes))
            NativeMemory.Clear(memory, (nuint)bytes);
        return memory;
    }

    /// <summary>Takes memory that holds anything.</summary>
    public byte* AllocateUncleared(long bytes)
    {
        byte* memory = IsUnit(bytes) ? _units.Allocate()
            : IsHuge(bytes) ? Pages.Map(bytes)
            : (byte*)NativeMemory.Alloc((nuint)bytes);
        Count(bytes);
        return memory;
    }

    /// <summary>Gives memory back.</summary>
    public void Free(byte* memory, long bytes)
    {
        if (memory is null)
            return;
        if (IsUnit(bytes))
            _units.Free(memory);
        else if (IsHuge(bytes))
            SystemMemory.UnmapHuge(memory, bytes);
        else
            NativeMemory.Free(memory);
        long left = Interlocked.Add(ref _usedBytes, -bytes);
        Debug.Assert(left >= 0, "more was given back than taken");
    }

    private static bool IsUnit(long bytes) => bytes == HugeUnits.UnitBytes && OperatingSystem.IsLinux();

    private static bool IsHuge(long bytes) => bytes % SystemMemory.HugePageBytes == 0 && OperatingSystem.IsLinux();

    private void Count(long bytes)
    {
        long used = Interlocked.Add(ref _usedBytes, bytes);
        long peak = Interlocked.Read(ref _peakBytes);
        while (used > peak)
            peak = Interlocked.CompareExchange(ref _peakBytes, used, peak) is var seen && seen == peak ? used : seen;
    }
}
