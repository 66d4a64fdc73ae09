using Rivulet.Server.Tests.Configuration.Effects;
using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.Accounts;

/// <summary>What a client is told when it asks who it is.</summary>
public sealed class UserInfoTests
{
    [Fact]
    public async Task Permissions_are_those_of_now_and_not_those_it_came_in_with()
    {
        await using var server = await ConfiguredServer.StartAsync(Publishing("before.>"));
        await using var client = await ConfiguredServer.ConnectAsync(server, "a", operations: "SUB in 1\r\n");
        Assert.Contains("before.", await AskAsync(client), StringComparison.Ordinal);
        ConfiguredServer.Reload(server, Publishing("after.>"));
        string told = await AskAsync(client);
        Assert.Contains("after.", told, StringComparison.Ordinal);
        Assert.DoesNotContain("before", told, StringComparison.Ordinal);
    }

    private static string Publishing(string subject)
    {
        return $$"""
            accounts {
              A {
                users: [ { user: a, password: x, permissions: { publish: [ "{{subject}}", "$SYS.REQ.USER.INFO" ] } } ]
              }
            }
            """;
    }

    private static async Task<string> AskAsync(RawClient client)
    {
        await client.SendAsync("PUB $SYS.REQ.USER.INFO in 0\r\n\r\n");
        await client.ReadUntilAsync("MSG in ");
        return await client.ReadUntilAsync("}}\r\n");
    }
}
