using BenchmarkDotNet.Attributes;

namespace Rivulet.Benchmarks.Layers;

/// <summary>
/// A put and a get of one key among many in a bucket in memory, from the router to the queued answer. A put allocates
/// the record that it stores.
/// </summary>
[MemoryDiagnoser]
public class JetStreamBenchmarks : IDisposable
{
    private const int Keys = 1_000;

    private readonly byte[][] _puts = [.. Enumerable.Range(0, Keys).Select(i => System.Text.Encoding.UTF8.GetBytes($"$KV.bucket.key.{i:d4}"))];
    private readonly byte[][] _gets = [.. Enumerable.Range(0, Keys).Select(i => System.Text.Encoding.UTF8.GetBytes($"$JS.API.DIRECT.GET.KV_bucket.$KV.bucket.key.{i:d4}"))];
    private readonly byte[] _payload = new byte[128];
    private ServerRig _rig = null!;
    private int _next;

    [GlobalSetup]
    public void SetUp()
    {
        _rig = new ServerRig(jetStream: true);
        _rig.CreateStream(
            "KV_bucket",
            """{"name":"KV_bucket","subjects":["$KV.bucket.>"],"storage":"memory","max_msgs_per_subject":1,"allow_direct":true}""");
        _rig.Subscribe("_R.>");
        for (int i = 0; i < Keys; i++)
            Put();
        if (!Put() || !DirectGet())
            throw new InvalidOperationException("nobody takes what is measured");
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _rig?.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark]
    public bool Put() => _rig.Publish(_puts[_next = (_next + 7) % Keys], "_R.1"u8, _payload);

    [Benchmark]
    public bool DirectGet() => _rig.Request(_gets[_next = (_next + 7) % Keys], "_R.1"u8, default);
}
