using System.Collections.Concurrent;

namespace Rivulet.Storage.Indexing;

/// <summary>
/// Huge pages from the system. Whoever touches one first waits until it is cleared; while an index grows quickly, another
/// thread can do that ahead. Thread-safe.
/// </summary>
internal sealed unsafe class HugePages
{
    private const int ReadyMax = 2;
    private const int SmallPageBytes = 4096;

    // Mapped and touched.
    private readonly ConcurrentBag<nint> _ready = [];

    /// <summary>Takes cleared memory.</summary>
    /// <param name="bytes">A multiple of the page size.</param>
    public byte* Map(long bytes) => bytes == SystemMemory.HugePageBytes && _ready.TryTake(out nint page)
        ? (byte*)page : SystemMemory.MapHuge(bytes);

    /// <summary>Gets pages ready, unless enough are.</summary>
    public void Prepare()
    {
        while (OperatingSystem.IsLinux() && _ready.Count < ReadyMax)
        {
            byte* page = SystemMemory.MapHuge(SystemMemory.HugePageBytes);
            for (int offset = 0; offset < SystemMemory.HugePageBytes; offset += SmallPageBytes)
                page[offset] = 0;
            _ready.Add((nint)page);
        }
    }

    /// <summary>Gives back what was got ready and not taken.</summary>
    public void GiveBack()
    {
        while (_ready.TryTake(out nint page))
            SystemMemory.UnmapHuge((byte*)page, SystemMemory.HugePageBytes);
    }
}
