using System.Diagnostics;
using System.Globalization;
using System.Text;
using Rivulet.JetStream.Hosting;

namespace Rivulet.Benchmarks.Layers;

/// <summary>
/// What the requests on buckets cost: a page of a hundred keys out of a prefix in small and large buckets, which should be
/// about the same, and a hundred values in one request beside a hundred direct gets. In one process, without sockets.
/// </summary>
internal static class BucketRequestRun
{
    private const int PageKeys = 100;
    private const int Rounds = 2_000;

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
        Report("a page of 100 keys, with revisions", answers, "$RV.KV.LIST.bucket", """{"prefix":"42.","limit":100}""", 1);
        Report("a page of 100 keys, names alone", answers, "$RV.KV.LIST.bucket", """{"prefix":"42.","limit":100,"keys_only":true}""", 1);
        Report("a page from the middle, by filter", answers, "$RV.KV.LIST.bucket", """{"filters":["42.*"],"from":"42.00005","limit":100}""", 1);
        string[] names = [.. Enumerable.Range(0, PageKeys).Select(i => (i * 7919L % keys) is var at ? Text($"{at % 100:d2}.{at:d8}") : "")];
        string body = $$"""{"keys":[{{string.Join(',', names.Select(name => $"\"{name}\""))}}]}""";
        Report("100 values, one request", answers, "$RV.KV.GET.bucket", body, PageKeys + 1);
        byte[][] gets = [.. names.Select(name => Encoding.UTF8.GetBytes("$JS.API.DIRECT.GET.KV_bucket.$KV.bucket." + name))];
        Report("100 values, 100 direct gets", () =>
        {
            foreach (byte[] get in gets)
                answers.Ask(get, default, 1);
        });
    }

    private static void Report(string what, Answers answers, string subject, string body, int messages)
    {
        byte[] to = Encoding.UTF8.GetBytes(subject);
        byte[] payload = Encoding.UTF8.GetBytes(body);
        Report(what, () => answers.Ask(to, payload, messages));
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

        Array.Sort(times);
        Console.WriteLine(Text($"   {what,-36} {times[Rounds / 2],8:N1} us median, {times[Rounds * 99 / 100],8:N1} us at 99 %"));
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>Asks and waits for a number of answers, as a client does that sends one request after the other.</summary>
    private sealed class Answers : IMessageHandler, IDisposable
    {
        private readonly ServerRig _rig;
        private readonly IDisposable _subscription;
        private readonly SemaphoreSlim _all = new(0);
        private int _left;

        public Answers(ServerRig rig)
        {
            _rig = rig;
            _subscription = rig.Router.Subscribe("_R.many"u8, this);
        }

        public void Ask(ReadOnlySpan<byte> subject, ReadOnlySpan<byte> body, int messages)
        {
            Volatile.Write(ref _left, messages);
            _rig.Publish(subject, "_R.many"u8, body);
            if (!_all.Wait(TimeSpan.FromSeconds(10)))
                throw new InvalidOperationException("an answer is missing");
        }

        public bool Handle(in RoutedMessage message, DeliveryBatch batch)
        {
            if (Interlocked.Decrement(ref _left) == 0)
                _all.Release();
            return true;
        }

        public void Dispose()
        {
            _subscription.Dispose();
            _all.Dispose();
        }
    }
}
