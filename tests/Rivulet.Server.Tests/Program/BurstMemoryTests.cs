using Rivulet.Server.Host.Memory;
using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.Program;

/// <summary>When the program has memory given back, and when not.</summary>
public sealed class BurstMemoryTests
{
    private const long Megabyte = 1 << 20;

    private readonly FakeProcess _process = new() { ResidentBytes = 100 * Megabyte };
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void What_grows_a_little_is_left_alone()
    {
        using var memory = new BurstMemory(_process, _time);
        _process.ResidentBytes = 130 * Megabyte;
        Pass(60);
        Assert.Equal(0, _process.Collections);
    }

    [Fact]
    public void A_burst_is_collected_once_it_is_over()
    {
        using var memory = new BurstMemory(_process, _time);
        _process.ResidentBytes = 900 * Megabyte;
        _process.BusyShare = 0.5;
        Pass(30);
        Assert.Equal(0, _process.Collections);
        _process.BusyShare = 0.01;
        Pass(5);
        Assert.Equal(1, _process.Collections);
        Assert.True(_process.WasInOnePause);
    }

    [Fact]
    public void Pools_have_a_few_more_times_to_let_go_and_then_there_is_an_end_of_it()
    {
        using var memory = new BurstMemory(_process, _time);
        _process.ResidentBytes = 900 * Megabyte;
        Pass(5);
        Assert.Equal(1, _process.Collections);
        Pass(9);
        Assert.Equal(1, _process.Collections);
        Pass(6);
        Assert.Equal(2, _process.Collections);
        Pass(600);
        Assert.Equal(4, _process.Collections);
    }

    [Fact]
    public void What_stays_is_not_looked_for_again_and_again()
    {
        _process.KeptBytes = 800 * Megabyte;
        using var memory = new BurstMemory(_process, _time);
        _process.ResidentBytes = 900 * Megabyte;
        Pass(600);
        Assert.Equal(4, _process.Collections);
        _process.ResidentBytes = 950 * Megabyte;
        Pass(600);
        Assert.Equal(4, _process.Collections);
    }

    [Fact]
    public void Many_connections_that_go_leave_something_behind()
    {
        _process.Connections = 5000;
        using var memory = new BurstMemory(_process, _time);
        Pass(600);
        Assert.Equal(0, _process.Collections);
        _process.Connections = 4900;
        Pass(60);
        Assert.Equal(0, _process.Collections);
        _process.Connections = 3000;
        Pass(5);
        Assert.Equal(1, _process.Collections);
        Pass(600);
        Assert.Equal(4, _process.Collections);
    }

    [Fact]
    public void A_large_heap_is_collected_beside_the_server()
    {
        using var memory = new BurstMemory(_process, _time);
        _process.ResidentBytes = 900 * Megabyte;
        _process.HeapBytes = 600 * Megabyte;
        Pass(5);
        Assert.False(_process.WasInOnePause);
    }

    [Fact]
    public void What_was_freed_beside_the_server_is_given_back_once_the_heap_is_small()
    {
        using var memory = new BurstMemory(_process, _time);
        _process.ResidentBytes = _process.KeptBytes = 900 * Megabyte;
        _process.HeapBytes = 600 * Megabyte;
        Pass(9);
        Assert.Equal(1, _process.Collections);
        _process.HeapBytes = 200 * Megabyte;
        Pass(5);
        Assert.Equal(2, _process.Collections);
        Assert.True(_process.WasInOnePause);
        Pass(600);
        Assert.Equal(5, _process.Collections);
    }

    private void Pass(int seconds)
    {
        for (int i = 0; i < seconds; i++)
        {
            _process.ProcessorTime += TimeSpan.FromSeconds(_process.BusyShare);
            _time.Advance(TimeSpan.FromSeconds(1));
        }
    }

    private sealed class FakeProcess : IProcessMemory
    {
        public long ResidentBytes { get; set; }

        public long KeptBytes { get; set; } = 100 * Megabyte;

        public long HeapBytes { get; set; } = 20 * Megabyte;

        public TimeSpan ProcessorTime { get; set; }

        public double BusyShare { get; set; }

        public int Connections { get; set; }

        public int Collections { get; private set; }

        public bool WasInOnePause { get; private set; }

        public void Collect(bool inOnePause)
        {
            Collections++;
            WasInOnePause = inOnePause;
            ResidentBytes = KeptBytes;
        }
    }
}
