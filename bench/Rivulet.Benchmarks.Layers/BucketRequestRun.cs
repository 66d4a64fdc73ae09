using System.Diagnostics;
using System.Globalization;
using System.Text;
using Rivulet.Client;
using Rivulet.Client.JetStream;
using Rivulet.Client.KeyValue;
using Rivulet.JetStream.Hosting;
using Rivulet.Server;

namespace Rivulet.Benchmarks.Layers;

/// <summary>
/// What the requests on buckets cost: a page of a hundred keys out of a prefix in small and large buckets, which should be
/// about the same, without sockets; and a hundred values in one request beside a hundred direct gets, by the client over a
/// socket.
/// </summary>
internal static class BucketRequestRun
{
    private const int PageKeys = 100;
    private const int Rounds = 2_000;
    private const int ClientRounds = 400;

    private static readonly int[] BucketsUsual = [10_000, 1_000_000];

    /// <summary>Runs it.</summary>
    /// <param name="arguments">Numbers of keys of the buckets.</param>
    public static void Run(string[] arguments)
    {
        int[] buckets = arguments.Length > 0
            ? [.. arguments.Select(text => int.Parse(text, CultureInfo.InvariantCulture))]
            : BucketsUsual;
        foreach (int keys in buckets)
            Measure(keys);
        MeasureClientAsync().GetAwaiter().GetResult();
    }

    private static void Measure(int keys)
    {
        using var rig = new ServerRig(jetStream: true);
        using (var api = new ApiCaller(rig))
        {
            api.Ask(
                "STREAM.CREATE.KV_bucket",
                """{"name":"KV_bucket","subjects":["$KV.bucket.>"],"max_msgs_per_subject":1,"discard":"new","allow_direct":true,"storage":"memory"}""");
        }

        byte[] value = new byte[128];
        for (int i = 0; i < keys; i++)
            rig.Publish(Encoding.UTF8.GetBytes(Text($"$KV.bucket.{i % 100:d2}.{i:d8}")), default, value);
        using var answers = new Answers(rig);
        Console.WriteLine(Text($"-- A bucket of {keys:N0} keys"));
        Report("a page of 100 keys, with revisions", answers, "$RV.KV.LIST.bucket", """{"prefix":"42.","limit":100}""");
        Report("a page of 100 keys, names alone", answers, "$RV.KV.LIST.bucket", """{"prefix":"42.","limit":100,"keys_only":true}""");
        Report("a page from the middle, by filter", answers, "$RV.KV.LIST.bucket", """{"filters":["42.*"],"from":"42.00005","limit":100}""");
    }

    private static async Task MeasureClientAsync()
    {
        string folder = Directory.CreateTempSubdirectory("rivulet-bench-").FullName;
        await using NatsServer server = await NatsServer.StartAsync(new NatsServerOptions
        {
            Host = "127.0.0.1",
            Port = -1,
            JetStream = new JetStreamServerOptions { StoreDirectory = folder },
        });
        await using NatsConnection connection = await NatsConnection.ConnectAsync($"nats://127.0.0.1:{server.Port}", CancellationToken.None);
        var context = new KeyValueContext(connection.CreateJetStreamContext());
        KeyValueBucket bucket = await context.CreateBucketAsync(new KeyValueConfig("bucket") { Storage = StorageType.Memory });
        string[] keys = [.. Enumerable.Range(0, PageKeys).Select(i => Text($"key.{i}"))];
        foreach (string key in keys)
            await bucket.PutAsync(key, new byte[128].AsMemory());
        Console.WriteLine("-- 100 values of 128 bytes by the client, over a socket");
        await ReportAsync("one request", async () => await bucket.GetManyAsync(keys));
        await ReportAsync("100 gets, all at once", () => Task.WhenAll(keys.Select(key => bucket.GetAsync(key).AsTask())));
        await ReportAsync("100 gets, one after the other", async () =>
        {
            foreach (string key in keys)
                await bucket.GetAsync(key);
        });
        await server.StopAsync();
        Directory.Delete(folder, recursive: true);
    }

    private static async Task ReportAsync(string what, Func<Task> ask)
    {
        for (int i = 0; i < ClientRounds / 4; i++)
            await ask();
        double[] times = new double[ClientRounds];
        TimeSpan cpu = Environment.CpuUsage.TotalTime;
        for (int i = 0; i < times.Length; i++)
        {
            long started = Stopwatch.GetTimestamp();
            await ask();
            times[i] = Stopwatch.GetElapsedTime(started).TotalMicroseconds;
        }

        double cpuMicros = (Environment.CpuUsage.TotalTime - cpu).TotalMicroseconds / times.Length;
        Print(what, times, Text($", {cpuMicros,8:N0} us of CPU, client and server"));
    }

    private static void Report(string what, Answers answers, string subject, string body)
    {
        byte[] to = Encoding.UTF8.GetBytes(subject);
        byte[] payload = Encoding.UTF8.GetBytes(body);
        Report(what, () => answers.Ask(to, payload));
    }

    private static void Report(string what, Action ask)
    {
        for (int i = 0; i < Rounds / 4; i++)
            ask();
        double[] times = new double[Rounds];
        for (int i = 0; i < Rounds; i++)
        {
            long started = Stopwatch.GetTimestamp();
            ask();
            times[i] = Stopwatch.GetElapsedTime(started).TotalMicroseconds;
        }

        Print(what, times, "");
    }

    private static void Print(string what, double[] times, string more)
    {
        Array.Sort(times);
        Console.WriteLine(Text($"   {what,-36} {times[times.Length / 2],8:N1} us median, {times[times.Length * 99 / 100],8:N1} us at 99 %{more}"));
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>Asks and waits for the answer, as a client does that sends one request after the other.</summary>
    private sealed class Answers : IMessageHandler, IDisposable
    {
        private readonly ServerRig _rig;
        private readonly IDisposable _subscription;
        private readonly SemaphoreSlim _answered = new(0);

        public Answers(ServerRig rig)
        {
            _rig = rig;
            _subscription = rig.Router.Subscribe("_R.many"u8, this);
        }

        public void Ask(ReadOnlySpan<byte> subject, ReadOnlySpan<byte> body)
        {
            _rig.Request(subject, "_R.many"u8, body);
            if (!_answered.Wait(TimeSpan.FromSeconds(10)))
                throw new InvalidOperationException("an answer is missing");
        }

        public bool Handle(in RoutedMessage message, DeliveryBatch batch)
        {
            _answered.Release();
            return true;
        }

        public void Dispose()
        {
            _subscription.Dispose();
            _answered.Dispose();
        }
    }
}
