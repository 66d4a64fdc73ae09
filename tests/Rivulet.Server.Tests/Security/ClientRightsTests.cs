using System.Text;
using Rivulet.Protocol;
using Rivulet.Server.Security;
using Rivulet.Server.Security.Rights;

namespace Rivulet.Server.Tests.Security;

/// <summary>What permissions let a connection do.</summary>
public class ClientRightsTests
{
    private static readonly string[] Words = ["a", "b", "*", ">"];

    [Fact]
    public void No_permissions_are_no_rights_to_ask_for()
    {
        Assert.Null(ClientRights.For(null, TimeProvider.System));
        var rights = ClientRights.For(new Permissions(), TimeProvider.System)!;
        Assert.True(rights.MayPublish("anything"u8) && rights.MaySubscribe(">"u8, default));
    }

    [Fact]
    public void Who_may_respond_may_publish_nothing_else_unless_told()
    {
        var rights = ClientRights.For(new Permissions { Responses = new ResponsePermission() }, TimeProvider.System)!;
        Assert.False(rights.MayPublish("anything"u8));
    }

    [Fact]
    public void A_blank_that_is_none_in_subjects_begins_no_queue_group()
    {
        const string Subject = "\v.a\v.b";
        Assert.Null(PermissionRules.Complaint(Subject, queueAllowed: true));
        var rights = ClientRights.For(
            new Permissions { Subscribe = new SubjectPermission { Allow = [Subject] } }, TimeProvider.System)!;
        Assert.True(rights.MaySubscribe(Encoding.UTF8.GetBytes(Subject), default));
        Assert.False(rights.MaySubscribe("a"u8, default));
    }

    [Fact]
    public void Groups_of_servers_are_theirs()
    {
        var rights = ClientRights.For(new Permissions(), TimeProvider.System)!;
        Assert.False(rights.MaySubscribe("a"u8, "_sys_"u8));
    }

    /// <summary>Random lists against what they mean, subject by subject, asked twice so that the cache answers as well.</summary>
    [Fact]
    public void Publishing_is_as_the_lists_say_whatever_the_cache_knows()
    {
        var random = new Random(7);
        for (int round = 0; round < 200; round++)
        {
            var permission = new SubjectPermission { Allow = random.Next(4) == 0 ? null : Lists(random), Deny = Lists(random) };
            var rights = ClientRights.For(new Permissions { Publish = permission }, TimeProvider.System)!;
            for (int i = 0; i < 300; i++)
            {
                byte[] subject = Encoding.ASCII.GetBytes(Literal(random));
                bool wanted = (permission.Allow is null || Any(permission.Allow, subject)) && !Any(permission.Deny, subject);
                Assert.Equal(wanted, rights.MayPublish(subject));
            }
        }
    }

    /// <summary>A subscription is let in only if no subject comes through it that is not allowed, once those denied are filtered out.</summary>
    [Fact]
    public void Nothing_comes_through_a_subscription_that_is_not_allowed()
    {
        var random = new Random(9);
        for (int round = 0; round < 2000; round++)
        {
            var permission = new SubjectPermission { Allow = Lists(random), Deny = Lists(random) };
            if (permission.Allow.Count == 0)
                continue;
            var rights = ClientRights.For(new Permissions { Subscribe = permission }, TimeProvider.System)!;
            byte[] filter = Encoding.ASCII.GetBytes(Filter(random));
            if (!rights.MaySubscribe(filter, default))
                continue;
            bool isFiltered = rights.MustFilter(filter, isQueue: false);
            for (int i = 0; i < 50; i++)
            {
                byte[] subject = Encoding.ASCII.GetBytes(Literal(random));
                if (!Subject.Matches(subject, filter))
                    continue;
                Assert.True(Any(permission.Allow, subject));
                Assert.True(isFiltered || !Any(permission.Deny, subject));
            }
        }
    }

    /// <summary>Short lists are compared, long ones looked up, and mixed ones both.</summary>
    [Theory]
    [InlineData(3)]
    [InlineData(16)]
    [InlineData(40)]
    public void A_list_matches_what_its_filters_do(int filtersMax)
    {
        var random = new Random(11);
        for (int round = 0; round < 500; round++)
        {
            bool hasWildcards = random.Next(2) == 0;
            string[] filters = [.. Enumerable.Range(0, random.Next(filtersMax + 1)).Select(_ => LongFilter(random, hasWildcards))];
            var list = FilterList.Of(filters);
            Assert.Equal(filters.Length <= 16 && !filters.Any(f => f.Contains('*')), list.IsCheap);
            for (int i = 0; i < 100; i++)
            {
                string subject = string.Join('.', Enumerable.Range(0, random.Next(1, 5)).Select(_ => "t" + random.Next(4)));
                Assert.Equal(Any(filters, Encoding.ASCII.GetBytes(subject)), list.HasMatch(Encoding.ASCII.GetBytes(subject)));
            }
        }
    }

    [Theory]
    [InlineData("orders", "orders", true)]
    [InlineData("orders", "orders.new", false)]
    [InlineData("orders", "order", false)]
    [InlineData("orders.>", "orders", false)]
    [InlineData("orders.>", "orders.new", true)]
    [InlineData("orders.>", "orders.new.big", true)]
    [InlineData("orders.>", "ordersnew", false)]
    [InlineData(">", "orders", true)]
    [InlineData("orders.new>", "orders.new>", true)]
    [InlineData("orders.new>", "orders.newer", false)]
    public void A_beginning_matches_only_with_a_token_behind_it(string filter, string subject, bool matches)
    {
        Assert.Equal(matches, FilterList.Of([filter]).HasMatch(Encoding.ASCII.GetBytes(subject)));
    }

    /// <summary>What has an empty token no filter matches: it is not allowed where something is, and not denied.</summary>
    [Theory]
    [InlineData("orders.")]
    [InlineData("orders..new")]
    [InlineData(".orders")]
    public void A_subject_with_an_empty_token_matches_no_filter(string subject)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(subject);
        Assert.False(Publishing(new SubjectPermission { Allow = [">", "orders.>"] }).MayPublish(bytes));
        Assert.True(Publishing(new SubjectPermission { Deny = [">", "orders.>"] }).MayPublish(bytes));
    }

    private static ClientRights Publishing(SubjectPermission permission)
    {
        return ClientRights.For(new Permissions { Publish = permission }, TimeProvider.System)!;
    }

    private static string LongFilter(Random random, bool hasWildcards)
    {
        string[] tokens = [.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => "t" + random.Next(4))];
        if (hasWildcards && random.Next(2) == 0)
            tokens[random.Next(tokens.Length)] = "*";
        if (random.Next(3) == 0)
            tokens[^1] = ">";
        return string.Join('.', tokens);
    }

    private static bool Any(IReadOnlyList<string> filters, byte[] subject)
    {
        return filters.Any(filter => Subject.Matches(subject, Encoding.ASCII.GetBytes(filter)));
    }

    private static List<string> Lists(Random random)
    {
        return [.. Enumerable.Range(0, random.Next(4)).Select(_ => Filter(random))];
    }

    private static string Filter(Random random)
    {
        var tokens = new List<string>();
        int count = random.Next(1, 4);
        while (tokens.Count < count && !tokens.Contains(">"))
            tokens.Add(Words[random.Next(Words.Length)]);
        return string.Join('.', tokens);
    }

    private static string Literal(Random random)
    {
        return string.Join('.', Enumerable.Range(0, random.Next(1, 4)).Select(_ => Words[random.Next(2)]));
    }
}
