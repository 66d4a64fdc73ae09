using Rivulet.TestKit.Simulation;

namespace Rivulet.Simulation.Tests.Campaign;

/// <summary>Tells whether a cut hit the making or the beginning of a segment. Watches the segments of one round.</summary>
internal sealed class SegmentRoll
{
    private readonly Dictionary<string, bool> _before;

    private SegmentRoll(SimulatedFileSystem disk) => _before = Segments(disk);

    /// <summary>Looks at the segments before a round.</summary>
    public static SegmentRoll Watch(SimulatedFileSystem disk) => new(disk);

    /// <summary>Whether the last operation of the disk, where the power went, made, filled or began a segment.</summary>
    public bool IsInside(SimulatedFileSystem disk)
    {
        DiskOperation last = disk.Trace.Last;
        Dictionary<string, bool> now = Segments(disk);
        bool begunInThisRound = now.Any(segment => segment.Value && !_before.GetValueOrDefault(segment.Key));
        bool isPreparing = now.TryGetValue(last.Path, out bool begun) && !begun;
        return begunInThisRound || isPreparing || last.Kind is DiskOperationKind.Create or DiskOperationKind.SyncDirectory;
    }

    // Whether the header of a segment is there.
    private static Dictionary<string, bool> Segments(SimulatedFileSystem disk) => disk.Files
        .Where(path => path.EndsWith(".log", StringComparison.Ordinal))
        .ToDictionary(path => path, disk.StartsWithContent);
}
