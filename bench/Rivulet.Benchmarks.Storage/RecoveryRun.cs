using System.Diagnostics;
using System.Globalization;
using Rivulet.Storage;

namespace Rivulet.Benchmarks.Storage;

/// <summary>Opens a store again and again as a crash left it: the whole log is read each time.</summary>
internal static class RecoveryRun
{
    private const int Opens = 7;

    public static void Run(int keys) => RunAsync(keys).GetAwaiter().GetResult();

    private static async Task RunAsync(int keys)
    {
        await using Workload workload = await Workload.CreateAsync(
            new KeySpace(keys, ValueSizes.Uniform), memory: false, SyncPolicy.Always);
        workload.PutAll();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{workload.Keys}, {workload.DiskBytes >> 20} MiB of log"));
        for (int i = 0; i < Opens; i++)
        {
            workload.Kill();
            long start = Stopwatch.GetTimestamp();
            await workload.OpenAgainAsync();
            double nanos = Stopwatch.GetElapsedTime(start).TotalNanoseconds;
            if (workload.Stream.State.Messages != (ulong)keys)
                throw new InvalidOperationException("messages are missing");
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"   open {nanos / 1e6,10:N0} ms, {nanos / keys:N0} ns a key"));
        }
    }
}
