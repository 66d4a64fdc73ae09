using Rivulet.Server.Connections;
using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.Core;

/// <summary>Pings, on a clock that the tests move.</summary>
public sealed class KeepAliveTests : IAsyncLifetime
{
    private readonly ManualTimeProvider _time = new();
    private EmbeddedServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await EmbeddedServer.StartAsync(options => options with
        {
            TimeProvider = _time,
            Listen = false,
            NoShortFirstPing = false,
        });
    }

    public ValueTask DisposeAsync()
    {
        return _server.DisposeAsync();
    }

    [Fact]
    public async Task The_first_ping_comes_soon_and_measures_the_round_trip()
    {
        await using var client = await ConnectAsync();
        _time.Advance(TimeSpan.FromSeconds(1.9));
        Assert.Equal("", await client.PingAsync());
        _time.Advance(TimeSpan.FromSeconds(0.6));
        await client.ExpectAsync("PING\r\n");
        _time.Advance(TimeSpan.FromMilliseconds(30));
        await client.SendAsync("PONG\r\n");
        await client.PingAsync();
        Assert.InRange(Connection.RoundTrip.TotalMilliseconds, 30, 600);
    }

    [Fact]
    public async Task A_silent_client_is_pinged_at_each_interval_and_closed_when_it_never_answers()
    {
        await using var client = await ConnectAsync();
        _time.Advance(TimeSpan.FromSeconds(2.5));
        await client.ExpectAsync("PING\r\n");
        _time.Advance(TimeSpan.FromMinutes(2));
        await client.ExpectAsync("PING\r\n");
        Assert.Equal(1, _server.Server.ConnectionCount);
        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal("-ERR 'Stale Connection'\r\n", await client.ReadToEndAsync());
        await client.DisposeAsync();
        await Eventually.Holds(() => _server.Server.ConnectionCount == 0);
        Assert.Equal(1, _server.Server.StaleConnections);
    }

    [Fact]
    public async Task A_client_that_answers_lives_on()
    {
        await using var client = await ConnectAsync();
        _time.Advance(TimeSpan.FromSeconds(2.5));
        for (int i = 1; i <= 10; i++)
        {
            await client.ExpectAsync("PING\r\n");
            await client.SendAsync($"PONG\r\nSUB silence {i}\r\n");
            await Eventually.Holds(() => Connection.Subscriptions.Count == i);
            _time.Advance(TimeSpan.FromMinutes(2.1));
        }

        Assert.Equal(1, _server.Server.ConnectionCount);
    }

    [Fact]
    public async Task A_client_that_publishes_or_pings_is_not_pinged_before_the_round_trip_is_old()
    {
        await using var client = await ConnectAsync();
        _time.Advance(TimeSpan.FromSeconds(2.5));
        await client.ExpectAsync("PING\r\n");
        await client.SendAsync("PONG\r\n");
        for (int i = 0; i < 50; i++)
        {
            Assert.Equal("", await client.PingAsync());
            _time.Advance(TimeSpan.FromMinutes(1));
        }

        _time.Advance(TimeSpan.FromSeconds(1));
        await client.PingAsync();
        string pings = "";
        for (int i = 0; i < 15; i++)
        {
            pings += await client.PingAsync();
            _time.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.StartsWith("PING\r\n", pings, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_ended_connection_leaves_no_timers_behind()
    {
        // The server has some of its own.
        int before = _time.WaitingTimers;
        await using (var client = await ConnectAsync())
            await client.PingAsync();
        await Eventually.Holds(() => _server.Server.ConnectionCount == 0);
        Assert.Equal(before, _time.WaitingTimers);
    }

    private ClientConnection Connection => Assert.Single(_server.Server.Connections);

    private async Task<RawClient> ConnectAsync()
    {
        var client = await RawClient.ConnectAsync(_server.Server);
        return await client.SayConnectAsync();
    }
}
