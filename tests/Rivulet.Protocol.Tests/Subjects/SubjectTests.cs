using System.Text;

namespace Rivulet.Protocol.Tests.Subjects;

public class SubjectTests
{
    [Theory]
    [InlineData("foo", true)]
    [InlineData("foo.bar", true)]
    [InlineData("*", true)]
    [InlineData(">", true)]
    [InlineData("foo.*", true)]
    [InlineData("*.foo.>", true)]
    [InlineData("foo*", true)]
    [InlineData("foo>", true)]
    [InlineData(">>", true)]
    [InlineData("**", true)]
    [InlineData("a>b.c", true)]
    [InlineData("fo\0o", true)]
    [InlineData("$JS.API.>", true)]
    [InlineData("", false)]
    [InlineData(".", false)]
    [InlineData(".foo", false)]
    [InlineData("foo.", false)]
    [InlineData("foo..bar", false)]
    [InlineData(">.foo", false)]
    [InlineData("foo.>.bar", false)]
    [InlineData("foo.>.", false)]
    [InlineData("> ", false)]
    [InlineData("foo bar", false)]
    [InlineData("foo\tbar", false)]
    [InlineData("foo\rbar", false)]
    [InlineData("foo\nbar", false)]
    [InlineData("foo\fbar", false)]
    public void A_subscription_subject_is_valid_or_not(string subject, bool valid)
    {
        Assert.Equal(valid, Subject.IsValidSubscription(Utf8(subject)));
        Assert.Equal(valid, SlowSubjects.IsValidSubscription(subject));
    }

    [Theory]
    [InlineData("foo", true)]
    [InlineData("foo.b*r.baz>", true)]
    [InlineData("foo.*", false)]
    [InlineData("*.foo", false)]
    [InlineData("foo.>", false)]
    [InlineData(">", false)]
    [InlineData("foo.>.bar", false)]
    [InlineData("foo..bar", false)]
    [InlineData("", false)]
    [InlineData("foo bar", false)]
    public void A_literal_subject_is_valid_or_not(string subject, bool valid)
    {
        Assert.Equal(valid, Subject.IsValidLiteral(Utf8(subject)));
    }

    [Theory]
    [InlineData("foo", "foo", true)]
    [InlineData("foo", "Foo", false)]
    [InlineData("foo", "fo", false)]
    [InlineData("fo", "foo", false)]
    [InlineData("foo.bar", "foo", false)]
    [InlineData("foo", "foo.bar", false)]
    [InlineData("foo.bar", "foo.*", true)]
    [InlineData("foo.bar", "*.bar", true)]
    [InlineData("foo.bar", "*.*", true)]
    [InlineData("foo.bar", "*", false)]
    [InlineData("foo", "*.*", false)]
    [InlineData("foo", ">", true)]
    [InlineData("foo.bar.baz", ">", true)]
    [InlineData("foo.bar", "foo.>", true)]
    [InlineData("foo.bar.baz", "foo.>", true)]
    [InlineData("foo", "foo.>", false)]
    [InlineData("foo.bar.baz", "*.bar.>", true)]
    [InlineData("foo.bar", "*.bar.>", false)]
    [InlineData("foo.*", "foo.bar", false)]
    [InlineData("foo.*", "foo.*", true)]
    [InlineData("foo.>", "foo.*", true)]
    [InlineData("foo.>.bar", "foo.*.bar", true)]
    [InlineData("foo*", "foo*", true)]
    [InlineData("foobar", "foo*", false)]
    [InlineData("foo..bar", ">", false)]
    [InlineData("foo..bar", "foo.>", false)]
    [InlineData("foo..bar", "foo.*.bar", false)]
    [InlineData(".a", ">", false)]
    [InlineData("a.", ">", false)]
    [InlineData("a.", "a.*", false)]
    [InlineData("", ">", false)]
    public void A_filter_matches_a_subject_or_not(string subject, string filter, bool matches)
    {
        Assert.Equal(matches, Subject.Matches(Utf8(subject), Utf8(filter)));
        Assert.Equal(matches, SlowSubjects.Matches(subject, filter));
    }

    [Fact]
    public void Matching_agrees_with_the_slow_matcher_on_all_short_subjects()
    {
        foreach (string subject in SmallSubjects.Published)
        {
            foreach (string filter in SmallSubjects.Filters)
                Assert.Equal(SlowSubjects.Matches(subject, filter), Subject.Matches(Utf8(subject), Utf8(filter)));
        }
    }

    [Fact]
    public void A_filter_is_a_subset_when_the_other_matches_all_it_matches()
    {
        ForAllPairsOfFilters((a, b, matchedByA, matchedByB) =>
            Assert.True(
                Subject.IsSubset(Utf8(a), Utf8(b)) == matchedByA.IsSubsetOf(matchedByB), $"IsSubset({a}, {b})"));
    }

    [Fact]
    public void Filters_overlap_when_both_match_some_subject()
    {
        ForAllPairsOfFilters((a, b, matchedByA, matchedByB) =>
            Assert.True(
                Subject.Overlaps(Utf8(a), Utf8(b)) == matchedByA.Overlaps(matchedByB), $"Overlaps({a}, {b})"));
    }

    [Fact]
    public void Random_subjects_are_judged_as_by_the_slow_rules()
    {
        var random = new Random(20260101);
        for (int i = 0; i < 50_000; i++)
        {
            string subject = SmallSubjects.Random(random, "ab*>. \0", 8);
            string filter = SmallSubjects.Random(random, "ab*>.", 8);
            byte[] bytes = Utf8(subject);

            Assert.Equal(SlowSubjects.IsValidSubscription(subject), Subject.IsValidSubscription(bytes));
            Assert.Equal(SlowSubjects.IsLiteral(subject), Subject.IsLiteral(bytes));
            Assert.Equal(subject.Split('.').Contains(""), Subject.HasEmptyToken(bytes));
            Assert.Equal(
                SlowSubjects.IsValidSubscription(subject) && SlowSubjects.IsLiteral(subject),
                Subject.IsValidLiteral(bytes));
            if (SlowSubjects.IsValidSubscription(filter))
                Assert.Equal(SlowSubjects.Matches(subject, filter), Subject.Matches(bytes, Utf8(filter)));
        }
    }

    [Fact]
    public void An_empty_token_is_found_wherever_it_is()
    {
        for (int length = 1; length <= 80; length++)
        {
            byte[] subject = [.. Enumerable.Range(0, length).Select(i => i % 5 == 3 && i < length - 1 ? (byte)'.' : (byte)'a')];
            Assert.False(Subject.HasEmptyToken(subject));
            for (int i = 0; i < length - 1; i++)
            {
                (byte first, byte second) = (subject[i], subject[i + 1]);
                subject[i] = subject[i + 1] = (byte)'.';
                Assert.True(Subject.HasEmptyToken(subject), $"{i} of {length}");
                (subject[i], subject[i + 1]) = (first, second);
            }
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("a", "a")]
    [InlineData("a.bc", "a", "bc")]
    [InlineData("a..b.", "a", "", "b", "")]
    public void Tokens_are_walked_and_counted(string subject, params string[] expected)
    {
        var tokens = new List<string>();
        foreach (ReadOnlySpan<byte> token in Subject.Tokens(Utf8(subject)))
            tokens.Add(Encoding.UTF8.GetString(token));

        Assert.Equal(expected, tokens);
        Assert.Equal(expected.Length, Subject.CountTokens(Utf8(subject)));
    }

    private static void ForAllPairsOfFilters(Action<string, string, HashSet<string>, HashSet<string>> check)
    {
        var matched = SmallSubjects.Filters.ToDictionary(
            f => f, f => SmallSubjects.Literals.Where(s => SlowSubjects.Matches(s, f)).ToHashSet());
        foreach (string a in SmallSubjects.Filters)
        {
            foreach (string b in SmallSubjects.Filters)
                check(a, b, matched[a], matched[b]);
        }
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
