using System.Globalization;
using Rivulet.TestKit.Simulation;

namespace Rivulet.Simulation.Tests.Campaign;

/// <summary>What happened in a run, in words, as far as it is worth telling when the run fails.</summary>
internal sealed class RunHistory
{
    private const int KeptMax = 200;

    private readonly Queue<string> _last = new();
    private ulong _earlierTraces;

    /// <summary>What the run is at.</summary>
    public string Phase { get; set; } = "";

    public void Note(string what)
    {
        if (_last.Count == KeptMax)
            _last.Dequeue();
        _last.Enqueue(what);
    }

    /// <summary>A disk is done with; another one takes its place.</summary>
    public void Close(SimulatedFileSystem disk) => _earlierTraces = TraceHash(disk);

    /// <summary>A hash of everything that was asked of the disks, the present one included.</summary>
    public ulong TraceHash(SimulatedFileSystem disk) => (_earlierTraces * 0x9E37_79B9_7F4A_7C15) ^ disk.Trace.Hash;

    public string Describe(SimulatedFileSystem disk) => string.Create(CultureInfo.InvariantCulture, $"""
          in {Phase}; what was done last:
            {string.Join("\n    ", _last)}
          files: {string.Join(' ', disk.Files.Select(path => Path.GetFileName(path) + (disk.StartsWithContent(path) ? "" : " (empty)")))}
          the last operations of the disk:
            {string.Join("\n    ", disk.Trace.Tail)}
        """);
}
