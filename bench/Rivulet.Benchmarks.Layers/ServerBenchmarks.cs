using BenchmarkDotNet.Attributes;

namespace Rivulet.Benchmarks.Layers;

/// <summary>Routing: a publish to those who subscribed, up to the send, which drops everything.</summary>
[MemoryDiagnoser]
public class ServerBenchmarks : IDisposable
{
    private const int ManySubjects = 1 << 20;

    private readonly byte[] _manySubjects = "fresh.0000000.x"u8.ToArray();
    private readonly byte[] _payload = new byte[128];
    private ServerRig _rig = null!;
    private int _next;

    [Params(1, 16)]
    public int Subscribers { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _rig = new ServerRig(jetStream: false);
        for (int i = 0; i < Subscribers; i++)
        {
            _rig.Subscribe("known.*");
            _rig.Subscribe("fresh.>");
        }
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _rig?.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>The route cache knows the subject.</summary>
    [Benchmark]
    public bool RouteKnownSubject() => _rig.Publish("known.subject"u8, default, _payload);

    /// <summary>The subject was not seen for a million publishes, so the subject map is asked.</summary>
    [Benchmark]
    public bool RouteNewSubject()
    {
        _next = (_next + 1) % ManySubjects;
        _next.TryFormat(_manySubjects.AsSpan("fresh.".Length), out int _, "D7");
        return _rig.Publish(_manySubjects, default, _payload);
    }
}
