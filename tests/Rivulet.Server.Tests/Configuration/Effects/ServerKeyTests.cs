using System.Globalization;
using Microsoft.Extensions.Logging;
using Rivulet.TestKit.Processes;
using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.Configuration.Effects;

/// <summary>Keys at the top of a file, from the text to what they make of a server.</summary>
public sealed class ServerKeyTests
{
    [Theory]
    [InlineData("listen: \"localhost:{0}\"")]
    [InlineData("host: localhost\nport: {0}")]
    [InlineData("net: localhost\nport: {0}")]
    public async Task The_server_listens_where_it_is_told(string text)
    {
        int port = LoopbackPort.FindFree();
        await using var server = await ConfiguredServer.StartAsync(string.Format(CultureInfo.InvariantCulture, text, port));
        await using var client = await RawClient.ConnectAsync(port);
        Assert.Equal(("localhost", port), (client.Info.Host, client.Info.Port));
    }

    [Fact]
    public async Task Names_and_labels_are_told()
    {
        await using var server = await ConfiguredServer.StartAsync(
            "server_name: rill\nclient_advertise: \"far:99\"\nserver_tags: [az:1]\nserver_metadata { owner: me }\nhttp: \"127.0.0.1:-1\"");
        await using var client = await server.ConnectAsync();
        Assert.Equal(("rill", "far", 99), (client.Info.ServerName, client.Info.Host, client.Info.Port));
        string varz = await ConfiguredServer.PageAsync(server, "/varz");
        Assert.Contains("\"az:1\"", varz, StringComparison.Ordinal);
        Assert.Contains("\"owner\": \"me\"", varz, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http: -1", "")]
    [InlineData("http_port: -1", "")]
    [InlineData("monitor_port: -1\nhttp_base_path: \"/nats\"", "/nats")]
    public async Task Monitoring_listens_below_its_path(string text, string path)
    {
        await using var server = await ConfiguredServer.StartAsync(text);
        Assert.Contains("\"server_id\"", await ConfiguredServer.PageAsync(server, path + "/varz"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_may_be_so_large_and_a_line_so_long()
    {
        await using var server = await ConfiguredServer.StartAsync("max_payload: 10\nmax_control_line: 64");
        await using var client = await server.ConnectAsync();
        Assert.Equal(10, client.Info.MaxPayload);
        await client.SendAsync("CONNECT {\"verbose\":false}\r\nPUB a 11\r\n");
        Assert.Equal("-ERR 'Maximum Payload Violation'\r\n", await client.ReadToEndAsync());
        await using var other = await server.ConnectAsync();
        await other.SendAsync($"SUB {new string('a', 100)} 1\r\n");
        Assert.Equal("-ERR 'maximum control line exceeded'\r\n", await other.ReadToEndAsync());
    }

    [Theory]
    [InlineData("max_connections")]
    [InlineData("max_conn")]
    public async Task There_may_be_so_many_connections(string key)
    {
        await using var server = await ConfiguredServer.StartAsync($"{key}: 1");
        await using var first = await server.ConnectQuietAsync();
        await using var second = await server.ConnectAsync();
        Assert.Equal("-ERR 'maximum connections exceeded'\r\n", await second.ReadToEndAsync());
    }

    [Fact]
    public async Task There_may_be_so_many_subscriptions_and_tokens_in_each()
    {
        await using var server = await ConfiguredServer.StartAsync("max_subscriptions: 1\nmax_subscription_tokens: 2");
        await using var client = await server.ConnectQuietAsync();
        await client.SendAsync("SUB a.b.c 1\r\nSUB a.b 2\r\nSUB c 3\r\n");
        Assert.Equal(
            "-ERR 'Permissions Violation for Subscription to \"a.b.c\", too many tokens'\r\n-ERR 'maximum subscriptions exceeded'\r\n",
            await client.PingAsync());
    }

    [Fact]
    public async Task Only_so_many_closed_connections_are_remembered()
    {
        await using var server = await ConfiguredServer.StartAsync("max_closed_clients: 2\nhttp: -1");
        for (int i = 0; i < 4; i++)
        {
            await using (await server.ConnectQuietAsync())
            {
            }
        }

        await Eventually.Holds(() => server.Server.ConnectionCount == 0);
        string page = await ConfiguredServer.PageAsync(server, "/connz?state=closed");
        Assert.Equal(2, page.Split("\"cid\"").Length - 1);
    }

    [Fact]
    public async Task A_silent_client_is_pinged_and_closed()
    {
        await using var server = await ConfiguredServer.StartAsync("ping_interval: \"50ms\"\nping_max: 1");
        await using var client = await server.ConnectQuietAsync();
        string said = await client.ReadToEndAsync();
        Assert.Equal("PING\r\n-ERR 'Stale Connection'\r\n", said);
    }

    [Theory]
    [InlineData("")]
    [InlineData("write_timeout: close")]
    [InlineData("write_timeout: default")]
    public async Task A_client_that_takes_nothing_for_so_long_is_closed(string policy)
    {
        await using var server = await ConfiguredServer.StartAsync($"write_deadline: \"100ms\"\nno_fast_producer_stall: true\n{policy}");
        await using var slow = await RawClient.ConnectAsync(server.Port, receiveBufferBytes: 4096);
        await slow.SendAsync("SUB flood 1\r\nPING\r\n");
        await slow.ReadUntilAsync("PONG\r\n");
        await using var publisher = await server.ConnectQuietAsync();
        string message = $"PUB flood 1000000\r\n{new string('x', 1_000_000)}\r\n";
        for (int i = 0; i < 20; i++)
            await publisher.SendAsync(message);
        await Eventually.Holds(
            () => server.Log.Lines.Any(line => line.Contains("Slow Consumer Detected: WriteDeadline of 100ms exceeded", StringComparison.Ordinal)));
        Assert.Equal("", await publisher.PingAsync());
    }

    [Fact]
    public async Task A_client_for_which_too_much_waits_is_closed_while_producers_are_not_held_back()
    {
        await using var server = await ConfiguredServer.StartAsync("max_pending: 2000000\nno_fast_producer_stall: true\nhttp: -1");
        await using var slow = await RawClient.ConnectAsync(server.Port, receiveBufferBytes: 4096);
        await slow.SendAsync("SUB flood 1\r\nPING\r\n");
        await slow.ReadUntilAsync("PONG\r\n");
        await using var publisher = await server.ConnectQuietAsync();
        string message = $"PUB flood 1000000\r\n{new string('x', 1_000_000)}\r\n";
        for (int i = 0; i < 30 && server.Server.ConnectionCount == 2; i++)
        {
            await publisher.SendAsync(message);
            await publisher.PingAsync();
        }

        await Eventually.Holds(() => server.Log.Lines.Any(line => line.Contains("Slow Consumer Detected: MaxPending of 2000000 Exceeded", StringComparison.Ordinal)));
        Assert.Contains("\"stalled_clients\": 0", await ConfiguredServer.PageAsync(server, "/varz"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Headers_can_be_turned_off()
    {
        await using var server = await ConfiguredServer.StartAsync("no_header_support: true");
        await using var client = await server.ConnectAsync();
        Assert.False(client.Info.Headers);
    }

    [Fact]
    public async Task Payloads_in_the_trace_are_cut()
    {
        var log = new CapturedLog { Level = LogLevel.Trace };
        await using var server = await ConfiguredServer.StartAsync("max_traced_msg_len: 4", log: log);
        await using var client = await server.ConnectQuietAsync();
        await client.SendAsync("PUB a 8\r\n12345678\r\n");
        await client.PingAsync();
        Assert.Contains(log.Lines, line => line.EndsWith("MSG_PAYLOAD: [\"1234...\"]", StringComparison.Ordinal));
    }

    // The first client goes after the grace period, the others over what is left of the duration: here a second apart, or 10 ms.
    [Theory]
    [InlineData(10, "40s", 1.4, 1000)]
    [InlineData(30, "30030ms", 0, 1.3)]
    public async Task A_lame_duck_waits_and_then_closes_its_clients_one_after_another(int grace, string duration, double least, double most)
    {
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        await using var server = await ConfiguredServer.StartAsync(
            $"lame_duck_duration: \"{duration}\"\nlame_duck_grace_period: \"{grace}s\"\nping_interval: \"1h\"", time);
        var clients = new List<RawClient>();
        for (int i = 0; i < 3; i++)
            clients.Add(await server.ConnectQuietAsync());
        var start = time.GetUtcNow();
        var end = server.Server.RetireAsync();
        foreach (var client in clients)
            Assert.True((await client.ReadInfoAsync()).LameDuckMode);
        await AdvanceAsync(time, TimeSpan.FromMilliseconds(500), () => server.Server.ConnectionCount < 3);
        var first = time.GetUtcNow();
        Assert.True(first - start >= TimeSpan.FromSeconds(grace));
        await AdvanceAsync(time, TimeSpan.FromMilliseconds(20), () => server.Server.ConnectionCount == 0);
        Assert.InRange((time.GetUtcNow() - first).TotalSeconds, least, most);
        await AdvanceAsync(time, TimeSpan.FromSeconds(1), () => end.IsCompleted);
        await end;
        foreach (var client in clients)
            await client.DisposeAsync();
    }

    [Fact]
    public async Task The_accounts_mappings_and_users_of_a_file_are_there()
    {
        await using var server = await ConfiguredServer.StartAsync(
            """
            maps { "old": "new" }
            no_auth_user: guest
            authorization { users: [ { user: guest, password: x }, { username: ann, pass: y } ] }
            """);
        await using var guest = await server.ConnectQuietAsync();
        await guest.SendAsync("SUB new 1\r\nPUB old 0\r\n\r\n");
        Assert.Equal("MSG new 1 0\r\n\r\n", await guest.PingAsync());
        Assert.Equal("-ERR 'Authorization Violation'\r\n", await ConfiguredServer.RefusedAsync(server, ",\"user\":\"ann\",\"pass\":\"x\""));
    }

    [Theory]
    [InlineData("system_account")]
    [InlineData("system")]
    public async Task The_system_account_hears_of_the_others(string key)
    {
        await using var server = await ConfiguredServer.StartAsync(
            $"{key}: S\naccounts {{ S {{ users: [ {{ user: s, password: x }} ] }}, A {{ users: [ {{ user: a, password: x }} ] }} }}");
        await using var system = await ConfiguredServer.ConnectAsync(server, "s", operations: "SUB $SYS.ACCOUNT.A.CONNECT 1\r\n");
        await using var client = await ConfiguredServer.ConnectAsync(server, "a");
        Assert.StartsWith("MSG $SYS.ACCOUNT.A.CONNECT 1 ", await system.ReadLineAsync(), StringComparison.Ordinal);
    }

    private static async Task AdvanceAsync(ManualTimeProvider time, TimeSpan step, Func<bool> condition)
    {
        await Eventually.Holds(() =>
        {
            if (condition())
                return true;
            time.Advance(step);
            Thread.Sleep(5);
            return condition();
        });
    }
}
