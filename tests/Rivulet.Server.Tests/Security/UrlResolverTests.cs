using System.Text.Json.Nodes;
using Rivulet.Server.Configuration;
using Rivulet.Server.Security;
using Rivulet.Server.Tests.Configuration;
using Rivulet.TestKit.Processes;
using Rivulet.TestKit.Security;

namespace Rivulet.Server.Tests.Security;

/// <summary>Tokens of accounts that are fetched over HTTP.</summary>
public sealed class UrlResolverTests : IAsyncDisposable
{
    private readonly TokenServer _tokens = new();

    public ValueTask DisposeAsync()
    {
        return _tokens.DisposeAsync();
    }

    [Fact]
    public async Task An_account_is_fetched_when_a_user_of_it_comes_first_and_then_known()
    {
        await using var rig = await StartAsync();
        Assert.Equal([rig.System.Public], _tokens.Requests.Select(AccountOf));
        await using var first = await rig.ConnectAsync(rig.UserToken());
        await using var second = await rig.ConnectAsync(rig.UserToken());
        Assert.Equal([rig.System.Public, rig.A.Public], _tokens.Requests.Select(AccountOf));
        Assert.Equal(2, rig.Server.Server.Connections.Count(connection => connection.Account.Name == rig.A.Public));
        Assert.Contains(rig.Server.Log.Lines, line => line.StartsWith($"[Debug] Account [{rig.A.Public}] fetch took ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Those_who_come_at_once_share_a_request()
    {
        await using var rig = await StartAsync();
        var clients = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => rig.ConnectAsync(rig.UserToken())));

        // One that comes between the answer and the account may ask once more.
        Assert.InRange(_tokens.Requests.Count(request => AccountOf(request) == rig.A.Public), 1, 3);
        foreach (var client in clients)
            await client.DisposeAsync();
    }

    [Fact]
    public async Task An_account_that_is_not_there_is_refused_and_asked_for_again_later()
    {
        var late = TestKey.Account();
        await using var rig = await StartAsync();
        string expected = $"could not fetch <\"{_tokens.Address}/{late.Public}\">: 404 Not Found";
        await rig.RefuseAsync(rig.UserToken(issuer: late), $"Account JWT lookup error: {expected}");
        Assert.Contains($"[Warning] Account fetch failed: {expected}", rig.Server.Log.Lines);
        _tokens.Tokens[late.Public] = rig.AccountToken(late);
        await using var client = await rig.ConnectAsync(rig.UserToken(issuer: late));
    }

    [Fact]
    public async Task What_is_served_counts_only_if_the_operator_signed_it_for_that_account()
    {
        var ofStranger = TestKey.Account();
        var mistaken = TestKey.Account();
        await using var rig = await StartAsync();
        _tokens.Tokens[ofStranger.Public] = rig.AccountToken(ofStranger, issuer: TestKey.Operator());
        await rig.RefuseAsync(rig.UserToken(issuer: ofStranger), "Account JWT lookup error: account validation failed");
        _tokens.Tokens[mistaken.Public] = rig.AccountToken(rig.A);
        await rig.RefuseAsync(rig.UserToken(issuer: mistaken), "Account JWT lookup error: account validation failed");
        _tokens.Tokens[mistaken.Public] = "<html>";
        await rig.RefuseAsync(rig.UserToken(issuer: mistaken), "Account JWT lookup error: expected 3 chunks");
    }

    [Fact]
    public async Task A_server_that_does_not_answer_holds_up_nobody_but_who_asks_for_it()
    {
        await using var rig = await StartAsync(options: options => options with { Authorization = new AuthorizationSettings { Timeout = TimeSpan.FromMinutes(1) } });
        await using var known = await rig.ConnectAsync(rig.UserToken());
        _tokens.IsSilent = true;
        var waiting = Enumerable.Range(0, 8).Select(_ => rig.RefuseAsync(rig.UserToken(issuer: TestKey.Account()), "no answer within 1.9s")).ToList();
        for (int i = 0; i < 20; i++)
        {
            await known.PingAsync();
            await using var other = await rig.ConnectAsync(rig.UserToken());
        }

        Assert.All(waiting, refusal => Assert.False(refusal.IsCompleted));
        await Task.WhenAll(waiting);
    }

    [Fact]
    public async Task Accounts_that_an_account_imports_from_are_fetched_with_it()
    {
        var importer = TestKey.Account();
        await using var rig = await StartAsync(rig =>
        {
            _tokens.Tokens[rig.A.Public] = rig.AccountToken(rig.A, new JsonObject
            {
                ["exports"] = new JsonArray(new JsonObject { ["subject"] = "news.>", ["type"] = "stream" }),
            });
            _tokens.Tokens[importer.Public] = rig.AccountToken(importer, new JsonObject
            {
                ["imports"] = new JsonArray(new JsonObject { ["subject"] = "news.>", ["type"] = "stream", ["account"] = rig.A.Public, ["local_subject"] = "news.>" }),
            });
        });
        await using var reader = await rig.ConnectAsync(rig.UserToken(issuer: importer));
        Assert.Equal([rig.System.Public, importer.Public, rig.A.Public], _tokens.Requests.Select(AccountOf));
        await reader.SendAsync("SUB news.> 1\r\n");
        await reader.PingAsync();
        await using var writer = await rig.ConnectAsync(rig.UserToken());
        await writer.SendAsync("PUB news.today 2\r\nhi\r\n");
        await reader.ExpectAsync("MSG news.today 1 2\r\nhi\r\n");
    }

    [Fact]
    public async Task A_reload_keeps_what_was_fetched()
    {
        await using var rig = await StartAsync();
        await using var client = await rig.ConnectAsync(rig.UserToken());
        var options = rig.Server.Server.Options;
        rig.Server.Server.Reload(options with { Operators = options.Operators! with { PinnedAccounts = [rig.A.Public] } });
        await client.PingAsync();
        await using var other = await rig.ConnectAsync(rig.UserToken());
        Assert.Single(_tokens.Requests, request => AccountOf(request) == rig.A.Public);
    }

    [Fact]
    public async Task A_reload_has_tokens_fetched_from_elsewhere_or_found_in_a_directory()
    {
        using var folder = new TemporaryFolder("resolver-reload");
        await using var elsewhere = new TokenServer();
        await using var rig = await StartAsync();
        var late = TestKey.Account();
        elsewhere.Tokens[late.Public] = rig.AccountToken(late);
        await rig.RefuseAsync(rig.UserToken(issuer: late), "404 Not Found");
        var options = rig.Server.Server.Options;
        rig.Server.Server.Reload(options with { Operators = options.Operators! with { Resolver = options.Operators.Resolver! with { Url = elsewhere.Address } } });
        await using var client = await rig.ConnectAsync(rig.UserToken(issuer: late));

        var directory = new AccountResolverSettings { Kind = AccountResolverKind.Full, Directory = folder.Combine("jwt") };
        var preload = new Dictionary<string, string> { [rig.System.Public] = rig.AccountToken(rig.System), [late.Public] = rig.AccountToken(late) };
        rig.Server.Server.Reload(options with { Operators = options.Operators with { Resolver = directory, Preload = preload } });
        await client.PingAsync();
        await using var system = await rig.ConnectSystemAsync();
        Assert.Contains(late.Public, await OperatorRig.RequestAsync(system, "$SYS.REQ.CLAIMS.LIST"), StringComparison.Ordinal);

        await File.WriteAllTextAsync(folder.Combine("file"), "", TestContext.Current.CancellationToken);
        var unusable = directory with { Directory = folder.Combine("file") };
        Assert.Throws<NatsServerOptionsException>(
            () => rig.Server.Server.Reload(options with { MaxPayload = 77, Operators = options.Operators with { Resolver = unusable, Preload = preload } }));
        Assert.NotEqual(77, rig.Server.Server.Options.MaxPayload);
        await client.PingAsync();
    }

    [Fact]
    public async Task Streams_of_accounts_come_to_life_at_the_start()
    {
        using var folder = new TemporaryFolder("url-resolver");
        var limits = OperatorRig.Unlimited;
        foreach (string limit in (string[])["mem_storage", "disk_storage", "streams", "consumer"])
            limits[limit] = -1;
        OperatorRig former;
        await using (former = await StartAsync(
            rig => _tokens.Tokens[rig.A.Public] = rig.AccountToken(rig.A, new JsonObject { ["limits"] = limits.DeepClone() }), options: WithJetStream))
        {
            await using var client = await former.ConnectAsync(former.UserToken());
            await OperatorRig.RequestAsync(client, "$JS.API.STREAM.CREATE.S", """{"name":"S","subjects":["s"]}""");
        }

        int before = _tokens.Requests.Count;
        string token = former.Operator.Issue("operator", former.Operator.Public, new JsonObject { ["system_account"] = former.System.Public });
        await using var again = await OperatorRig.StartAsync(operators: (_, settings) => Remote(settings) with { Operators = [token] }, options: WithJetStream);
        Assert.Contains(former.A.Public, _tokens.Requests.Skip(before).Select(AccountOf));
        Assert.True(again.Server.Server.Accounts.TryGet(former.A.Public, out var account));
        Assert.Equal(["S"], account.JetStream!.Streams.Select(stream => stream.Name));

        NatsServerOptions WithJetStream(NatsServerOptions options) => options with { JetStream = new JetStreamServerOptions { StoreDirectory = folder.Path } };
    }

    [Fact]
    public async Task A_system_account_that_cannot_be_fetched_keeps_a_server_from_starting()
    {
        var error = await Assert.ThrowsAsync<NatsServerOptionsException>(() => OperatorRig.StartAsync(operators: (_, settings) => Remote(settings)));
        Assert.StartsWith($"error resolving system account: could not fetch <\"{_tokens.Address}/A", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tokens_cannot_be_put_there_ahead()
    {
        var error = await Assert.ThrowsAsync<NatsServerOptionsException>(
            () => OperatorRig.StartAsync(operators: (_, settings) => settings with { Resolver = Remote(settings).Resolver }));
        Assert.Equal("resolver preloads only available for writeable resolver types MEM/DIR/CACHE_DIR", error.Message);
    }

    [Fact]
    public async Task The_operator_may_say_where_its_accounts_are()
    {
        await using var rig = await OperatorRig.StartAsync(
            operators: (rig, settings) =>
            {
                _tokens.Tokens[rig.System.Public] = rig.AccountToken(rig.System);
                return settings with { Resolver = null, Preload = new Dictionary<string, string>() };
            },
            operatorFields: _ => new JsonObject { ["account_server_url"] = _tokens.Address.AbsoluteUri[..^"/accounts".Length] });
        Assert.Equal([rig.System.Public], _tokens.Requests.Select(AccountOf));
    }

    [Fact]
    public async Task A_name_and_password_in_the_address_are_sent_and_never_told()
    {
        var address = new UriBuilder(_tokens.Address) { UserName = "sue", Password = "h%20ush" }.Uri;
        await using var rig = await StartAsync(change: settings => settings with { Resolver = settings.Resolver! with { Url = address } });
        Assert.Contains("Authorization: Basic c3VlOmggdXNo", _tokens.Requests.Single(), StringComparison.Ordinal);
        await rig.RefuseAsync(rig.UserToken(issuer: TestKey.Account()), "could not fetch <\"http://sue:xxxxx@localhost");
        Assert.DoesNotContain(rig.Server.Log.Lines, line => line.Contains("ush", StringComparison.Ordinal));
        Assert.DoesNotContain("ush", rig.Server.Server.Options.Operators!.Resolver!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Over_tls_the_authority_has_to_be_the_one_that_is_named()
    {
        using var authority = new TestAuthority();
        using var certificate = authority.IssueServer();
        await using var secure = new TokenServer(certificate);
        var error = await Assert.ThrowsAsync<NatsServerOptionsException>(() => StartAsync(
            change: settings => settings with { Resolver = settings.Resolver! with { Url = secure.Address } }));
        Assert.StartsWith("error resolving system account: could not fetch", error.Message, StringComparison.Ordinal);
        Assert.Empty(secure.Requests);
        foreach (var tls in (AccountResolverTls[])[new() { Authorities = authority.Trust }, new() { AcceptsAny = true }])
        {
            await using var rig = await StartAsync(
                rig => secure.Tokens[rig.System.Public] = rig.AccountToken(rig.System),
                settings => settings with { Resolver = settings.Resolver! with { Url = secure.Address }, ResolverTls = tls });
        }

        Assert.Equal(2, secure.Requests.Count);
    }

    [Theory]
    [InlineData("URL(http://a:1/x/)", "http://a:1/x/")]
    [InlineData("url( \\\"https://u:p@b/y\\\" )", "https://u:p@b/y")]
    public void The_address_is_in_the_configuration(string text, string address)
    {
        var resolver = Load($"resolver: \"{text}\"").Server.Operators!.Resolver!;
        Assert.Equal((AccountResolverKind.Url, new Uri(address)), (resolver.Kind, resolver.Url));
    }

    [Theory]
    [InlineData("resolver: \"URL(nowhere)\"", "error parsing account resolver url [\"nowhere\"]")]
    [InlineData("resolver: \"URL(ftp://a/)\"", "error parsing account resolver url [\"ftp://a/\"]")]
    [InlineData("resolver: URL", "error parsing account resolver url [\"\"]")]
    [InlineData("resolver_tls: true", "interface conversion: interface {} is bool, not map[string]interface {}")]
    [InlineData("resolver_tls { ca_file: \"/nowhere.pem\" }", "open /nowhere.pem: no such file or directory")]
    public void Mistakes_in_the_configuration_are_named(string text, string complaint)
    {
        Assert.Equal($"a.conf:1:0: {complaint}", Assert.Throws<ServerConfigurationException>(() => Load(text)).Message);
    }

    private static ServerConfiguration Load(string text)
    {
        return ServerConfiguration.Load("a.conf", MemorySource.With(text));
    }

    private static string AccountOf(string request)
    {
        return request.Split('\n')[0].Split(' ')[1].Split('/')[^1];
    }

    private OperatorSettings Remote(OperatorSettings settings)
    {
        return settings with
        {
            Resolver = new AccountResolverSettings { Kind = AccountResolverKind.Url, Url = _tokens.Address },
            Preload = new Dictionary<string, string>(),
        };
    }

    /// <summary>Starts a server that fetches; the system account and A are served.</summary>
    private Task<OperatorRig> StartAsync(
        Action<OperatorRig>? serve = null,
        Func<OperatorSettings, OperatorSettings>? change = null,
        Func<NatsServerOptions, NatsServerOptions>? options = null)
    {
        return OperatorRig.StartAsync(
            operators: (rig, settings) =>
            {
                _tokens.Tokens[rig.System.Public] = rig.AccountToken(rig.System);
                _tokens.Tokens[rig.A.Public] = rig.AccountToken(rig.A);
                serve?.Invoke(rig);
                settings = Remote(settings);
                return change is null ? settings : change(settings);
            },
            options: options);
    }
}
