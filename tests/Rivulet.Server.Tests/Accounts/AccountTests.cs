using Rivulet.JetStream.Hosting;
using Rivulet.Server.Configuration;
using Rivulet.Server.Security;
using Rivulet.Server.Tests.Configuration;
using Rivulet.TestKit.Processes;
using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.Accounts;

/// <summary>Accounts of a running server: what a reload changes, what a restart brings back, what monitoring and the log tell.</summary>
public sealed class AccountTests : IDisposable
{
    private const string Two = """
        accounts {
          A { users: [ { user: a, password: x } ], exports: [ { stream: "pub.>" }, { service: "svc.>" } ] }
          B { users: [ { user: b, password: x } ]
              imports: [ { stream: { account: A, subject: "pub.>" } }, { service: { account: A, subject: "svc.>" } } ] }
        }
        """;

    private readonly TemporaryFolder _folder = new("accounts");

    public void Dispose()
    {
        _folder.Dispose();
    }

    [Fact]
    public async Task Accounts_that_do_not_fit_together_keep_a_server_from_starting()
    {
        var settings = new AccountSettings { Name = "A", StreamImports = [new StreamImport { Account = "B", Subject = "s" }] };
        var error = await Assert.ThrowsAsync<NatsServerOptionsException>(
            () => EmbeddedServer.StartAsync(options => options with { Accounts = [settings] }));
        Assert.Equal("\"B\" account not defined for stream import", error.Message);
    }

    [Fact]
    public async Task A_system_account_that_is_not_there_keeps_a_server_from_starting()
    {
        var error = await Assert.ThrowsAsync<NatsServerOptionsException>(
            () => EmbeddedServer.StartAsync(options => options with { SystemAccount = "S" }));
        Assert.Equal("error resolving system account: account missing", error.Message);
    }

    [Fact]
    public async Task JetStream_cannot_be_given_to_the_system_or_beyond_what_there_is()
    {
        var system = await Assert.ThrowsAsync<NatsServerOptionsException>(() => StartAsync("""
            accounts { $SYS { jetstream: enabled } }
            """, jetStream: true));
        Assert.Equal("jetstream can not be enabled on the system account", system.Message);
        var memory = await Assert.ThrowsAsync<NatsServerOptionsException>(() => StartAsync("""
            accounts { A { jetstream { max_mem: 600K } }, B { jetstream { max_mem: 600K } } }
            """, jetStream: true));
        Assert.Equal("insufficient memory resources available", memory.Message);
    }

    [Fact]
    public async Task A_reload_takes_imports_away_and_brings_them()
    {
        await using var server = await StartAsync(Two);
        await using var a = await ConnectAsync(server, "a", "SUB svc.> 1\r\n");
        await using var b = await ConnectAsync(server, "b", "SUB pub.x 1\r\nSUB pub.* q 2\r\nSUB _INBOX.> 3\r\n");
        await PassesAsync(a, b);

        Reload(server, """
            accounts { A { users: [ { user: a, password: x } ] }, B { users: [ { user: b, password: x } ] } }
            """);
        await a.SendAsync("PUB pub.x 1\r\n0\r\n");
        Assert.Equal("", await a.PingAsync());
        await b.SendAsync("PUB svc.x 1\r\n0\r\n");
        Assert.Equal("", await b.PingAsync());
        Assert.Equal("", await a.PingAsync());

        Reload(server, Two);
        await PassesAsync(a, b);
        Assert.Equal(0, server.Server.Accounts.All.Sum(account => account.Responses.Count));
    }

    [Fact]
    public async Task A_reload_that_changes_nothing_about_an_import_keeps_it()
    {
        await using var server = await StartAsync(Two);
        await using var a = await ConnectAsync(server, "a");
        await using var b = await ConnectAsync(server, "b", "SUB pub.x 1\r\n");
        Assert.True(server.Server.Accounts.TryGet("B", out var account));
        var service = Assert.Single(account.ServiceImports);
        var imported = Assert.Single(Assert.Single(server.Server.Connections, one => one.Account == account).Subscriptions.Snapshot()).Imported;
        Reload(server, Two.Replace("[ { user: b", "[ { user: c, password: x }, { user: b", StringComparison.Ordinal));
        Assert.Same(service, Assert.Single(account.ServiceImports));
        Assert.Same(imported[0], Assert.Single(Assert.Single(server.Server.Connections, one => one.Account == account).Subscriptions.Snapshot()).Imported[0]);
    }

    [Fact]
    public async Task A_reload_changes_what_is_exported_only_if_all_of_it_fits()
    {
        await using var server = await StartAsync(Two);
        await using var a = await ConnectAsync(server, "a", "SUB svc.> 1\r\n");
        await using var b = await ConnectAsync(server, "b", "SUB pub.x 1\r\nSUB pub.* q 2\r\nSUB _INBOX.> 3\r\n");
        Assert.Throws<ServerConfigurationException>(() => Reload(server, Two.Replace("stream: \"pub.>\"", "stream: \"pub.y\"", StringComparison.Ordinal)));
        var broken = server.Server.Options.Accounts.Select(account => account with { StreamExports = [] }).ToList();
        Assert.Throws<NatsServerOptionsException>(() => server.Server.Reload(server.Server.Options with { Accounts = broken }));
        await PassesAsync(a, b);
    }

    [Fact]
    public async Task A_reload_that_revokes_takes_subscriptions_and_tells()
    {
        await using var server = await StartAsync("""
            accounts { A { users: [ { user: a, password: x }, { user: o, password: x } ] } }
            """);
        await using var a = await ConnectAsync(server, "a", "SUB foo 1\r\nSUB bar.* 2\r\nSUB foo q 3\r\n");
        await using var other = await ConnectAsync(server, "o");
        Reload(server, """
            accounts { A { users: [ { user: a, password: x, permissions { publish: p, subscribe { allow: ["bar.*", "foo v"], deny: bar.no } } }, { user: o, password: x } ] } }
            """);
        string told = await a.PingAsync();
        Assert.Equal(
            [
                "-ERR 'Permissions Violation for Subscription to \"foo\" (sid \"1\")'",
                "-ERR 'Permissions Violation for Subscription to \"foo\" using queue \"q\" (sid \"3\")'",
            ],
            told.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
        await other.SendAsync("PUB foo 0\r\n\r\nPUB bar.no 0\r\n\r\nPUB bar.yes 0\r\n\r\n");
        await other.PingAsync();
        await a.ExpectAsync("MSG bar.yes 2 0\r\n\r\n");
        await a.SendAsync("PUB q 0\r\n\r\n");
        Assert.Equal("-ERR 'Permissions Violation for Publish to \"q\"'\r\n", await a.PingAsync());

        Reload(server, """
            accounts { A { users: [ { user: a, password: x }, { user: o, password: x } ] } }
            """);
        await other.SendAsync("PUB bar.no 0\r\n\r\n");
        await other.PingAsync();
        await a.ExpectAsync("MSG bar.no 2 0\r\n\r\n");
        await a.SendAsync("PUB q 0\r\n\r\n");
        Assert.Equal("", await a.PingAsync());
    }

    [Fact]
    public async Task A_reload_ends_the_clients_of_accounts_and_users_that_are_gone_or_elsewhere()
    {
        await using var server = await StartAsync("""
            accounts {
              A { users: [ { user: gone, password: x }, { user: moves, password: x }, { user: stays, password: x } ] }
              B { users: [ { user: b, password: x } ] }
            }
            """);
        await using var gone = await ConnectAsync(server, "gone");
        await using var moves = await ConnectAsync(server, "moves");
        await using var stays = await ConnectAsync(server, "stays");
        await using var b = await ConnectAsync(server, "b");
        Reload(server, """
            accounts { A { users: [ { user: stays, password: x } ] }, C { users: [ { user: moves, password: x } ] } }
            """);
        Assert.DoesNotContain("-ERR", await gone.ReadToEndAsync(), StringComparison.Ordinal);
        Assert.Equal("", await moves.ReadToEndAsync());
        Assert.Equal("", await b.ReadToEndAsync());
        Assert.Equal("", await stays.PingAsync());
        Assert.False(server.Server.Accounts.TryGet("B", out _));
    }

    [Fact]
    public async Task Mappings_of_the_global_account_change_with_a_reload()
    {
        await using var server = await StartAsync("mappings { \"a.*\": \"b.$1\" }");
        await using var client = await server.ConnectQuietAsync();
        await client.SendAsync("SUB > 1\r\nPUB a.x 0\r\n\r\n");
        Assert.Equal("MSG b.x 1 0\r\n\r\n", await client.PingAsync());
        Reload(server, "mappings { \"a.*\": \"c.$1\" }");
        await client.SendAsync("PUB a.x 0\r\n\r\n");
        Assert.Equal("MSG c.x 1 0\r\n\r\n", await client.PingAsync());
        Reload(server, "debug: false");
        await client.SendAsync("PUB a.x 0\r\n\r\n");
        Assert.Equal("MSG a.x 1 0\r\n\r\n", await client.PingAsync());
    }

    [Fact]
    public async Task Streams_come_back_to_their_accounts()
    {
        const string Text = """
            accounts { A { users: [ { user: a, password: x } ], jetstream: enabled }, B { users: [ { user: b, password: x } ], jetstream: enabled } }
            """;
        await using (var server = await StartAsync(Text, jetStream: true))
        {
            foreach (string user in (string[])["a", "b"])
            {
                await using var client = await ConnectAsync(server, user, "SUB _INBOX.> 1\r\n");
                await RequestAsync(client, "$JS.API.STREAM.CREATE.S", $$"""{"name":"S","subjects":["{{user}}.>"]}""");
                await RequestAsync(client, $"{user}.1", user);
            }
        }

        await using (var server = await StartAsync(Text, jetStream: true))
        {
            foreach (string user in (string[])["a", "b"])
            {
                await using var client = await ConnectAsync(server, user, "SUB _INBOX.> 1\r\n");
                Assert.Contains($"\"subject\":\"{user}.1\"", await RequestAsync(client, "$JS.API.STREAM.MSG.GET.S", "{\"seq\":1}"), StringComparison.Ordinal);
                Assert.Contains("\"total\":1", await RequestAsync(client, "$JS.API.STREAM.NAMES", ""), StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task A_store_from_before_there_were_accounts_is_the_global_accounts()
    {
        await using (var server = await StartAsync("debug: false", jetStream: true))
        {
            await using var client = await server.ConnectQuietAsync();
            await client.SendAsync("SUB _INBOX.> 1\r\n");
            await RequestAsync(client, "$JS.API.STREAM.CREATE.S", """{"name":"S","subjects":["s"]}""");
        }

        // Where there are other accounts the global one has no JetStream: its streams rest.
        await using (var server = await StartAsync("""
            accounts { A { users: [ { user: a, password: x } ], jetstream: enabled } }
            """, jetStream: true))
        {
            await using var client = await ConnectAsync(server, "a", "SUB _INBOX.> 1\r\n");
            Assert.Contains("\"total\":0", await RequestAsync(client, "$JS.API.STREAM.NAMES", ""), StringComparison.Ordinal);
        }

        await using (var server = await StartAsync("debug: false", jetStream: true))
        {
            await using var client = await server.ConnectQuietAsync();
            await client.SendAsync("SUB _INBOX.> 1\r\n");
            Assert.Contains("\"streams\":[\"S\"]", await RequestAsync(client, "$JS.API.STREAM.NAMES", ""), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_reload_gives_an_account_JetStream_and_takes_it()
    {
        const string With = "accounts { A { users: [ { user: a, password: x } ], jetstream { max_streams: 5 } }, B { } }";
        const string Without = "accounts { A { users: [ { user: a, password: x } ] }, B { } }";
        await using var server = await StartAsync(Without, jetStream: true);
        await using var client = await ConnectAsync(server, "a", "SUB _INBOX.> 1\r\n");
        Assert.Contains("\"err_code\":10039", await RequestAsync(client, "$JS.API.INFO", ""), StringComparison.Ordinal);
        Reload(server, With);
        await RequestAsync(client, "$JS.API.STREAM.CREATE.S", """{"name":"S","subjects":["s"]}""");
        await RequestAsync(client, "$JS.API.STREAM.CREATE.M", """{"name":"M","subjects":["m"],"storage":"memory"}""");
        await RequestAsync(client, "s", "one");
        Reload(server, With.Replace("max_streams: 5", "max_streams: 2", StringComparison.Ordinal));
        Assert.Contains("\"err_code\":10027", await RequestAsync(client, "$JS.API.STREAM.CREATE.T", """{"name":"T"}"""), StringComparison.Ordinal);
        Reload(server, Without);
        Assert.Contains("\"err_code\":10039", await RequestAsync(client, "$JS.API.STREAM.NAMES", ""), StringComparison.Ordinal);
        await client.SendAsync("PUB s _INBOX.1 3\r\ntwo\r\n");
        Assert.Contains("503", await client.PingAsync(), StringComparison.Ordinal);
        Reload(server, With);
        Assert.Contains("\"streams\":[\"S\"]", await RequestAsync(client, "$JS.API.STREAM.NAMES", ""), StringComparison.Ordinal);
        Assert.Contains("\"seq\":2", await RequestAsync(client, "s", "two"), StringComparison.Ordinal);
        Assert.Contains("\"messages\":2", await RequestAsync(client, "$JS.API.STREAM.INFO.S", ""), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Limits_of_an_account_reach_its_streams_from_settings_alone()
    {
        var settings = new AccountSettings { Name = AccountSettings.GlobalName, JetStream = new AccountLimits { MaxStreams = 1 } };
        await using var server = await EmbeddedServer.StartAsync(options => options with
        {
            Accounts = [settings],
            JetStream = new JetStreamServerOptions { StoreDirectory = _folder.Path },
        });
        await using var client = await server.ConnectQuietAsync();
        await client.SendAsync("SUB _INBOX.> 1\r\n");
        await RequestAsync(client, "$JS.API.STREAM.CREATE.S", """{"name":"S"}""");
        Assert.Contains("\"err_code\":10027", await RequestAsync(client, "$JS.API.STREAM.CREATE.T", """{"name":"T"}"""), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Violations_are_logged_as_by_the_reference()
    {
        await using var server = await StartAsync("""
            accounts { A { users: [ { user: a, password: x, permissions { publish: p, subscribe: s } } ], limits { max_subscriptions: 1 } } }
            """);
        await using var client = await ConnectAsync(server, "a", "SUB s 1\r\nSUB s 2\r\nSUB t 3\r\nSUB t q 4\r\nPUB q 0\r\n\r\nPUB p _R_.x 0\r\n\r\n");
        string[] wanted =
        [
            "maximum subscriptions exceeded", "Subscription Violation - Subject \"t\", SID 3",
            "Subscription Violation - Subject \"t\", Queue: \"q\", SID 4", "Publish Violation - Subject \"q\"", "Publish Violation - Reply \"_R_.x\"",
        ];
        Assert.All(wanted, text => Assert.Contains(server.Log.Lines, line => line.StartsWith("[Error] ", StringComparison.Ordinal) && line.EndsWith("\"A/user:a\" - " + text, StringComparison.Ordinal)));
    }

    private Task<EmbeddedServer> StartAsync(string text, bool jetStream = false)
    {
        var parsed = Load(text);
        return EmbeddedServer.StartAsync(options => Apply(options, parsed) with
        {
            JetStream = jetStream
                ? new JetStreamServerOptions { StoreDirectory = _folder.Path, MaxMemoryStore = 1_000_000, MaxFileStore = 100_000_000 }
                : null,
        });
    }

    private static void Reload(EmbeddedServer server, string text)
    {
        server.Server.Reload(Apply(server.Server.Options, Load(text)));
    }

    private static NatsServerOptions Apply(NatsServerOptions options, NatsServerOptions parsed)
    {
        return options with { Accounts = parsed.Accounts, SystemAccount = parsed.SystemAccount, NoAuthUser = parsed.NoAuthUser };
    }

    private static NatsServerOptions Load(string text)
    {
        return ServerConfiguration.Load("a.conf", MemorySource.With(text)).Server;
    }

    private static async Task<RawClient> ConnectAsync(EmbeddedServer server, string user, string operations = "")
    {
        var client = await server.ConnectAsync();
        await client.SendAsync($"CONNECT {{\"verbose\":false,\"headers\":true,\"no_responders\":true,\"user\":\"{user}\",\"pass\":\"x\"}}\r\n");
        await client.PingAsync();
        await client.SendAsync(operations);
        await client.PingAsync();
        return client;
    }

    private static async Task<string> RequestAsync(RawClient client, string subject, string body)
    {
        string inbox = $"_INBOX.{Guid.NewGuid():N}";
        await client.SendAsync($"PUB {subject} {inbox} {body.Length}\r\n{body}\r\n");
        string received = await client.PingAsync();
        for (int i = 0; i < 500 && !received.Contains($"MSG {inbox}", StringComparison.Ordinal); i++)
        {
            await Task.Delay(10, TestContext.Current.CancellationToken);
            received += await client.PingAsync();
        }

        Assert.Contains($"MSG {inbox}", received, StringComparison.Ordinal);
        return received;
    }

    private static async Task PassesAsync(RawClient a, RawClient b)
    {
        await a.SendAsync("PUB pub.x 1\r\n1\r\n");
        await a.PingAsync();
        string received = await b.PingAsync();
        Assert.Equal(
            ["1", "1", "MSG pub.x 1 1", "MSG pub.x 2 1"],
            received.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
        await b.SendAsync("PUB svc.x _INBOX.1 1\r\n2\r\n");
        await b.PingAsync();
        string request = await a.PingAsync();
        Assert.StartsWith("HMSG svc.x 1 _R_.", request, StringComparison.Ordinal);
        await a.SendAsync($"PUB {request.Split(' ')[3]} 1\r\n3\r\n");
        await a.PingAsync();
        Assert.Equal("MSG _INBOX.1 3 1\r\n3\r\n", await b.PingAsync());
    }
}
