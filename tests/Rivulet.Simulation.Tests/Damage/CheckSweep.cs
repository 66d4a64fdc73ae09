using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Rivulet.Simulation.Tests.Campaign;
using Rivulet.Storage.Checking;
using Rivulet.Storage.Records;
using Rivulet.TestKit.Simulation;

namespace Rivulet.Simulation.Tests.Damage;

/// <summary>
/// Flips bits of a sample store, one at a time, each on an image of its own, and has the store checked: it has to say
/// that something is damaged, and where, exactly when the bit lies in bytes that are in use, and may change nothing.
/// </summary>
internal sealed class CheckSweep(SampleStore sample)
{
    private const int Threads = 2;

    /// <summary>Every bit, or one out of so many, beginning with a random one.</summary>
    public void Run(int oneOutOf)
    {
        var clock = Stopwatch.StartNew();
        StoreReport healthy = Check(sample.Disk);
        if (healthy.Findings.Count > 0)
            throw new SimulationFailure($"the undamaged sample of RIVULET_SIM_SEED={sample.Seed} has {Describe(healthy)}");
        var random = new Random(sample.Seed);
        long flips = 0;
        long inUse = 0;
        foreach (SegmentSummary segment in healthy.Segments)
        {
            string path = Path.Combine(healthy.Directory, segment.File);
            long bits = segment.FileBytes * 8;
            int first = random.Next(oneOutOf);
            Parallel.For(0, (bits - first + oneOutOf - 1) / oneOutOf, new ParallelOptions { MaxDegreeOfParallelism = Threads }, i =>
            {
                long bit = first + (i * oneOutOf);
                bool matters = IsInUse(segment, bit / 8);
                Flip(path, bit, matters);
                Interlocked.Increment(ref flips);
                Interlocked.Add(ref inUse, matters ? 1 : 0);
            });
        }
        foreach (string path in sample.Disk.Files.Where(SampleStore.IsSnapshot))
        {
            for (long bit = random.Next(oneOutOf); bit < sample.Disk.ReadAll(path).Length * 8L; bit += oneOutOf, flips++)
                FlipSnapshot(path, bit);
        }
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Check sweep, RIVULET_SIM_SEED={sample.Seed}: {flips} bits flipped, one at a time, {inUse} of them in use; {clock.Elapsed.TotalSeconds:F0} s"));
    }

    /// <summary>All of a segment that another follows; the last one up to where the log ends; nothing of one that is not used yet.</summary>
    private static bool IsInUse(SegmentSummary segment, long offsetBytes) => segment.Role switch
    {
        SegmentRole.Sealed => true,
        SegmentRole.Tail => offsetBytes < SegmentHeader.AreaBytes + segment.RecordBytes,
        _ => false,
    };

    /// <summary>Nothing depends on a snapshot; that it is not used is told.</summary>
    private void FlipSnapshot(string path, long bit)
    {
        SimulatedFileSystem disk = sample.Disk.ImageAfterPowerCut(UnsyncedSurvival.None, new Random(1));
        disk.FlipBit(path, bit);
        StoreReport report = Check(disk);
        StoreFinding? finding = report.Findings.SingleOrDefault();
        if (report.IsDamaged || finding?.Kind != FindingKind.UnusableSnapshot || finding.File != Path.GetFileName(path))
            throw new SimulationFailure($"see it again with RIVULET_SIM_SEED={sample.Seed}, bit {bit} of {path} flipped: the check has {Describe(report)}");
    }

    private void Flip(string path, long bit, bool matters)
    {
        SimulatedFileSystem disk = sample.Disk.ImageAfterPowerCut(UnsyncedSurvival.None, new Random(1));
        disk.FlipBit(path, bit);
        string before = HashOf(disk);
        StoreReport report = Check(disk);
        string what = $"see it again with RIVULET_SIM_SEED={sample.Seed}, bit {bit} of {path} flipped (byte {bit / 8})";
        if (HashOf(disk) != before)
            throw new SimulationFailure($"{what}: the check changed something");
        if (report.IsDamaged != matters)
            throw new SimulationFailure($"{what}: it {(matters ? "matters" : "does not matter")}, and the check has {Describe(report)}");
        if (matters && !report.Findings.Any(finding => Covers(finding, Path.GetFileName(path), bit / 8)))
            throw new SimulationFailure($"{what}: the check names another place: {Describe(report)}");
    }

    private static bool Covers(StoreFinding finding, string file, long offsetBytes) =>
        finding.IsDamage && finding.File == file && finding.OffsetBytes <= offsetBytes &&
        offsetBytes < finding.OffsetBytes + finding.LengthBytes;

    private static StoreReport Check(SimulatedFileSystem disk)
    {
        using OfflineStore store = OfflineStore.Open(SampleStore.Options.Directory, disk, new ManualTimeProvider());
        return store.Check();
    }

    private static string Describe(StoreReport report) => report.Findings.Count == 0
        ? "no findings"
        : string.Join("", report.Findings.Select(finding => $"\n  {finding}"));

    private static string HashOf(SimulatedFileSystem disk)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string path in disk.Files)
        {
            hash.AppendData(System.Text.Encoding.UTF8.GetBytes(path));
            hash.AppendData(disk.ReadAll(path));
        }
        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
