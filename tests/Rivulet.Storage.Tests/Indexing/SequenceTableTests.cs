using System.Runtime.CompilerServices;
using Rivulet.Storage.Indexing;

namespace Rivulet.Storage.Tests.Indexing;

public sealed class SequenceTableTests
{
    [Fact]
    public void Random_additions_and_removals_agree_with_a_sorted_set()
    {
        for (int seed = 1; seed <= 10; seed++)
        {
            var random = new Random(seed);
            var table = new SequenceTable();
            var expected = new SortedSet<ulong>();
            ulong last = 0;
            for (int i = 0; i < 30_000; i++)
            {
                if (random.Next(5) > 0)
                {
                    last += random.Next(2_000) == 0 ? (ulong)random.NextInt64(1, 100_000) : 1;
                    table.Add(last, 1).TimestampNanos = (long)last * 3;
                    expected.Add(last);
                }
                if (random.Next(20) > 0 && expected.Count > 0)
                {
                    // Mostly old ones, so that blocks become sparse and go.
                    ulong sequence = random.Next(4) == 0 ? expected.Min : Nearest(expected, (ulong)random.NextInt64((long)last + 1));
                    if (random.Next(10) > 0 || expected.Count > 300)
                    {
                        table.Remove(sequence, out _, out _);
                        expected.Remove(sequence);
                    }
                }
                if (i % 50 == 0)
                    Check(table, expected, (ulong)random.NextInt64((long)last + 2));
            }
            Assert.All(expected, sequence => Assert.Equal((long)sequence * 3, table[sequence].TimestampNanos));
        }
    }

    [Fact]
    public void A_gap_of_any_width_costs_nothing()
    {
        var table = new SequenceTable();
        table.Add(1, 1).TimestampNanos = 1;
        table.Add(ulong.MaxValue / 2, 1).TimestampNanos = 2;
        Assert.Equal(ulong.MaxValue / 2, table.Next(2));
        Assert.Equal(1UL, table.Previous((ulong.MaxValue / 2) - 1));
        Assert.Equal(2UL, table.CountFrom(0));
        Assert.Equal(1, table[1].TimestampNanos);
    }

    private static void Check(SequenceTable table, SortedSet<ulong> expected, ulong at)
    {
        Assert.Equal(expected.Contains(at), table.Has(at));
        Assert.Equal(!expected.Contains(at), Unsafe.IsNullRef(ref table.Find(at)));
        Assert.Equal(expected.GetViewBetween(at, ulong.MaxValue).FirstOrDefault(), table.Next(at));
        Assert.Equal(expected.GetViewBetween(0, at).LastOrDefault(), table.Previous(at));
        Assert.Equal((ulong)expected.GetViewBetween(at, ulong.MaxValue).Count, table.CountFrom(at));
    }

    private static ulong Nearest(SortedSet<ulong> set, ulong at)
    {
        SortedSet<ulong> above = set.GetViewBetween(at, ulong.MaxValue);
        return above.Count > 0 ? above.Min : set.Max;
    }
}
