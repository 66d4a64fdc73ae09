using System.Diagnostics;
using System.Globalization;
using System.Text;
using Rivulet.Benchmarks.Storage;

namespace Rivulet.Benchmarks.Layers;

/// <summary>
/// What watchers of a bucket cost: to create one that matches a few keys of many, to put while many consumers look on of whom
/// few are concerned, and in memory. In one process, without sockets.
/// </summary>
internal static class WatcherRun
{
    private const int KeysUsual = 1_000_000;
    private const int ConsumersUsual = 1_000;
    private const int WatchersUsual = 10_000;
    private const int Puts = 200_000;
    private const int CreationsTimed = 20;

    /// <summary>Runs it.</summary>
    /// <param name="arguments">Numbers of keys, of consumers of one bucket, and of filtered watchers of one server.</param>
    public static void Run(string[] arguments)
    {
        int keys = Number(arguments, 0, KeysUsual);
        MeasureCreation(keys);
        MeasurePuts("consumers of one bucket", Number(arguments, 1, ConsumersUsual), buckets: 1);
        MeasurePuts("filtered watchers of one server", Number(arguments, 2, WatchersUsual), buckets: 10);
    }

    /// <summary>Groups of 1, 10, 100 … keys within many others, each watched by itself: the cost has to follow what matches.</summary>
    private static void MeasureCreation(int keys)
    {
        using var rig = new ServerRig(jetStream: true);
        using var api = new ApiCaller(rig);
        CreateBucket(api, "bucket");
        int used = 0;
        var sizes = new List<int>();
        for (int size = 1; size <= keys / 10; size *= 10)
        {
            Fill(rig, $"of{size}", size);
            sizes.Add(size);
            used += size;
        }

        Fill(rig, "rest", keys - used);
        Console.WriteLine(Text($"-- A watcher of some of {keys:N0} keys: from the request to its answer"));
        api.Ask("CONSUMER.CREATE.KV_bucket.warm", Watcher("KV_bucket", "warm", "$KV.bucket.of1.>"));
        foreach (int size in sizes)
        {
            var times = new List<double>();
            for (int i = 0; i < CreationsTimed; i++)
            {
                long started = Stopwatch.GetTimestamp();
                api.Ask($"CONSUMER.CREATE.KV_bucket.w{size}-{i}", Watcher("KV_bucket", $"w{size}-{i}", $"$KV.bucket.of{size}.>"));
                times.Add(Stopwatch.GetElapsedTime(started).TotalMicroseconds);
                api.Ask($"CONSUMER.DELETE.KV_bucket.w{size}-{i}", "");
            }

            times.Sort();
            double median = times[times.Count / 2];
            Console.WriteLine(Text($"   {size,8:N0} match: {median,10:N1} us, {median * 1_000 / size,10:N0} ns for each"));
        }
    }

    /// <summary>Each watcher has a key of its own; puts go to all keys in turn, so that each concerns one watcher.</summary>
    private static void MeasurePuts(string what, int count, int buckets)
    {
        using var rig = new ServerRig(jetStream: true);
        using var api = new ApiCaller(rig);
        for (int i = 0; i < buckets; i++)
            CreateBucket(api, $"b{i}");
        byte[][] subjects = [.. Enumerable.Range(0, count).Select(i => Encoding.UTF8.GetBytes($"$KV.b{i % buckets}.key.{i}"))];
        byte[] value = new byte[128];
        rig.Subscribe("_R.>");
        rig.Subscribe("d.>");
        Console.WriteLine(Text($"-- {count:N0} {what}, in {buckets} buckets"));
        Measure("put, nobody looks on", () => PutAll(rig, subjects, value));

        long before = GC.GetTotalMemory(forceFullCollection: true);
        long started = Stopwatch.GetTimestamp();
        for (int i = 0; i < count; i++)
            api.Ask($"CONSUMER.CREATE.KV_b{i % buckets}.w{i}", Watcher($"KV_b{i % buckets}", $"w{i}", $"$KV.b{i % buckets}.key.{i}"));
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        long bytes = (GC.GetTotalMemory(forceFullCollection: true) - before) / count;
        Console.WriteLine(Text($"   to create one: {seconds * 1_000_000 / count:N1} us; it takes {bytes:N0} bytes"));
        Measure("put, one looks on", () => PutAll(rig, subjects, value));
    }

    private static void PutAll(ServerRig rig, byte[][] subjects, byte[] value)
    {
        for (int i = 0; i < Puts; i++)
            rig.Publish(subjects[(int)(i * 7919L % subjects.Length)], "_R.1"u8, value);
    }

    private static void Measure(string what, Action puts)
    {
        puts();
        Console.WriteLine($"   {what,-22} {Measurement.Of(Puts, puts)}");
    }

    private static void CreateBucket(ApiCaller api, string name) => api.Ask(
        $"STREAM.CREATE.KV_{name}",
        $$"""{"name":"KV_{{name}}","subjects":["$KV.{{name}}.>"],"storage":"memory","max_msgs_per_subject":1,"allow_direct":true,"max_consumers":100000}""");

    private static void Fill(ServerRig rig, string group, int count)
    {
        for (int i = 0; i < count; i++)
            rig.Publish(Encoding.UTF8.GetBytes($"$KV.bucket.{group}.{i}"), default, default);
    }

    // As the clients' watchers are, but for flow control and heartbeats, which cost by the time that passes.
    private static string Watcher(string stream, string name, string filter) => $$$"""
        {"stream_name":"{{{stream}}}","config":{"name":"{{{name}}}","deliver_subject":"d.{{{name}}}","deliver_policy":"last_per_subject",
        "ack_policy":"none","filter_subject":"{{{filter}}}","max_deliver":1,"mem_storage":true,"num_replicas":1,
        "inactive_threshold":300000000000}}
        """;

    private static int Number(string[] arguments, int at, int usual) =>
        arguments.Length > at ? int.Parse(arguments[at], CultureInfo.InvariantCulture) : usual;

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
