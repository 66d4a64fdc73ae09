using System.Globalization;
using Rivulet.Server.Tests.Configuration.Effects;
using Rivulet.TestKit.Processes;
using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.Core;

/// <summary>A reload that turns JetStream off, and on again, while clients stay connected.</summary>
public sealed class JetStreamReloadTests : IDisposable
{
    private const string FileStream = """{"name":"S","subjects":["s.*"]}""";
    private const string MemoryStream = """{"name":"M","subjects":["m.*"],"storage":"memory"}""";
    private const string Consumer = """{"stream_name":"S","config":{"durable_name":"C","ack_policy":"explicit"}}""";

    private readonly TemporaryFolder _folder = new("jetstream-reload");
    private volatile bool _isOver;

    private JetStreamServerOptions On => new() { StoreDirectory = _folder.Path, MaxMemoryStore = 1 << 20, MaxFileStore = 1 << 24 };

    /// <inheritdoc/>
    public void Dispose()
    {
        _folder.Dispose();
    }

    [Fact]
    public async Task What_is_on_the_disk_is_there_again_and_memory_is_not()
    {
        await using var server = await StartAsync(On);
        await using var client = await ConnectAsync(server);
        await RequestAsync(client, "$JS.API.STREAM.CREATE.S", FileStream);
        await RequestAsync(client, "$JS.API.STREAM.CREATE.M", MemoryStream);
        await RequestAsync(client, "$JS.API.CONSUMER.CREATE.S.C", Consumer);
        Assert.Equal("{\"stream\":\"S\",\"seq\":1}", await RequestAsync(client, "s.a", "1"));
        await client.SendAsync("SUB pulled 2\r\n");
        Assert.Equal("1", await RequestAsync(client, "$JS.API.CONSUMER.MSG.NEXT.S.C", "1"));

        Assert.Equal(["JetStream"], Reload(server, null));
        Assert.Equal("503", await RequestAsync(client, "$JS.API.INFO", ""));
        Assert.Equal("503", await RequestAsync(client, "s.a", "2"));
        Assert.Equal("503", await RequestAsync(client, "$JS.API.NONE", ""));
        Assert.Null(server.Server.JetStream);

        Assert.Equal(["JetStream"], Reload(server, On));
        Assert.Equal("{\"stream\":\"S\",\"seq\":2}", await RequestAsync(client, "s.a", "3"));
        Assert.Contains("\"err_code\":10059", await RequestAsync(client, "$JS.API.STREAM.INFO.M", ""), StringComparison.Ordinal);
        string consumer = await RequestAsync(client, "$JS.API.CONSUMER.INFO.S.C", "");
        Assert.Contains("\"delivered\":{\"consumer_seq\":1,\"stream_seq\":1", consumer, StringComparison.Ordinal);
        Assert.Equal("3", await RequestAsync(client, "$JS.API.CONSUMER.MSG.NEXT.S.C", "1"));
        Assert.Empty(Reload(server, On));
    }

    [Fact]
    public async Task It_is_turned_on_where_there_was_none_and_clients_are_told_so()
    {
        await using var server = await StartAsync(null);
        await using var early = await ConnectAsync(server);
        Assert.False(early.Info.JetStream);
        Reload(server, On);
        await using var client = await ConnectAsync(server);
        Assert.True(client.Info.JetStream);
        Assert.Contains("\"did_create\":true", await RequestAsync(early, "$JS.API.STREAM.CREATE.S", FileStream), StringComparison.Ordinal);
        Reload(server, null);
        await using var late = await ConnectAsync(server);
        Assert.False(late.Info.JetStream);
        string[] told = [.. server.Log.Lines.Where(line => line.Contains("JetStream", StringComparison.Ordinal))];
        Assert.Contains(told, line => line.EndsWith("Restarting JetStream", StringComparison.Ordinal));
        Assert.Contains(told, line => line.EndsWith("JetStream Shutdown", StringComparison.Ordinal));
    }

    /// <summary>What was stored before is at other places of other stores.</summary>
    [Theory]
    [InlineData(FileStream, "s.a")]
    [InlineData(MemoryStream, "m.a")]
    public async Task A_pong_does_not_wait_for_what_an_earlier_store_was_to_hold(string stream, string subject)
    {
        await using var server = await StartAsync(On);
        await using var client = await ConnectAsync(server);
        await RequestAsync(client, "$JS.API.STREAM.CREATE." + stream[9], stream);
        await client.SendAsync(string.Concat(Enumerable.Repeat($"PUB {subject} 1\r\nx\r\n", 500)));
        Assert.Equal("", await client.PingAsync());
        Reload(server, null);
        Assert.Equal("", await client.PingAsync());
        Reload(server, On);
        Assert.Equal("", await client.PingAsync());

        // And requests are not held back for ever behind it either.
        Assert.Contains("\"streams\":", await RequestAsync(client, "$JS.API.STREAM.NAMES", ""), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_waits_for_messages_is_told()
    {
        await using var server = await StartAsync(On);
        await using var client = await ConnectAsync(server);
        await RequestAsync(client, "$JS.API.STREAM.CREATE.S", FileStream);
        await RequestAsync(client, "$JS.API.CONSUMER.CREATE.S.C", Consumer);
        await client.SendAsync("SUB pulled 2\r\nPUB $JS.API.CONSUMER.MSG.NEXT.S.C pulled 33\r\n{\"batch\":5,\"expires\":60000000000}\r\n");
        Assert.Equal("", await client.PingAsync());
        Reload(server, null);
        string told = await client.ReadUntilAsync("\r\n\r\n");
        Assert.Contains("409 Server Shutdown", told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_its_store_cannot_be_opened_nothing_changes()
    {
        await using var server = await StartAsync(null);
        string file = _folder.Combine("file");
        await File.WriteAllTextAsync(file, "x", TestContext.Current.CancellationToken);
        var error = Assert.Throws<NatsServerOptionsException>(() => server.Server.Reload(
            server.Server.Options with { JetStream = On with { StoreDirectory = file }, MaxPayload = 100 }));
        Assert.StartsWith("Can't start JetStream: ", error.Message, StringComparison.Ordinal);
        Assert.Null(server.Server.Options.JetStream);
        Assert.NotEqual(100, server.Server.Options.MaxPayload);
        Assert.Null(server.Server.JetStream);
        Reload(server, On);
        Assert.NotNull(server.Server.JetStream);
    }

    [Fact]
    public async Task Accounts_that_want_more_than_there_is_keep_it_off_and_its_store_closed()
    {
        await using var server = await ConfiguredServer.StartAsync(Accounts("{ max_file: 32MB }"));
        var error = Assert.Throws<NatsServerOptionsException>(() => Reload(server, On));
        Assert.Equal("insufficient storage resources available", error.Message);
        Assert.Null(server.Server.JetStream);

        // Its directory can be used again, so it was closed.
        Reload(server, On with { MaxFileStore = 64 << 20 });
        await using var client = await ConfiguredServer.ConnectAsync(server, "a", operations: "SUB in.* 1\r\n");
        Assert.Contains("\"max_storage\":33554432", await RequestAsync(client, "$JS.API.INFO", ""), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Accounts_lose_it_and_get_it_back_with_what_they_had()
    {
        await using var server = await ConfiguredServer.StartAsync(Accounts("enabled"));
        Reload(server, On);
        await using var a = await ConfiguredServer.ConnectAsync(server, "a", operations: "SUB in.* 1\r\n");
        await using var b = await ConfiguredServer.ConnectAsync(server, "b", operations: "SUB in.* 1\r\n");
        await RequestAsync(a, "$JS.API.STREAM.CREATE.S", FileStream);
        Assert.Contains("\"seq\":1", await RequestAsync(a, "s.a", "1"), StringComparison.Ordinal);
        Assert.Contains("\"err_code\":10039", await RequestAsync(b, "$JS.API.INFO", ""), StringComparison.Ordinal);
        Reload(server, null);
        Assert.Equal("503", await RequestAsync(a, "$JS.API.INFO", ""));
        Assert.Equal("503", await RequestAsync(b, "$JS.API.INFO", ""));
        Reload(server, On);
        Assert.Contains("\"seq\":2", await RequestAsync(a, "s.a", "1"), StringComparison.Ordinal);
        Assert.Contains("\"err_code\":10039", await RequestAsync(b, "$JS.API.INFO", ""), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Monitoring_tells_what_is_there()
    {
        await using var server = await EmbeddedServer.StartAsync(options => options with { JetStream = On, HttpHost = "127.0.0.1", HttpPort = -1 });
        using var http = new HttpClient { BaseAddress = new Uri(server.Server.MonitoringUrls[0]) };
        var cancel = TestContext.Current.CancellationToken;
        Assert.DoesNotContain("\"disabled\": true", await http.GetStringAsync("/jsz", cancel), StringComparison.Ordinal);
        Reload(server, null);
        Assert.Contains("\"disabled\": true", await http.GetStringAsync("/jsz", cancel), StringComparison.Ordinal);
        Assert.Contains("\"jetstream\": {}", await http.GetStringAsync("/varz", cancel), StringComparison.Ordinal);
        using (var health = await http.GetAsync("/healthz?js-enabled-only=true", cancel))
            Assert.False(health.IsSuccessStatusCode);
        Reload(server, On);
        Assert.DoesNotContain("\"disabled\": true", await http.GetStringAsync("/jsz", cancel), StringComparison.Ordinal);
        using (var health = await http.GetAsync("/healthz?js-enabled-only=true", cancel))
            Assert.True(health.IsSuccessStatusCode);
    }

    /// <summary>Whatever was acknowledged, or flushed with a PING, while JetStream went off and on is in the stream.</summary>
    [Fact]
    public async Task Publishers_that_go_on_meanwhile_lose_nothing_that_was_acknowledged()
    {
        await using var server = await StartAsync(On);
        await using var admin = await ConnectAsync(server);
        await RequestAsync(admin, "$JS.API.STREAM.CREATE.S", FileStream);
        var publishers = Enumerable.Range(0, 3).Select(number => Task.Run(() => PublishAsync(server, number), TestContext.Current.CancellationToken)).ToArray();
        for (int i = 0; i < 20; i++)
        {
            await admin.PingAsync();
            Reload(server, i % 2 == 0 ? null : On);
        }

        _isOver = true;
        long acknowledged = (await Task.WhenAll(publishers)).Sum();
        string info = await RequestAsync(admin, "$JS.API.STREAM.INFO.S", "");
        long stored = NumberAfter(info, "\"messages\":");
        Assert.True(stored >= acknowledged, $"{acknowledged} were acknowledged, {stored} are there");
        Assert.True(acknowledged > 0);
    }

    [Fact]
    public async Task A_server_that_stops_while_it_is_turned_on_closes_its_store()
    {
        for (int i = 0; i < 10; i++)
        {
            var server = await StartAsync(null);
            var reload = Task.Run(() => Record.Exception(() => Reload(server, On)), TestContext.Current.CancellationToken);
            await server.Server.StopAsync();
            Assert.True(await reload is null or NatsServerOptionsException);
            Assert.Equal("the server is stopping", Assert.Throws<NatsServerOptionsException>(() => Reload(server, On)).Message);
            await server.DisposeAsync();

            // The directory is free.
            await using var next = await StartAsync(On);
        }
    }

    private static string Accounts(string jetStream)
    {
        return $$"""
            accounts {
              A { jetstream: {{jetStream}}, users: [ { user: a, password: x } ] }
              B { users: [ { user: b, password: x } ] }
            }
            """;
    }

    private static Task<EmbeddedServer> StartAsync(JetStreamServerOptions? jetStream)
    {
        return EmbeddedServer.StartAsync(options => options with { JetStream = jetStream });
    }

    private static IReadOnlyList<string> Reload(EmbeddedServer server, JetStreamServerOptions? jetStream)
    {
        return server.Server.Reload(server.Server.Options with { JetStream = jetStream });
    }

    private static async Task<RawClient> ConnectAsync(EmbeddedServer server)
    {
        var client = await server.ConnectAsync();
        await client.SendAsync($"CONNECT {{\"verbose\":false,\"headers\":true,\"no_responders\":true}}\r\nSUB in.{client.Info.ClientId} 1\r\nPING\r\n");
        await client.ExpectAsync("PONG\r\n");
        return client;
    }

    private async Task<long> PublishAsync(EmbeddedServer server, int number)
    {
        await using var client = await ConnectAsync(server);
        long acknowledged = 0;
        for (int i = 0; !_isOver; i++)
        {
            if ((await RequestAsync(client, $"s.{number}", "x")).Contains("\"seq\":", StringComparison.Ordinal))
                acknowledged++;
        }

        return acknowledged;
    }

    /// <summary>Asks, and returns the payload of the response, or its status.</summary>
    private static async Task<string> RequestAsync(RawClient client, string subject, string body)
    {
        await client.SendAsync($"PUB {subject} in.{client.Info.ClientId} {body.Length}\r\n{body}\r\n");
        string[] line = (await client.ReadLineAsync()).Split(' ');
        string content = await client.ReadAsync(int.Parse(line[^1], CultureInfo.InvariantCulture));
        await client.ExpectAsync("\r\n");
        return line[0] == "HMSG" ? content.Split(' ', '\r')[1] : content;
    }

    private static long NumberAfter(string text, string label)
    {
        string rest = text[(text.IndexOf(label, StringComparison.Ordinal) + label.Length)..];
        return long.Parse(new string([.. rest.TakeWhile(char.IsDigit)]), CultureInfo.InvariantCulture);
    }
}
