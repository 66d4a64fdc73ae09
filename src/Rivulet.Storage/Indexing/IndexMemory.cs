using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Rivulet.Storage.Indexing;

/// <summary>
/// The memory outside the managed heap that the indexes of a store take, counted to the byte. It is asked before a
/// message is let in, and never refuses an allocation: what was let in must be completed, and removals must go on.
/// Thread-safe.
/// </summary>
internal sealed partial class IndexMemory(long maxBytes)
{
    /// <summary>From this size on memory is taken in huge pages, where the system has them.</summary>
    public const int HugePageBytes = 2 << 20;

    /// <summary>What one append may take at most, several streams growing at once.</summary>
    private const long SlackBytes = 16L << 20;

    private const int ProtectReadWrite = 3;
    private const int MapPrivateAnonymous = 0x22;
    private const int AdviseHugePage = 14;

    private readonly long _refuseAt = maxBytes - Math.Min(SlackBytes, maxBytes / 4);
    private long _usedBytes;
    private long _peakBytes;

    /// <summary>For what has no limit.</summary>
    public static IndexMemory Unlimited { get; } = new(long.MaxValue);

    /// <summary>Taken at present.</summary>
    public long UsedBytes => Interlocked.Read(ref _usedBytes);

    /// <summary>The most that was ever taken at once.</summary>
    public long PeakBytes => Interlocked.Read(ref _peakBytes);

    /// <summary>Whether there is room for another message.</summary>
    public bool HasRoom => UsedBytes < _refuseAt;

    /// <summary>What a store may take when nobody says otherwise: three quarters of what the process may use.</summary>
    public static long DefaultMaxBytes => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4 * 3;

    /// <summary>Takes memory, cleared, that is given back with <see cref="Free"/> and the same size.</summary>
    public unsafe byte* Allocate(long bytes)
    {
        Debug.Assert(bytes > 0, "nothing to allocate");
        byte* memory = IsHuge(bytes) ? MapHuge(bytes) : (byte*)NativeMemory.AllocZeroed((nuint)bytes);
        Count(bytes);
        return memory;
    }

    /// <summary>Takes memory that holds anything.</summary>
    public unsafe byte* AllocateUncleared(long bytes)
    {
        if (IsHuge(bytes))
            return Allocate(bytes);
        byte* memory = (byte*)NativeMemory.Alloc((nuint)bytes);
        Count(bytes);
        return memory;
    }

    /// <summary>Gives memory back.</summary>
    public unsafe void Free(byte* memory, long bytes)
    {
        if (memory is null)
            return;
        if (IsHuge(bytes))
            _ = Unmap(memory, (nuint)bytes);
        else
            NativeMemory.Free(memory);
        long left = Interlocked.Add(ref _usedBytes, -bytes);
        Debug.Assert(left >= 0, "more was given back than taken");
    }

    private static bool IsHuge(long bytes) => bytes % HugePageBytes == 0 && OperatingSystem.IsLinux();

    private void Count(long bytes)
    {
        long used = Interlocked.Add(ref _usedBytes, bytes);
        long peak = Interlocked.Read(ref _peakBytes);
        while (used > peak)
            peak = Interlocked.CompareExchange(ref _peakBytes, used, peak) is var seen && seen == peak ? used : seen;
    }

    /// <summary>Maps memory at a multiple of the huge page size: more than wanted, and what is too much goes at once.</summary>
    private static unsafe byte* MapHuge(long bytes)
    {
        nuint mapped = (nuint)(bytes + HugePageBytes);
        byte* start = Map(null, mapped, ProtectReadWrite, MapPrivateAnonymous, -1, 0);
        if ((nint)start == -1)
            throw new InsufficientMemoryException($"the system has no {bytes} bytes for an index");
        nuint before = (nuint)(-(nint)start & (HugePageBytes - 1));
        byte* memory = start + before;
        if (before > 0)
            _ = Unmap(start, before);
        _ = Unmap(memory + bytes, HugePageBytes - before);

        // A wish: without huge pages the memory is as good and a little slower.
        _ = Advise(memory, (nuint)bytes, AdviseHugePage);
        return memory;
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static unsafe partial byte* Map(void* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static unsafe partial int Unmap(void* address, nuint length);

    [LibraryImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static unsafe partial int Advise(void* address, nuint length, int advice);
}
