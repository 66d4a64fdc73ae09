using BenchmarkDotNet.Attributes;
using Rivulet.Storage;

namespace Rivulet.Benchmarks.Storage;

/// <summary>Put and get of one key among many.</summary>
[MemoryDiagnoser]
public class StoreBenchmarks : IDisposable
{
    private readonly StoredMessage _message = new();
    private readonly Random _random = new(3);
    private Workload _workload = null!;

    [Params(10_000, 1_000_000)]
    public int Keys { get; set; }

    [Params(true, false)]
    public bool Memory { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _workload = Workload.CreateAsync(
            new KeySpace(Keys, ValueSizes.Uniform), Memory, SyncPolicy.Interval(TimeSpan.FromMinutes(2))).GetAwaiter().GetResult();
        _workload.PutAll();
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        _workload.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    public void Dispose()
    {
        _message.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark]
    public LogPosition Put()
    {
        _workload.WaitForRoom();
        LogPosition position = _workload.Put(_random.Next(Keys));
        _workload.Store.DeliverCommits();
        return position;
    }

    [Benchmark]
    public ReadStatus Get() => _workload.Get(_random.Next(Keys), _message);
}
