using Rivulet.Server.Configuration;
using Rivulet.Server.Tests.Configuration;
using Rivulet.TestKit.Processes;
using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.Accounts;

/// <summary>Accounts whose requests to JetStream go to another domain than their own.</summary>
public sealed class DefaultDomainTests : IDisposable
{
    private const string Accounts = """
        accounts {
          HUB { users: [ { user: hub, password: x } ], jetstream: enabled, exports: [ { service: "$JS.hub.API.>" } ] }
          A { users: [ { user: a, password: x } ], imports: [ { service: { account: HUB, subject: "$JS.hub.API.>" } } ] }
        }
        """;

    private readonly TemporaryFolder _folder = new("domains");

    public void Dispose()
    {
        _folder.Dispose();
    }

    [Fact]
    public async Task Requests_that_name_no_domain_go_to_the_accounts_own()
    {
        await using var server = await StartAsync(Accounts + "\n" + "default_js_domain { A: hub }");
        Assert.Contains(server.Log.Lines, line => line.StartsWith("[Warning] The option `default_js_domain` is a temporary", StringComparison.Ordinal));
        await using var client = await ConnectAsync(server, "a");
        await client.SendAsync("SUB r 1\r\nPUB $JS.API.INFO r 0\r\n\r\nPUB $JS.API.STREAM.NAMES r 0\r\n\r\n");
        foreach (string type in (string[])["account_info_response", "stream_names_response"])
        {
            Assert.StartsWith("MSG r 1 ", await client.ReadLineAsync(), StringComparison.Ordinal);
            string answer = await client.ReadLineAsync();
            Assert.Contains($"\"io.nats.jetstream.api.v1.{type}\"", answer, StringComparison.Ordinal);
            Assert.DoesNotContain("\"error\":", answer, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Without_a_domain_the_account_has_no_JetStream()
    {
        await using var server = await StartAsync(Accounts + "\n" + "default_js_domain { A: \"\" }");
        await using var client = await ConnectAsync(server, "a");
        await client.SendAsync("SUB r 1\r\nPUB $JS.API.INFO r 0\r\n\r\n");
        Assert.StartsWith("MSG r 1 ", await client.ReadLineAsync(), StringComparison.Ordinal);
        Assert.Contains("\"err_code\":10039", await client.ReadLineAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("default_js_domain { B: hub }", "in non operator mode, `default_js_domain` references non existing account \"B\"")]
    [InlineData("default_js_domain { HUB: hub }", "default_js_domain contains account name \"HUB\" with enabled JetStream")]
    [InlineData("default_js_domain { A: \"hub..x\" }", "default_js_domain contains account \"A\" with invalid domain name \"hub..x\"")]
    [InlineData("default_js_domain { A: hub }, system_account: A", "system account \"A\" can not be in default_js_domain")]
    public async Task What_does_not_go_together_keeps_a_server_from_starting(string text, string complaint)
    {
        var error = await Assert.ThrowsAsync<NatsServerOptionsException>(() => StartAsync(Accounts + "\n" + text));
        Assert.Equal(complaint, error.Message);
    }

    [Fact]
    public async Task Domains_cannot_be_reloaded()
    {
        await using var server = await StartAsync(Accounts + "\n" + "default_js_domain { A: hub }");
        var error = Assert.Throws<NatsServerOptionsException>(
            () => server.Server.Reload(server.Server.Options with { DefaultJetStreamDomains = new Dictionary<string, string>() }));
        Assert.Equal("config reload not supported for JsAccDefaultDomain: old=map[A:hub], new=map[]", error.Message);
    }

    private Task<EmbeddedServer> StartAsync(string text)
    {
        var configuration = ServerConfiguration.Load("a.conf", new MemorySource { Files = { ["a.conf"] = text } });
        return EmbeddedServer.StartAsync(options => configuration.Server with
        {
            Host = options.Host,
            Port = options.Port,
            LoggerFactory = options.LoggerFactory,
            JetStream = new JetStreamServerOptions { StoreDirectory = _folder.Path, Domain = "hub" },
        });
    }

    private static async Task<RawClient> ConnectAsync(EmbeddedServer server, string user)
    {
        var client = await server.ConnectAsync();
        await client.SendAsync($"CONNECT {{\"user\":\"{user}\",\"pass\":\"x\",\"verbose\":false,\"headers\":true,\"no_responders\":true}}\r\n");
        await client.PingAsync();
        return client;
    }
}
