using System.Text.Json.Nodes;
using Rivulet.Server.Tests.Security;
using Rivulet.TestKit.Processes;
using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.Configuration.Effects;

/// <summary>Keys about operators, keys of users, and services that say who a client is, from the text to who comes in.</summary>
public sealed class OperatorKeyTests : IDisposable
{
    private readonly TemporaryFolder _folder = new("operator-keys");
    private readonly TestKey _operator = TestKey.Operator();
    private readonly TestKey _system = TestKey.Account();
    private readonly TestKey _account = TestKey.Account();
    private readonly TestKey _user = TestKey.User();

    public void Dispose()
    {
        _folder.Dispose();
    }

    [Theory]
    [InlineData("operator")]
    [InlineData("operators")]
    [InlineData("root")]
    public async Task Users_of_accounts_of_the_operator_come_in(string key)
    {
        await using var server = await ConfiguredServer.StartAsync($"{key}: {OperatorToken()}\nresolver: MEMORY\n{Preload()}");
        await using var client = await ConnectAsync(server, UserToken());
        Assert.Equal(_account.Public, Assert.Single(server.Server.Connections).Identity.AccountName);
        await RefusedAsync(server, TestKey.Account().Issue("user", _user.Public));
    }

    [Fact]
    public async Task The_token_of_the_operator_may_be_in_a_file()
    {
        string file = _folder.Combine("operator.jwt");
        await File.WriteAllTextAsync(file, OperatorToken(), TestContext.Current.CancellationToken);
        await using var server = await ConfiguredServer.StartAsync($"operator: \"{file}\"\naccount_resolver: MEM\n{Preload()}");
        await using var client = await ConnectAsync(server, UserToken());
    }

    [Theory]
    [InlineData("trusted")]
    [InlineData("trusted_keys")]
    public async Task A_key_may_be_trusted_in_place_of_an_operator(string key)
    {
        await using var server = await ConfiguredServer.StartAsync(
            $"{key}: [ {_operator.Public} ]\nresolver: MEMORY\n{Preload()}\nsystem_account: {_system.Public}");
        await using var client = await ConnectAsync(server, UserToken());
    }

    [Fact]
    public async Task Only_pinned_accounts_come_in()
    {
        await using var server = await ConfiguredServer.StartAsync(
            $"operator: {OperatorToken()}\nresolver: MEMORY\n{Preload()}\nresolver_pinned_accounts: [ {TestKey.Account().Public} ]");
        await RefusedAsync(server, UserToken());
    }

    [Fact]
    public async Task Whoever_shows_no_token_is_the_default_one()
    {
        string sentinel = _account.Issue("user", _user.Public, Unlimited(new JsonObject { ["bearer_token"] = true }));
        await using var server = await ConfiguredServer.StartAsync(
            $"operator: {OperatorToken()}\nresolver: MEMORY\n{Preload()}\ndefault_sentinel: {sentinel}");
        await using var client = await server.ConnectQuietAsync();
        Assert.Equal(_account.Public, Assert.Single(server.Server.Connections).Identity.AccountName);
    }

    [Fact]
    public async Task A_directory_has_so_many_tokens_and_deletes_them_as_it_may()
    {
        await using var server = await ConfiguredServer.StartAsync(
            $"operator: {OperatorToken()}\nresolver {{ type: full, dir: \"{_folder.Combine("jwt")}\", allow_delete: true, hard_delete: true, limit: 2 }}\n{Preload()}");
        await using var system = await ConnectAsync(server, _system.Issue("user", _user.Public, Unlimited()));
        var third = TestKey.Account();
        Assert.Contains("jwt store is full", await OperatorRig.RequestAsync(system, "$SYS.REQ.CLAIMS.UPDATE", AccountToken(third)), StringComparison.Ordinal);
        string request = _operator.Issue("generic", _operator.Public, new JsonObject { ["accounts"] = new JsonArray(_account.Public) });
        Assert.Contains("deleted 1 accounts", await OperatorRig.RequestAsync(system, "$SYS.REQ.CLAIMS.DELETE", request), StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.Combine($"jwt/{_account.Public}.jwt.deleted")));
        Assert.Contains("jwt updated", await OperatorRig.RequestAsync(system, "$SYS.REQ.CLAIMS.UPDATE", AccountToken(third)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ttl: \"1h\"", true)]
    [InlineData("ttl: \"5s\"", false)]
    public async Task A_cache_forgets_what_is_older_than_it_keeps(string key, bool isKept)
    {
        string directory = _folder.Combine("cache");
        string text = $"operator: {OperatorToken()}\nresolver {{ type: cache, dir: \"{directory}\", {key} }}\n{Preload()}";
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        await using var server = await ConfiguredServer.StartAsync(text, time);
        time.Advance(TimeSpan.FromMinutes(1));
        await using var system = await ConnectAsync(server, _system.Issue("user", _user.Public, Unlimited()));
        string kept = await OperatorRig.RequestAsync(system, "$SYS.REQ.CLAIMS.LIST");
        Assert.Equal(isKept, kept.Contains(_account.Public, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_user_by_key_signs()
    {
        await using var server = await ConfiguredServer.StartAsync($"authorization {{ users: [ {{ nkey: {_user.Public} }} ] }}");
        await using var client = await server.ConnectAsync();
        await client.SendAsync($"CONNECT {{\"verbose\":false,\"nkey\":\"{_user.Public}\",\"sig\":\"{_user.Sign(client.Info.Nonce)}\"}}\r\nPING\r\n");
        await client.ExpectAsync("PONG\r\n");
        Assert.Equal(
            "-ERR 'Authorization Violation'\r\n",
            await ConfiguredServer.RefusedAsync(server, $",\"nkey\":\"{_user.Public}\",\"sig\":\"{_user.Sign("another nonce")}\""));
    }

    [Theory]
    [InlineData("auth_callout", "account", "auth_users", "xkey")]
    [InlineData("auth_hook", "acc", "users", "key")]
    public async Task A_service_is_asked_who_a_client_is(string block, string account, string users, string key)
    {
        var curve = Rivulet.Server.Security.Keys.CurveKeyPair.FromSeed(System.Security.Cryptography.RandomNumberGenerator.GetBytes(32));
        await using var server = await ConfiguredServer.StartAsync($$"""
            accounts {
              AUTH { users: [ { user: auth, password: x } ] }
              APP { users: [ { user: app, password: x } ] }
              OTHER { users: [ { user: other, password: x } ] }
            }
            authorization { {{block}} { issuer: {{_account.Public}}, {{account}}: AUTH, {{users}}: [ auth ], {{key}}: {{curve.PublicKey}}, allowed_accounts: [ APP ] } }
            """);
        await using var service = await ConfiguredServer.ConnectAsync(server, "auth", operations: "SUB $SYS.REQ.USER.AUTH 1\r\n");
        await using var other = await ConfiguredServer.ConnectAsync(server, "other");
        Assert.Equal("", await service.PingAsync());
        await using var client = await server.ConnectAsync();
        await client.SendAsync("CONNECT {\"user\":\"app\",\"pass\":\"x\"}\r\n");
        string line = await service.ReadLineAsync();
        Assert.StartsWith("HMSG $SYS.REQ.USER.AUTH 1 ", line, StringComparison.Ordinal);
        string body = await service.ReadAsync(int.Parse(line.Split(' ')[^1], System.Globalization.CultureInfo.InvariantCulture));
        Assert.Contains("Nats-Server-Xkey: ", body, StringComparison.Ordinal);
        Assert.Contains("xkv1", body, StringComparison.Ordinal);
    }

    private static JsonObject Unlimited(JsonObject? fields = null)
    {
        fields ??= [];
        fields["subs"] = -1;
        fields["data"] = -1;
        fields["payload"] = -1;
        return fields;
    }

    private string OperatorToken()
    {
        return _operator.Issue("operator", _operator.Public, new JsonObject { ["system_account"] = _system.Public });
    }

    private string AccountToken(TestKey account)
    {
        return _operator.Issue("account", account.Public, new JsonObject { ["limits"] = OperatorRig.Unlimited });
    }

    private string UserToken()
    {
        return _account.Issue("user", _user.Public, Unlimited());
    }

    private string Preload()
    {
        return $"resolver_preload {{ {_system.Public}: {AccountToken(_system)}, {_account.Public}: {AccountToken(_account)} }}";
    }

    private async Task<RawClient> ConnectAsync(EmbeddedServer server, string token)
    {
        var client = await server.ConnectAsync();
        await client.SendAsync(_user.Connect(token, client.Info.Nonce));
        await client.ExpectAsync("PONG\r\n");
        await client.ReadInfoAsync();
        return client;
    }

    private async Task RefusedAsync(EmbeddedServer server, string token)
    {
        await using var client = await server.ConnectAsync();
        await client.SendAsync(_user.Connect(token, client.Info.Nonce));
        Assert.Equal(OperatorRig.Violation, await client.ReadToEndAsync());
    }
}
