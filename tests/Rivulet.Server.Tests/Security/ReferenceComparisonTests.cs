using System.Text.Json.Nodes;
using Rivulet.Server.Configuration;
using Rivulet.TestKit.Processes;
using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.Security;

/// <summary>
/// The same configuration with an operator, read by this server and, if <c>RIVULET_REFERENCE_SERVER</c> names it, by the reference server: the
/// same users come in, and the same are refused.
/// </summary>
public sealed class ReferenceComparisonTests : IDisposable
{
    private const string Accepted = "accepted";
    private const string Refused = "-ERR 'Authorization Violation'";

    private readonly TemporaryFolder _folder = new("operators");
    private readonly TestKey _operator = TestKey.Operator();
    private readonly TestKey _system = TestKey.Account();
    private readonly TestKey _account = TestKey.Account();
    private readonly TestKey _signer = TestKey.Account();
    private readonly TestKey _scoped = TestKey.Account();
    private readonly TestKey _user = TestKey.User();
    private readonly TestKey _revoked = TestKey.User();
    private readonly long _now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();

    public void Dispose()
    {
        _folder.Dispose();
    }

    [Fact]
    public async Task Users_are_judged_as_expected_here()
    {
        await using var server = await EmbeddedServer.StartAsync(options => options with
        {
            Operators = ServerConfiguration.Load(WriteConfiguration()).Server.Operators,
            SystemAccount = _system.Public,
        });
        await JudgeAsync(server.Port);
    }

    [Fact]
    public async Task Users_are_judged_as_expected_by_the_reference()
    {
        string? reference = Environment.GetEnvironmentVariable("RIVULET_REFERENCE_SERVER");
        Assert.SkipWhen(string.IsNullOrEmpty(reference), "RIVULET_REFERENCE_SERVER names no server to ask");
        await using var server = await ServerProcess.StartAsync(new ServerProcessOptions
        {
            Program = reference,
            JetStream = false,
            Configuration = await File.ReadAllTextAsync(WriteConfiguration(), TestContext.Current.CancellationToken),
        });
        await JudgeAsync(server.Port);
    }

    private async Task JudgeAsync(int port)
    {
        foreach (var (name, connect, expected) in Cases())
        {
            await using var client = await RawClient.ConnectAsync(port);
            await client.SendAsync(connect(client.Info.Nonce!) + "PING\r\n");
            string answer = await client.ReadLineAsync();
            Assert.True(expected == (answer == "PONG" ? Accepted : answer), $"{name}: {answer}");
        }
    }

    private IEnumerable<(string Name, Func<string, string> Connect, string Expected)> Cases()
    {
        JsonObject BySigner() => new() { ["issuer_account"] = _account.Public };
        JsonObject Fields(string name, JsonNode value) => new() { [name] = value };
        JsonObject Claims(string name, long value) => new() { [name] = value };
        yield return ("a user", Signed(Token()), Accepted);
        yield return ("a user by a signing key", Signed(Token(BySigner(), issuer: _signer)), Accepted);
        yield return ("a user by a key that is none", Signed(Token(BySigner(), issuer: TestKey.Account())), Refused);
        yield return ("a user by a signing key that names no account", Signed(Token(issuer: _signer)), Refused);
        yield return ("a user of an unknown account", Signed(Token(issuer: TestKey.Account())), Refused);
        yield return ("a scoped user", Signed(Scoped([])), Accepted);
        yield return ("a scoped user with permissions", Signed(Scoped(Fields("pub", Fields("allow", new JsonArray("a"))))), Refused);
        yield return ("a scoped user with a limit", Signed(Scoped(Fields("subs", 5))), Refused);
        yield return ("an expired user", Signed(Token(claims: Claims("exp", _now - 10))), Refused);
        yield return ("a user of the future", Signed(Token(claims: Claims("nbf", _now + 100))), Refused);
        yield return ("a user that expires", Signed(Token(claims: Claims("exp", _now + 1000))), Accepted);
        yield return ("a revoked user", Signed(Token(user: _revoked, issuedAt: _now - 100), _revoked), Refused);
        yield return ("a revoked user that was issued anew", Signed(Token(user: _revoked, issuedAt: _now + 1), _revoked), Accepted);
        yield return ("another's signature", Signed(Token(), TestKey.User()), Refused);
        yield return ("another nonce's signature", _ => Connect(Token(), _user.Sign("AAAAAAAAAAAAAAA")), Refused);
        yield return ("no signature", _ => Connect(Token(), ""), Refused);
        yield return ("no base64", _ => Connect(Token(), "!!!"), Refused);
        yield return ("a bearer", _ => Connect(Token(Fields("bearer_token", true)), ""), Accepted);
        yield return ("a way to connect that is not allowed", Signed(Token(Fields("allowed_connection_types", new JsonArray("WEBSOCKET")))), Refused);
        yield return ("a way to connect that nobody knows", Signed(Token(Fields("allowed_connection_types", new JsonArray("PIGEON")))), Refused);
        yield return ("one of both", Signed(Token(Fields("allowed_connection_types", new JsonArray("PIGEON", "STANDARD")))), Accepted);
        yield return ("a network", Signed(Token(Fields("src", new JsonArray("127.0.0.0/8")))), Accepted);
        yield return ("networks in a text", Signed(Token(Fields("src", "192.0.2.0/24,127.0.0.1/32"))), Accepted);
        yield return ("another network", Signed(Token(Fields("src", new JsonArray("192.0.2.0/24")))), Refused);
        yield return ("no network", Signed(Token(Fields("src", new JsonArray("nowhere")))), Refused);
        yield return ("a subject with a queue to publish to", Signed(Token(Fields("pub", Fields("allow", new JsonArray("a b"))))), Refused);
        yield return ("no token", _ => "CONNECT {\"verbose\":false}\r\n", Refused);
        yield return ("a password", _ => "CONNECT {\"user\":\"a\",\"pass\":\"b\"}\r\n", Refused);
        yield return ("an account's token", Signed(_operator.Issue("account", _account.Public)), Refused);
        yield return ("a tampered token", Signed(Tamper(Token())), Refused);
        yield return ("claims of another token", Signed(Swap(Token(), Token(Fields("subs", 7)))), Refused);
        yield return ("a user of the system account", Signed(Token(issuer: _system)), Accepted);
    }

    private Func<string, string> Signed(string token, TestKey? user = null)
    {
        return nonce => Connect(token, (user ?? _user).Sign(nonce));
    }

    private static string Connect(string token, string signature)
    {
        return $"CONNECT {{\"verbose\":false,\"jwt\":\"{token}\",\"sig\":\"{signature}\"}}\r\n";
    }

    private string Token(
        JsonObject? fields = null, JsonObject? claims = null, TestKey? issuer = null, TestKey? user = null, long? issuedAt = null)
    {
        fields ??= [];
        foreach (string limit in (string[])["subs", "data", "payload"])
            fields.TryAdd(limit, -1);
        return (issuer ?? _account).Issue(
            "user", (user ?? _user).Public, fields, claims, DateTimeOffset.FromUnixTimeSeconds(issuedAt ?? _now));
    }

    private string Scoped(JsonObject fields)
    {
        fields["issuer_account"] = _account.Public;
        return _scoped.Issue("user", _user.Public, fields);
    }

    private static string Tamper(string token)
    {
        int at = token.IndexOf('.', StringComparison.Ordinal) + 30;
        return $"{token[..at]}{(token[at] == 'A' ? 'B' : 'A')}{token[(at + 1)..]}";
    }

    private static string Swap(string token, string other)
    {
        string[] parts = token.Split('.');
        return $"{parts[0]}.{other.Split('.')[1]}.{parts[2]}";
    }

    private string WriteConfiguration()
    {
        string account = _operator.Issue("account", _account.Public, new JsonObject
        {
            ["limits"] = OperatorRig.Unlimited,
            ["signing_keys"] = new JsonArray(
                _signer.Public,
                new JsonObject
                {
                    ["kind"] = "user_scope",
                    ["key"] = _scoped.Public,
                    ["role"] = "r",
                    ["template"] = new JsonObject { ["pub"] = new JsonObject { ["allow"] = new JsonArray("a") }, ["subs"] = -1, ["data"] = -1, ["payload"] = -1 },
                }),
            ["revocations"] = new JsonObject { [_revoked.Public] = _now },
        });
        string system = _operator.Issue("account", _system.Public, new JsonObject { ["limits"] = OperatorRig.Unlimited });
        string token = _operator.Issue("operator", _operator.Public, new JsonObject { ["system_account"] = _system.Public });
        string path = _folder.Combine("operator.conf");
        File.WriteAllText(path, $$"""
            operator: {{token}}
            system_account: {{_system.Public}}
            resolver: MEMORY
            resolver_preload: {
              {{_system.Public}}: {{system}}
              {{_account.Public}}: {{account}}
            }

            """);
        return path;
    }
}
