using System.Diagnostics;
using System.Globalization;
using Rivulet.Storage;

namespace Rivulet.Benchmarks.Storage;

/// <summary>Opens a store again and again as a crash left it: with snapshots of its segments, and without.</summary>
internal static class RecoveryRun
{
    private const int Opens = 7;

    public static void Run(int keys) => RunAsync(keys).GetAwaiter().GetResult();

    private static async Task RunAsync(int keys)
    {
        await using Workload workload = await Workload.CreateAsync(
            new KeySpace(keys, ValueSizes.Uniform), memory: false, SyncPolicy.Always);
        workload.PutAll();

        // A close writes all snapshots that are worth it.
        await workload.CloseAsync();
        await workload.OpenAgainAsync();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{workload.Keys}, {workload.DiskBytes >> 20} MiB, {workload.SnapshotBytes >> 10} KiB of it snapshots"));
        for (int i = 0; i < Opens; i++)
            await OpenAsync(workload, "snapshots");
        for (int i = 0; i < Opens; i++)
        {
            workload.Kill();
            workload.DeleteSnapshots();
            await OpenAsync(workload, "log");
        }
    }

    private static async Task OpenAsync(Workload workload, string by)
    {
        workload.Kill();
        long start = Stopwatch.GetTimestamp();
        await workload.OpenAgainAsync();
        double nanos = Stopwatch.GetElapsedTime(start).TotalNanoseconds;
        if (workload.Stream.State.Messages != (ulong)workload.Keys.Count)
            throw new InvalidOperationException("messages are missing");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"   {by,-9} {nanos / 1e6,10:N0} ms, {nanos / workload.Keys.Count:N0} ns a key"));
    }
}
