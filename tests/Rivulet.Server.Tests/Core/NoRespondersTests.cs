using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.Core;

/// <summary>Requests that nobody receives.</summary>
public sealed class NoRespondersTests : IAsyncLifetime
{
    private const string Connect = "CONNECT {\"verbose\":false,\"pedantic\":false,\"headers\":true,\"no_responders\":true";
    private EmbeddedServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await EmbeddedServer.StartAsync();
    }

    public ValueTask DisposeAsync()
    {
        return _server.DisposeAsync();
    }

    [Fact]
    public async Task The_requester_is_told_with_the_subject()
    {
        await using var client = await _server.ConnectQuietAsync();
        await client.SendAsync("SUB inbox.* 1\r\nPUB nobody.home inbox.1 2\r\nhi\r\n");
        await client.ExpectAsync("HMSG inbox.1 1 43 43\r\nNATS/1.0 503\r\nNats-Subject: nobody.home\r\n\r\n\r\n");
    }

    [Fact]
    public async Task A_long_subject_is_told_whole()
    {
        string subject = new('s', 3000);
        await using var client = await _server.ConnectQuietAsync();
        await client.SendAsync($"SUB inbox 1\r\nPUB {subject} inbox 0\r\n\r\n");
        await client.ExpectAsync($"HMSG inbox 1 3032 3032\r\nNATS/1.0 503\r\nNats-Subject: {subject}\r\n\r\n\r\n");
    }

    [Fact]
    public async Task It_does_not_count_towards_the_end_of_the_subscription()
    {
        await using var client = await _server.ConnectQuietAsync();
        await client.SendAsync("SUB inbox 1\r\nUNSUB 1 1\r\nPUB a inbox 0\r\n\r\nPUB a inbox 0\r\n\r\nPUB inbox 1\r\nx\r\n");
        const string Notice = "HMSG inbox 1 33 33\r\nNATS/1.0 503\r\nNats-Subject: a\r\n\r\n\r\n";
        Assert.Equal(Notice + Notice + "MSG inbox 1 1\r\nx\r\n", await client.PingAsync());
        Assert.Equal(1, _server.Server.Traffic.OutMessages);
    }

    [Theory]
    [InlineData("SUB a 9\r\nSUB inbox 1\r\nPUB a inbox 0\r\n\r\n", "MSG a 9 inbox 0\r\n\r\n")]
    [InlineData("SUB inbox 1\r\nPUB a 0\r\n\r\n", "")]
    [InlineData("SUB inbox q 1\r\nPUB a inbox 0\r\n\r\n", "")]
    [InlineData("SUB other 1\r\nPUB a inbox 0\r\n\r\n", "")]
    public async Task Nothing_is_told_where_there_is_nothing_to_tell_or_nobody_to_hear_it(string input, string output)
    {
        await using var client = await _server.ConnectQuietAsync();
        await client.SendAsync(input);
        Assert.Equal(output, await client.PingAsync());
    }

    [Fact]
    public async Task Without_the_option_nothing_is_told()
    {
        await using var client = await _server.ConnectAsync();
        await client.SendAsync("CONNECT {\"verbose\":false,\"headers\":true}\r\nSUB inbox 1\r\nPUB a inbox 0\r\n\r\n");
        Assert.Equal("", await client.PingAsync());
    }

    [Fact]
    public async Task Own_subscriptions_do_not_count_without_echo()
    {
        await using var client = await _server.ConnectAsync();
        await client.SendAsync(Connect + ",\"echo\":false}\r\nSUB inbox 1\r\nSUB a 2\r\nPUB a inbox 0\r\n\r\n");
        await client.ExpectAsync("HMSG inbox 1 33 33\r\nNATS/1.0 503\r\nNats-Subject: a\r\n\r\n\r\n");
    }

    [Fact]
    public async Task Another_connections_subscription_to_the_reply_is_not_told()
    {
        await using var other = await _server.ConnectQuietAsync();
        await other.SendAsync("SUB inbox 1\r\n");
        await other.PingAsync();
        await using var client = await _server.ConnectQuietAsync();
        await client.SendAsync("PUB a inbox 0\r\n\r\n");
        Assert.Equal("", await client.PingAsync());
        Assert.Equal("", await other.PingAsync());
    }
}
