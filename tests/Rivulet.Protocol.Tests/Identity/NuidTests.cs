using System.Text;

namespace Rivulet.Protocol.Tests.Identity;

public class NuidTests
{
    [Fact]
    public void An_identifier_has_22_base_62_characters()
    {
        var nuid = new Nuid(new Random(1));
        for (int i = 0; i < 1000; i++)
            Assert.Matches("^[0-9A-Za-z]{22}$", nuid.Next());
    }

    [Fact]
    public void Identifiers_do_not_repeat()
    {
        var nuid = new Nuid(new Random(2));
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < 100_000; i++)
            Assert.True(seen.Add(nuid.Next()));
    }

    [Fact]
    public void The_same_seed_gives_the_same_identifiers()
    {
        var first = new Nuid(new Random(3));
        var second = new Nuid(new Random(3));
        Span<byte> bytes = stackalloc byte[Nuid.Length];
        for (int i = 0; i < 10; i++)
        {
            second.Next(bytes);
            Assert.Equal(first.Next(), Encoding.ASCII.GetString(bytes));
        }
    }

    [Fact]
    public void The_prefix_is_drawn_anew_when_the_counter_ends()
    {
        var nuid = new Nuid(new NearlyFull());

        string first = nuid.Next();
        string second = nuid.Next();

        Assert.NotEqual(first[..12], second[..12]);
        Assert.NotEqual(first, second);
    }

    [Fact]
    public void Threads_may_share_a_generator()
    {
        var nuid = new Nuid(new Random(4));
        string[] all = [.. Enumerable.Range(0, 20_000).AsParallel().Select(_ => nuid.Next())];

        Assert.Equal(all.Length, all.Distinct(StringComparer.Ordinal).Count());
    }

    /// <summary>Starts the counter so close to its end that it has room for one step.</summary>
    private sealed class NearlyFull : Random
    {
        private int _draws;

        public override int Next(int maxValue) => _draws++ % maxValue;

        public override int Next(int minValue, int maxValue) => minValue;

        public override long NextInt64(long maxValue) => maxValue - 34 - _draws;
    }
}
