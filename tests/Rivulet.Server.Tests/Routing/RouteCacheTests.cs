using System.Text;
using Rivulet.Server.Routing;

namespace Rivulet.Server.Tests.Routing;

/// <summary>What the cache lets in, and what it forgets.</summary>
public class RouteCacheTests
{
    private readonly RouteCache _cache = new();
    private readonly RouteTarget[] _targets = [new Target()];

    [Fact]
    public void A_subject_is_known_after_it_was_offered_twice()
    {
        Offer("foo.bar");
        Assert.False(Knows("foo.bar"));
        Offer("foo.bar");
        Assert.True(Knows("foo.bar"));
    }

    [Fact]
    public void Subjects_seen_once_do_not_push_out_those_seen_often()
    {
        Offer("often", times: 2);
        for (int i = 0; i < 100_000; i++)
            Offer($"_INBOX.{i}");
        Assert.True(Knows("often"));
    }

    [Fact]
    public void Subjects_seen_once_cost_no_memory()
    {
        byte[] subject = "_INBOX.000000"u8.ToArray();
        Offer("warm", times: 2);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100_000; i++)
        {
            i.TryFormat(subject.AsSpan(7), out _, "d6");
            _cache.Offer(subject, RouteCache.HashOf(subject), _targets);
        }

        // A few share their place and hash by chance.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10_000);
    }

    [Fact]
    public void A_change_on_a_literal_filter_is_forgotten_alone()
    {
        Offer("foo.a", times: 2);
        Offer("foo.b", times: 2);
        _cache.Invalidate("foo.a"u8, isLiteral: true);
        Assert.False(Knows("foo.a"));
        Assert.True(Knows("foo.b"));
    }

    [Theory]
    [InlineData("foo.*")]
    [InlineData("foo.>")]
    [InlineData("*.a")]
    [InlineData("*")]
    [InlineData(">")]
    public void A_change_on_a_wildcard_filter_forgets_what_may_match(string filter)
    {
        Offer("foo.a", times: 2);
        _cache.Invalidate(Encoding.Latin1.GetBytes(filter), isLiteral: false);
        Assert.False(Knows("foo.a"));
        Offer("foo.a");
        Assert.True(Knows("foo.a"));
    }

    [Fact]
    public void A_change_on_a_wildcard_filter_leaves_other_first_tokens_alone()
    {
        Offer("foo.a", times: 2);
        Offer("*bar.a", times: 2);
        _cache.Invalidate("_INBOX.abc.*"u8, isLiteral: false);
        Assert.True(Knows("foo.a"));
        _cache.Invalidate("*bar.*"u8, isLiteral: false);
        Assert.True(Knows("foo.a"));
        Assert.False(Knows("*bar.a"));
    }

    [Fact]
    public void Subjects_of_one_place_are_told_apart()
    {
        // More subjects than places: whatever is known is known for itself.
        for (int i = 0; i < 5000; i++)
            Offer($"s.{i}", times: 2);
        int known = Enumerable.Range(0, 5000).Count(i => Knows($"s.{i}"));
        Assert.InRange(known, 1000, 2048);
        Assert.False(Knows("s.5001"));
    }

    private void Offer(string subject, int times = 1)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(subject);
        for (int i = 0; i < times; i++)
            _cache.Offer(bytes, RouteCache.HashOf(bytes), _targets);
    }

    private bool Knows(string subject)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(subject);
        if (!_cache.TryGet(bytes, RouteCache.HashOf(bytes), out var targets))
            return false;
        Assert.Same(_targets[0], Assert.Single(targets.ToArray()));
        return true;
    }

    private sealed class Target() : RouteTarget([]);
}
