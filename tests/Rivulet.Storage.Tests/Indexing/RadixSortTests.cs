using Rivulet.Storage.Indexing;

namespace Rivulet.Storage.Tests.Indexing;

/// <summary>The sort of recovery, by itself: of few, and of so many that two threads share them.</summary>
public sealed class RadixSortTests
{
    [Theory]
    [InlineData(1, ulong.MaxValue)]
    [InlineData(2, 2UL)]
    [InlineData(1_000, ulong.MaxValue)]
    [InlineData(131_071, ulong.MaxValue)]
    [InlineData(131_072, ulong.MaxValue)]
    [InlineData(200_001, ulong.MaxValue)]
    [InlineData(200_001, 1UL << 20)]
    [InlineData(200_001, 3UL)]
    [InlineData(200_001, 1UL)]
    public void Keys_are_in_order_and_values_go_with_them(int length, ulong below)
    {
        var random = new Random(length);
        ulong[] keys = new ulong[length];
        int[] values = new int[length];
        for (int i = 0; i < length; i++)
        {
            keys[i] = (ulong)random.NextInt64(long.MinValue, long.MaxValue) % below;
            values[i] = i;
        }
        ulong[] sorted = [.. keys];
        Array.Sort(sorted);
        ulong[] before = [.. keys];
        RadixSort.Sort(keys, values);
        Assert.Equal(sorted, keys);
        Assert.Equal(length, values.Distinct().Count());
        Assert.All(Enumerable.Range(0, length), i => Assert.Equal(before[values[i]], keys[i]));
    }
}
