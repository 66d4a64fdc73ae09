using Microsoft.Extensions.Logging;
using Org.BouncyCastle.Crypto.Generators;
using Rivulet.Server.Security;
using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.Security;

/// <summary>Users, passwords, tokens and keys that the configuration names.</summary>
public sealed class AuthenticationTests
{
    private const string Violation = "-ERR 'Authorization Violation'\r\n";

    // The password is abc.
    private const string Bcrypt = "$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i";

    private static readonly AuthorizationSettings Single = new() { User = "ann", Password = "s3cret" };
    private static readonly AuthorizationSettings Token = new() { Token = "t0ken" };
    private static readonly AuthorizationSettings Several = new()
    {
        Users =
        [
            new UserSettings { Name = "ann", Password = "s3cret" },
            new UserSettings { Name = "bob", Password = Bcrypt },
            new UserSettings { Name = "web", Password = "w", AllowedConnectionTypes = ConnectionTypes.WebSocket },
            new UserSettings { Name = "inside", Password = "i", AllowedConnectionTypes = ConnectionTypes.InProcess },
        ],
    };

    public static TheoryData<string, string, bool> Presented => new()
    {
        { "single", "\"user\":\"ann\",\"pass\":\"s3cret\"", true },
        { "single", "\"user\":\"ann\",\"pass\":\"S3cret\"", false },
        { "single", "\"user\":\"ann\",\"pass\":\"\"", false },
        { "single", "\"user\":\"ann\"", false },
        { "single", "\"user\":\"Ann\",\"pass\":\"s3cret\"", false },
        { "single", "\"auth_token\":\"s3cret\"", false },
        { "single", "", false },
        { "token", "\"auth_token\":\"t0ken\"", true },
        { "token", "\"auth_token\":\"t0ken \"", false },
        { "token", "\"auth_token\":\"\"", false },
        { "token", "\"user\":\"t0ken\",\"pass\":\"t0ken\"", false },
        { "token", "", false },
        { "several", "\"user\":\"ann\",\"pass\":\"s3cret\"", true },
        { "several", "\"user\":\"ann\",\"pass\":\"abc\"", false },
        { "several", "\"user\":\"bob\",\"pass\":\"abc\"", true },
        { "several", "\"user\":\"bob\",\"pass\":\"abd\"", false },
        { "several", "\"user\":\"bob\",\"pass\":\"" + Bcrypt + "\"", false },
        { "several", "\"user\":\"carol\",\"pass\":\"s3cret\"", false },
        { "several", "\"user\":\"web\",\"pass\":\"w\"", false },
        { "several", "\"user\":\"inside\",\"pass\":\"i\"", false },
        { "several", "\"auth_token\":\"s3cret\"", false },
        { "several", "\"pass\":\"s3cret\"", false },
        { "several", "", false },
        { "hashed token", "\"auth_token\":\"abc\"", true },
        { "hashed token", "\"auth_token\":\"abd\"", false },
        { "hashed token", "\"auth_token\":\"" + Bcrypt + "\"", false },
    };

    [Theory]
    [MemberData(nameof(Presented))]
    public async Task Clients_come_in_with_what_is_configured_and_with_nothing_else(string settings, string shown, bool accepted)
    {
        await using var server = await StartAsync(SettingsOf(settings));
        await using var client = await server.ConnectAsync();
        Assert.True(client.Info.AuthRequired);
        await client.SendAsync($"CONNECT {{\"verbose\":false{(shown.Length > 0 ? "," + shown : "")}}}\r\nPING\r\n");
        if (accepted)
            await client.ExpectAsync("PONG\r\n");
        else
            Assert.Equal(Violation, await client.ReadToEndAsync());
    }

    [Fact]
    public async Task A_server_that_asks_for_nothing_says_so_and_takes_what_it_is_shown()
    {
        await using var server = await EmbeddedServer.StartAsync();
        await using var client = await server.ConnectAsync();
        Assert.False(client.Info.AuthRequired);
        Assert.Null(client.Info.Nonce);
        await client.SendAsync("CONNECT {\"verbose\":false,\"user\":\"x\",\"pass\":\"y\"}\r\nPING\r\n");
        await client.ExpectAsync("PONG\r\n");
    }

    [Theory]
    [InlineData("PING\r\n")]
    [InlineData("PUB a 1\r\nx\r\n")]
    [InlineData("SUB a 1\r\n")]
    [InlineData("UNSUB 1\r\n")]
    [InlineData("PONG\r\n")]
    [InlineData("HELLO\r\n")]
    [InlineData("GET / HTTP/1.1\r\n")]
    public async Task Nothing_may_come_before_CONNECT(string operation)
    {
        await using var server = await StartAsync(Single);
        await using var client = await server.ConnectAsync();
        await client.SendAsync(operation);
        Assert.Equal(Violation, await client.ReadToEndAsync());
    }

    [Fact]
    public async Task What_follows_a_refused_CONNECT_is_not_executed()
    {
        await using var server = await StartAsync(Several);
        await using var listener = await ConnectAsync(server, "\"user\":\"ann\",\"pass\":\"s3cret\"");
        await listener.SendAsync("SUB > 1\r\nPING\r\n");
        await listener.ExpectAsync("PONG\r\n");
        await using var client = await server.ConnectAsync();

        // Once with a password that is looked at in place, and once with one that takes a while.
        await client.SendAsync("CONNECT {\"user\":\"ann\",\"pass\":\"no\"}\r\nPUB stolen 1\r\nx\r\n");
        Assert.Equal(Violation, await client.ReadToEndAsync());
        await using var other = await server.ConnectAsync();
        await other.SendAsync("CONNECT {\"user\":\"bob\",\"pass\":\"no\"}\r\nPUB stolen 1\r\nx\r\n");
        Assert.Equal(Violation, await other.ReadToEndAsync());
        Assert.Equal("", await listener.PingAsync());
    }

    [Fact]
    public async Task What_comes_with_a_CONNECT_that_takes_a_while_is_executed_once_it_is_accepted()
    {
        await using var server = await StartAsync(Several);
        await using var client = await server.ConnectAsync();
        await client.SendAsync("CONNECT {\"verbose\":false,\"user\":\"bob\",\"pass\":\"abc\"}\r\nSUB a 1\r\nPUB a 1\r\nx\r\nPING\r\n");
        await client.ExpectAsync("MSG a 1 1\r\nx\r\nPONG\r\n");
    }

    [Fact]
    public async Task A_hash_that_takes_long_holds_up_nobody_else()
    {
        // Cost 13: a second or so.
        var settings = Several with { Users = [.. Several.Users!, new UserSettings { Name = "slow", Password = "$2a$13" + Bcrypt[6..] }] };
        await using var server = await StartAsync(settings);
        await using var quick = await ConnectAsync(server, "\"user\":\"ann\",\"pass\":\"s3cret\"");
        await using var slow = await server.ConnectAsync();
        await slow.SendAsync("CONNECT {\"user\":\"slow\",\"pass\":\"abc\"}\r\n");
        var refused = slow.ReadToEndAsync();
        for (int i = 0; i < 20; i++)
            await quick.PingAsync();
        Assert.False(refused.IsCompleted, "pings waited for a hash");
        Assert.Equal(Violation, await refused);
    }

    [Fact]
    public async Task A_client_that_leaves_while_its_password_is_looked_at_does_not_keep_the_server_from_stopping()
    {
        var settings = new AuthorizationSettings { Users = [new UserSettings { Name = "slow", Password = "$2a$12" + Bcrypt[6..] }] };
        var server = await StartAsync(settings);
        for (int i = 0; i < 8; i++)
        {
            var client = await server.ConnectAsync();
            await client.SendAsync("CONNECT {\"user\":\"slow\",\"pass\":\"abc\"}\r\n");
            client.Reset();
        }

        await server.DisposeAsync();
    }

    [Fact]
    public async Task A_client_that_says_nothing_is_sent_away_in_time()
    {
        var time = new ManualTimeProvider();
        await using var server = await StartAsync(Single with { Timeout = TimeSpan.FromSeconds(3) }, time);
        await using var silent = await server.ConnectAsync();
        await using var known = await ConnectAsync(server, "\"user\":\"ann\",\"pass\":\"s3cret\"");
        time.Advance(TimeSpan.FromSeconds(2.9));
        Assert.Equal("", await known.PingAsync());
        time.Advance(TimeSpan.FromSeconds(0.2));
        Assert.Equal("-ERR 'Authentication Timeout'\r\n", await silent.ReadToEndAsync());
        Assert.Equal("", await known.PingAsync());
        Assert.Contains(server.Log.Lines, line => line.EndsWith("Client connection closed: Authentication Timeout", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Two_seconds_are_time_enough_unless_something_else_is_set()
    {
        var time = new ManualTimeProvider();
        await using var server = await StartAsync(Token, time);
        await using var silent = await server.ConnectAsync();
        time.Advance(TimeSpan.FromSeconds(2.1));
        Assert.Equal("-ERR 'Authentication Timeout'\r\n", await silent.ReadToEndAsync());
    }

    [Fact]
    public async Task A_client_without_credentials_is_the_user_that_is_named_for_that()
    {
        await using var server = await EmbeddedServer.StartAsync(
            options => options with { Authorization = Several, NoAuthUser = "bob" });
        await using var client = await server.ConnectAsync();
        Assert.False(client.Info.AuthRequired);
        await client.SendAsync("CONNECT {\"verbose\":false,\"protocol\":1,\"name\":\"n\"}\r\nPING\r\n");
        await client.ExpectAsync("PONG\r\n");
        Assert.Equal("bob", server.Server.Connections.Single().Identity.UserLabel);

        await using var wrong = await server.ConnectAsync();
        await wrong.SendAsync("CONNECT {\"user\":\"bob\",\"pass\":\"\"}\r\n");
        Assert.Equal(Violation, await wrong.ReadToEndAsync());
    }

    [Theory]
    [InlineData("zz", "no_auth_user: \"zz\" not present as user or nkey in authorization block or account configuration")]
    public async Task A_user_for_clients_without_credentials_has_to_be_there(string name, string complaint)
    {
        var e = await Assert.ThrowsAsync<NatsServerOptionsException>(
            () => EmbeddedServer.StartAsync(options => options with { Authorization = Several, NoAuthUser = name }));
        Assert.Equal(complaint, e.Message);
    }

    [Fact]
    public async Task Users_of_the_system_account_alone_shut_nobody_out()
    {
        await using var server = await EmbeddedServer.StartAsync(options => options with
        {
            Accounts = [new AccountSettings { Name = "$SYS", Users = [new UserSettings { Name = "admin", Password = "p" }] }],
        });
        await using var client = await server.ConnectAsync();
        Assert.True(client.Info.AuthRequired);
        await client.SendAsync("CONNECT {\"verbose\":false}\r\nPING\r\n");
        await client.ExpectAsync("PONG\r\n");
        await using var admin = await ConnectAsync(server, "\"user\":\"admin\",\"pass\":\"p\"");
        await using var wrong = await server.ConnectAsync();
        await wrong.SendAsync("CONNECT {\"user\":\"admin\",\"pass\":\"q\"}\r\n");
        Assert.Equal(Violation, await wrong.ReadToEndAsync());
    }

    [Fact]
    public async Task Users_of_accounts_come_into_those()
    {
        await using var server = await EmbeddedServer.StartAsync(options => options with
        {
            Accounts =
            [
                new AccountSettings { Name = "A", Users = [new UserSettings { Name = "a", Password = "p" }] },
                new AccountSettings { Name = "B", Users = [new UserSettings { Name = "b", Password = "p" }] },
            ],
        });
        await using var a = await ConnectAsync(server, "\"user\":\"a\",\"pass\":\"p\"");
        await using var b = await ConnectAsync(server, "\"user\":\"b\",\"pass\":\"p\"");
        await b.SendAsync("SUB > 1\r\nPING\r\n");
        await b.ExpectAsync("PONG\r\n");
        await a.SendAsync("PUB x 1\r\nx\r\n");
        Assert.Equal("", await a.PingAsync());
        Assert.Equal("", await b.PingAsync());
        Assert.Equal(["A", "B"], server.Server.Connections.Select(connection => connection.Account.Name).Order());
    }

    [Fact]
    public async Task A_user_for_clients_in_the_process_comes_in_there_alone()
    {
        await using var server = await StartAsync(Several);
        await using var client = await RawClient.ConnectAsync(server.Server);
        await client.SendAsync("CONNECT {\"verbose\":false,\"user\":\"inside\",\"pass\":\"i\"}\r\nPING\r\n");
        await client.ExpectAsync("PONG\r\n");
        await using var other = await RawClient.ConnectAsync(server.Server);
        await other.SendAsync("CONNECT {\"user\":\"web\",\"pass\":\"w\"}\r\n");
        Assert.Equal(Violation, await other.ReadToEndAsync());
    }

    [Fact]
    public async Task Log_lines_say_who_it_was_and_no_secret()
    {
        var log = new CapturedLog { Level = LogLevel.Trace };
        await using var server = await EmbeddedServer.StartAsync(
            options => options with { Authorization = Several, LoggerFactory = log });
        await using var ann = await ConnectAsync(server, "\"name\":\"cli\",\"user\":\"ann\",\"pass\":\"s3cret\"");
        await ann.SendAsync("PUB a..b 0\r\n\r\n");
        foreach (string wrong in (string[])["\"user\":\"ann\",\"pass\":\"hush-1\"", "\"auth_token\":\"hush-2\"", "\"user\":\"bob\",\"p\\u0061ss\":\"hush-3\"", "\"sig\":\"hush-4\",\"jwt\":\"hush-5\"", "\"pass\":\"hush-6\",\"broken\""])
        {
            await using var client = await server.ConnectAsync();
            await client.SendAsync($"CONNECT {{{wrong}}}\r\n");
            await client.ReadToEndAsync();
        }

        await ann.PingAsync();
        Assert.Contains(log.Lines, line => line.EndsWith("authentication error - User \"ann\"", StringComparison.Ordinal));
        Assert.Contains(log.Lines, line => line.EndsWith("authentication error - Token \"[REDACTED]\"", StringComparison.Ordinal));
        Assert.Contains(log.Lines, line => line.Contains(" - \"cli\" - \"$G/user:ann\" - ", StringComparison.Ordinal));
        Assert.Contains(log.Lines, line => line.Contains("[CONNECT {\"user\":\"ann\",\"pass\":\"[REDACTED]\"}]", StringComparison.Ordinal));
        Assert.DoesNotContain(log.Lines, line => line.Contains("hush", StringComparison.Ordinal) || line.Contains("s3cret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Settings_do_not_print_secrets()
    {
        string text = $"{Single} {Several} {Several.Users![0]} {new NatsServerOptions { Authorization = Single }}";
        Assert.DoesNotContain("s3cret", text, StringComparison.Ordinal);
        Assert.Contains("ann", text, StringComparison.Ordinal);
        await Task.CompletedTask;
    }

    [Fact]
    public async Task Plain_passwords_are_warned_of_and_hashes_are_not()
    {
        await using var plain = await StartAsync(Single);
        Assert.Contains("[Warning] Plaintext passwords detected, use nkeys or bcrypt", plain.Log.Lines);
        await using var hashed = await StartAsync(new AuthorizationSettings { User = "a", Password = Bcrypt });
        Assert.DoesNotContain(hashed.Log.Lines, line => line.Contains("Plaintext", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Another_CONNECT_may_make_another_user_of_a_client_or_none()
    {
        await using var server = await StartAsync(Several);
        await using var client = await ConnectAsync(server, "\"user\":\"ann\",\"pass\":\"s3cret\"");
        await client.SendAsync("CONNECT {\"user\":\"bob\",\"pass\":\"abc\"}\r\nPING\r\n");
        await client.ExpectAsync("PONG\r\n");
        Assert.Equal("bob", server.Server.Connections.Single().Identity.UserLabel);
        await client.SendAsync("CONNECT {\"user\":\"bob\",\"pass\":\"no\"}\r\n");
        Assert.Equal(Violation, await client.ReadToEndAsync());
    }

    [Fact]
    public async Task A_reload_closes_clients_whose_users_are_gone_and_leaves_the_others()
    {
        await using var server = await StartAsync(Several);
        await using var ann = await ConnectAsync(server, "\"user\":\"ann\",\"pass\":\"s3cret\"");
        await using var bob = await ConnectAsync(server, "\"user\":\"bob\",\"pass\":\"abc\"");
        var changes = server.Server.Reload(server.Server.Options with { Authorization = new AuthorizationSettings { Users = [Several.Users![0]] } });
        Assert.Contains("authorization users", changes);
        Assert.Equal("", await bob.ReadToEndAsync());
        Assert.Equal("", await ann.PingAsync());
        await using var again = await server.ConnectAsync();
        await again.SendAsync("CONNECT {\"user\":\"bob\",\"pass\":\"abc\"}\r\n");
        Assert.Equal(Violation, await again.ReadToEndAsync());
    }

    [Fact]
    public async Task A_reload_tells_clients_whose_password_is_another_one_why_they_are_closed()
    {
        await using var server = await StartAsync(Several);
        await using var bob = await ConnectAsync(server, "\"user\":\"bob\",\"pass\":\"abc\"");
        var users = Several.Users!.Select(user => user.Name == "bob" ? user with { Password = "other" } : user);
        server.Server.Reload(server.Server.Options with { Authorization = Several with { Users = [.. users] } });
        Assert.Equal(Violation, await bob.ReadToEndAsync());
        Assert.Contains(server.Log.Lines, line => line.EndsWith("authentication error - User \"bob\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_client_whose_user_goes_while_its_password_is_looked_at_does_not_stay()
    {
        // Cost 12: some tenths of a second, in which the settings change.
        string slow = OpenBsdBCrypt.Generate("abc".ToCharArray(), new byte[16], 12);
        var settings = new AuthorizationSettings
        {
            Users = [new UserSettings { Name = "slow", Password = slow }, new UserSettings { Name = "ann", Password = "p" }],
        };
        await using var server = await StartAsync(settings);
        await using var client = await server.ConnectAsync();
        await client.SendAsync("CONNECT {\"verbose\":false,\"user\":\"slow\",\"pass\":\"abc\"}\r\nSUB a 1\r\n");
        await Eventually.Holds(() => server.Log.Lines.Count > 0 && server.Server.Connections.Any(), "the connection is there");
        server.Server.Reload(server.Server.Options with { Authorization = settings with { Users = [settings.Users[1]] } });
        Assert.DoesNotContain("PONG", await client.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_be_reloaded_is_refused_and_changes_nothing()
    {
        await using var server = await StartAsync(Several);
        var options = server.Server.Options;
        foreach (var (changed, name) in ((NatsServerOptions, string)[])[
            (options with { NoAuthUser = "ann" }, "NoAuthUser"),
            (options with { Operators = new OperatorSettings { TrustedKeys = [TestKey.Operator().Public] }, Authorization = null }, "TrustedKeys"),
            (options with { Authorization = Several with { Callout = new AuthCalloutSettings { Issuer = TestKey.Account().Public, AuthUsers = ["ann"] } } }, "AuthCallout")])
        {
            var e = Assert.Throws<NatsServerOptionsException>(() => server.Server.Reload(changed));
            Assert.StartsWith($"config reload not supported for {name}", e.Message, StringComparison.Ordinal);
        }

        await using var client = await ConnectAsync(server, "\"user\":\"ann\",\"pass\":\"s3cret\"");
    }

    [Fact]
    public async Task A_payload_of_nobody_in_particular_is_not_waited_for()
    {
        await using var server = await StartAsync(Single);
        await using var client = await server.ConnectAsync();
        await client.SendAsync("PUB a 1000000\r\n");
        Assert.Equal(Violation, await client.ReadToEndAsync());
    }

    [Fact]
    public async Task A_reload_can_begin_and_end_to_ask_for_credentials()
    {
        await using var server = await EmbeddedServer.StartAsync();
        await using var early = await server.ConnectQuietAsync();
        server.Server.Reload(server.Server.Options with { Authorization = Token });
        Assert.DoesNotContain("PONG", await early.ReadToEndAsync(), StringComparison.Ordinal);
        await using var client = await ConnectAsync(server, "\"auth_token\":\"t0ken\"");
        Assert.True(client.Info.AuthRequired);
        server.Server.Reload(server.Server.Options with { Authorization = null });
        Assert.Equal("", await client.PingAsync());
        await using var late = await server.ConnectQuietAsync();
        Assert.False(late.Info.AuthRequired);
    }

    [Theory]
    [InlineData("")]
    [InlineData("SUB a 1\r\n")]
    public async Task A_client_that_never_said_CONNECT_is_asked_for_credentials_too_once_they_are_wanted(string said)
    {
        await using var server = await EmbeddedServer.StartAsync();
        await using var early = await server.ConnectAsync();
        await early.SendAsync(said);
        await early.PingAsync();
        server.Server.Reload(server.Server.Options with { Authorization = Token });
        Assert.Equal(Violation, await early.ReadToEndAsync());
        await Eventually.Holds(() => server.Server.ConnectionCount == 0);
    }

    [Fact]
    public async Task A_client_that_is_still_to_say_CONNECT_has_its_time_whatever_a_reload_brings()
    {
        await using var server = await StartAsync(Several);
        await using var client = await server.ConnectAsync();
        server.Server.Reload(server.Server.Options with { Authorization = Token });
        await client.SendAsync("CONNECT {\"verbose\":false,\"auth_token\":\"t0ken\"}\r\nPING\r\n");
        await client.ExpectAsync("PONG\r\n");
    }

    private static AuthorizationSettings SettingsOf(string name)
    {
        return name switch
        {
            "single" => Single,
            "token" => Token,
            "hashed token" => new AuthorizationSettings { Token = Bcrypt },
            _ => Several,
        };
    }

    private static Task<EmbeddedServer> StartAsync(AuthorizationSettings settings, TimeProvider? time = null)
    {
        return EmbeddedServer.StartAsync(options => options with { Authorization = settings, TimeProvider = time ?? TimeProvider.System });
    }

    private static async Task<RawClient> ConnectAsync(EmbeddedServer server, string shown)
    {
        var client = await server.ConnectAsync();
        await client.SendAsync($"CONNECT {{\"verbose\":false,\"pedantic\":false,{shown}}}\r\nPING\r\n");
        await client.ExpectAsync("PONG\r\n");
        return client;
    }
}
