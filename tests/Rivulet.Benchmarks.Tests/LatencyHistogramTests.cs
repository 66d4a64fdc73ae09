using System.Diagnostics;
using Rivulet.Benchmarks.Growth;

namespace Rivulet.Benchmarks.Tests;

/// <summary>Where the percentiles come from.</summary>
public class LatencyHistogramTests
{
    [Fact]
    public void Classes_follow_each_other_and_none_is_wider_than_a_thirty_second()
    {
        long from = 1;
        for (int index = LatencyHistogram.ClassOf(from); index < 1500; index++)
        {
            long to = LatencyHistogram.UpperNanosOf(index);
            Assert.Equal(index, LatencyHistogram.ClassOf(from));
            Assert.Equal(index, LatencyHistogram.ClassOf(to));
            Assert.InRange(to - from, 0, from / 32);
            from = to + 1;
        }
    }

    [Fact]
    public void A_percentile_is_what_its_share_did_not_exceed()
    {
        var histogram = new LatencyHistogram();
        for (int i = 1; i <= 100; i++)
            histogram.AddTicks(i * Stopwatch.Frequency / 1000);
        Assert.InRange(histogram.Micros(0.5), 50_000, 51_600);
        Assert.InRange(histogram.Micros(0.99), 99_000, 102_100);
    }
}
