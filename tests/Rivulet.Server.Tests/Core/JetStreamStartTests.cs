using Rivulet.Storage;
using Rivulet.TestKit.Processes;
using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.Core;

/// <summary>The server with its store.</summary>
public sealed class JetStreamStartTests : IDisposable
{
    private const string CreateStream = "{\"name\":\"S\",\"subjects\":[\"s.>\"]}";
    private readonly TemporaryFolder _folder = new("jetstream-start");

    public void Dispose()
    {
        _folder.Dispose();
    }

    [Fact]
    public async Task What_was_acknowledged_is_there_after_stop_and_start()
    {
        await using (var server = await StartAsync())
        {
            await using var client = await server.ConnectQuietAsync();
            Assert.True(client.Info.JetStream);
            Assert.Contains("\"did_create\":true", await RequestAsync(client, "$JS.API.STREAM.CREATE.S", CreateStream), StringComparison.Ordinal);
            for (int i = 1; i <= 100; i++)
                Assert.Equal($"{{\"stream\":\"S\",\"seq\":{i}}}", await RequestAsync(client, "s.a", $"value {i}"));
        }

        await using (var server = await StartAsync())
        {
            await using var client = await server.ConnectQuietAsync();
            Assert.Contains("\"messages\":100", await RequestAsync(client, "$JS.API.STREAM.INFO.S", ""), StringComparison.Ordinal);
            Assert.Equal("{\"stream\":\"S\",\"seq\":101}", await RequestAsync(client, "s.b", "next"));
        }
    }

    [Fact]
    public async Task A_flush_is_a_barrier_for_reads_on_another_connection()
    {
        await using var server = await StartAsync();
        await using var writer = await server.ConnectQuietAsync();
        await using var reader = await server.ConnectQuietAsync();
        await RequestAsync(writer, "$JS.API.STREAM.CREATE.S", CreateStream[..^1] + ",\"allow_direct\":true}");
        for (int i = 1; i <= 200; i++)
        {
            await writer.SendAsync($"PUB s.a {i.ToString().Length}\r\n{i}\r\n");
            await writer.PingAsync();
            string answer = await RequestAsync(reader, "$JS.API.DIRECT.GET.S.s.a", "");
            Assert.EndsWith($"\r\n\r\n{i}", answer, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_store_that_another_server_holds_is_left_alone()
    {
        await using var first = await StartAsync();
        var exception = await Assert.ThrowsAsync<NatsServerStartException>(StartAsync);
        Assert.StartsWith("Can't start JetStream: ", exception.Message, StringComparison.Ordinal);
        await using var client = await first.ConnectQuietAsync();
        Assert.Contains("\"did_create\":true", await RequestAsync(client, "$JS.API.STREAM.CREATE.S", CreateStream), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_start_that_fails_leaves_the_store_free()
    {
        await using var other = await EmbeddedServer.StartAsync();
        await Assert.ThrowsAsync<NatsServerListenException>(
            () => EmbeddedServer.StartAsync(options => WithStore(options) with { Port = other.Port }));
        await using var server = await StartAsync();
    }

    [Fact]
    public async Task A_store_directory_that_cannot_be_made_is_told()
    {
        string file = _folder.Combine("file");
        await File.WriteAllTextAsync(file, "in the way", TestContext.Current.CancellationToken);
        var exception = await Assert.ThrowsAsync<NatsServerStartException>(() => EmbeddedServer.StartAsync(
            options => options with { JetStream = new JetStreamServerOptions { StoreDirectory = file } }));
        Assert.StartsWith("Can't start JetStream: ", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lazier_sync_policy_stores_as_well()
    {
        await using var server = await EmbeddedServer.StartAsync(options => options with
        {
            JetStream = new JetStreamServerOptions
            {
                StoreDirectory = _folder.Path,
                SyncPolicy = SyncPolicy.Interval(TimeSpan.FromMinutes(2)),
            },
        });
        await using var client = await server.ConnectQuietAsync();
        await RequestAsync(client, "$JS.API.STREAM.CREATE.S", CreateStream);
        Assert.Equal("{\"stream\":\"S\",\"seq\":1}", await RequestAsync(client, "s.a", "x"));
    }

    private NatsServerOptions WithStore(NatsServerOptions options)
    {
        return options with { JetStream = new JetStreamServerOptions { StoreDirectory = _folder.Path } };
    }

    private Task<EmbeddedServer> StartAsync()
    {
        return EmbeddedServer.StartAsync(WithStore);
    }

    private static async Task<string> RequestAsync(RawClient client, string subject, string payload)
    {
        string inbox = $"inbox.{Guid.NewGuid():n}";
        await client.SendAsync($"SUB {inbox} {inbox}\r\nUNSUB {inbox} 1\r\nPUB {subject} {inbox} {payload.Length}\r\n{payload}\r\n");
        string line = await client.ReadLineAsync();
        string answer = await client.ReadAsync(int.Parse(line[line.LastIndexOf(' ')..]));
        await client.ExpectAsync("\r\n");
        return answer;
    }
}
