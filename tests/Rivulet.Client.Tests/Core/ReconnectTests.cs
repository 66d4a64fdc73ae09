using Rivulet.Client.Tests.Servers;

namespace Rivulet.Client.Tests.Core;

public sealed class ReconnectTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Subscriptions_are_in_force_again_after_a_restart()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using NatsConnection connection = await server.ConnectAsync();
        await using StateLog states = new(connection);
        await using NatsSubscription subscription = connection.SubscribeAsync("re.sub", cancellationToken: Token);
        await using NatsSubscription queue = connection.SubscribeAsync("re.*", "q", cancellationToken: Token);
        await connection.FlushAsync(Token);

        await server.StopAsync();
        await states.WaitForAsync(NatsConnectionState.Reconnecting);
        await server.StartAgainAsync();
        await states.WaitForAsync(NatsConnectionState.Open);
        await connection.PublishAsync("re.sub", "again", cancellationToken: Token);

        Assert.Equal("again", (await subscription.ReadAsync(Token))!.Decode<string>());
        Assert.Equal("again", (await queue.ReadAsync(Token))!.Decode<string>());
        Assert.Equal(1, connection.Statistics.Reconnects);
    }

    [Fact]
    public async Task What_is_published_while_there_is_no_server_is_sent_to_the_next()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using NatsConnection connection = await server.ConnectAsync();
        await using StateLog states = new(connection);
        await using NatsSubscription subscription = connection.SubscribeAsync("re.buffer", cancellationToken: Token);
        await connection.FlushAsync(Token);

        await server.StopAsync();
        await states.WaitForAsync(NatsConnectionState.Reconnecting);
        for (int i = 0; i < 100; i++)
            await connection.PublishAsync("re.buffer", i, cancellationToken: Token);
        await using NatsSubscription late = connection.SubscribeAsync("re.late", cancellationToken: Token);
        await connection.PublishAsync("re.late", cancellationToken: Token);
        await server.StartAgainAsync();

        for (int i = 0; i < 100; i++)
            Assert.Equal(i, (await subscription.ReadAsync(Token))!.Decode<int>());
        Assert.NotNull(await late.ReadAsync(Token));
    }

    [Fact]
    public async Task The_buffer_for_the_time_without_a_server_is_bounded()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using NatsConnection connection = await server.ConnectAsync(options => options with { ReconnectBufferBytes = 10_000 });
        await using StateLog states = new(connection);
        await server.StopAsync();
        await states.WaitForAsync(NatsConnectionState.Reconnecting);

        await Assert.ThrowsAsync<NatsReconnectBufferFullException>(async () =>
        {
            for (int i = 0; i < 11; i++)
                await connection.PublishAsync("re.bound", new byte[1000], cancellationToken: Token);
        });
        Assert.IsType<NatsReconnectBufferFullException>(
            (await connection.TryRequestAsync("re.bound", new byte[9000], cancellationToken: Token)).Error);
    }

    [Fact]
    public async Task A_request_that_was_sent_fails_when_its_server_is_lost_and_one_that_was_not_is_sent_to_the_next()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using NatsConnection connection = await server.ConnectAsync();
        await using StateLog states = new(connection);
        await using NatsSubscription requests = connection.SubscribeAsync("re.request", cancellationToken: Token);
        ValueTask<NatsMessage> sent = connection.RequestAsync(
            "re.request", timeout: Timeout.InfiniteTimeSpan, cancellationToken: Token);
        Assert.NotNull(await requests.ReadAsync(Token));

        await server.StopAsync();
        await Assert.ThrowsAsync<NatsConnectionLostException>(async () => await sent);
        await states.WaitForAsync(NatsConnectionState.Reconnecting);
        ValueTask<NatsMessage> kept = connection.RequestAsync(
            "re.request", timeout: Timeout.InfiniteTimeSpan, cancellationToken: Token);
        ValueTask flushing = connection.FlushAsync(Token);
        await server.StartAgainAsync();
        await (await requests.ReadAsync(Token))!.ReplyAsync("ok", cancellationToken: Token);

        Assert.Equal("ok", (await kept).Decode<string>());
        await flushing;
    }

    [Fact]
    public async Task A_maximum_of_messages_counts_over_a_reconnect()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using NatsConnection connection = await server.ConnectAsync();
        await using StateLog states = new(connection);
        NatsSubscription subscription = connection.SubscribeAsync(
            "re.max", options: new NatsSubscriptionOptions { MaxMessages = 5 }, cancellationToken: Token);
        await connection.PublishAsync("re.max", 0, cancellationToken: Token);
        await connection.PublishAsync("re.max", 1, cancellationToken: Token);
        Assert.NotNull(await subscription.ReadAsync(Token));
        Assert.NotNull(await subscription.ReadAsync(Token));

        await server.StopAsync();
        await states.WaitForAsync(NatsConnectionState.Reconnecting);
        await server.StartAgainAsync();
        await states.WaitForAsync(NatsConnectionState.Open);
        await using NatsConnection publisher = await server.ConnectAsync();
        for (int i = 2; i < 9; i++)
            await publisher.PublishAsync("re.max", i, cancellationToken: Token);

        Assert.Equal([2, 3, 4], await subscription.Select(message => message.Decode<int>()).ToListAsync(Token));
    }

    [Fact]
    public async Task Many_restarts_are_survived()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using NatsConnection connection = await server.ConnectAsync();
        await using StateLog states = new(connection);
        await using NatsSubscription subscription = connection.SubscribeAsync("re.many", cancellationToken: Token);
        for (int round = 0; round < 5; round++)
        {
            await server.StopAsync();
            await states.WaitForAsync(NatsConnectionState.Reconnecting);
            await server.StartAgainAsync();
            await states.WaitForAsync(NatsConnectionState.Open);
            await connection.PublishAsync("re.many", round, cancellationToken: Token);
            Assert.Equal(round, (await subscription.ReadAsync(Token))!.Decode<int>());
        }
    }

    [Fact]
    public async Task Without_reconnects_a_loss_closes_the_connection()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using NatsConnection connection = await server.ConnectAsync(options => options with { MaxReconnectAttempts = 0 });
        NatsSubscription subscription = connection.SubscribeAsync("re.none", cancellationToken: Token);
        await connection.FlushAsync(Token);
        await server.StopAsync();

        await Assert.ThrowsAsync<NatsConnectionClosedException>(async () => await subscription.ReadAsync(Token));
        Assert.Equal(NatsConnectionState.Closed, connection.State);
    }

    [Fact]
    public async Task A_server_that_stays_away_is_given_up_after_the_attempts_allowed()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using NatsConnection connection = await server.ConnectAsync(options => options with
        {
            MaxReconnectAttempts = 3,
            ReconnectDelay = TimeSpan.FromMilliseconds(5),
            ReconnectJitter = TimeSpan.Zero,
        });
        NatsSubscription subscription = connection.SubscribeAsync("re.away", cancellationToken: Token);
        await connection.FlushAsync(Token);
        await server.StopAsync();

        NatsConnectionClosedException closed =
            await Assert.ThrowsAsync<NatsConnectionClosedException>(async () => await subscription.ReadAsync(Token));

        Assert.IsType<NatsNoServersException>(closed.InnerException);
    }

    [Fact]
    public async Task A_first_connect_can_wait_for_its_server()
    {
        await using TestServer server = await TestServer.StartAsync();
        await server.StopAsync();
        Task<NatsConnection> connecting = server.ConnectAsync(options => options with { RetryOnInitialConnect = true });
        await Task.Delay(50, Token);
        Assert.False(connecting.IsCompleted);

        await server.StartAgainAsync();

        await using NatsConnection connection = await connecting;
        Assert.Equal(NatsConnectionState.Open, connection.State);
    }

    [Fact]
    public async Task A_dispose_ends_a_reconnect_at_once()
    {
        await using TestServer server = await TestServer.StartAsync();
        NatsConnection connection = await server.ConnectAsync();
        await using StateLog states = new(connection);
        await server.StopAsync();
        await states.WaitForAsync(NatsConnectionState.Reconnecting);

        await connection.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(1), Token);

        Assert.Equal(NatsConnectionState.Closed, connection.State);
    }

    [Fact]
    public async Task A_server_that_does_not_answer_pings_is_left()
    {
        await using ScriptedServer server = new();
        (NatsConnection client, ScriptedConnection peer) = await server.ConnectAsync(
            options => options with { PingInterval = TimeSpan.FromMilliseconds(20), ReconnectJitter = TimeSpan.Zero });
        await using (client)
        {
            await using StateLog states = new(client);
            await states.WaitForAsync(NatsConnectionState.Reconnecting);
            Assert.True(await peer.IsClosedByClientAsync());

            await server.AcceptGreetedAsync();
            await states.WaitForAsync(NatsConnectionState.Open);
        }
    }

    [Fact]
    public async Task Credentials_refused_twice_end_the_attempts()
    {
        await using ScriptedServer server = new();
        (NatsConnection client, ScriptedConnection peer) = await server.ConnectAsync(
            options => options with { ReconnectDelay = TimeSpan.FromMilliseconds(5), ReconnectJitter = TimeSpan.Zero });
        await using (client)
        {
            await using StateLog states = new(client);
            peer.Dispose();
            for (int i = 0; i < 2; i++)
            {
                ScriptedConnection next = await server.AcceptAsync();
                await next.SendAsync($"INFO {ScriptedConnection.UsualInfo}\r\n");
                await next.ReadConnectAsync();
                await next.SendAsync("-ERR 'Authorization Violation'\r\n");
            }

            await states.WaitForAsync(NatsConnectionState.Closed);
        }
    }

    /// <summary>The states that a connection goes through, to wait for.</summary>
    private sealed class StateLog : IAsyncDisposable
    {
        private readonly NatsConnection _connection;
        private readonly System.Threading.Channels.Channel<NatsConnectionState> _states =
            System.Threading.Channels.Channel.CreateUnbounded<NatsConnectionState>();

        public StateLog(NatsConnection connection)
        {
            _connection = connection;
            connection.StateChanged += OnChanged;
        }

        public async Task WaitForAsync(NatsConnectionState state)
        {
            while (await _states.Reader.ReadAsync(Token) != state)
            {
            }
        }

        public ValueTask DisposeAsync()
        {
            _connection.StateChanged -= OnChanged;
            return ValueTask.CompletedTask;
        }

        private void OnChanged(object? sender, NatsStateChangedEventArgs e) => _states.Writer.TryWrite(e.Current);
    }
}
