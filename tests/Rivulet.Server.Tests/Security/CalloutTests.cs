using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Rivulet.Protocol;
using Rivulet.Server.Security;
using Rivulet.Server.Security.Keys;
using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.Security;

/// <summary>A service that decides who clients are, with what it may say and what not.</summary>
public sealed class CalloutTests
{
    private const string Violation = "-ERR 'Authorization Violation'\r\n";

    private readonly TestKey _issuer = TestKey.Account();
    private readonly CurveKeyPair _curve = CurveKeyPair.FromSeed(RandomNumberGenerator.GetBytes(32));

    [Fact]
    public async Task Whoever_the_service_vouches_for_comes_into_the_account_that_it_says()
    {
        await using var server = await StartAsync();
        await using var service = await ServeAsync(server);
        await using var client = await server.ConnectAsync();
        await client.SendAsync("CONNECT {\"verbose\":false,\"protocol\":1,\"user\":\"ann\",\"pass\":\"s3cret\",\"name\":\"n\"}\r\nPING\r\n");
        var request = await ReadAsync(service);
        var claims = request.Claims;
        Assert.Equal(("nats-authorization-request", _issuer.Public, server.Server.ServerInfo.ServerId), (Text(claims, "aud"), Text(claims, "sub"), Text(claims, "iss")));
        var nats = claims.GetProperty("nats");
        Assert.Equal("authorization_request", Text(nats, "type"));
        Assert.Equal(("ann", "s3cret"), (Text(nats.GetProperty("connect_opts"), "user"), Text(nats.GetProperty("connect_opts"), "pass")));
        Assert.Equal(("ann", "127.0.0.1", "Client"), (Text(nats.GetProperty("client_info"), "user"), Text(nats.GetProperty("client_info"), "host"), Text(nats.GetProperty("client_info"), "kind")));
        await AnswerAsync(service, request, Response(request, User(request, "APP", new JsonObject
        {
            ["pub"] = new JsonObject { ["allow"] = new JsonArray("mine") },
        })));
        await client.ExpectAsync("PONG\r\n");
        Assert.Equal("APP", (await client.ReadInfoAsync()).RemoteAccount);
        await client.SendAsync("PUB mine 0\r\n\r\nPUB yours 0\r\n\r\n");
        Assert.Equal("-ERR 'Permissions Violation for Publish to \"yours\"'\r\n", await client.PingAsync());
    }

    [Fact]
    public async Task Whom_the_service_refuses_stays_out()
    {
        await using var server = await StartAsync();
        await using var service = await ServeAsync(server);
        await RefuseAsync(server, service, request => Response(request, null, error: "nobody knows you"), "Auth callout service returned an error: nobody knows you");
        await RefuseAsync(server, service, _ => "", "no reason supplied");
        await RefuseAsync(server, service, _ => "not a token", "Auth callout response is not valid");
    }

    [Fact]
    public async Task The_account_of_the_service_is_told_of_whom_it_refuses()
    {
        await using var server = await StartAsync();
        await using var service = await ServeAsync(server);
        await service.SendAsync("SUB $SYS.ACCOUNT.CLIENT.AUTH.ERR 9\r\n");
        await service.PingAsync();
        await RefuseAsync(server, service, request => Response(request, null, error: "no"), "Auth callout service returned an error: no");
        Assert.StartsWith("MSG $SYS.ACCOUNT.CLIENT.AUTH.ERR 9 ", await service.ReadLineAsync(), StringComparison.Ordinal);
        using var told = JsonDocument.Parse(await service.ReadLineAsync());
        Assert.Equal("io.nats.server.advisory.v1.client_disconnect", Text(told.RootElement, "type"));
        Assert.Equal("Authentication Failure", Text(told.RootElement, "reason"));
        Assert.Equal("AUTH", Text(told.RootElement.GetProperty("client"), "acc"));
        Assert.DoesNotContain("s3cret", told.RootElement.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_has_to_be_for_this_question_this_server_and_by_the_right_key()
    {
        await using var server = await StartAsync();
        await using var service = await ServeAsync(server);
        var other = TestKey.User();
        await RefuseAsync(server, service, request => Response(request, User(request, "APP"), subject: other.Public), "not for expected user");
        await RefuseAsync(server, service, request => Response(request, User(request, "APP"), audience: TestKey.Create(NKeyKind.Server).Public), "not for server");
        await RefuseAsync(server, service, request => Response(request, User(request, "APP", subject: other.Public)), "Expected authorized user of");
        await RefuseAsync(server, service, request => Response(request, User(request, "APP", issuer: TestKey.Account())), "Wrong issuer for auth callout response");
        await RefuseAsync(server, service, request => Response(request, User(request, "NOPE")), "No valid account \"NOPE\"");
        await RefuseAsync(
            server, service, request => Response(request, User(request, "APP", new JsonObject { ["issuer_account"] = _issuer.Public })), "attempted to use issuer_account");
        await RefuseAsync(
            server, service, request => Response(request, User(request, "APP", claims: new JsonObject { ["exp"] = 1000 })), "claim is expired");
        await RefuseAsync(
            server,
            service,
            request => Response(request, User(request, "APP", new JsonObject { ["allowed_connection_types"] = new JsonArray("MQTT") })),
            "using invalid connection type");
    }

    [Fact]
    public async Task An_answer_is_not_good_a_second_time()
    {
        await using var server = await StartAsync();
        await using var service = await ServeAsync(server);
        await using var client = await server.ConnectAsync();
        await client.SendAsync("CONNECT {\"verbose\":false,\"user\":\"x\"}\r\nPING\r\n");
        var request = await ReadAsync(service);
        string answer = Response(request, User(request, "APP"));
        await AnswerAsync(service, request, answer);
        await client.ExpectAsync("PONG\r\n");
        await RefuseAsync(server, service, _ => answer, "not for expected user");
    }

    [Fact]
    public async Task A_service_that_does_not_answer_lets_nobody_in()
    {
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        await using var server = await StartAsync(time: time);
        await using var service = await ServeAsync(server);
        await using var client = await server.ConnectAsync();
        await client.SendAsync("CONNECT {\"user\":\"x\"}\r\n");
        await ReadAsync(service);
        time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(Violation, await client.ReadToEndAsync());
        Assert.Contains(server.Log.Lines, line => line.Contains("response not received in time", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_a_service_nobody_comes_in_but_those_it_runs_as()
    {
        await using var server = await StartAsync();
        await using var client = await server.ConnectAsync();
        await client.SendAsync("CONNECT {\"user\":\"x\"}\r\n");
        Assert.Equal(Violation, await client.ReadToEndAsync());
        await using var wrong = await server.ConnectAsync();
        await wrong.SendAsync("CONNECT {\"user\":\"auth\",\"pass\":\"wrong\"}\r\n");
        Assert.Equal(Violation, await wrong.ReadToEndAsync());
        await using var service = await ServeAsync(server);
    }

    [Fact]
    public async Task Nobody_comes_in_unasked_where_the_users_that_the_service_runs_as_are_not_there()
    {
        await using var server = await EmbeddedServer.StartAsync(options => options with
        {
            Authorization = new AuthorizationSettings { Callout = new AuthCalloutSettings { Issuer = _issuer.Public, AuthUsers = ["auth"] } },
        });
        Assert.Contains(server.Log.Lines, line => line.EndsWith("Authorization callout user \"auth\" not valid", StringComparison.Ordinal));
        foreach (string first in (string[])["PING\r\n", "CONNECT {}\r\n", "CONNECT {\"user\":\"auth\"}\r\n"])
        {
            await using var client = await server.ConnectAsync();
            Assert.True(client.Info.AuthRequired);
            await client.SendAsync(first);
            Assert.StartsWith("-ERR 'Authorization Violation'", await client.ReadToEndAsync(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Who_says_to_be_the_service_and_shows_something_else_is_asked_about()
    {
        await using var server = await StartAsync();
        await using var service = await ServeAsync(server);
        await RefuseAsync(
            server,
            service,
            request => Response(request, null, error: "not you"),
            "not you",
            "\"nkey\":\"auth\",\"user\":\"bob\",\"pass\":\"p\"");
    }

    [Fact]
    public async Task A_client_that_is_asked_about_again_ends_when_the_later_answer_says()
    {
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        await using var server = await StartAsync(time: time);
        await using var service = await ServeAsync(server);
        await using var client = await server.ConnectAsync();
        await client.SendAsync("CONNECT {\"verbose\":false,\"user\":\"ann\"}\r\nPING\r\n");
        await AnswerAsync(service, await ReadAsync(service), request => Response(request, UntilUser(request, time, seconds: 600)));
        await client.ExpectAsync("PONG\r\n");
        var connection = server.Server.Connections.Single(one => one.Account.Name == "APP");
        var review = connection.ReviewAsync();
        await AnswerAsync(service, await ReadAsync(service), request => Response(request, UntilUser(request, time, seconds: 20)));
        await review;
        time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal("-ERR 'User Authentication Expired'\r\n", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task An_answer_from_before_a_reload_does_not_undo_one_from_after_it()
    {
        await using var server = await StartAsync();
        await using var service = await ServeAsync(server);
        await using var client = await server.ConnectAsync();
        await client.SendAsync("CONNECT {\"verbose\":false,\"user\":\"ann\"}\r\nPING\r\n");
        await AnswerAsync(service, await ReadAsync(service), request => Response(request, User(request, "APP")));
        await client.ExpectAsync("PONG\r\n");
        var early = server.Server.Connections.Single(one => one.Account.Name == "APP").ReviewAsync();
        var first = await ReadAsync(service);
        var options = server.Server.Options;
        server.Server.Reload(options with { Accounts = [.. options.Accounts, new AccountSettings { Name = "MORE" }] });
        var less = new JsonObject { ["pub"] = new JsonObject { ["allow"] = new JsonArray("mine") } };
        await AnswerAsync(service, await ReadAsync(service), request => Response(request, User(request, "APP", less.DeepClone().AsObject())));
        var rights = server.Server.Connections.Single(one => one.Account.Name == "APP");
        await Eventually.Holds(() => rights.Rights is not null);
        await AnswerAsync(service, first, request => Response(request, User(request, "APP")));
        await AnswerAsync(service, await ReadAsync(service), request => Response(request, User(request, "APP", less.DeepClone().AsObject())));
        await early;
        await client.SendAsync("PUB yours 0\r\n\r\n");
        Assert.Equal("-ERR 'Permissions Violation for Publish to \"yours\"'\r\n", await client.PingAsync());
    }

    [Fact]
    public async Task The_service_cannot_be_asked_by_its_own_kind()
    {
        await using var server = await StartAsync();
        await using var service = await ServeAsync(server);
        await service.SendAsync("PUB $SYS.REQ.USER.AUTH 0\r\n\r\n");
        Assert.Contains("Permissions Violation for Publish to \"$SYS.REQ.USER.AUTH\"", await service.PingAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Questions_are_encrypted_where_the_service_has_a_key_and_answers_may_be()
    {
        await using var server = await StartAsync(_curve.PublicKey);
        await using var service = await ServeAsync(server);
        foreach (bool encrypted in (bool[])[true, false])
        {
            await using var client = await server.ConnectAsync();
            await client.SendAsync("CONNECT {\"verbose\":false,\"user\":\"ann\",\"pass\":\"s3cret\"}\r\nPING\r\n");
            var request = await ReadAsync(service);
            Assert.Equal(server.Server.ServerInfo.XKey, request.ServerKey);
            Assert.Equal(request.ServerKey, Text(request.Claims.GetProperty("nats").GetProperty("server_id"), "xkey"));
            byte[] answer = Encoding.ASCII.GetBytes(Response(request, User(request, "APP")));
            await AnswerAsync(service, request, encrypted ? _curve.Seal(answer, request.ServerKey!) : answer);
            await client.ExpectAsync("PONG\r\n");
        }

        await RefuseAsync(server, service, _ => "xkv1 but nothing of the kind that it should be, whatever it is", "Error decrypting");
    }

    [Fact]
    public async Task Secrets_that_the_service_is_told_are_in_no_log()
    {
        var log = new CapturedLog { Level = Microsoft.Extensions.Logging.LogLevel.Debug };
        await using var server = await StartAsync(log: log);
        await using var service = await ServeAsync(server);
        await RefuseAsync(server, service, request => Response(request, null, error: "no"), "no", "\"user\":\"ann\",\"pass\":\"hush-1\"", log);
        Assert.DoesNotContain(log.Lines, line => line.Contains("hush", StringComparison.Ordinal));
    }

    private async Task RefuseAsync(
        EmbeddedServer server, RawClient service, Func<Request, string> answer, string reason, string shown = "\"user\":\"x\"", CapturedLog? log = null)
    {
        await using var client = await server.ConnectAsync();
        await client.SendAsync($"CONNECT {{{shown}}}\r\n");
        var request = await ReadAsync(service);
        await AnswerAsync(service, request, answer(request));
        Assert.Equal(Violation, await client.ReadToEndAsync());
        Assert.Contains((log ?? server.Log).Lines, line => line.Contains(reason, StringComparison.Ordinal));
    }

    private Task<EmbeddedServer> StartAsync(string? xkey = null, TimeProvider? time = null, CapturedLog? log = null)
    {
        return EmbeddedServer.StartAsync(options => options with
        {
            TimeProvider = time ?? TimeProvider.System,
            LoggerFactory = log is null ? options.LoggerFactory : log,
            Accounts =
            [
                new AccountSettings { Name = "AUTH", Users = [new UserSettings { Name = "auth", Password = "auth" }] },
                new AccountSettings { Name = "APP", Users = [new UserSettings { Name = "bob", Password = "p" }] },
            ],
            Authorization = new AuthorizationSettings
            {
                Callout = new AuthCalloutSettings { Issuer = _issuer.Public, Account = "AUTH", AuthUsers = ["auth"], XKey = xkey },
            },
        });
    }

    private static async Task<RawClient> ServeAsync(EmbeddedServer server)
    {
        var service = await server.ConnectAsync();
        await service.SendAsync("CONNECT {\"verbose\":false,\"headers\":true,\"user\":\"auth\",\"pass\":\"auth\"}\r\nSUB $SYS.REQ.USER.AUTH 1\r\nPING\r\n");
        await service.ExpectAsync("PONG\r\n");
        return service;
    }

    private async Task<Request> ReadAsync(RawClient service)
    {
        string[] line = (await service.ReadLineAsync()).Split(' ');
        Assert.Equal("$SYS.REQ.USER.AUTH", line[1]);
        string? serverKey = null;
        int size = int.Parse(line[^1], System.Globalization.CultureInfo.InvariantCulture);
        if (line[0] == "HMSG")
        {
            int headers = int.Parse(line[^2], System.Globalization.CultureInfo.InvariantCulture);
            string block = await service.ReadAsync(headers);
            serverKey = block.Split("Nats-Server-Xkey: ")[1].Split("\r\n")[0];
            size -= headers;
        }

        byte[] body = Encoding.Latin1.GetBytes(await service.ReadAsync(size));
        await service.ExpectAsync("\r\n");
        if (serverKey is not null)
            body = _curve.TryOpen(body, serverKey)!;
        byte[] json = System.Buffers.Text.Base64Url.DecodeFromChars(Encoding.ASCII.GetString(body).Split('.')[1]);
        using var claims = JsonDocument.Parse(json);
        return new Request(line[3], claims.RootElement.Clone(), serverKey);
    }

    private static Task AnswerAsync(RawClient service, Request request, Func<Request, string> answer)
    {
        return AnswerAsync(service, request, answer(request));
    }

    private string UntilUser(Request request, TimeProvider time, int seconds)
    {
        return User(request, "APP", claims: new JsonObject { ["exp"] = time.GetUtcNow().ToUnixTimeSeconds() + seconds });
    }

    private static Task AnswerAsync(RawClient service, Request request, string answer)
    {
        return AnswerAsync(service, request, Encoding.ASCII.GetBytes(answer));
    }

    private static Task AnswerAsync(RawClient service, Request request, byte[] answer)
    {
        return service.SendAsync((byte[])[.. Encoding.ASCII.GetBytes($"PUB {request.Reply} {answer.Length}\r\n"), .. answer, .. "\r\n"u8]);
    }

    private string User(
        Request request, string account, JsonObject? fields = null, JsonObject? claims = null, string? subject = null, TestKey? issuer = null)
    {
        claims ??= [];
        claims["aud"] = account;
        return (issuer ?? _issuer).Issue("user", subject ?? Text(request.Claims.GetProperty("nats"), "user_nkey"), fields, claims);
    }

    private string Response(Request request, string? user, string error = "", string? subject = null, string? audience = null)
    {
        var fields = new JsonObject();
        if (user is not null)
            fields["jwt"] = user;
        if (error.Length > 0)
            fields["error"] = error;
        var nats = request.Claims.GetProperty("nats");
        return _issuer.Issue(
            "authorization_response",
            subject ?? Text(nats, "user_nkey"),
            fields,
            new JsonObject { ["aud"] = audience ?? Text(nats.GetProperty("server_id"), "id") });
    }

    private static string Text(JsonElement map, string name)
    {
        return map.GetProperty(name).GetString()!;
    }

    private sealed record Request(string Reply, JsonElement Claims, string? ServerKey);
}
