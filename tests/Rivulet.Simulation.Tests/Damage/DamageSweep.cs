using System.Diagnostics;
using System.Globalization;
using Rivulet.Simulation.Tests.Campaign;
using Rivulet.Storage;
using Rivulet.TestKit.Simulation;

namespace Rivulet.Simulation.Tests.Damage;

/// <summary>
/// Damages a sample store in every way there is of two kinds, one at a time, each on an image of its own: every file is
/// cut off at every length, and has every bit flipped.
/// </summary>
internal sealed class DamageSweep(SampleStore sample)
{
    private const int Threads = 2;

    private int _lost;

    /// <summary>Every cut and every bit, or one out of so many, beginning with a random one.</summary>
    public void Run(int oneOutOf)
    {
        var clock = Stopwatch.StartNew();
        var random = new Random(sample.Seed);
        long bits = 0;
        long cuts = 0;
        foreach (string path in sample.Disk.Files)
        {
            long lengthBytes = sample.Disk.ReadAll(path).Length;
            bits += Each(lengthBytes * 8, oneOutOf, random, bit => Flip(path, bit));
            cuts += Each(lengthBytes, oneOutOf, random, length => Cut(path, length));
        }
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Damage sweep, RIVULET_SIM_SEED={sample.Seed}: {bits} bits flipped and {cuts} cuts, one at a time, in {sample.Disk.Files.Count} files ({sample.Counts.Rewritten} of them rewritten segments, {sample.Snapshots} snapshots) with {sample.Records.Count} records and {sample.Undamaged.Streams.Values.Sum(stream => stream.Messages.Count)} messages; {_lost} times messages were lost, and reported; {clock.Elapsed.TotalSeconds:F0} s"));
    }

    private static long Each(long count, int oneOutOf, Random random, Action<long> damage)
    {
        long first = random.Next(oneOutOf);
        long times = (count - first + oneOutOf - 1) / oneOutOf;
        Parallel.For(0, times, new ParallelOptions { MaxDegreeOfParallelism = Threads }, i => damage(first + (i * oneOutOf)));
        return times;
    }

    private void Flip(string path, long bit) => Judge(
        $"with bit {bit} of {path} flipped (byte {bit / 8})", disk => disk.FlipBit(path, bit),
        verdict => verdict.AfterFlip(path, bit));

    private void Cut(string path, long lengthBytes) => Judge(
        $"with {path} cut to {lengthBytes} bytes", disk => disk.Truncate(path, lengthBytes),
        verdict => verdict.AfterCut(path, lengthBytes));

    private void Judge(string what, Action<SimulatedFileSystem> damage, Func<DamageVerdict, int> judge)
    {
        SimulatedFileSystem disk = sample.Disk.ImageAfterPowerCut(UnsyncedSurvival.None, new Random(1));
        damage(disk);
        var log = new List<string>();
        try
        {
            FileMessageStore store = SampleStore.Open(disk, new ManualTimeProvider(), new HistoryLogger(log.Add));
            int lost = judge(new DamageVerdict(sample, store, log));
            if (lost > 0)
                Interlocked.Increment(ref _lost);
            store.Abandon();
        }
        catch (Exception e)
        {
            throw new SimulationFailure(
                $"see it again with RIVULET_SIM_SEED={sample.Seed}, {what}: {e.Message}\n  {string.Join("\n  ", log)}\n{e.StackTrace}");
        }
    }
}
