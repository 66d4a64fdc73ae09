using System.Text.Json.Nodes;
using Rivulet.Server.Security;
using Rivulet.Server.Security.Operators;
using Rivulet.TestKit.Processes;
using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.Security;

/// <summary>Tokens of accounts in a directory.</summary>
public sealed class DirectoryResolverTests : IDisposable
{
    private readonly TemporaryFolder _folder = new("tokens");
    private readonly ManualTimeProvider _time = new(DateTimeOffset.UtcNow);
    private readonly TestKey _operator = TestKey.Operator();

    public void Dispose()
    {
        _folder.Dispose();
    }

    [Fact]
    public void What_is_saved_is_found_and_is_there_for_the_next_one()
    {
        var resolver = Open(AccountResolverKind.Full);
        string account = TestKey.Account().Public;
        string token = Token(account);
        Assert.True(resolver.Save(account, token, out _));
        Assert.Equal(token, resolver.Find(account, out _));
        Assert.Null(resolver.Find(TestKey.Account().Public, out string error));
        Assert.Equal("account jwt not found", error);
        var next = Open(AccountResolverKind.Full);
        Assert.Equal(token, next.Find(account, out _));
        Assert.Equal(resolver.Hash, next.Hash);
        Assert.Equal([account + ".jwt"], Directory.GetFiles(_folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void The_hash_is_of_what_there_is_whatever_the_order_that_it_came_in()
    {
        string[] accounts = [TestKey.Account().Public, TestKey.Account().Public];
        string[] tokens = [Token(accounts[0]), Token(accounts[1])];
        var resolver = Open(AccountResolverKind.Full, allowDelete: true);
        byte[] empty = resolver.Hash;
        resolver.Save(accounts[0], tokens[0], out _);
        byte[] one = resolver.Hash;
        resolver.Save(accounts[1], tokens[1], out _);
        byte[] both = resolver.Hash;
        Assert.True(resolver.Delete(accounts[0], out _));
        resolver.Save(accounts[0], tokens[0], out _);
        Assert.Equal(both, resolver.Hash);
        Assert.True(resolver.Delete(accounts[1], out _));
        Assert.Equal(one, resolver.Hash);
        Assert.True(resolver.Delete(accounts[0], out _));
        Assert.Equal(empty, resolver.Hash);
        Assert.False(resolver.Delete(accounts[0], out string error));
        Assert.Equal("", error);
    }

    [Fact]
    public void A_token_that_has_expired_is_found_no_more_and_its_file_goes_with_the_next_change()
    {
        var resolver = Open(AccountResolverKind.Full);
        string account = TestKey.Account().Public;
        resolver.Save(account, Token(account, new JsonObject { ["exp"] = _time.GetUtcNow().ToUnixTimeSeconds() + 10 }), out _);
        Assert.NotNull(resolver.Find(account, out _));
        _time.Advance(TimeSpan.FromSeconds(11));
        Assert.Null(resolver.Find(account, out _));
        Assert.Empty(resolver.List());
        string other = TestKey.Account().Public;
        resolver.Save(other, Token(other), out _);
        Assert.False(File.Exists(_folder.Combine(account + ".jwt")));
    }

    [Fact]
    public void A_cache_that_is_full_gives_up_what_was_not_used_for_longest()
    {
        var resolver = Open(AccountResolverKind.Cache, limit: 2);
        string[] accounts = [TestKey.Account().Public, TestKey.Account().Public, TestKey.Account().Public];
        resolver.Save(accounts[0], Token(accounts[0]), out _);
        resolver.Save(accounts[1], Token(accounts[1]), out _);
        resolver.Find(accounts[0], out _);
        Assert.True(resolver.Save(accounts[2], Token(accounts[2]), out _));
        Assert.Equal(((string[])[accounts[0], accounts[2]]).Order(StringComparer.Ordinal), resolver.List());
        Assert.False(File.Exists(_folder.Combine(accounts[1] + ".jwt")));
    }

    [Fact]
    public void A_cache_keeps_what_is_used()
    {
        var resolver = Open(AccountResolverKind.Cache, timeToLive: TimeSpan.FromMinutes(5));
        string used = TestKey.Account().Public;
        string unused = TestKey.Account().Public;
        resolver.Save(used, Token(used), out _);
        resolver.Save(unused, Token(unused), out _);
        _time.Advance(TimeSpan.FromMinutes(4));
        Assert.NotNull(resolver.Find(used, out _));
        _time.Advance(TimeSpan.FromMinutes(4));
        Assert.NotNull(resolver.Find(used, out _));
        Assert.Null(resolver.Find(unused, out _));
    }

    [Fact]
    public void What_is_preloaded_takes_no_newer_tokens_place()
    {
        var resolver = Open(AccountResolverKind.Full);
        string account = TestKey.Account().Public;
        string old = Token(account);
        _time.Advance(TimeSpan.FromSeconds(5));
        string recent = Token(account, new JsonObject { ["name"] = "recent" });
        resolver.Save(account, recent, out _);
        resolver.Preload(account, old);
        Assert.Equal(recent, resolver.Find(account, out _));
        resolver.Preload(TestKey.Account().Public, old);
        Assert.Single(resolver.List());
    }

    [Fact]
    public void Files_that_are_no_tokens_of_accounts_are_left_alone()
    {
        File.WriteAllText(_folder.Combine("README.jwt"), "x");
        File.WriteAllText(_folder.Combine("x.jwt.deleted"), "x");
        Assert.Empty(Open(AccountResolverKind.Full).List());
        Assert.Equal(2, Directory.GetFiles(_folder.Path).Length);
    }

    private DirectoryResolver Open(AccountResolverKind kind, long limit = 0, bool allowDelete = false, TimeSpan timeToLive = default)
    {
        var settings = new AccountResolverSettings
        {
            Kind = kind,
            Directory = _folder.Path,
            Limit = limit,
            AllowDelete = allowDelete,
            TimeToLive = timeToLive,
        };
        return new DirectoryResolver(settings, _time);
    }

    private string Token(string account, JsonObject? claims = null)
    {
        return _operator.Issue("account", account, [], claims, _time.GetUtcNow());
    }
}
