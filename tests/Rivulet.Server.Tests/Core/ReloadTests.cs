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
                "ping_max = 4", "write_deadline = 3s", "max_traced_msg_len = 8", "no_fast_producer_stall = true", "tags", "metadata",
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
            (now with { JetStream = new JetStreamServerOptions() }, "config reload not supported for JetStream"),
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
