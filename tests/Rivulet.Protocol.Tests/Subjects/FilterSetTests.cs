using System.Text;

namespace Rivulet.Protocol.Tests.Subjects;

public class FilterSetTests
{
    [Fact]
    public void No_filter_matches_everything()
    {
        Assert.Same(FilterSet.All, FilterSet.From(Array.Empty<string>()));
        Assert.True(FilterSet.All.MatchesAll);
        Assert.Empty(FilterSet.All.Filters);
        Assert.True(FilterSet.All.Matches("anything.at.all"u8));
    }

    [Fact]
    public void A_full_wildcard_among_the_filters_matches_everything()
    {
        FilterSet set = FilterSet.From(["a", ">"]);

        Assert.True(set.MatchesAll);
        Assert.True(set.Matches("b.c"u8));
        Assert.Equal(2, set.Filters.Count);
    }

    [Fact]
    public void Filters_keep_their_order_and_drop_repeats()
    {
        FilterSet set = FilterSet.From(["b", "a", "b"]);

        Assert.Equal(["b", "a"], set.Filters.Select(f => Encoding.UTF8.GetString(f.Span)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a..b")]
    [InlineData("a b")]
    public void An_invalid_filter_is_refused(string filter)
    {
        Assert.Throws<ArgumentException>(() => FilterSet.From(["ok", filter]));
        Assert.Throws<ArgumentException>(() => FilterSet.From(Encoding.UTF8.GetBytes(filter)));
    }

    [Fact]
    public void Sets_of_any_size_match_as_their_filters_do()
    {
        var random = new Random(11);
        string[] wanted = [.. SmallSubjects.Filters.Where(f => f != ">")];
        for (int size = 1; size <= 12; size++)
        {
            string[] filters = random.GetItems(wanted, size);
            FilterSet set = FilterSet.From(filters);
            foreach (string subject in SmallSubjects.Literals)
            {
                bool expected = filters.Any(f => SlowSubjects.Matches(subject, f));
                Assert.Equal(expected, set.Matches(Encoding.UTF8.GetBytes(subject)));
            }
        }
    }

    [Theory]
    [InlineData("$KV.bucket.key", true)]
    [InlineData("$KV.bucket.a.b", true)]
    [InlineData("$KV.bucket", false)]
    [InlineData("$KV.bucket.", false)]
    [InlineData("$KV.bucket.a..b", false)]
    [InlineData("$KV.bucket..a", false)]
    [InlineData("$KV.buckets.key", false)]
    public void What_begins_like_a_filter_matches_if_a_token_follows(string subject, bool matches)
    {
        Assert.Equal(matches, FilterSet.From(["$KV.bucket.>"]).Matches(Encoding.UTF8.GetBytes(subject)));
    }
}
