using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.Security;

/// <summary>Accounts of operators that have a service decide who their clients are, and into which account they come.</summary>
public sealed class OperatorCalloutTests
{
    private readonly TestKey _service = TestKey.User();
    private readonly TestKey _b = TestKey.Account();
    private readonly TestKey _signer = TestKey.Account();

    [Fact]
    public async Task Whoever_the_service_vouches_for_comes_into_the_account_that_it_says()
    {
        await using var rig = await StartAsync();
        await using var service = await ServeAsync(rig);
        await using var client = await ConnectAsync(rig, service, request => Response(rig, request, User(request, _b)));
        await client.ExpectAsync("PONG\r\n");
        Assert.Equal(_b.Public, (await client.ReadInfoAsync()).RemoteAccount);
    }

    [Fact]
    public async Task Who_shows_the_services_own_token_is_not_asked_about()
    {
        await using var rig = await StartAsync();
        await using var service = await ServeAsync(rig);
        await using var another = await ServeAsync(rig);
        Assert.Equal("", await service.PingAsync());
    }

    [Fact]
    public async Task An_answer_has_to_be_by_the_account_and_for_an_account_that_it_may_say()
    {
        await using var rig = await StartAsync(allowed: []);
        await using var service = await ServeAsync(rig);
        await RefuseAsync(rig, service, request => Response(rig, request, User(request, _b)), "not permitted as valid account option");
        await RefuseAsync(rig, service, request => Response(rig, request, User(request, rig.A), issuer: TestKey.Account()), "signing key is unknown");
        await RefuseAsync(rig, service, request => Response(rig, request, null, error: "unwanted"), "unwanted");
        await using var client = await ConnectAsync(rig, service, request => Response(rig, request, User(request, rig.A)));
        await client.ExpectAsync("PONG\r\n");
    }

    [Fact]
    public async Task A_user_has_to_be_signed_by_a_key_of_its_account()
    {
        await using var rig = await StartAsync();
        await using var service = await ServeAsync(rig);
        var stranger = TestKey.Account();
        await RefuseAsync(rig, service, request => Response(rig, request, User(request, stranger, _b.Public)), "");
        await RefuseAsync(rig, service, request => Response(rig, request, User(request, stranger)), "No valid account");
    }

    [Fact]
    public async Task A_signing_key_that_is_taken_back_ends_whom_it_let_in()
    {
        await using var rig = await StartAsync();
        await using var service = await ServeAsync(rig);

        // Whoever came in while the account became known is asked about once more.
        var answers = Task.Run(
            async () =>
            {
                while (true)
                    await AnswerAsync(service, request => Response(rig, request, User(request, request.Name == "signed" ? _signer : _b, _b.Public)));
            },
            TestContext.Current.CancellationToken);
        await using var bySigner = await ComeInAsync(rig, "signed");
        await using var byAccount = await ComeInAsync(rig, "by the account");
        await using var system = await rig.ConnectSystemAsync();
        rig.Time.Advance(TimeSpan.FromSeconds(1));
        string answer = await OperatorRig.RequestAsync(system, $"$SYS.REQ.ACCOUNT.{_b.Public}.CLAIMS.UPDATE", rig.AccountToken(_b));
        Assert.Contains("jwt updated", answer, StringComparison.Ordinal);
        Assert.Equal("", await bySigner.ReadToEndAsync());
        Assert.Equal("", await byAccount.PingAsync());
        await service.DisposeAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => answers);
    }

    private Task<OperatorRig> StartAsync(string[]? allowed = null)
    {
        var authorization = new JsonObject
        {
            ["auth_users"] = new JsonArray(_service.Public),
            ["allowed_accounts"] = new JsonArray([.. (allowed ?? ["*"]).Select(account => JsonValue.Create(account))]),
        };
        return OperatorRig.StartAsync(
            fields: _ => new JsonObject { ["authorization"] = authorization },
            more: rig => new() { [_b.Public] = rig.AccountToken(_b, new JsonObject { ["signing_keys"] = new JsonArray(_signer.Public) }) });
    }

    private async Task<RawClient> ServeAsync(OperatorRig rig)
    {
        var service = await rig.ConnectAsync(rig.UserToken(user: _service), _service);
        await service.SendAsync("SUB $SYS.REQ.USER.AUTH 1\r\nPING\r\n");
        await service.ExpectAsync("PONG\r\n");
        return service;
    }

    private static async Task<RawClient> ConnectAsync(OperatorRig rig, RawClient service, Func<Request, string> answer)
    {
        var client = await ConnectAsync(rig, "client");
        await AnswerAsync(service, answer);
        return client;
    }

    private static async Task<RawClient> ComeInAsync(OperatorRig rig, string name)
    {
        var client = await ConnectAsync(rig, name);
        await client.ExpectAsync("PONG\r\n");
        await client.ReadInfoAsync();
        return client;
    }

    private static async Task<RawClient> ConnectAsync(OperatorRig rig, string name)
    {
        var client = await rig.Server.ConnectAsync();
        string connect = rig.User.Connect(rig.UserToken(), client.Info.Nonce);
        await client.SendAsync(connect.Replace("CONNECT {", $"CONNECT {{\"name\":\"{name}\",", StringComparison.Ordinal));
        return client;
    }

    private static async Task AnswerAsync(RawClient service, Func<Request, string> answer)
    {
        var request = await ReadAsync(service);
        string body = answer(request);
        await service.SendAsync($"PUB {request.Reply} {body.Length}\r\n{body}\r\n");
    }

    private static async Task RefuseAsync(OperatorRig rig, RawClient service, Func<Request, string> answer, string reason)
    {
        await using var client = await ConnectAsync(rig, service, answer);
        Assert.Equal(OperatorRig.Violation, await client.ReadToEndAsync());
        Assert.Contains(rig.Server.Log.Lines, line => line.Contains(reason, StringComparison.Ordinal));
    }

    private static async Task<Request> ReadAsync(RawClient service)
    {
        string[] line = (await service.ReadLineAsync()).Split(' ');
        string token = await service.ReadAsync(int.Parse(line[^1], CultureInfo.InvariantCulture));
        await service.ExpectAsync("\r\n");
        using var claims = JsonDocument.Parse(System.Buffers.Text.Base64Url.DecodeFromChars(token.Split('.')[1]));
        var nats = claims.RootElement.GetProperty("nats");
        return new Request(
            line[3],
            nats.GetProperty("user_nkey").GetString()!,
            nats.GetProperty("server_id").GetProperty("id").GetString()!,
            nats.GetProperty("connect_opts").GetProperty("name").GetString()!);
    }

    private static string User(Request request, TestKey issuer, string? account = null)
    {
        var fields = new JsonObject { ["subs"] = -1, ["data"] = -1, ["payload"] = -1 };
        if (account is not null)
            fields["issuer_account"] = account;
        return issuer.Issue("user", request.UserKey, fields, new JsonObject { ["name"] = "found" });
    }

    private static string Response(OperatorRig rig, Request request, string? user, string error = "", TestKey? issuer = null)
    {
        var fields = new JsonObject();
        if (user is not null)
            fields["jwt"] = user;
        if (error.Length > 0)
            fields["error"] = error;
        return (issuer ?? rig.A).Issue("authorization_response", request.UserKey, fields, new JsonObject { ["aud"] = request.ServerId });
    }

    private sealed record Request(string Reply, string UserKey, string ServerId, string Name);
}
