using System.Diagnostics;
using System.Globalization;
using Rivulet.Storage;

namespace Rivulet.Benchmarks.Storage;

/// <summary>
/// Overwrites random keys for ever, as far as patience goes, and watches what the store takes on the disk: at most while
/// writing, and once it was left alone. The live data is what a record of each key takes in the log.
/// </summary>
internal static class SpaceRun
{
    private static readonly TimeSpan IdleMax = TimeSpan.FromSeconds(60);

    public static void Run(int keys) => RunAsync(keys).GetAwaiter().GetResult();

    private static async Task RunAsync(int keys)
    {
        await using Workload workload = await Workload.CreateAsync(
            new KeySpace(keys, ValueSizes.Uniform), memory: false, SyncPolicy.Always);
        long liveBytes = workload.Keys.LiveBytes;
        workload.PutAll();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{keys} keys, {liveBytes >> 20} MiB live; loaded: {Ratio(workload, liveBytes):N2}x"));
        var random = new Random(1);
        double worst = 0;
        long start = Stopwatch.GetTimestamp();
        int puts = keys * 8;
        workload.PutMany(puts, i =>
        {
            if (i % 20_000 == 0)
                worst = Math.Max(worst, Ratio(workload, liveBytes));
            return random.Next(keys);
        });
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{puts} overwrites, {puts / seconds:N0} a second: at most {worst:N2}x"));
        start = Stopwatch.GetTimestamp();
        double idle = Ratio(workload, liveBytes);
        for (double before = 0; before != idle && Stopwatch.GetElapsedTime(start) < IdleMax; idle = Ratio(workload, liveBytes))
        {
            before = idle;
            await Task.Delay(TimeSpan.FromSeconds(4));
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"idle for {Stopwatch.GetElapsedTime(start).TotalSeconds:N0} s: {idle:N2}x"));
    }

    private static double Ratio(Workload workload, long liveBytes) => (double)workload.DiskBytes / liveBytes;
}
