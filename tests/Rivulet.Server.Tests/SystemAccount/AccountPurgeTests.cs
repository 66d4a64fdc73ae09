using Rivulet.Server.Configuration;
using Rivulet.Server.Tests.Configuration;
using Rivulet.TestKit.Processes;
using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.SystemAccount;

/// <summary>What the system account may ask of JetStream: that another account loses everything it has, and nothing else.</summary>
public sealed class AccountPurgeTests : IDisposable
{
    private const string Initiated = """{"type":"io.nats.jetstream.api.v1.account_purge_response","initiated":true}""";
    private const string Disabled = "\"error\":{\"code\":503,\"err_code\":10039,\"description\":\"JetStream not enabled for account\"}}";

    private readonly TemporaryFolder _folder = new("purge");

    public void Dispose()
    {
        _folder.Dispose();
    }

    [Fact]
    public async Task The_streams_of_an_account_are_gone_for_good_and_those_of_others_are_not()
    {
        await using (var server = await StartAsync(isEnabled: true))
        {
            await using var a = await ConnectAsync(server, "a");
            await using var b = await ConnectAsync(server, "b");
            await using var system = await ConnectAsync(server, "s");
            await a.SendAsync("SUB $JS.EVENT.ADVISORY.STREAM.DELETED.* e\r\n");
            await CreateAsync(a, "ONE", "file");
            await CreateAsync(a, "TWO", "memory");
            await CreateAsync(b, "ONE", "file");

            Assert.Equal(Initiated, await RequestAsync(system, "$JS.API.ACCOUNT.PURGE.A"));

            string told = await a.PingAsync();
            Assert.Contains("$JS.EVENT.ADVISORY.STREAM.DELETED.ONE", told, StringComparison.Ordinal);
            Assert.Contains("$JS.EVENT.ADVISORY.STREAM.DELETED.TWO", told, StringComparison.Ordinal);
            Assert.Contains("\"total\":0,", await RequestAsync(a, "$JS.API.STREAM.NAMES"), StringComparison.Ordinal);
            Assert.Contains("\"streams\":0,", await RequestAsync(a, "$JS.API.INFO"), StringComparison.Ordinal);
            Assert.Contains("\"streams\":[\"ONE\"]", await RequestAsync(b, "$JS.API.STREAM.NAMES"), StringComparison.Ordinal);
            Assert.Contains(server.Log.Lines, line => line.EndsWith("Purge request for account A", StringComparison.Ordinal));
        }

        await using var again = await StartAsync(isEnabled: true);
        await using var after = await ConnectAsync(again, "a");
        Assert.Contains("\"total\":0,", await RequestAsync(after, "$JS.API.STREAM.NAMES"), StringComparison.Ordinal);
        await CreateAsync(after, "ONE", "file");
    }

    [Fact]
    public async Task An_account_that_has_no_JetStream_any_more_loses_what_it_had()
    {
        await using (var server = await StartAsync(isEnabled: true))
        {
            await using var a = await ConnectAsync(server, "a");
            await CreateAsync(a, "ONE", "file");
        }

        await using (var server = await StartAsync(isEnabled: false))
        {
            await using var system = await ConnectAsync(server, "s");
            Assert.Equal(Initiated, await RequestAsync(system, "$JS.API.ACCOUNT.PURGE.A"));
            Assert.Equal(Initiated, await RequestAsync(system, "$JS.API.ACCOUNT.PURGE.NOBODY", "whatever"));
        }

        await using var again = await StartAsync(isEnabled: true);
        await using var after = await ConnectAsync(again, "a");
        Assert.Contains("\"total\":0,", await RequestAsync(after, "$JS.API.STREAM.NAMES"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("INFO", "account_info_response", Disabled)]
    [InlineData("STREAM.NAMES", "system_response", Disabled)]
    [InlineData("STREAM.CREATE.ONE", "system_response", Disabled)]
    [InlineData("DIRECT.GET.ONE", "system_response", Disabled)]
    [InlineData("NOTHING", "system_response", Disabled)]
    [InlineData("META.LEADER.STEPDOWN", "meta_leader_stepdown_response", "\"description\":\"JetStream clustering support required\"}}")]
    [InlineData("SERVER.REMOVE", "meta_server_remove_response", "\"description\":\"JetStream clustering support required\"}}")]
    public async Task Whatever_else_it_asks_is_refused(string operation, string type, string error)
    {
        await using var server = await StartAsync(isEnabled: true);
        await using var system = await ConnectAsync(server, "s");
        string answer = await RequestAsync(system, "$JS.API." + operation, "{}");
        Assert.StartsWith($"{{\"type\":\"io.nats.jetstream.api.v1.{type}\",", answer, StringComparison.Ordinal);
        Assert.EndsWith(error, answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Others_cannot_purge()
    {
        await using var server = await StartAsync(isEnabled: true);
        await using var a = await ConnectAsync(server, "a");
        await CreateAsync(a, "ONE", "file");
        await using var b = await ConnectAsync(server, "b");
        await b.SendAsync("PUB $JS.API.ACCOUNT.PURGE.A r 0\r\n\r\n");
        await b.PingAsync();
        await a.SendAsync("PUB $JS.API.ACCOUNT.PURGE.A r 0\r\n\r\n");
        await a.PingAsync();
        Assert.Contains("\"streams\":[\"ONE\"]", await RequestAsync(a, "$JS.API.STREAM.NAMES"), StringComparison.Ordinal);
    }

    private static async Task CreateAsync(RawClient client, string stream, string storage)
    {
        string created = await RequestAsync(
            client, $"$JS.API.STREAM.CREATE.{stream}", $$"""{"name":"{{stream}}","subjects":["{{stream}}.*"],"storage":"{{storage}}"}""");
        Assert.DoesNotContain("\"error\"", created, StringComparison.Ordinal);
        Assert.Contains("\"seq\":1", await RequestAsync(client, stream + ".x", "x"), StringComparison.Ordinal);
    }

    private static async Task<string> RequestAsync(RawClient client, string subject, string body = "")
    {
        await client.SendAsync($"SUB r r\r\nUNSUB r 1\r\nPUB {subject} r {body.Length}\r\n{body}\r\n");
        string line;
        do
        {
            line = await client.ReadLineAsync();
        }
        while (!line.StartsWith("MSG r r ", StringComparison.Ordinal));
        return await client.ReadLineAsync();
    }

    private static async Task<RawClient> ConnectAsync(EmbeddedServer server, string user)
    {
        var client = await server.ConnectAsync();
        await client.SendAsync($"CONNECT {{\"verbose\":false,\"user\":\"{user}\",\"pass\":\"x\"}}\r\n");
        await client.PingAsync();
        return client;
    }

    private async Task<EmbeddedServer> StartAsync(bool isEnabled)
    {
        string enabled = isEnabled ? ", jetstream: enabled" : "";
        var parsed = ServerConfiguration.Load("a.conf", MemorySource.With($$"""
            system_account: SYS
            accounts {
              A { users: [ { user: a, password: x } ]{{enabled}} }
              B { users: [ { user: b, password: x } ], jetstream: enabled }
              SYS { users: [ { user: s, password: x } ] }
            }
            """)).Server;
        return await EmbeddedServer.StartAsync(options => options with
        {
            Accounts = parsed.Accounts,
            SystemAccount = parsed.SystemAccount,
            JetStream = new JetStreamServerOptions { StoreDirectory = _folder.Path, MaxMemoryStore = 1_000_000, MaxFileStore = 100_000_000 },
        });
    }
}
