using System.Text.Json.Nodes;
using Rivulet.Server.Tests.Configuration.Effects;
using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.Security;

/// <summary>Who is refused, and what the system account is told of it, where other suites do not say so.</summary>
public sealed class RefusalTests
{
    [Fact]
    public async Task The_end_of_a_client_whose_token_expires_is_told()
    {
        await using var rig = await OperatorRig.StartAsync();
        await using var system = await ListenAsync(rig);
        long now = rig.Time.GetUtcNow().ToUnixTimeSeconds();
        await using var client = await rig.ConnectAsync(rig.UserToken(claims: new JsonObject { ["exp"] = now + 30 }));
        rig.Time.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal("-ERR 'User Authentication Expired'\r\n", await client.ReadToEndAsync());
        Assert.Equal("Authentication Expired", await ReasonAsync(system));
    }

    [Fact]
    public async Task The_end_of_a_client_who_is_revoked_is_told_and_it_does_not_come_back()
    {
        await using var rig = await OperatorRig.StartAsync();
        await using var system = await ListenAsync(rig);
        string token = rig.UserToken();
        await using var client = await rig.ConnectAsync(token);
        await using var other = await rig.ConnectAsync(rig.UserToken(user: rig.SystemUser), rig.SystemUser);
        rig.Time.Advance(TimeSpan.FromSeconds(1));
        await UpdateAsync(rig, new JsonObject
        {
            ["revocations"] = new JsonObject { [rig.User.Public] = rig.Time.GetUtcNow().ToUnixTimeSeconds() },
        });
        Assert.Equal("-ERR 'User Authentication Revoked'\r\n", await client.ReadToEndAsync());
        Assert.Equal("Credentials Revoked", await ReasonAsync(system));
        Assert.Equal("", await other.PingAsync());
        await rig.RefuseAsync(token, "User authentication revoked");
    }

    [Fact]
    public async Task A_client_whose_signing_key_is_taken_away_goes_and_does_not_come_back()
    {
        var signer = TestKey.Account();
        await using var rig = await OperatorRig.StartAsync(_ => new JsonObject { ["signing_keys"] = new JsonArray(signer.Public) });
        string token = rig.UserToken(new JsonObject { ["issuer_account"] = rig.A.Public }, issuer: signer);
        await using var client = await rig.ConnectAsync(token);
        await using var other = await rig.ConnectAsync(rig.UserToken());
        rig.Time.Advance(TimeSpan.FromSeconds(1));
        await UpdateAsync(rig, []);
        await client.ReadToEndAsync();
        Assert.Equal("", await other.PingAsync());
        await rig.RefuseAsync(token, "User JWT issuer is not known");
    }

    [Theory]
    [InlineData(",\"user\":\"guest\",\"pass\":\"wrong\"")]
    [InlineData(",\"user\":\"ann\",\"pass\":\"wrong\"")]
    [InlineData(",\"user\":\"ann\"")]
    [InlineData(",\"pass\":\"x\"")]
    [InlineData(",\"user\":\"nobody\",\"pass\":\"x\"")]
    [InlineData(",\"auth_token\":\"x\"")]
    [InlineData(",\"nkey\":\"UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4\",\"sig\":\"x\"")]
    public async Task Wrong_credentials_do_not_make_a_client_the_user_without_any(string fields)
    {
        await using var server = await ConfiguredServer.StartAsync(
            $"no_auth_user: guest\nauthorization {{ users: [ {{ user: guest, password: x }}, {{ user: ann, password: y }}, {{ nkey: {TestKey.User().Public} }} ] }}");
        Assert.Equal("-ERR 'Authorization Violation'\r\n", await ConfiguredServer.RefusedAsync(server, fields));
        await using var guest = await server.ConnectQuietAsync();
    }

    [Theory]
    [InlineData("secret", "SUB secret 1\r\n", true)]
    [InlineData("secret", "SUB secret q 1\r\n", true)]
    [InlineData("secret", "SUB * 1\r\n", false)]
    [InlineData("secret", "SUB > q 1\r\n", false)]
    [InlineData("a.*", "SUB a.b 1\r\n", true)]
    [InlineData("a.*", "SUB a.* 1\r\n", true)]
    [InlineData("a.*", "SUB a.> 1\r\n", true)]
    [InlineData("a.*", "SUB *.b 1\r\n", false)]
    [InlineData("a.>", "SUB a.b.c 1\r\n", true)]
    [InlineData("a.>", "SUB *.b.c q 1\r\n", false)]
    public async Task What_is_denied_does_not_come_whatever_a_subscription_is_called(string denied, string subscribe, bool isRefused)
    {
        await using var server = await ConfiguredServer.StartAsync($$"""
            authorization { users: [ { user: all, password: x }, { user: some, password: x, permissions: { subscribe: { deny: "{{denied}}" } } } ] }
            """);
        await using var some = await ConfiguredServer.ConnectAsync(server, "some");
        await some.SendAsync(subscribe);
        Assert.Equal(isRefused, (await some.PingAsync()).Contains("Permissions Violation for Subscription", StringComparison.Ordinal));
        await using var all = await ConfiguredServer.ConnectAsync(server, "all");
        string subject = denied.Replace("*", "b", StringComparison.Ordinal).Replace(">", "b.c", StringComparison.Ordinal);
        await all.SendAsync($"PUB {subject} 0\r\n\r\n");
        await all.PingAsync();
        Assert.Equal("", await some.PingAsync());
    }

    [Theory]
    [InlineData("secret", "secret")]
    [InlineData("a.>", "a.b")]
    [InlineData("a.*", "a.>")]
    [InlineData("a.*", "a.*")]
    [InlineData("*.b", "$JS.b")]
    public async Task What_is_denied_cannot_be_published_whatever_it_looks_like(string denied, string subject)
    {
        await using var server = await ConfiguredServer.StartAsync(
            $"authorization {{ users: [ {{ user: some, password: x, permissions: {{ publish: {{ deny: \"{denied}\" }} }} }} ] }}");
        await using var some = await ConfiguredServer.ConnectAsync(server, "some");
        await some.SendAsync($"PUB {subject} 0\r\n\r\n");
        Assert.Contains("Permissions Violation for Publish", await some.PingAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_account_has_only_so_many_connections()
    {
        await using var rig = await OperatorRig.StartAsync(_ =>
        {
            var limits = OperatorRig.Unlimited;
            limits["conn"] = 1;
            return new JsonObject { ["limits"] = limits };
        });
        await using var first = await rig.ConnectAsync(rig.UserToken());
        await using var second = await rig.Server.ConnectAsync();
        await second.SendAsync(rig.User.Connect(rig.UserToken(), second.Info.Nonce));
        Assert.Equal("-ERR 'maximum account active connections exceeded'\r\n", await second.ReadToEndAsync());
        Assert.Equal("", await first.PingAsync());
    }

    [Fact]
    public async Task A_request_that_goes_round_in_accounts_by_their_mappings_comes_to_an_end()
    {
        await using var server = await ConfiguredServer.StartAsync("""
            accounts {
              A { users: [ { user: a, password: x } ], exports: [ { service: t } ], imports: [ { service: { account: B, subject: s } } ], mappings: { t: s } }
              B { users: [ { user: b, password: x } ], exports: [ { service: s } ], imports: [ { service: { account: A, subject: t } } ], mappings: { s: t } }
            }
            """);
        await using var a = await ConfiguredServer.ConnectAsync(server, "a", operations: "SUB _INBOX.> 1\r\n");
        await a.SendAsync("PUB s _INBOX.1 0\r\n\r\n");
        Assert.Contains("503", await a.PingAsync(), StringComparison.Ordinal);
        await using var b = await ConfiguredServer.ConnectAsync(server, "b");
    }

    private static async Task<RawClient> ListenAsync(OperatorRig rig)
    {
        var system = await rig.ConnectSystemAsync();
        await system.SendAsync($"SUB $SYS.ACCOUNT.{rig.A.Public}.DISCONNECT 1\r\n");
        await system.PingAsync();
        return system;
    }

    private static async Task<string?> ReasonAsync(RawClient system)
    {
        string line = await system.ReadLineAsync();
        Assert.StartsWith("MSG $SYS.ACCOUNT.", line, StringComparison.Ordinal);
        return JsonNode.Parse(await system.ReadLineAsync())!["reason"]?.GetValue<string>();
    }

    private static async Task UpdateAsync(OperatorRig rig, JsonObject fields)
    {
        await using var system = await rig.ConnectSystemAsync();
        string answer = await OperatorRig.RequestAsync(
            system, $"$SYS.REQ.ACCOUNT.{rig.A.Public}.CLAIMS.UPDATE", rig.AccountToken(rig.A, fields));
        Assert.Contains("jwt updated", answer, StringComparison.Ordinal);
    }
}
