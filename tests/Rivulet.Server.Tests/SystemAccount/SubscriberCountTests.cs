using Rivulet.Server.Configuration;
using Rivulet.Server.Tests.Configuration;
using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.SystemAccount;

/// <summary>How many hear a subject (<c>$SYS.DEBUG.SUBSCRIBERS</c>).</summary>
public sealed class SubscriberCountTests
{
    private const string Configuration = """
        accounts {
          A { users: [ { user: a, password: x } ], imports: [ { service: { account: SYS, subject: "$SYS.DEBUG.SUBSCRIBERS" }, to: count } ] }
          SYS { users: [ { user: s, password: x } ], exports: [ { service: "$SYS.DEBUG.SUBSCRIBERS" } ] }
        }
        system_account: SYS
        """;

    [Theory]
    [InlineData("foo", 4)]
    [InlineData(" foo ", 4)]
    [InlineData("foo q", 2)]
    [InlineData("foo zz", 0)]
    [InlineData("foo.bar", 2)]
    [InlineData("foo.*", 2)]
    [InlineData("foo.* q", 0)]
    [InlineData("zz", 0)]
    [InlineData("foo  q", 0)]
    [InlineData("", 0)]
    [InlineData("..", 0)]
    public async Task The_account_that_imports_it_is_told_of_its_own(string body, int count)
    {
        await using var server = await StartAsync();
        await using var other = await ConnectAsync(server, "s");
        await other.SendAsync("SUB foo 1\r\nSUB foo 2\r\n");
        await other.PingAsync();
        await using var client = await ConnectAsync(server, "a");
        await client.SendAsync("SUB foo 1\r\nSUB foo 2\r\nSUB foo q 3\r\nSUB foo q 4\r\nSUB foo.* 5\r\nSUB foo.bar 6\r\nSUB in 8\r\n");
        await client.PingAsync();
        await client.SendAsync($"PUB count in {body.Length}\r\n{body}\r\n");
        await client.ExpectAsync($"MSG in 8 1\r\n{count}\r\n");
    }

    [Fact]
    public async Task The_system_account_is_told_of_its_own_and_others_are_not_told()
    {
        await using var server = await StartAsync();
        await using var system = await ConnectAsync(server, "s");
        await system.SendAsync("SUB foo 1\r\nSUB in 2\r\nPUB $SYS.DEBUG.SUBSCRIBERS in 3\r\nfoo\r\n");
        await system.ExpectAsync("MSG in 2 1\r\n1\r\n");
        await using var client = await ConnectAsync(server, "a");
        await client.SendAsync("SUB in 2\r\nPUB $SYS.DEBUG.SUBSCRIBERS in 3\r\nfoo\r\n");
        Assert.StartsWith("HMSG in 2 ", await client.ReadLineAsync(), StringComparison.Ordinal);
        Assert.StartsWith("NATS/1.0 503", await client.ReadLineAsync(), StringComparison.Ordinal);
    }

    private static Task<EmbeddedServer> StartAsync()
    {
        var parsed = ServerConfiguration.Load("a.conf", MemorySource.With(Configuration)).Server;
        return EmbeddedServer.StartAsync(options => options with { Accounts = parsed.Accounts, SystemAccount = parsed.SystemAccount });
    }

    private static async Task<RawClient> ConnectAsync(EmbeddedServer server, string user)
    {
        var client = await server.ConnectAsync();
        await client.SendAsync($"CONNECT {{\"verbose\":false,\"headers\":true,\"no_responders\":true,\"user\":\"{user}\",\"pass\":\"x\"}}\r\n");
        await client.PingAsync();
        return client;
    }
}
