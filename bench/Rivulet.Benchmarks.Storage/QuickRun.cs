using System.Diagnostics;
using Rivulet.Protocol;
using Rivulet.Storage;
using Rivulet.Storage.Indexing;

namespace Rivulet.Benchmarks.Storage;

/// <summary>Plain loops with one line of result each, to see where a change leads.</summary>
internal static class QuickRun
{
    public static void Run(int keys)
    {
        RunAsync(keys).GetAwaiter().GetResult();
    }

    private static async Task RunAsync(int keys)
    {
        await MeasureAsync("memory", keys, memory: true, default);
        await MeasureAsync("file, lazy", keys, memory: false, SyncPolicy.Interval(TimeSpan.FromMinutes(2)));
        await MeasureAsync("file, always", keys, memory: false, SyncPolicy.Always);
    }

    private static async Task MeasureAsync(string name, int keys, bool memory, SyncPolicy policy)
    {
        Console.WriteLine($"-- {name}, {keys:N0} keys");
        await using Workload workload = await Workload.CreateAsync(new KeySpace(keys, ValueSizes.Uniform), memory, policy);
        Report("put new key", keys, workload.PutAll);
        Report("put again", keys, workload.PutAll);
        ReportMemory(workload);
        using var message = new StoredMessage();
        var random = new Random(2);
        int gets = Math.Min(keys, 1_000_000);
        Report("get", gets, () =>
        {
            for (int i = 0; i < gets; i++)
            {
                if (workload.Get(random.Next(keys), message) != ReadStatus.Found)
                    throw new InvalidOperationException("a key is missing");
            }
        });
        Report("walk", keys, () => Walk(workload.Stream, keys));
        if (!memory)
        {
            long start = Stopwatch.GetTimestamp();
            await workload.CloseAsync();
            await workload.OpenAgainAsync();
            Console.WriteLine($"   close and open             {Stopwatch.GetElapsedTime(start).TotalMilliseconds,10:N0} ms");
        }
    }

    /// <summary>Walks all subjects in order.</summary>
    public static void Walk(StreamLog stream, int keys)
    {
        using SubjectWalk walk = stream.Subjects(FilterSet.From(["$KV.bench.>"]));
        int seen = 0;
        while (walk.MoveNext())
            seen++;
        if (seen != keys)
            throw new InvalidOperationException($"walked {seen}");
    }

    private static void ReportMemory(Workload workload)
    {
        IndexMemory memory = workload.Store switch
        {
            FileMessageStore store => store.IndexMemory,
            MemoryMessageStore store => store.IndexMemory,
            _ => IndexMemory.Unlimited,
        };
        int keys = workload.Keys.Count;
        long keyBytes = workload.Keys.TotalBytes;
        using var process = Process.GetCurrentProcess();
        Console.WriteLine(
            $"   index beyond the key       {(double)(memory.UsedBytes - keyBytes) / keys,10:N1} B, at most " +
            $"{(double)(memory.PeakBytes - keyBytes) / keys:N1} B");
        Console.WriteLine(
            $"   process                    {process.WorkingSet64 >> 20,10:N0} MiB, at most {process.PeakWorkingSet64 >> 20:N0} MiB");
    }

    private static void Report(string what, int count, Action action) =>
        Console.WriteLine($"   {what,-20} {Measurement.Of(count, action)}");
}
