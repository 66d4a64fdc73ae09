using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.Core;

/// <summary>Limits that are set lower or higher than by default, and settings that make no sense.</summary>
public class LimitTests
{
    [Fact]
    public async Task One_connection_too_many_is_greeted_told_and_closed()
    {
        await using var server = await EmbeddedServer.StartAsync(options => options with { MaxConnections = 1 });
        await using var first = await server.ConnectQuietAsync();
        await using (var second = await server.ConnectAsync())
            Assert.Equal("-ERR 'maximum connections exceeded'\r\n", await second.ReadToEndAsync());
        Assert.Equal("", await first.PingAsync());
        await first.DisposeAsync();
        await Eventually.Holds(() => server.Server.ConnectionCount == 0);
        await using var third = await server.ConnectQuietAsync();
    }

    [Fact]
    public async Task One_subscription_too_many_is_refused_and_the_connection_stays()
    {
        await using var server = await EmbeddedServer.StartAsync(options => options with { MaxSubscriptions = 2 });
        await using var client = await server.ConnectQuietAsync();
        await client.SendAsync("SUB a 1\r\nSUB b 2\r\nSUB c 3\r\nUNSUB 1\r\nSUB d 4\r\nPUB c 0\r\n\r\nPUB d 0\r\n\r\n");
        Assert.Equal("-ERR 'maximum subscriptions exceeded'\r\nMSG d 4 0\r\n\r\n", await client.PingAsync());
    }

    [Fact]
    public async Task A_smaller_payload_limit_is_announced_and_kept()
    {
        await using var server = await EmbeddedServer.StartAsync(options => options with { MaxPayload = 10 });
        await using var client = await server.ConnectQuietAsync();
        Assert.Equal(10, client.Info.MaxPayload);
        await client.SendAsync("SUB a 1\r\nPUB a 10\r\n0123456789\r\nPUB a 11\r\n");
        Assert.Equal("MSG a 1 10\r\n0123456789\r\n-ERR 'Maximum Payload Violation'\r\n", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task A_smaller_control_line_limit_is_kept()
    {
        await using var server = await EmbeddedServer.StartAsync(options => options with { MaxControlLine = 64 });
        await using var client = await server.ConnectAsync();
        await client.SendAsync($"SUB {new string('a', 100)} 1\r\n");
        Assert.Equal("-ERR 'maximum control line exceeded'\r\n", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task A_longer_control_line_than_a_chunk_gets_through_when_it_is_allowed()
    {
        await using var server = await EmbeddedServer.StartAsync(options => options with { MaxControlLine = 400_000 });
        await using var client = await server.ConnectQuietAsync();
        string subject = new('s', 150_000);
        await client.SendAsync($"SUB * 1\r\nPUB {subject} {subject} 2\r\nhi\r\n");
        await client.ExpectAsync($"MSG {subject} 1 {subject} 2\r\nhi\r\n");
    }

    [Fact]
    public async Task Headers_can_be_turned_off()
    {
        await using var server = await EmbeddedServer.StartAsync(options => options with { NoHeaderSupport = true });
        await using var client = await server.ConnectAsync();
        Assert.False(client.Info.Headers);
        await client.SendAsync("CONNECT {\"verbose\":false,\"headers\":true}\r\nHPUB foo 12 12\r\nNATS/1.0\r\n\r\n\r\n");
        Assert.Equal("", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task A_gigabyte_that_is_only_announced_takes_no_memory()
    {
        await using var server = await EmbeddedServer.StartAsync(options => options with
        {
            MaxPayload = 999_999_999,
            MaxPending = 2_000_000_000,
        });
        var clients = new List<RawClient>();
        long before = GC.GetTotalAllocatedBytes(precise: true);
        for (int i = 0; i < 20; i++)
        {
            var client = await server.ConnectQuietAsync();
            await client.SendAsync("PUB foo 999999999\r\nbeginning");
            clients.Add(client);
        }

        await Eventually.Holds(() => server.Server.ConnectionCount == 20);
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, 50_000_000);
        foreach (var client in clients)
            await client.DisposeAsync();
    }

    [Fact]
    public async Task A_gigabyte_that_is_too_much_ends_the_connection_at_once()
    {
        await using var server = await EmbeddedServer.StartAsync();
        await using var client = await server.ConnectQuietAsync();
        await client.SendAsync("PUB foo 1073741824\r\n");
        Assert.Equal("", await client.ReadToEndAsync());
    }

    public static TheoryData<string, NatsServerOptions> Nonsense => new()
    {
        { "max_payload (1048576) cannot be higher than max_pending (1000000)", new() { MaxPending = 1_000_000 } },
        { "server name cannot contain spaces", new() { ServerName = "a b" } },
        { "port must be between -1 and 65535, not 70000", new() { Port = 70000 } },
        { "max_control_line must be above zero, not 0", new() { MaxControlLine = 0 } },
        { "max_connections must be -1 or above zero, not 0", new() { MaxConnections = 0 } },
        { "ping_max must not be negative, but is -1", new() { PingMax = -1 } },
        { "store_dir must not be empty", new() { JetStream = new() { StoreDirectory = "" } } },
    };

    [Theory]
    [MemberData(nameof(Nonsense))]
    public async Task Settings_that_make_no_sense_are_named(string complaint, NatsServerOptions options)
    {
        var exception = await Assert.ThrowsAsync<NatsServerOptionsException>(
            () => NatsServer.StartAsync(options, TestContext.Current.CancellationToken));
        Assert.Equal(complaint, exception.Message);
    }
}
