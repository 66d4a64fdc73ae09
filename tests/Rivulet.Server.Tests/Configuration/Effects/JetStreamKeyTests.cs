using Rivulet.TestKit.Processes;
using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.Configuration.Effects;

/// <summary>Keys of the block <c>jetstream</c>, from the text to what requests are answered.</summary>
public sealed class JetStreamKeyTests : IDisposable
{
    private readonly TemporaryFolder _folder = new("jetstream-keys");

    public void Dispose()
    {
        _folder.Dispose();
    }

    [Theory]
    [InlineData("jetstream: true\nstore_dir: {0}")]
    [InlineData("jetstream: enabled\nstoredir: {0}")]
    [InlineData("jetstream {{ store_dir: {0} }}")]
    [InlineData("jetstream {{ store: {0} }}")]
    [InlineData("jetstream {{ enabled: true, storedir: {0}, sync_interval: always }}")]
    [InlineData("jetstream {{ enable: true, storedir: {0}, sync: \"1m\" }}")]
    public async Task It_is_on_and_keeps_its_data_where_it_is_told(string text)
    {
        await using var server = await ConfiguredServer.StartAsync(
            string.Format(System.Globalization.CultureInfo.InvariantCulture, text, $"\"{_folder.Path}\""));
        await using var client = await server.ConnectQuietAsync();
        Assert.True(client.Info.JetStream);
        await ConfiguredServer.RequestAsync(client, "$JS.API.STREAM.CREATE.S", """{"name":"S"}""");
        Assert.NotEmpty(Directory.GetFiles(_folder.Path, "*", SearchOption.AllDirectories));
    }

    [Theory]
    [InlineData("jetstream: false")]
    [InlineData("jetstream: disabled")]
    [InlineData("jetstream { enabled: false }")]
    public async Task It_is_off(string text)
    {
        await using var server = await ConfiguredServer.StartAsync(text);
        await using var client = await server.ConnectQuietAsync();
        Assert.False(client.Info.JetStream);
    }

    [Fact]
    public async Task Streams_may_reserve_what_there_is()
    {
        await using var server = await StartAsync("max_mem: 1000000, max_file: 2000000");
        await using var client = await server.ConnectQuietAsync();
        Assert.Contains(
            "\"err_code\":10028", await CreateAsync(client, "M", """, "storage":"memory", "max_bytes":1000001"""), StringComparison.Ordinal);
        Assert.Contains("\"err_code\":10047", await CreateAsync(client, "F", """, "max_bytes":2000001"""), StringComparison.Ordinal);
        Assert.Contains("\"config\"", await CreateAsync(client, "G", """, "max_bytes":2000000"""), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_domain_is_told()
    {
        await using var server = await StartAsync("domain: hub");
        await using var client = await server.ConnectAsync();
        Assert.Equal("hub", client.Info.Domain);
        await client.SayConnectAsync();
        Assert.Contains("\"streams\":0", await ConfiguredServer.RequestAsync(client, "$JS.hub.API.INFO"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("true", true)]
    [InlineData("false", false)]
    public async Task Fields_that_do_not_exist_are_refused_where_that_is_wanted(string strict, bool isRefused)
    {
        await using var server = await StartAsync($"strict: {strict}");
        await using var client = await server.ConnectQuietAsync();
        Assert.Equal(isRefused, (await CreateAsync(client, "S", """, "bogus":1""")).Contains("\"err_code\":10025", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Limits_hold_for_streams_and_consumers()
    {
        await using var server = await StartAsync("limits { max_ack_pending: 10, duplicate_window: \"1m\", max_request_batch: 5 }");
        await using var client = await server.ConnectQuietAsync();
        Assert.Contains("\"error\"", await CreateAsync(client, "W", ", \"duplicate_window\":120000000000"), StringComparison.Ordinal);
        await CreateAsync(client, "S", "");
        string body = """{"stream_name":"S","config":{"name":"C","durable_name":"C","ack_policy":"explicit","max_ack_pending":11}}""";
        Assert.Contains("\"err_code\":10121", await ConfiguredServer.RequestAsync(client, "$JS.API.CONSUMER.CREATE.S.C", body), StringComparison.Ordinal);
        body = """{"stream_name":"S","config":{"name":"D","durable_name":"D","ack_policy":"none","max_batch":6}}""";
        Assert.Contains("\"err_code\":10125", await ConfiguredServer.RequestAsync(client, "$JS.API.CONSUMER.CREATE.S.D", body), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Batches_are_as_many_and_as_long_as_they_may_be()
    {
        await using var server = await StartAsync(
            "limits { batch { max_inflight_per_stream: 1, max_inflight_total: 2, max_msgs: 2, timeout: \"1h\" } }");
        await using var client = await server.ConnectQuietAsync();
        foreach (string name in (string[])["A", "B", "C"])
            await CreateAsync(client, name, """, "allow_atomic":true""");
        Assert.Equal("", await BatchAsync(client, "A", "a", 1));
        Assert.Contains("\"err_code\":10210", await BatchAsync(client, "A", "b", 1), StringComparison.Ordinal);
        Assert.Equal("", await BatchAsync(client, "B", "c", 1));
        Assert.Contains("\"err_code\":10210", await BatchAsync(client, "C", "d", 1), StringComparison.Ordinal);
        Assert.Equal("", await BatchAsync(client, "A", "a", 2));
        Assert.Contains("\"err_code\":10199", await BatchAsync(client, "A", "a", 3), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_batch_that_is_left_alone_is_given_up_in_time()
    {
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        await using var server = await StartAsync("limits { batch { max_inflight_per_stream: 1, timeout: \"30s\" } }", time);
        await using var client = await server.ConnectQuietAsync();
        await CreateAsync(client, "A", """, "allow_atomic":true""");
        Assert.Equal("", await BatchAsync(client, "A", "a", 1));
        time.Advance(TimeSpan.FromSeconds(29));
        Assert.Contains("\"err_code\":10210", await BatchAsync(client, "A", "b", 1), StringComparison.Ordinal);
        time.Advance(TimeSpan.FromSeconds(31));
        await Eventually.Holds(() => BatchAsync(client, "A", "c", 1).GetAwaiter().GetResult().Length == 0);
    }

    private Task<EmbeddedServer> StartAsync(string keys, TimeProvider? time = null)
    {
        return ConfiguredServer.StartAsync($"jetstream {{ store_dir: \"{_folder.Path}\", {keys} }}", time);
    }

    private static Task<string> CreateAsync(RawClient client, string name, string more)
    {
        return ConfiguredServer.RequestAsync(client, $"$JS.API.STREAM.CREATE.{name}", $"{{\"name\":\"{name}\"{more}}}");
    }

    private static async Task<string> BatchAsync(RawClient client, string subject, string batch, int sequence)
    {
        string headers = $"NATS/1.0\r\nNats-Batch-Id: {batch}\r\nNats-Batch-Sequence: {sequence}\r\n\r\n";
        await client.SendAsync($"SUB _INBOX.b 66\r\nHPUB {subject} _INBOX.b {headers.Length} {headers.Length}\r\n{headers}\r\nUNSUB 66\r\n");
        string answer = await client.PingAsync();
        return answer.Contains("error", StringComparison.Ordinal) ? answer : "";
    }
}
