using Rivulet.TestKit.Processes;
using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.Core;

/// <summary>Settings that change while a server runs.</summary>
public class ReloadTests
{
    [Fact]
    public async Task Every_change_that_can_be_made_is_told()
    {
        await using var server = await EmbeddedServer.StartAsync();
        var changes = server.Server.Reload(server.Server.Options with
        {
            ClientAdvertise = "h:5",
            MaxConnections = 9,
            MaxControlLine = 100,
            MaxPayload = 200,
            PingInterval = TimeSpan.FromSeconds(5),
            PingMax = 4,
            WriteDeadline = TimeSpan.FromSeconds(3),
            MaxTracedMessageLength = 8,
            NoFastProducerStall = true,
            Tags = ["x"],
            Metadata = new Dictionary<string, string> { ["a"] = "b" },
        });
        Assert.Equal(
            [
                "client_advertise = h:5", "max_connections = 9", "max_control_line = 100", "max_payload = 200", "ping_interval = 5s",
                "ping_max = 4", "write_deadline = 3s", "max_traced_msg_len = 8", "fast producers will not be stalled", "tags", "metadata",
            ],
            changes);
        await using var client = await server.ConnectAsync();
        Assert.Equal(("h", 5, 200), (client.Info.Host, client.Info.Port, client.Info.MaxPayload));
        Assert.Empty(server.Server.Reload(server.Server.Options));
    }

    [Fact]
    public async Task What_cannot_change_is_refused_and_nothing_changes()
    {
        await using var server = await EmbeddedServer.StartAsync(options => options with { ServerName = "a" });
        var now = server.Server.Options with { MaxPayload = 200 };
        (NatsServerOptions Options, string Message)[] refused =
        [
            (now with { ServerName = "b" }, "config reload not supported for ServerName: old=a, new=b"),
            (now with { Host = "::1" }, "config reload not supported for Host: old=127.0.0.1, new=::1"),
            (now with { Port = 1 }, "config reload not supported for Port: old=-1, new=1"),
            (now with { HttpPort = 1 }, "config reload not supported for HTTPPort: old=0, new=1"),
            (now with { MaxPending = 1 << 20 }, "config reload not supported for MaxPending: old=67108864, new=1048576"),
            (now with { LameDuckDuration = TimeSpan.FromSeconds(40) }, "config reload not supported for LameDuckDuration: old=2m0s, new=40s"),
            (now with { MaxPayload = 0 }, "max_payload must be above zero, not 0"),
        ];
        foreach (var (options, message) in refused)
            Assert.Equal(message, Assert.Throws<NatsServerOptionsException>(() => server.Server.Reload(options)).Message);
        Assert.Equal(1024 * 1024, server.Server.Options.MaxPayload);
    }

    [Fact]
    public async Task Any_free_port_stays_what_it_has_become()
    {
        await using var server = await EmbeddedServer.StartAsync();
        Assert.Empty(server.Server.Reload(server.Server.Options with { Port = server.Port }));
        await using var client = await server.ConnectAsync();
        Assert.Equal(server.Port, client.Info.Port);
    }

    [Fact]
    public async Task Fewer_connections_close_the_newest()
    {
        await using var server = await EmbeddedServer.StartAsync();
        await using var first = await server.ConnectQuietAsync();
        await using var second = await server.ConnectQuietAsync();
        await first.PingAsync();
        await second.PingAsync();
        server.Server.Reload(server.Server.Options with { MaxConnections = 1 });
        await second.ReadUntilAsync("-ERR 'maximum connections exceeded'\r\n");
        await first.PingAsync();
    }

    [Fact]
    public async Task Limits_of_JetStream_may_rise_and_others_change()
    {
        using var folder = new TemporaryFolder("reload");
        var first = new JetStreamServerOptions { StoreDirectory = folder.Path, MaxMemoryStore = 1000, MaxFileStore = 100_000 };
        await using var server = await EmbeddedServer.StartAsync(options => options with { JetStream = first });
        await using var client = await server.ConnectQuietAsync();
        await client.SendAsync("SUB in 1\r\n");
        const string Stream = """{"name":"S","subjects":["s"],"storage":"memory","max_bytes":2000}""";
        Assert.Contains("\"err_code\":10028", await RequestAsync(client, "$JS.API.STREAM.CREATE.S", Stream), StringComparison.Ordinal);
        var changes = server.Server.Reload(server.Server.Options with
        {
            JetStream = first with { MaxMemoryStore = 5000, MaxFileStore = 200_000, MaxAckPending = 7, MaxRequestBatch = 5 },
        });
        Assert.Equal(["JetStream max_mem_store = 4.88 KB", "JetStream max_file_store = 195.31 KB", "JetStream limits"], changes);
        Assert.Contains("\"config\":", await RequestAsync(client, "$JS.API.STREAM.CREATE.S", Stream), StringComparison.Ordinal);
        const string Consumer = """{"stream_name":"S","config":{"durable_name":"C","ack_policy":"explicit","max_ack_pending":8}}""";
        Assert.Contains("\"err_code\":10121", await RequestAsync(client, "$JS.API.CONSUMER.CREATE.S.C", Consumer), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Limits_of_JetStream_cannot_fall_and_where_it_keeps_messages_stays()
    {
        using var folder = new TemporaryFolder("reload");
        var first = new JetStreamServerOptions { StoreDirectory = folder.Path, MaxMemoryStore = 1000, MaxFileStore = 100_000, Domain = "d" };
        await using var server = await EmbeddedServer.StartAsync(options => options with { JetStream = first });
        (JetStreamServerOptions Options, string Message)[] refused =
        [
            (first with { MaxMemoryStore = 999 }, "decreasing jetstream max memory and store"),
            (first with { MaxFileStore = 1000 }, "decreasing jetstream max memory and store"),
            (first with { MaxFileStore = null }, "jetstream dynamic max memory and store"),
            (first with { StoreDirectory = folder.Combine("x") }, "jetstream storage directory"),
            (first with { Domain = null }, "JetStreamDomain: old=d, new="),
            (first with { Strict = false }, "NoJetStreamStrict: old=false, new=true"),
            (first with { SyncPolicy = Storage.SyncPolicy.Interval(TimeSpan.FromMinutes(2)) }, "SyncInterval: old=always, new=2m0s"),
        ];
        foreach (var (options, message) in refused)
        {
            var error = Assert.Throws<NatsServerOptionsException>(() => server.Server.Reload(server.Server.Options with { JetStream = options }));
            Assert.Equal($"config reload not supported for {message}", error.Message);
        }
    }

    private static async Task<string> RequestAsync(RawClient client, string subject, string body)
    {
        await client.SendAsync($"PUB {subject} in {body.Length}\r\n{body}\r\n");
        string line = await client.ReadLineAsync();
        string payload = await client.ReadAsync(int.Parse(line.Split(' ')[^1], System.Globalization.CultureInfo.InvariantCulture));
        await client.ExpectAsync("\r\n");
        return payload;
    }

    [Fact]
    public async Task A_subject_may_have_only_so_many_tokens()
    {
        await using var server = await EmbeddedServer.StartAsync(options => options with { MaxSubscriptionTokens = 2 });
        await using var client = await server.ConnectQuietAsync();
        await client.SendAsync("SUB a.b.c 1\r\n");
        await client.ExpectAsync("-ERR 'Permissions Violation for Subscription to \"a.b.c\", too many tokens'\r\n");
        await client.SendAsync("SUB a.b 2\r\nPUB a.b 1\r\nx\r\n");
        await client.ExpectAsync("MSG a.b 2 1\r\nx\r\n");
    }
}
