using System.Text;
using Rivulet.TestKit.Measuring;

namespace Rivulet.Protocol.Tests.Subjects;

public class SubjectMapTests
{
    [Fact]
    public void A_lookup_finds_literal_and_wildcard_filters()
    {
        var map = new SubjectMap<string>();
        map.Add("foo.bar"u8, "literal");
        map.Add("foo.*"u8, "one");
        map.Add("foo.>"u8, "many");
        map.Add(">"u8, "all");
        map.Add("*.bar"u8, "first");
        map.Add("foo.bar.baz"u8, "longer");
        map.Add("foo"u8, "shorter");

        Assert.Equal(["all", "first", "literal", "many", "one"], Match(map, "foo.bar").Order(StringComparer.Ordinal));
        Assert.Equal(["all", "shorter"], Match(map, "foo").Order(StringComparer.Ordinal));
        Assert.Equal(["all", "longer", "many"], Match(map, "foo.bar.baz").Order(StringComparer.Ordinal));
        Assert.Equal(["all"], Match(map, "other.thing.else"));
        Assert.Empty(Match(map, "foo..bar"));
        Assert.Empty(Match(map, ""));
    }

    [Fact]
    public void A_pair_is_held_once()
    {
        var map = new SubjectMap<string>();

        Assert.True(map.Add("a.b"u8, "x"));
        Assert.False(map.Add("a.b"u8, "x"));
        Assert.True(map.Add("a.*"u8, "x"));
        Assert.Equal(2, map.Count);
        Assert.Equal(["x", "x"], Match(map, "a.b"));
        Assert.True(map.Remove("a.b"u8, "x"));
        Assert.False(map.Remove("a.b"u8, "x"));
        Assert.Equal(["x"], Match(map, "a.b"));
    }

    [Fact]
    public void Where_the_last_token_is_ignored_all_others_find_the_same()
    {
        var random = new Random(3);
        int ignored = 0;
        for (int round = 0; round < 300; round++)
        {
            var map = new SubjectMap<string>();
            for (int i = random.Next(1, 5); i > 0; i--)
            {
                string filter = SmallSubjects.Filters[random.Next(SmallSubjects.Filters.Length)];
                map.Add(Utf8(filter), filter);
            }

            foreach (string subject in SmallSubjects.Literals.Where(subject => map.IgnoresLastToken(Utf8(subject))))
            {
                string family = subject[..(subject.LastIndexOf('.') + 1)];
                Assert.Equal(Match(map, subject), Match(map, family + "a"));
                Assert.Equal(Match(map, subject), Match(map, family + "another"));
                ignored++;
            }
        }

        Assert.InRange(ignored, 1000, int.MaxValue);
        Assert.False(new SubjectMap<string>().IgnoresLastToken("a."u8));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a..b")]
    [InlineData("a.>.b")]
    [InlineData("a b")]
    public void An_invalid_filter_is_refused(string filter)
    {
        var map = new SubjectMap<string>();

        Assert.Throws<ArgumentException>(() => map.Add(Utf8(filter), "x"));
        Assert.False(map.Remove(Utf8(filter), "x"));
        Assert.Equal(0, map.Count);
    }

    [Fact]
    public void Removing_a_filter_leaves_longer_and_shorter_ones()
    {
        var map = new SubjectMap<string>();
        map.Add("a.b"u8, "short");
        map.Add("a.b.c"u8, "long");

        Assert.True(map.Remove("a.b"u8, "short"));
        Assert.Equal(["long"], Match(map, "a.b.c"));
        Assert.False(map.HasMatch("a.b"u8));
        map.Add("a.b"u8, "short");
        Assert.True(map.Remove("a.b.c"u8, "long"));
        Assert.Equal(["short"], Match(map, "a.b"));
    }

    [Fact]
    public void Many_values_under_one_filter_come_and_go()
    {
        var map = new SubjectMap<object>();
        object[] values = [.. Enumerable.Range(0, 1000).Select(_ => new object())];
        foreach (object value in values)
            Assert.True(map.Add("hot"u8, value));
        Assert.False(map.Add("hot"u8, values[500]));
        foreach (object value in values.Where((_, i) => i % 3 != 0))
            Assert.True(map.Remove("hot"u8, value));

        var found = new List<object>();
        map.Match("hot"u8, found);

        Assert.Equal(values.Where((_, i) => i % 3 == 0).ToHashSet(), found.ToHashSet());
        Assert.Equal(334, found.Count);
        Assert.Equal(334, map.Count);
    }

    [Fact]
    public void Random_histories_agree_with_a_linear_scan()
    {
        for (int seed = 1; seed <= 20; seed++)
            RunHistory(new Random(seed));
    }

    [Fact]
    public void The_order_is_the_same_for_the_same_history()
    {
        var first = new List<string>();
        var second = new List<string>();
        foreach (List<string> into in (List<string>[])[first, second])
        {
            var random = new Random(7);
            var map = new SubjectMap<string>();
            for (int i = 0; i < 200; i++)
                map.Add(Utf8(SmallSubjects.Filters[random.Next(SmallSubjects.Filters.Length)]), $"v{i}");
            map.Match("a.b"u8, into);
            map.Overlapping("*.>"u8, into);
        }

        Assert.Equal(first, second);
    }

    [Fact]
    public void A_lookup_allocates_nothing()
    {
        var map = new SubjectMap<string>();
        foreach (string filter in SmallSubjects.Filters)
            map.Add(Utf8(filter), filter);
        var counter = default(Counter);
        map.Match("a.b.a"u8, ref counter);
        _ = map.HasMatch("z.z"u8);

        Assert.Equal(0, ThreadAllocation.InSteadyState(0, 1000, _ =>
        {
            map.Match("a.b.a"u8, ref counter);
            map.HasMatch("z.z"u8);
        }));
        Assert.Equal(1001 * SmallSubjects.Filters.Count(f => SlowSubjects.Matches("a.b.a", f)), counter.Visits);
    }

    private static void RunHistory(Random random)
    {
        var map = new SubjectMap<string>();
        var pairs = new List<(string Filter, string Value)>();
        string[] values = [.. Enumerable.Range(0, 30).Select(i => $"value{i}")];
        for (int step = 0; step < 600; step++)
        {
            (string Filter, string Value) pair =
                (SmallSubjects.Filters[random.Next(SmallSubjects.Filters.Length)], values[random.Next(values.Length)]);
            if (random.Next(3) > 0 && step < 400)
            {
                Assert.Equal(!pairs.Contains(pair), map.Add(Utf8(pair.Filter), pair.Value));
                if (!pairs.Contains(pair))
                    pairs.Add(pair);
            }
            else
            {
                if (pairs.Count > 0 && random.Next(2) == 0)
                    pair = pairs[random.Next(pairs.Count)];
                Assert.Equal(pairs.Remove(pair), map.Remove(Utf8(pair.Filter), pair.Value));
            }

            Assert.Equal(pairs.Count, map.Count);
            CompareLookups(map, pairs, random);
        }
    }

    private static void CompareLookups(SubjectMap<string> map, List<(string Filter, string Value)> pairs, Random random)
    {
        string subject = SmallSubjects.Published[random.Next(SmallSubjects.Published.Length)];
        string[] matched = [.. pairs.Where(p => SlowSubjects.Matches(subject, p.Filter)).Select(p => p.Value)];
        Assert.Equal(matched.Order(StringComparer.Ordinal), Match(map, subject).Order(StringComparer.Ordinal));
        Assert.Equal(matched.Length > 0, map.HasMatch(Utf8(subject)));

        string filter = SmallSubjects.Filters[random.Next(SmallSubjects.Filters.Length)];
        var overlapping = new List<string>();
        map.Overlapping(Utf8(filter), overlapping);
        IEnumerable<string> expected =
            pairs.Where(p => Subject.Overlaps(Utf8(p.Filter), Utf8(filter))).Select(p => p.Value);
        Assert.Equal(expected.Order(StringComparer.Ordinal), overlapping.Order(StringComparer.Ordinal));
    }

    private static List<string> Match(SubjectMap<string> map, string subject)
    {
        var found = new List<string>();
        map.Match(Utf8(subject), found);
        return found;
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private struct Counter : ISubjectMapVisitor<string>
    {
        public int Visits;

        public void Visit(string value) => Visits++;
    }
}
