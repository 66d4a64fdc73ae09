using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.Core;

/// <summary>INFO, CONNECT, and how a connection wants to be treated.</summary>
public sealed class ConnectTests : IAsyncLifetime
{
    private EmbeddedServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await EmbeddedServer.StartAsync(options => options with { ServerName = "rill" });
    }

    public ValueTask DisposeAsync()
    {
        return _server.DisposeAsync();
    }

    [Fact]
    public async Task INFO_introduces_the_server_and_the_connection()
    {
        await using var first = await _server.ConnectAsync();
        await using var second = await _server.ConnectAsync();
        Assert.Equal("rill", first.Info.ServerName);
        Assert.StartsWith("N", first.Info.ServerId, StringComparison.Ordinal);
        Assert.Equal(56, first.Info.ServerId.Length);
        Assert.Equal(("2.15.1", 1, "127.0.0.1", _server.Port), (first.Info.Version, first.Info.Protocol, first.Info.Host, first.Info.Port));
        Assert.Equal((true, 1048576, false, 5), (first.Info.Headers, first.Info.MaxPayload, first.Info.JetStream, first.Info.JetStreamApiLevel));
        Assert.Equal("127.0.0.1", first.Info.ClientIp);
        Assert.Equal(first.Info.ClientId + 1, second.Info.ClientId);
        Assert.False(first.Info.ConnectInfo);
    }

    [Fact]
    public async Task Without_CONNECT_a_connection_is_verbose_and_pedantic()
    {
        await using var client = await _server.ConnectAsync();
        await client.SendAsync("SUB foo 1\r\nPUB foo 1\r\nx\r\nPUB foo.* 0\r\n\r\nUNSUB 99\r\nPING\r\n");
        await client.ExpectAsync(
            "+OK\r\n+OK\r\nMSG foo 1 1\r\nx\r\n-ERR 'Invalid Publish Subject'\r\n+OK\r\n+OK\r\nPONG\r\n");
    }

    [Fact]
    public async Task An_empty_CONNECT_changes_nothing_about_that()
    {
        await using var client = await _server.ConnectAsync();
        await client.SendAsync("CONNECT {}\r\nSUB foo 1\r\nSUB foo 1\r\nPUB foo 1\r\nx\r\nPING\r\n");
        await client.ExpectAsync("+OK\r\n+OK\r\n+OK\r\n+OK\r\nMSG foo 1 1\r\nx\r\nPONG\r\n");
    }

    [Fact]
    public async Task A_pedantic_connection_is_told_of_an_invalid_subject_that_is_routed_all_the_same()
    {
        await using var client = await _server.ConnectAsync();
        await client.SendAsync("CONNECT {\"verbose\":false}\r\nSUB foo.* 1\r\nPUB foo.* 1\r\nx\r\nPING\r\n");
        await client.ExpectAsync("-ERR 'Invalid Publish Subject'\r\nMSG foo.* 1 1\r\nx\r\nPONG\r\n");
    }

    [Fact]
    public async Task A_refused_operation_gets_no_OK()
    {
        await using var client = await _server.ConnectAsync();
        await client.SendAsync("SUB a..b 1\r\nPING\r\n");
        await client.ExpectAsync("-ERR 'Invalid Subject'\r\nPONG\r\n");
    }

    [Fact]
    public async Task The_first_PING_after_CONNECT_brings_an_INFO_about_the_account()
    {
        await using var client = await _server.ConnectAsync();
        await client.SendAsync("CONNECT {\"verbose\":false,\"protocol\":1}\r\nPING\r\nPING\r\n");
        await client.ExpectAsync("PONG\r\n");
        var info = await client.ReadInfoAsync();
        Assert.Equal((true, "$G", client.Info.ClientId), (info.ConnectInfo, info.RemoteAccount, info.ClientId));
        await client.ExpectAsync("PONG\r\n");
    }

    [Theory]
    [InlineData("CONNECT {\"verbose\":false}\r\n")]
    [InlineData("CONNECT {\"verbose\":false,\"protocol\":0}\r\n")]
    [InlineData("")]
    public async Task Clients_of_protocol_zero_get_no_such_INFO(string connect)
    {
        await using var client = await _server.ConnectAsync();
        await client.SendAsync(connect + "PING\r\nPING\r\n");
        await client.ExpectAsync("PONG\r\nPONG\r\n");
    }

    [Fact]
    public async Task A_second_CONNECT_drops_the_subscriptions_and_keeps_what_it_does_not_mention()
    {
        await using var client = await _server.ConnectAsync();
        await client.SendAsync("CONNECT {\"verbose\":false,\"pedantic\":false}\r\nSUB foo 1\r\nSUB q g 2\r\n");
        await client.SendAsync("CONNECT {\"name\":\"again\"}\r\nPUB foo 1\r\na\r\nPUB q 1\r\na\r\nSUB foo 1\r\nPUB foo 1\r\nb\r\n");
        Assert.Equal("MSG foo 1 1\r\nb\r\n", await client.PingAsync());
    }

    [Theory]
    [InlineData("CONNECT {\"protocol\":3}\r\n", "-ERR 'invalid client protocol'\r\n")]
    [InlineData("CONNECT {\"protocol\":-1}\r\n", "-ERR 'invalid client protocol'\r\n")]
    [InlineData("CONNECT {\"no_responders\":true}\r\n", "-ERR 'no responders requires headers support'\r\n")]
    [InlineData("CONNECT {\"account\":\"A\"}\r\n", "-ERR 'Authorization Violation'\r\n")]
    [InlineData("CONNECT {\"new_account\":true}\r\n", "-ERR 'Authorization Violation'\r\n")]
    [InlineData("CONNECT {\"verbose\":fals\r\n", "")]
    [InlineData("CONNECT {\"verbose\":\"yes\"}\r\n", "")]
    [InlineData("CONNECT [1]\r\n", "")]
    [InlineData("CONNECT\r\n", "")]
    public async Task A_CONNECT_that_cannot_be_served_ends_the_connection(string connect, string answer)
    {
        await using var client = await _server.ConnectAsync();
        await client.SendAsync(connect + "PING\r\n");
        Assert.Equal(answer, await client.ReadToEndAsync());
        await Eventually.Holds(() => _server.Server.ConnectionCount == 0);
    }

    [Fact]
    public async Task Log_lines_name_the_client_as_it_named_itself()
    {
        await using (var client = await _server.ConnectAsync())
        {
            await client.SendAsync("CONNECT {\"verbose\":false,\"name\":\"worker\",\"lang\":\"go\",\"version\":\"1.2\"}\r\n");
            await client.PingAsync();
        }

        await Eventually.Holds(() => _server.Log.Lines.Any(line => line.EndsWith(
            "- cid:1 - \"v1.2:go:worker\" - Client connection closed: Client Closed", StringComparison.Ordinal)));
    }
}
