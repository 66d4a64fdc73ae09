using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging;
using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.Core;

/// <summary>Starting, stopping, and connecting without a socket.</summary>
public class LifeCycleTests
{
    [Fact]
    public async Task The_start_is_logged_in_the_references_order()
    {
        await using var server = await EmbeddedServer.StartAsync(options => options with { ServerName = "rill" });
        string[] lines = [.. server.Log.Lines];
        Assert.Equal("[Information] Starting nats-server", lines[0]);
        Assert.Equal("[Information]   Version:  2.15.1", lines[1]);
        Assert.StartsWith("[Information]   Rivulet:  ", lines[2], StringComparison.Ordinal);
        Assert.Equal("[Information]   Git:      [not set]", lines[3]);
        Assert.Equal("[Information]   Name:     rill", lines[4]);
        Assert.Equal($"[Information]   ID:       {server.Server.ServerInfo.ServerId}", lines[5]);
        Assert.Equal($"[Information] Listening for client connections on 127.0.0.1:{server.Port}", lines[6]);
        Assert.Equal("[Information] Server is ready", lines[7]);
    }

    [Fact]
    public async Task A_trace_of_headers_shows_no_payload()
    {
        var log = new CapturedLog { Level = LogLevel.Trace };
        await using var server = await EmbeddedServer.StartAsync(options => options with { TraceHeaders = true, LoggerFactory = log });
        await using var client = await server.ConnectQuietAsync();
        await client.SendAsync("SUB a 1\r\nHPUB a 18 24\r\nNATS/1.0\r\nA: b\r\n\r\nsecret\r\nPUB a 6\r\nsecret\r\n");
        await client.PingAsync();
        Assert.Contains(log.Lines, line => line.EndsWith("<<- MSG_PAYLOAD: [\"NATS/1.0\\r\\nA: b\"]", StringComparison.Ordinal));
        Assert.Contains(log.Lines, line => line.EndsWith("->> MSG_PAYLOAD: [\"NATS/1.0\\r\\nA: b\"]", StringComparison.Ordinal));
        Assert.DoesNotContain(log.Lines, line => line.Contains("secret", StringComparison.Ordinal));
        server.Server.Reload(server.Server.Options with { TraceHeaders = false });
        await client.SendAsync("PUB a 6\r\npublic\r\n");
        await client.PingAsync();
        Assert.Contains(log.Lines, line => line.EndsWith("<<- MSG_PAYLOAD: [\"public\"]", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("::")]
    public async Task All_interfaces_are_those_of_both_kinds_of_addresses(string host)
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6, "this machine has no IPv6");
        await using var server = await EmbeddedServer.StartAsync(options => options with { Host = host });
        await using var client = await server.ConnectQuietAsync();
        Assert.Equal("127.0.0.1", Assert.Single(server.Server.Connections).ClientIp);
        using var other = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
        await other.ConnectAsync(IPAddress.IPv6Loopback, server.Port, TestContext.Current.CancellationToken);
        await Eventually.Holds(() => server.Server.Connections.Any(connection => connection.ClientIp == "::1"));
        Assert.Contains($"nats://127.0.0.1:{server.Port}", server.Server.ClientUrls);
        Assert.Contains($"nats://[::1]:{server.Port}", server.Server.ClientUrls);
    }

    [Fact]
    public async Task The_stop_is_logged_and_ends_every_connection()
    {
        await using var server = await EmbeddedServer.StartAsync();
        await using var client = await server.ConnectQuietAsync();
        await using var inProcess = await RawClient.ConnectAsync(server.Server);
        await server.Server.StopAsync();
        Assert.Equal("", await client.ReadToEndAsync());
        Assert.Equal("", await inProcess.ReadToEndAsync());
        Assert.Equal(0, server.Server.ConnectionCount);
        Assert.Equal(
            ["[Information] Initiating Shutdown...", "[Information] Server Exiting.."],
            server.Log.Lines.Where(line => line.Contains("Shutdown...", StringComparison.Ordinal)
                || line.Contains("Exiting", StringComparison.Ordinal)));
        await server.Server.StopAsync();
    }

    [Fact]
    public async Task What_is_queued_for_a_client_is_sent_before_the_server_stops()
    {
        await using var server = await EmbeddedServer.StartAsync();
        await using var slow = await RawClient.ConnectAsync(server.Port, receiveBufferBytes: 4096);
        await slow.SayConnectAsync();
        await slow.SendAsync("SUB n 1\r\n");
        await slow.PingAsync();
        await using var publisher = await server.ConnectQuietAsync();
        string payload = new('x', 100_000);
        await publisher.SendAsync(string.Concat(Enumerable.Repeat($"PUB n 100000\r\n{payload}\r\n", 50)));
        await publisher.PingAsync();
        var stopping = server.Server.StopAsync();
        string received = await slow.ReadToEndAsync();
        await stopping;
        Assert.Equal(50 * "MSG n 1 100000\r\n\r\n".Length + 50 * 100_000, received.Length);
    }

    [Fact]
    public async Task A_client_that_does_not_read_cannot_hold_the_stop_up()
    {
        await using var server = await EmbeddedServer.StartAsync();
        await using var slow = await RawClient.ConnectAsync(server.Port, receiveBufferBytes: 4096);
        await slow.SendAsync("SUB n 1\r\n");
        await slow.ReadUntilAsync("+OK\r\n");
        await using var publisher = await server.ConnectQuietAsync();
        await publisher.SendAsync(string.Concat(Enumerable.Repeat($"PUB n 1000000\r\n{new string('x', 1_000_000)}\r\n", 20)));
        await publisher.PingAsync();
        await server.Server.StopAsync().WaitAsync(TimeSpan.FromSeconds(8), TestContext.Current.CancellationToken);
        Assert.Contains(server.Log.Lines, line => line.EndsWith("had not closed in time and were cut", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_port_in_use_is_told_in_the_references_words()
    {
        await using var first = await EmbeddedServer.StartAsync();
        var exception = await Assert.ThrowsAsync<NatsServerListenException>(
            () => EmbeddedServer.StartAsync(options => options with { Port = first.Port }));
        Assert.Equal(
            $"Error listening on port: 127.0.0.1:{first.Port}, \"listen tcp 127.0.0.1:{first.Port}: bind: address already in use\"",
            exception.Message);
    }

    [Fact]
    public async Task The_port_is_free_again_after_the_stop()
    {
        int port;
        await using (var first = await EmbeddedServer.StartAsync())
        {
            port = first.Port;
            await using var client = await first.ConnectQuietAsync();
            await client.PingAsync();
        }

        await using var second = await EmbeddedServer.StartAsync(options => options with { Port = port });
        await using var again = await second.ConnectQuietAsync();
        Assert.Equal("", await again.PingAsync());
    }

    [Fact]
    public async Task A_client_inside_the_process_needs_no_socket()
    {
        await using var server = await EmbeddedServer.StartAsync(options => options with { Listen = false });
        Assert.Equal(0, server.Port);
        Assert.Throws<InvalidOperationException>(() => server.Server.ClientUrl);
        await using var client = await RawClient.ConnectAsync(server.Server);
        await client.SayConnectAsync();
        await client.SendAsync("SUB foo 1\r\nPUB foo 5\r\nhello\r\n");
        await client.ExpectAsync("MSG foo 1 5\r\nhello\r\n");
    }

    [Fact]
    public async Task Clients_on_sockets_and_inside_the_process_reach_each_other()
    {
        await using var server = await EmbeddedServer.StartAsync();
        await using var inside = await RawClient.ConnectAsync(server.Server);
        await inside.SayConnectAsync();
        await inside.SendAsync("SUB to.inside 1\r\n");
        await inside.PingAsync();
        await using var outside = await server.ConnectQuietAsync();
        await outside.SendAsync("SUB to.outside 1\r\nPUB to.inside 2\r\nhi\r\n");
        await inside.ExpectAsync("MSG to.inside 1 2\r\nhi\r\n");
        await inside.SendAsync("PUB to.outside 2\r\nho\r\n");
        await outside.ExpectAsync("MSG to.outside 1 2\r\nho\r\n");
    }

    [Fact]
    public async Task An_inside_client_that_does_not_read_is_a_slow_consumer_like_any_other()
    {
        await using var server = await EmbeddedServer.StartAsync(options => options with { MaxPending = 3_000_000 });
        await using var slow = await RawClient.ConnectAsync(server.Server);
        await slow.SendAsync("SUB n 1\r\n");
        await slow.ReadUntilAsync("+OK\r\n");
        await using var publisher = await RawClient.ConnectAsync(server.Server);
        await publisher.SayConnectAsync();
        string message = $"PUB n 1000000\r\n{new string('x', 1_000_000)}\r\n";
        for (int i = 0; i < 8; i++)
            await publisher.SendAsync(message);
        await Eventually.Holds(() => server.Server.SlowConsumers == 1);
        Assert.Equal("", await publisher.PingAsync());
    }

    [Fact]
    public async Task A_stopped_server_takes_no_inside_clients()
    {
        await using var server = await EmbeddedServer.StartAsync();
        await server.Server.StopAsync();
        Assert.Throws<ObjectDisposedException>(() => server.Server.ConnectInProcess());
    }

    [Fact]
    public async Task A_client_learns_who_it_is()
    {
        await using var server = await EmbeddedServer.StartAsync(options => options with { ServerName = "rill" });
        await using var client = await server.ConnectQuietAsync();
        await client.SendAsync("SUB inbox 1\r\nPUB $SYS.REQ.USER.INFO inbox 0\r\n\r\n");
        string head = await client.ReadLineAsync();
        byte[] answer = Encoding.Latin1.GetBytes(await client.ReadLineAsync());
        Assert.Equal($"MSG inbox 1 {answer.Length}", head);
        using var json = System.Text.Json.JsonDocument.Parse(answer);
        Assert.Equal("rill", json.RootElement.GetProperty("server").GetProperty("name").GetString());
        Assert.Equal(
            "{\"user\":\"\",\"account\":\"$G\",\"account_name\":\"$G\"}",
            json.RootElement.GetProperty("data").GetRawText());
    }

    [Fact]
    public async Task Other_system_requests_have_no_responders()
    {
        await using var server = await EmbeddedServer.StartAsync();
        await using var client = await server.ConnectQuietAsync();
        await client.SendAsync("SUB inbox 1\r\nPUB $SYS.REQ.SERVER.PING inbox 0\r\n\r\n");
        await client.ExpectAsync("HMSG inbox 1 52 52\r\nNATS/1.0 503\r\nNats-Subject: $SYS.REQ.SERVER.PING\r\n\r\n\r\n");
    }
}
