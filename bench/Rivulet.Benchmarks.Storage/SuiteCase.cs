using System.Diagnostics;
using System.Globalization;
using Rivulet.Storage;

namespace Rivulet.Benchmarks.Storage;

/// <summary>One case of the suite: a line for each result, its name and its value separated by a tab.</summary>
internal sealed class SuiteCase(KeySpace keys, int streams)
{
    private const int PutsMax = 1_000_000;
    private const int SingleMax = 5_000;
    private const int WritersPutsMax = 200_000;
    private const int Writers = 64;
    private const int ColdGets = 2_000;
    private const int GetsMax = 1_000_000;
    private const int OverwritesPerKey = 8;
    private const int OverwritesMin = 1_000_000;
    private const int OverwritesMax = 20_000_000;
    private static readonly TimeSpan IdleMax = TimeSpan.FromSeconds(90);

    private readonly KeySpace _keys = keys;
    private readonly int _streams = streams;
    private readonly Random _random = new(7);

    public async Task RunAsync()
    {
        await using Workload workload = await Workload.CreateAsync(_keys, memory: false, SyncPolicy.Always, _streams);
        Row("put new keys, 256 in flight, a second", Measurement.Of(_keys.Count, workload.PutAll).PerSecond);
        Memory();

        int puts = Math.Clamp(_keys.Count, 200_000, PutsMax);
        int single = Math.Min(_keys.Count, SingleMax);
        Row("put one by one, a second", Measurement.Of(single, () => PutOneByOne(workload, single)).PerSecond);
        Measurement again = Measurement.Of(puts, () => workload.PutMany(puts, _ => _random.Next(_keys.Count)));
        Row("put again, 256 in flight, a second", again.PerSecond);
        Row("put again, 256 in flight, CPU ns", again.CpuNanos);
        Row("put again, 64 writers, a second", Measurement.Of(WritersPutsMax, () => PutByWriters(workload)).PerSecond);
        await WaitUntilIdleAsync(workload);
        Gets(workload);
        Measurement walk = Measurement.Of(_keys.Count, () => Walk(workload));
        Row("ordered walk, ns a key", walk.Nanos);
        await SpaceAsync(workload);
        await RecoveryAsync(workload);
    }

    private static void Row(string name, double value) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}\t{value:R}"));

    private static void PutOneByOne(Workload workload, int count)
    {
        using var waiter = new CommitWait();
        for (int i = 0; i < count; i++)
            waiter.For(workload.Store, workload.Put(i));
    }

    /// <summary>Writers that put, wait for the commit, and put again; those of one stream take turns to append.</summary>
    private void PutByWriters(Workload workload)
    {
        Lock[] gates = [.. workload.Streams.Select(_ => new Lock())];
        Task[] writers = [.. Enumerable.Range(0, Writers).Select(writer => Task.Run(() => WriteAsync(workload, gates, writer)))];
        Task.WaitAll(writers);
    }

    private async Task WriteAsync(Workload workload, Lock[] gates, int writer)
    {
        var random = new Random(writer);
        var wait = new AsyncCommitWait();
        for (int i = 0; i < WritersPutsMax / Writers; i++)
        {
            await workload.Store.WaitForRoomAsync();
            int key = random.Next(_keys.Count);
            LogPosition position;
            lock (gates[key % gates.Length])
                position = workload.Put(key);
            await wait.For(workload.Store, position);
        }
    }

    private void Gets(Workload workload)
    {
        int gets = Math.Clamp(_keys.Count, 200_000, GetsMax);
        using var message = new StoredMessage();
        GetMany(workload, gets / 4, message);
        Measurement warm = Measurement.Of(gets, () => GetMany(workload, gets, message));
        Row("get, warm, ns", warm.Nanos);
        Row("get, warm, CPU ns", warm.CpuNanos);
        Row("get, warm, bytes allocated", warm.Allocated);
        workload.DropCaches();
        Row("get, cold, ns", Measurement.Of(ColdGets, () => GetMany(workload, ColdGets, message)).Nanos);
    }

    private void GetMany(Workload workload, int count, StoredMessage message)
    {
        for (int i = 0; i < count; i++)
        {
            if (workload.Get(_random.Next(_keys.Count), message) != ReadStatus.Found)
                throw new InvalidOperationException("a key is missing");
        }
    }

    private void Walk(Workload workload)
    {
        foreach ((StreamLog stream, int i) in workload.Streams.Select((stream, i) => (stream, i)))
            QuickRun.Walk(stream, (_keys.Count / _streams) + (i < _keys.Count % _streams ? 1 : 0));
    }

    private void Memory()
    {
        using var process = Process.GetCurrentProcess();
        long keyBytes = _keys.TotalBytes;
        GC.Collect();
        process.Refresh();
        Row("memory of the process beyond the keys, bytes a key", (double)(process.WorkingSet64 - keyBytes) / _keys.Count);
        Row("the same, at most while loading", (double)(process.PeakWorkingSet64 - keyBytes) / _keys.Count);
    }

    private async Task SpaceAsync(Workload workload)
    {
        long liveBytes = _keys.LiveBytes;
        double worst = 0;
        int count = (int)Math.Clamp((long)_keys.Count * OverwritesPerKey, OverwritesMin, OverwritesMax);
        Measurement overwriting = Measurement.Of(count, () => workload.PutMany(count, i =>
        {
            if (i % 20_000 == 0)
                worst = Math.Max(worst, (double)workload.DiskBytes / liveBytes);
            return _random.Next(_keys.Count);
        }));
        Row("overwriting for long, a second", overwriting.PerSecond);
        Row("disk at most meanwhile, times what is live", worst);
        Row("disk at most meanwhile beyond twice what is live, MiB", Math.Max(0, (worst - 2) * liveBytes) / (1 << 20));
        await WaitUntilIdleAsync(workload);
        Row("disk once idle, times what is live", (double)workload.DiskBytes / liveBytes);
    }

    /// <summary>Waits until the store has given back what space it can.</summary>
    private static async Task WaitUntilIdleAsync(Workload workload)
    {
        long start = Stopwatch.GetTimestamp();
        for (long before = 0; before != workload.DiskBytes && Stopwatch.GetElapsedTime(start) < IdleMax;)
        {
            before = workload.DiskBytes;
            await Task.Delay(TimeSpan.FromSeconds(4));
        }
    }

    private static async Task RecoveryAsync(Workload workload)
    {
        workload.Kill();
        await OpenAsync(workload, "open after a kill, warm, ms");
        workload.Kill();
        workload.DropCaches();
        await OpenAsync(workload, "open after a kill, cold, ms");
        workload.Kill();
        await OpenAsync(workload, "open after a kill again, warm, ms");
        workload.Kill();
        workload.DropCaches();
        long logBytes = workload.DiskBytes;
        double millis = await OpenAsync(workload, "open after a kill again, cold, ms");
        Row("the same, MiB of the log a second", logBytes / (millis / 1000) / (1 << 20));
        await workload.CloseAsync();
        await OpenAsync(workload, "open after a clean end, warm, ms");
    }

    private static async Task<double> OpenAsync(Workload workload, string name)
    {
        long start = Stopwatch.GetTimestamp();
        await workload.OpenAgainAsync();
        double millis = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        Row(name, millis);
        return millis;
    }
}
