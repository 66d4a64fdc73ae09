namespace Rivulet.Server.Hosting;

/// <summary>What the machine has, for limits that are a share of it.</summary>
internal static class MachineResources
{
    /// <summary>Memory that this process may use: the machine's, or the container's.</summary>
    public static long MemoryBytes => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    /// <summary>Free bytes on the disk that a directory is on, or will be on.</summary>
    public static long FreeDiskBytes(string directory)
    {
        string? existing = directory;
        while (existing is not null && !Directory.Exists(existing))
            existing = Path.GetDirectoryName(existing);
        return existing is null ? 0 : new DriveInfo(existing).AvailableFreeSpace;
    }
}
