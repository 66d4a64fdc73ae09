using System.Text.Json;
using System.Text.Json.Nodes;
using Rivulet.Server.Security;
using Rivulet.TestKit.Processes;

namespace Rivulet.Server.Tests.Security;

/// <summary>Accounts that users of the system account change while the server runs.</summary>
public sealed class ClaimsServiceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new("claims");

    public void Dispose()
    {
        _folder.Dispose();
    }

    [Fact]
    public async Task Tokens_of_accounts_are_put_listed_looked_up_and_deleted()
    {
        await using var rig = await StartAsync();
        await using var system = await rig.ConnectSystemAsync();
        var account = TestKey.Account();
        await rig.RefuseAsync(rig.UserToken(issuer: account), "Account JWT lookup error: account jwt not found");

        string token = rig.AccountToken(account);
        using (var answer = await AskAsync(system, "$SYS.REQ.CLAIMS.UPDATE", token))
        {
            var data = answer.RootElement.GetProperty("data");
            Assert.Equal((200, "jwt updated", account.Public), (data.GetProperty("code").GetInt32(), data.GetProperty("message").GetString(), data.GetProperty("account").GetString()));
            Assert.Equal(rig.Server.Server.ServerInfo.ServerId, answer.RootElement.GetProperty("server").GetProperty("id").GetString());
        }

        Assert.Equal(token, await OperatorRig.RequestAsync(system, $"$SYS.REQ.ACCOUNT.{account.Public}.CLAIMS.LOOKUP"));
        Assert.Equal("", await OperatorRig.RequestAsync(system, $"$SYS.REQ.ACCOUNT.{TestKey.Account().Public}.CLAIMS.LOOKUP"));
        string[] all = [.. ((string[])[account.Public, rig.A.Public, rig.System.Public]).Order(StringComparer.Ordinal)];
        Assert.Equal(all, await ListAsync(system));
        Assert.Equal(token, await File.ReadAllTextAsync(_folder.Combine($"jwt/{account.Public}.jwt"), TestContext.Current.CancellationToken));
        await using var client = await rig.ConnectAsync(rig.UserToken(issuer: account));

        string request = rig.Operator.Issue("generic", rig.Operator.Public, new JsonObject { ["accounts"] = new JsonArray(account.Public) });
        using (var answer = await AskAsync(system, "$SYS.REQ.CLAIMS.DELETE", request))
            Assert.Equal("deleted 1 accounts", answer.RootElement.GetProperty("data").GetProperty("message").GetString());
        Assert.Equal("-ERR 'Account Authentication Expired'\r\n", await client.ReadToEndAsync());
        Assert.False(File.Exists(_folder.Combine($"jwt/{account.Public}.jwt")));
        Assert.True(File.Exists(_folder.Combine($"jwt/{account.Public}.jwt.deleted")));
        await rig.RefuseAsync(rig.UserToken(issuer: account), "Account JWT lookup error: account jwt not found");
    }

    [Fact]
    public async Task What_was_put_is_there_after_a_restart()
    {
        var operators = new List<OperatorSettings>();
        var account = TestKey.Account();
        string user;
        await using (var rig = await StartAsync(settings => operators.Add(settings)))
        {
            await using var system = await rig.ConnectSystemAsync();
            (await AskAsync(system, "$SYS.REQ.CLAIMS.UPDATE", rig.AccountToken(account))).Dispose();
            user = rig.UserToken(issuer: account);
            await using var client = await rig.ConnectAsync(user);
        }

        await using var again = await OperatorRig.StartAsync(operators: (_, _) => operators[0]);
        await using var anew = await again.ConnectAsync(
            again.UserToken(issuer: account));
        Assert.NotEqual("", user);
    }

    [Theory]
    [InlineData("not a token", "jwt update resulted in error - expected 3 chunks")]
    [InlineData("", "jwt update resulted in error - expected 3 chunks")]
    public async Task What_is_no_token_is_refused(string body, string description)
    {
        await using var rig = await StartAsync();
        await using var system = await rig.ConnectSystemAsync();
        using var answer = await AskAsync(system, "$SYS.REQ.CLAIMS.UPDATE", body);
        var error = answer.RootElement.GetProperty("error");
        Assert.Equal((500, description), (error.GetProperty("code").GetInt32(), error.GetProperty("description").GetString()));
    }

    [Fact]
    public async Task A_token_by_somebody_else_or_for_somebody_else_is_refused()
    {
        await using var rig = await StartAsync();
        await using var system = await rig.ConnectSystemAsync();
        await RefuseAsync(system, "$SYS.REQ.CLAIMS.UPDATE", rig.AccountToken(rig.A, issuer: TestKey.Operator()), "account validation failed");
        await RefuseAsync(system, "$SYS.REQ.CLAIMS.UPDATE", rig.AccountToken(rig.A, issuer: rig.A), "account validation failed");
        await RefuseAsync(
            system, $"$SYS.REQ.ACCOUNT.{rig.A.Public}.CLAIMS.UPDATE", rig.AccountToken(rig.System), "subject does not match jwt content");
        await RefuseAsync(system, "$SYS.REQ.CLAIMS.UPDATE", rig.UserToken(), "not account claim");
        await using var client = await rig.ConnectAsync(rig.UserToken());
    }

    [Fact]
    public async Task Only_the_operator_deletes_accounts_and_never_the_system_account()
    {
        await using var rig = await StartAsync();
        await using var system = await rig.ConnectSystemAsync();
        JsonObject Accounts(params string[] names) => new() { ["accounts"] = new JsonArray([.. names.Select(name => (JsonNode)name)]) };
        var other = TestKey.Operator();
        await RefuseAsync(system, "$SYS.REQ.CLAIMS.DELETE", other.Issue("generic", other.Public, Accounts(rig.A.Public)), "not trusted");
        await RefuseAsync(system, "$SYS.REQ.CLAIMS.DELETE", rig.Operator.Issue("generic", rig.A.Public, Accounts(rig.A.Public)), "not self signed");
        await RefuseAsync(system, "$SYS.REQ.CLAIMS.DELETE", rig.Operator.Issue("generic", rig.Operator.Public, Accounts(rig.System.Public)), "not allowed to delete system account");
        await RefuseAsync(system, "$SYS.REQ.CLAIMS.DELETE", rig.Operator.Issue("generic", rig.Operator.Public, Accounts("../x")), "malformed request");
        await RefuseAsync(system, "$SYS.REQ.CLAIMS.DELETE", rig.Operator.Issue("generic", rig.Operator.Public, []), "malformed request");
        Assert.Equal(2, (await ListAsync(system)).Length);
    }

    [Fact]
    public async Task Deleting_has_to_be_allowed()
    {
        await using var rig = await StartAsync(settings: new AccountResolverSettings { Kind = AccountResolverKind.Full, Directory = _folder.Combine("jwt") });
        await using var system = await rig.ConnectSystemAsync();
        string request = rig.Operator.Issue("generic", rig.Operator.Public, new JsonObject { ["accounts"] = new JsonArray(rig.A.Public) });
        await RefuseAsync(system, "$SYS.REQ.CLAIMS.DELETE", request, "delete must be enabled in server config");
    }

    [Fact]
    public async Task A_full_directory_takes_no_more_accounts_but_newer_tokens_of_those_it_has()
    {
        await using var rig = await StartAsync(settings: new AccountResolverSettings
        {
            Kind = AccountResolverKind.Full,
            Directory = _folder.Combine("jwt"),
            Limit = 2,
        });
        await using var system = await rig.ConnectSystemAsync();
        await RefuseAsync(system, "$SYS.REQ.CLAIMS.UPDATE", rig.AccountToken(TestKey.Account()), "jwt store is full");
        rig.Time.Advance(TimeSpan.FromSeconds(1));
        using var answer = await AskAsync(system, "$SYS.REQ.CLAIMS.UPDATE", rig.AccountToken(rig.A, claims: new JsonObject { ["name"] = "A" }));
        Assert.True(answer.RootElement.TryGetProperty("data", out _));
    }

    [Fact]
    public async Task Accounts_are_packed_for_whoever_has_others()
    {
        await using var rig = await StartAsync();
        await using var system = await rig.ConnectSystemAsync();
        await system.SendAsync("SUB packed 5\r\nPUB $SYS.REQ.CLAIMS.PACK packed 0\r\n\r\n");
        var packed = new List<string>();
        while (true)
        {
            string line = await system.ReadLineAsync();
            Assert.StartsWith("MSG packed 5 ", line, StringComparison.Ordinal);
            string payload = await system.ReadAsync(int.Parse(line.Split(' ')[^1], System.Globalization.CultureInfo.InvariantCulture));
            await system.ExpectAsync("\r\n");
            if (payload.Length == 0)
                break;
            packed.Add(payload.Split('|')[0]);
        }

        Assert.Equal(((string[])[rig.A.Public, rig.System.Public]).Order(StringComparer.Ordinal), packed);
    }

    [Fact]
    public async Task Clients_feel_what_changes_about_their_account()
    {
        var signer = TestKey.Account();
        await using var rig = await StartAsync(fields: _ => new JsonObject { ["signing_keys"] = new JsonArray(signer.Public) });
        await using var system = await rig.ConnectSystemAsync();
        await using var revoked = await rig.ConnectAsync(rig.UserToken());
        var other = TestKey.User();
        await using var stays = await rig.ConnectAsync(rig.UserToken(user: other), other);
        await using var bySigner = await rig.ConnectAsync(
            rig.UserToken(new JsonObject { ["issuer_account"] = rig.A.Public }, issuer: signer, user: other), other);
        await using var bearer = await rig.ConnectAsync(rig.UserToken(new JsonObject { ["bearer_token"] = true }, user: other), other);
        var limits = OperatorRig.Unlimited;
        limits["disallow_bearer"] = true;
        rig.Time.Advance(TimeSpan.FromSeconds(1));
        string token = rig.AccountToken(rig.A, new JsonObject
        {
            ["limits"] = limits,
            ["revocations"] = new JsonObject { [rig.User.Public] = rig.Time.GetUtcNow().ToUnixTimeSeconds() },
            ["default_permissions"] = new JsonObject { ["pub"] = new JsonObject { ["deny"] = new JsonArray("x") } },
        });
        using (var answer = await AskAsync(system, $"$SYS.REQ.ACCOUNT.{rig.A.Public}.CLAIMS.UPDATE", token))
            Assert.Equal("jwt updated", answer.RootElement.GetProperty("data").GetProperty("message").GetString());
        Assert.Equal("-ERR 'User Authentication Revoked'\r\n", await revoked.ReadToEndAsync());
        Assert.Equal(OperatorRig.Violation, await bearer.ReadToEndAsync());
        Assert.Equal("", await bySigner.ReadToEndAsync());
        await stays.SendAsync("PUB x 0\r\n\r\n");
        Assert.Contains("Permissions Violation for Publish to \"x\"", await stays.PingAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_whose_scope_is_another_one_has_to_come_back()
    {
        var signer = TestKey.Account();
        JsonObject Account(string allowed) => new()
        {
            ["signing_keys"] = new JsonArray(new JsonObject
            {
                ["kind"] = "user_scope",
                ["key"] = signer.Public,
                ["template"] = new JsonObject { ["pub"] = new JsonObject { ["allow"] = new JsonArray(allowed) } },
            }),
        };
        await using var rig = await StartAsync(fields: _ => Account("a"));
        await using var system = await rig.ConnectSystemAsync();
        await using var client = await rig.ConnectAsync(rig.ScopedToken(signer));
        rig.Time.Advance(TimeSpan.FromSeconds(1));
        (await AskAsync(system, "$SYS.REQ.CLAIMS.UPDATE", rig.AccountToken(rig.A, Account("a"), new JsonObject { ["name"] = "n" }))).Dispose();
        Assert.Equal("", await client.PingAsync());
        (await AskAsync(system, "$SYS.REQ.CLAIMS.UPDATE", rig.AccountToken(rig.A, Account("b")))).Dispose();
        Assert.Equal("", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task Users_of_other_accounts_cannot_ask()
    {
        await using var rig = await StartAsync();
        await using var client = await rig.ConnectAsync(rig.UserToken());
        string answer = await OperatorRig.RequestAsync(client, "$SYS.REQ.CLAIMS.LIST");
        Assert.StartsWith("HMSG reply 77 ", answer, StringComparison.Ordinal);
        Assert.Contains("503", await client.ReadLineAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task In_memory_an_account_that_is_in_use_takes_another_token_and_others_are_passed_over()
    {
        await using var rig = await OperatorRig.StartAsync();
        await using var system = await rig.ConnectSystemAsync();
        await using var client = await rig.ConnectAsync(rig.UserToken());
        using (var answer = await AskAsync(system, $"$SYS.REQ.ACCOUNT.{rig.A.Public}.CLAIMS.UPDATE", rig.AccountToken(rig.A, claims: new JsonObject { ["name"] = "x" })))
            Assert.Equal("jwt updated", answer.RootElement.GetProperty("data").GetProperty("message").GetString());
        var other = TestKey.Account();
        using (var answer = await AskAsync(system, $"$SYS.REQ.ACCOUNT.{other.Public}.CLAIMS.UPDATE", rig.AccountToken(other)))
            Assert.Equal("jwt update skipped", answer.RootElement.GetProperty("data").GetProperty("message").GetString());
    }

    [Fact]
    public async Task A_reload_takes_the_tokens_that_the_configuration_preloads_then()
    {
        await using var rig = await OperatorRig.StartAsync();
        await using var client = await rig.ConnectAsync(rig.UserToken());
        await using var system = await rig.ConnectSystemAsync();
        var options = rig.Server.Server.Options;
        rig.Time.Advance(TimeSpan.FromSeconds(1));
        var preload = new Dictionary<string, string>(options.Operators!.Preload)
        {
            [rig.A.Public] = rig.AccountToken(rig.A, new JsonObject { ["revocations"] = new JsonObject { ["*"] = rig.Time.GetUtcNow().ToUnixTimeSeconds() } }),
        };
        rig.Server.Server.Reload(options with { Operators = options.Operators with { Preload = preload } });
        Assert.Equal("-ERR 'User Authentication Revoked'\r\n", await client.ReadToEndAsync());
        Assert.Equal("", await system.PingAsync());
    }

    private Task<OperatorRig> StartAsync(
        Action<OperatorSettings>? see = null, AccountResolverSettings? settings = null, Func<OperatorRig, JsonObject>? fields = null)
    {
        settings ??= new AccountResolverSettings { Kind = AccountResolverKind.Full, Directory = _folder.Combine("jwt"), AllowDelete = true };
        return OperatorRig.StartAsync(
            fields,
            settings,
            operators: (_, operators) =>
            {
                see?.Invoke(operators);
                return operators;
            });
    }

    private static async Task<JsonDocument> AskAsync(TestKit.Servers.RawClient client, string subject, string body)
    {
        return JsonDocument.Parse(await OperatorRig.RequestAsync(client, subject, body));
    }

    private static async Task<string[]> ListAsync(TestKit.Servers.RawClient client)
    {
        using var answer = await AskAsync(client, "$SYS.REQ.CLAIMS.LIST", "");
        return [.. answer.RootElement.GetProperty("data").EnumerateArray().Select(item => item.GetString()!)];
    }

    private static async Task RefuseAsync(TestKit.Servers.RawClient client, string subject, string body, string reason)
    {
        using var answer = await AskAsync(client, subject, body);
        Assert.EndsWith(reason, answer.RootElement.GetProperty("error").GetProperty("description").GetString(), StringComparison.Ordinal);
    }
}
