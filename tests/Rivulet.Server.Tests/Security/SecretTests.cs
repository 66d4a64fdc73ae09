using System.Globalization;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using Rivulet.Protocol;
using Rivulet.TestKit.Processes;
using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.Security;

/// <summary>
/// Secrets of every kind go into the server program: by its configuration, by clients who come in and who do not, and by mistakes in a
/// file that is reloaded. None of them comes out: not in the log with everything turned on, not by monitoring, requests or events.
/// </summary>
public sealed class SecretTests : IDisposable
{
    private const string Digits = "98765432109876543210987654321";
    private const string Hash = "$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i";
    private const string OtherHash = "$2b$11$hushhushhushhushhushhuO9jVqLw2zJ0s0C0q0o0y0u0e0a0s0e0";

    private static readonly string[] Pages =
    [
        "", "varz", "connz?auth=1&subs=detail&state=all", "connz?auth=1&state=closed", "accountz", "accountz?acc=A", "accountz?acc=AUTH",
        "accstatz?unused=1", "subsz?subs=1", "jsz?accounts=1&streams=1&consumers=1&config=1", "healthz?details=1", "metrics", "routez", "gatewayz",
        "leafz", "ipqueuesz?all=1", "raftz", "stacksz", "debug/vars",
    ];

    private static readonly string[] Requests =
    [
        "IDZ", "STATSZ", "VARZ", "SUBSZ", "CONNZ", "ROUTEZ", "GATEWAYZ", "LEAFZ", "ACCOUNTZ", "JSZ", "HEALTHZ", "PROFILEZ", "EXPVARZ", "IPQUEUESZ",
    ];

    private readonly TemporaryFolder _folder = new("secrets");
    private readonly StringBuilder _seen = new();
    private readonly HashSet<string> _secrets = [Hash, OtherHash, Digits];

    public void Dispose()
    {
        _folder.Dispose();
    }

    [Fact]
    public async Task Users_accounts_services_and_cookies()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "signals of Unix");
        var key = TestKey.User();
        var issuer = TestKey.Account();
        string password = Secret("plain");
        string text = $$"""
            http: "127.0.0.1:-1"
            ports_file_dir: "{{_folder.Path}}"
            system_account: S
            accounts {
              S { users: [ { user: sys, password: "{{Secret("system")}}" } ] }
              A { users: [ { user: ann, password: "{{password}}" }, { user: bob, password: "{{Hash}}" }, { nkey: {{key.Public}} } ], jetstream: enabled }
              AUTH { users: [ { user: auth, password: "{{Secret("auth")}}" } ] }
            }
            authorization { auth_callout { issuer: {{issuer.Public}}, account: AUTH, auth_users: [ auth, sys, ann, bob, {{key.Public}} ] } }
            websocket { listen: "127.0.0.1:-1", no_tls: true, user_cookie: u, pass_cookie: p, token_cookie: t, headers { Authorization: "{{Secret("header")}}" } }
            """;
        await using var server = await StartAsync(text);
        await using var system = await InAsync(server, $"\"user\":\"sys\",\"pass\":\"{Secret("system")}\"", "SUB $SYS.> 1\r\nSUB _INBOX.> 2\r\n");
        await using var service = await InAsync(server, $"\"user\":\"auth\",\"pass\":\"{Secret("auth")}\"", "SUB $SYS.REQ.USER.AUTH 1\r\n");
        await using var ann = await InAsync(server, $"\"user\":\"ann\",\"pass\":\"{password}\",\"auth_token\":\"{Secret("with-token")}\"");
        await using var nkey = await RawClient.ConnectAsync(server.Port);
        string signature = key.Sign(nkey.Info.Nonce);
        _secrets.Add(signature);
        await nkey.SendAsync($"CONNECT {{\"verbose\":false,\"nkey\":\"{key.Public}\",\"sig\":\"{signature}\"}}\r\nPING\r\n");
        await nkey.ExpectAsync("PONG\r\n");
        await OutAsync(server, $"\"user\":\"ann\",\"pass\":\"{Secret("wrong")}\"");
        await OutAsync(server, $"\"user\":\"bob\",\"pass\":\"{Secret("wrong-bcrypt")}\"");
        await OutAsync(server, $"\"nkey\":\"{key.Public}\",\"sig\":\"{Secret("wrong-signature")}\"");

        // The service is told what a client showed, and that goes through the log of what it is sent.
        foreach (string fields in (string[])
            [$"\"user\":\"new\",\"pass\":\"{Secret("asked-password")}\"", $"\"auth_token\":\"{Secret("asked-token")}\"", $"\"jwt\":\"{Secret("asked-jwt")}\""])
        {
            await using var asked = await RawClient.ConnectAsync(server.Port);
            await asked.SendAsync($"CONNECT {{{fields}}}\r\n");
            await service.ReadUntilAsync("MSG $SYS.REQ.USER.AUTH ");
            await asked.SendAsync("PING\r\n");
            Assert.Contains("Authorization Violation", await asked.ReadToEndAsync(), StringComparison.Ordinal);
        }

        await CookieAsync($"u=ann; p={password}; t={Secret("cookie-token")}", isIn: true);
        await CookieAsync($"u=ann; p={Secret("cookie-wrong")}", isIn: false);
        await LookAsync(server, system);
        await ReloadsAsync(server, text, issuer);
        Search(server);
    }

    [Fact]
    public async Task Tokens()
    {
        await using var server = await StartAsync($"authorization {{ token: \"{Secret("token")}\" }}\nhttp: \"127.0.0.1:-1\"\nports_file_dir: \"{_folder.Path}\"");
        await using var client = await InAsync(server, $"\"auth_token\":\"{Secret("token")}\"");
        await OutAsync(server, $"\"auth_token\":\"{Secret("wrong-token")}\"");
        await OutAsync(server, $"\"user\":\"ann\",\"pass\":\"{Secret("no-password")}\"");
        await LookAsync(server, null);
        Search(server);
    }

    [Fact]
    public async Task Tokens_of_users_of_operators()
    {
        var byOperator = TestKey.Operator();
        var system = TestKey.Account();
        var account = TestKey.Account();
        var user = TestKey.User();
        JsonObject All() => new() { ["subs"] = -1, ["data"] = -1, ["payload"] = -1, ["bearer_token"] = true };
        string AccountToken(TestKey of) => byOperator.Issue("account", of.Public, new JsonObject { ["limits"] = OperatorRig.Unlimited });
        string operatorToken = byOperator.Issue("operator", byOperator.Public, new JsonObject { ["system_account"] = system.Public });
        string bearer = account.Issue("user", user.Public, All());
        string ofSystem = system.Issue("user", user.Public, All());
        string stranger = TestKey.Account().Issue("user", user.Public, All());
        foreach (string token in (string[])[bearer, ofSystem, stranger])
            _secrets.UnionWith([token, token.Split('.')[2]]);
        _secrets.UnionWith([byOperator.Seed, system.Seed, account.Seed, user.Seed]);
        await using var server = await StartAsync($$"""
            http: "127.0.0.1:-1"
            ports_file_dir: "{{_folder.Path}}"
            operator: {{operatorToken}}
            resolver { type: full, dir: "{{_folder.Combine("jwt")}}", allow_delete: true }
            resolver_preload { {{system.Public}}: {{AccountToken(system)}}, {{account.Public}}: {{AccountToken(account)}} }
            websocket { listen: "127.0.0.1:-1", no_tls: true, jwt_cookie: j }
            """);
        await using var asSystem = await InAsync(server, $"\"jwt\":\"{ofSystem}\"", "SUB $SYS.> 1\r\nSUB _INBOX.> 2\r\n");
        await using var client = await InAsync(server, $"\"jwt\":\"{bearer}\"");
        await OutAsync(server, $"\"jwt\":\"{stranger}\"");
        await OutAsync(server, $"\"jwt\":\"{bearer[..^8]}AAAAAAAA\"");
        await OutAsync(server, $"\"jwt\":\"{Secret("no-jwt")}\",\"sig\":\"{Secret("no-sig")}\"");
        await CookieAsync($"j={bearer}", isIn: true);
        await CookieAsync($"j={stranger}", isIn: false);
        await LookAsync(server, asSystem);
        Search(server);
    }

    [Theory]
    [InlineData("--user", "ann", "--pass", "hush-flag", "--bogus")]
    [InlineData("--auth", "hush-flag", "--bogus")]
    [InlineData("--routes", "nats://u:hush-flag@127.0.0.1:1")]
    [InlineData("--pass=hush-flag", "-p", "hundred")]
    [InlineData("--remote_syslog", "tcp://u:hush-flag@127.0.0.1:x")]
    [InlineData("--remote_syslog", "tcp://u:hush-flag@127.0.0.1:1")]
    public async Task Flags(params string[] arguments)
    {
        var run = await ProgramRun.RunAsync(BuiltPrograms.Server, arguments, TimeSpan.FromSeconds(20));
        Assert.NotEqual(0, run.ExitCode);
        Assert.DoesNotContain("hush", run.Output + run.Errors, StringComparison.Ordinal);
    }

    /// <summary>A secret; the same for the same name.</summary>
    private string Secret(string name)
    {
        string secret = $"hush-{name}-7f3a";
        _secrets.Add(secret);
        return secret;
    }

    private async Task<ServerProcess> StartAsync(string text)
    {
        string file = _folder.Combine("s.conf");
        await File.WriteAllTextAsync(file, text, TestContext.Current.CancellationToken);
        return await ServerProcess.StartAsync(new ServerProcessOptions { StoreDirectory = _folder.Combine("store"), Arguments = ["-c", file, "-DV"] });
    }

    private static async Task<RawClient> InAsync(ServerProcess server, string fields, string operations = "")
    {
        var client = await RawClient.ConnectAsync(server.Port);
        await client.SendAsync($"CONNECT {{\"verbose\":false,{fields}}}\r\n{operations}PING\r\n");
        await client.ReadUntilAsync("PONG\r\n");
        return client;
    }

    private static async Task OutAsync(ServerProcess server, string fields)
    {
        await using var client = await RawClient.ConnectAsync(server.Port);
        await client.SendAsync($"CONNECT {{\"verbose\":false,{fields}}}\r\n");
        Assert.Contains("Authorization Violation", await client.ReadToEndAsync(), StringComparison.Ordinal);
    }

    private async Task CookieAsync(string cookies, bool isIn)
    {
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Cookie", cookies);
        await socket.ConnectAsync(new Uri(Ports()["websocket"]![0]!.GetValue<string>()), TestContext.Current.CancellationToken);
        await using var client = RawClient.Over(WebSocketStream.Create(socket, WebSocketMessageType.Binary));
        await client.ReadInfoAsync();
        await client.SendAsync("CONNECT {\"verbose\":false}\r\nPING\r\n");
        Assert.Equal(isIn ? "PONG" : "-ERR 'Authorization Violation'", await client.ReadLineAsync());
    }

    private JsonNode Ports()
    {
        return JsonNode.Parse(File.ReadAllText(Directory.GetFiles(_folder.Path, "*.ports").Single()))!;
    }

    /// <summary>Asks every page, every request, and takes in the events.</summary>
    private async Task LookAsync(ServerProcess server, RawClient? system)
    {
        using var http = new HttpClient { BaseAddress = new Uri(Ports()["monitoring"]![0]!.GetValue<string>()) };
        foreach (string page in Pages)
        {
            using var answer = await http.GetAsync(new Uri(page, UriKind.Relative), TestContext.Current.CancellationToken);
            _seen.AppendLine(page).AppendLine(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        }

        if (system is null)
            return;
        int answers = 0;
        foreach (string request in Requests)
        {
            string body = request == "CONNZ" ? "{\"auth\":true,\"subscriptions\":true,\"state\":2}" : "";
            string subject = string.Create(CultureInfo.InvariantCulture, $"PUB $SYS.REQ.SERVER.PING.{request} _INBOX.{++answers} {body.Length}\r\n{body}\r\n");
            await system.SendAsync(subject);
        }

        await system.SendAsync("PUB $SYS.REQ.USER.INFO _INBOX.last 0\r\n\r\n");
        await Eventually.Holds(() => server.Log.Any(line => line.Contains("[MSG _INBOX.last", StringComparison.Ordinal)));
        await Task.Delay(200, TestContext.Current.CancellationToken);
        _seen.AppendLine(await system.PingAsync());
        Assert.Contains("$SYS.ACCOUNT.", _seen.ToString(), StringComparison.Ordinal);
    }

    /// <summary>Reloads files with a mistake at a secret, each of which is refused.</summary>
    private async Task ReloadsAsync(ServerProcess server, string text, TestKey issuer)
    {
        string seed = issuer.Seed;
        string operatorSeed = TestKey.Operator().Seed;
        string curve = TestKey.Create(NKeyKind.Curve).Seed;
        _secrets.UnionWith([seed, operatorSeed, curve]);
        string pem = _folder.Combine("key.pem");
        await File.WriteAllTextAsync(pem, $"-----BEGIN PRIVATE KEY-----\n{Secret("pem")}\n-----END PRIVATE KEY-----\n", TestContext.Current.CancellationToken);
        string[] mistakes =
        [
            $"authorization {{ user: a, password: {Secret("a")} {Secret("b")} }}",
            $"authorization {{ user: a\n password: ${Secret("variable")}\n }}",
            $"authorization {{ user: a, password: {Digits} }}",
            $"authorization {{ user: a, password: {OtherHash} }}",
            $"authorization {{ user: a, password: \"{Secret("open")}\n }}",
            $"authorization {{ user: a, password: [ {Secret("list")} ] }}",
            $"authorization {{ token: {{ x: {Secret("map")} }} }}",
            $"authorization {{ user: a, password: \"{Secret("p")}\", token: \"{Secret("t")}\" }}",
            $"authorization {{ users: [ \"ann:{Secret("colon")}\" ] }}",
            $"authorization {{ users: \"ann:{Secret("text")}\" }}",
            $"authorization {{ users: [ {{ user: a, password: \"{Secret("once")}\" }}, {{ user: a, password: \"{Secret("twice")}\" }} ] }}",
            $"authorization {{ users: [ {{ nkey: {seed} }} ] }}",
            $"accounts {{ A {{ nkey: {seed} }} }}",
            $"authorization {{ auth_callout {{ issuer: {seed}, auth_users: [ a ], xkey: {curve} }} }}",
            $"trusted: {operatorSeed}",
            $"operator: {operatorSeed}",
            $"operator: eyJ{Secret("operator")}",
            $"resolver: URL(\"http://u:{Secret("url")}@127.0.0.1:1/\")",
            $"resolver_preload {{ {issuer.Public}: {Secret("preload")} }}",
            $"leafnodes {{ remotes: [ {{ url: \"nats://u:{Secret("leaf")}@127.0.0.1:1\" }} ] }}",
            $"cluster {{ name: c, authorization {{ user: a, password: {Secret("cluster")} }}, routes: [ \"nats://u:{Secret("route")}@127.0.0.1:1\" ] }}",
            $"remote_syslog: \"tcp://u:{Secret("syslog")}@127.0.0.1:x\"",
            $"remote_syslog: \"tcp://u:{Secret("syslog-host")}@127.0.0.1:1\"",
            $"jetstream {{ key: \"{Secret("key")}\", cipher: aes }}",
            $"tls {{ cert_file: \"{pem}\", key_file: \"{pem}\" }}",
            $"websocket {{ port: -1, no_tls: true, headers {{ \"bad header\": \"{Secret("value")}\" }} }}",
            $"websocket {{ port: -1, no_tls: true, allowed_origins: \"ftp://u:{Secret("origin")}@x\" }}",
            $"websocket {{ port: -1, no_tls: true, authorization {{ user: a, password: \"{Secret("web")}\" }} }}",
            text.Replace(Secret("header"), Secret("other-header"), StringComparison.Ordinal),
            text.Replace("auth_users: [ auth,", "auth_users: [", StringComparison.Ordinal),
        ];
        foreach (string mistake in mistakes)
        {
            int before = Failures(server);
            await File.WriteAllTextAsync(_folder.Combine("s.conf"), mistake, TestContext.Current.CancellationToken);
            await ProgramRun.RunAsync("kill", ["-HUP", server.ProcessId.ToString(CultureInfo.InvariantCulture)], TimeSpan.FromSeconds(10));
            await Eventually.Holds(() => Failures(server) > before, mistake);
            var check = await ProgramRun.RunAsync(BuiltPrograms.Server, ["-t", "-c", _folder.Combine("s.conf")], TimeSpan.FromSeconds(20));
            _seen.AppendLine(check.Output + check.Errors);
        }
    }

    private static int Failures(ServerProcess server)
    {
        return server.Log.Count(line => line.Contains("Failed to reload server configuration", StringComparison.Ordinal));
    }

    /// <summary>Finds no secret in anything that was seen, as it is or in base64.</summary>
    private void Search(ServerProcess server)
    {
        string all = string.Join('\n', server.Log) + _seen;
        Assert.Contains("[TRC]", all, StringComparison.Ordinal);
        Assert.Contains("[REDACTED]", all, StringComparison.Ordinal);
        foreach (string secret in _secrets)
        {
            foreach (string form in Forms(secret))
            {
                int at = all.IndexOf(form, StringComparison.Ordinal);
                Assert.True(at < 0, $"{secret} is in: {all.Substring(Math.Max(0, at - 200), Math.Min(400, all.Length - Math.Max(0, at - 200)))}");
            }
        }
    }

    // In base64 a text looks like one of three things, by where it begins; its first and last characters depend on what is around it.
    private static IEnumerable<string> Forms(string secret)
    {
        yield return secret;
        for (int shift = 0; shift < 3; shift++)
        {
            string coded = Convert.ToBase64String(Encoding.UTF8.GetBytes(new string('x', shift) + secret)).TrimEnd('=');
            coded = coded[(shift == 0 ? 0 : shift + 1)..^2];
            yield return coded;
            yield return coded.Replace('+', '-').Replace('/', '_');
        }
    }
}
