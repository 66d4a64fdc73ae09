using System.Runtime.InteropServices;

namespace Rivulet.Storage.Indexing;

/// <summary>Memory in huge pages, which has to be asked of the system by name. On Linux only.</summary>
internal static unsafe partial class SystemMemory
{
    public const int HugePageBytes = 2 << 20;

    private const int ProtectReadWrite = 3;
    private const int MapPrivateAnonymous = 0x22;
    private const int AdviseDontNeed = 4;
    private const int AdviseHugePage = 14;

    /// <summary>Maps cleared memory at a multiple of the huge page size: more than wanted, and what is too much goes at once.</summary>
    /// <param name="bytes">A multiple of the huge page size.</param>
    public static byte* MapHuge(long bytes)
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

    public static void UnmapHuge(byte* memory, long bytes) => _ = Unmap(memory, (nuint)bytes);

    /// <summary>Gives the pages of a piece of mapped memory back, and keeps its addresses; it is cleared afterwards.</summary>
    public static void Discard(byte* memory, long bytes) => _ = Advise(memory, (nuint)bytes, AdviseDontNeed);

    [LibraryImport("libc", EntryPoint = "mmap")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial byte* Map(void* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Unmap(void* address, nuint length);

    [LibraryImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Advise(void* address, nuint length, int advice);
}
