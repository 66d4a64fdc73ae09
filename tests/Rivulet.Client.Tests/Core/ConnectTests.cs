using System.Net.Sockets;
using System.Text.Json;
using Rivulet.Client.Tests.Servers;

namespace Rivulet.Client.Tests.Core;

public sealed class ConnectTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_open_connection_knows_its_server()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using NatsConnection connection = await NatsConnection.ConnectAsync(server.Url, Token);

        Assert.Equal(NatsConnectionState.Open, connection.State);
        Assert.Equal(server.Url, connection.ConnectedUrl);
        Assert.NotEmpty(connection.ServerInfo.ServerId);
        Assert.True(connection.ServerInfo.JetStream);
        Assert.True(connection.ServerInfo.Headers);
        Assert.InRange(await connection.PingAsync(Token), TimeSpan.Zero, TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task Without_a_server_connecting_fails_and_says_why()
    {
        NatsNoServersException none = await Assert.ThrowsAsync<NatsNoServersException>(
            () => NatsConnection.ConnectAsync("nats://127.0.0.1:1", Token));

        Assert.Equal("no servers available for connection", none.Message);
        Assert.IsType<SocketException>(none.InnerException);
    }

    [Fact]
    public async Task The_first_server_that_answers_is_taken()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using NatsConnection connection = await NatsConnection.ConnectAsync(
            new NatsConnectionOptions { Servers = ["nats://127.0.0.1:1, " + server.Url], RandomizeServers = false }, Token);

        Assert.Equal(server.Url, connection.ConnectedUrl);
        Assert.Equal(2, connection.Servers.Count);
    }

    [Fact]
    public async Task A_server_that_says_nothing_runs_into_the_time_out()
    {
        await using ScriptedServer server = new();
        NatsNoServersException none = await Assert.ThrowsAsync<NatsNoServersException>(() => NatsConnection.ConnectAsync(
            new NatsConnectionOptions { Servers = [server.Url], ConnectTimeout = TimeSpan.FromMilliseconds(100) }, Token));

        Assert.IsType<NatsTimeoutException>(none.InnerException);
    }

    [Fact]
    public async Task Cancelling_ends_a_connect()
    {
        await using ScriptedServer server = new();
        using CancellationTokenSource cancel = new(50);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => NatsConnection.ConnectAsync(server.Url, cancel.Token));
    }

    [Theory]
    [InlineData("nats://derek:s3%40cret@{0}", "\"user\":\"derek\"", "\"pass\":\"s3@cret\"")]
    [InlineData("nats://t0ken@{0}", "\"auth_token\":\"t0ken\"", "\"protocol\":1")]
    [InlineData("{0}", "\"user\":\"u\"", "\"pass\":\"p\"")]
    public async Task Credentials_of_the_address_win_over_those_of_the_options(string url, string first, string second)
    {
        await using ScriptedServer server = new();
        Task<ScriptedConnection> accepting = server.AcceptGreetedAsync();
        await using NatsConnection connection = await NatsConnection.ConnectAsync(
            new NatsConnectionOptions
            {
                Servers = [string.Format(System.Globalization.CultureInfo.InvariantCulture, url, $"127.0.0.1:{server.Port}")],
                User = "u",
                Password = "p",
            },
            Token);

        string json = (await accepting).ConnectJson;

        Assert.Contains(first, json, StringComparison.Ordinal);
        Assert.Contains(second, json, StringComparison.Ordinal);
        Assert.DoesNotContain("@", connection.ConnectedUrl, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_client_introduces_itself_as_asked()
    {
        await using ScriptedServer server = new();
        (NatsConnection client, ScriptedConnection peer) = await server.ConnectAsync(
            options => options with { Name = "me", Echo = false, Verbose = true, Pedantic = true });
        await using (client)
        {
            using JsonDocument connect = JsonDocument.Parse(peer.ConnectJson);
            JsonElement root = connect.RootElement;

            Assert.Equal("me", root.GetProperty("name").GetString());
            Assert.False(root.GetProperty("echo").GetBoolean());
            Assert.True(root.GetProperty("verbose").GetBoolean());
            Assert.True(root.GetProperty("pedantic").GetBoolean());
            Assert.True(root.GetProperty("headers").GetBoolean());
            Assert.True(root.GetProperty("no_responders").GetBoolean());
            Assert.Equal(1, root.GetProperty("protocol").GetInt32());
            Assert.NotEmpty(root.GetProperty("lang").GetString()!);
            Assert.NotEmpty(root.GetProperty("version").GetString()!);
        }
    }

    [Fact]
    public async Task Verbose_mode_works_as_well()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using NatsConnection connection = await server.ConnectAsync(options => options with { Verbose = true });
        await using NatsSubscription subscription = connection.SubscribeAsync("v", cancellationToken: Token);
        await connection.PublishAsync("v", "x", cancellationToken: Token);

        Assert.Equal("x", (await subscription.ReadAsync(Token))!.Decode<string>());
    }

    [Theory]
    [InlineData("http://host")]
    [InlineData("nats://")]
    [InlineData("nats://ho st")]
    [InlineData("")]
    [InlineData(",")]
    public async Task An_address_that_makes_no_sense_is_an_argument_error(string url)
    {
        await Assert.ThrowsAsync<ArgumentException>(() => NatsConnection.ConnectAsync(url, Token));
    }

    [Theory]
    [InlineData("localhost", "nats://localhost:4222")]
    [InlineData("tls://example.com:1", "tls://example.com:1")]
    [InlineData("nats://[::1]:4223", "nats://[::1]:4223")]
    [InlineData("127.0.0.1:5222", "nats://127.0.0.1:5222")]
    public void Scheme_and_port_have_defaults(string text, string url) =>
        Assert.Equal(url, ServerAddress.Parse(text).Url);

    [Fact]
    public async Task Refused_credentials_are_an_authentication_error()
    {
        await using ScriptedServer server = new();
        Task<NatsConnection> connecting = NatsConnection.ConnectAsync(server.Url, Token);
        ScriptedConnection peer = await server.AcceptAsync();
        await peer.SendAsync($"INFO {ScriptedConnection.UsualInfo}\r\n");
        await peer.ReadConnectAsync();
        await peer.SendAsync("-ERR 'Authorization Violation'\r\n");

        NatsAuthenticationException refused = await Assert.ThrowsAsync<NatsAuthenticationException>(() => connecting);

        Assert.Equal("Authorization Violation", refused.Message);
    }

    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request\r\n\r\n")]
    [InlineData("INFO {\r\n")]
    [InlineData("INFO 17\r\n")]
    [InlineData("MSG a 1 1\r\nx\r\n")]
    [InlineData("\0\0\0\0\0\r\n")]
    public async Task A_peer_that_does_not_speak_the_protocol_is_a_protocol_error(string greeting)
    {
        await using ScriptedServer server = new();
        Task<NatsConnection> connecting = NatsConnection.ConnectAsync(server.Url, Token);
        ScriptedConnection peer = await server.AcceptAsync();
        await peer.SendAsync(greeting);

        NatsNoServersException failed = await Assert.ThrowsAsync<NatsNoServersException>(() => connecting);

        Assert.IsType<NatsProtocolException>(failed.InnerException);
    }

    [Theory]
    [InlineData("garbage\r\n")]
    [InlineData("MSG a\r\n")]
    [InlineData("MSG a 1 -1\r\n")]
    [InlineData("MSG a 1 3\r\nabcd\r\n")]
    [InlineData("MSG a 1 999999999999\r\n")]
    [InlineData("HMSG a 1 9 3\r\nabc\r\n")]
    [InlineData("INFO {]\r\n")]
    public async Task Malformed_bytes_close_the_connection_with_a_protocol_error(string bytes)
    {
        await using ScriptedServer server = new();
        (NatsConnection client, ScriptedConnection peer) =
            await server.ConnectAsync(options => options with { MaxReconnectAttempts = 0 });
        await using (client)
        {
            TaskCompletionSource<Exception?> closed = new();
            client.StateChanged += (_, e) =>
            {
                if (e.Current == NatsConnectionState.Closed)
                    closed.TrySetResult(e.Cause);
            };
            NatsSubscription subscription = client.SubscribeAsync("a", cancellationToken: Token);
            await peer.SendAsync(bytes);

            Assert.IsType<NatsProtocolException>(await closed.Task.WaitAsync(Token));
            NatsConnectionClosedException ended =
                await Assert.ThrowsAsync<NatsConnectionClosedException>(async () => await subscription.ReadAsync(Token));
            Assert.IsType<NatsProtocolException>(ended.InnerException);
            await Assert.ThrowsAsync<NatsConnectionClosedException>(async () => await client.PublishAsync("a", cancellationToken: Token));
            Assert.True(await peer.IsClosedByClientAsync());
        }
    }

    [Fact]
    public async Task Every_split_of_the_server_s_bytes_is_understood()
    {
        const string Bytes = "MSG a 1 5\r\nhello\r\nPING\r\nHMSG a 1 r 22 24\r\nNATS/1.0\r\nK: value\r\n\r\nxy\r\n+OK\r\nMSG a 1 0\r\n\r\n";
        await using ScriptedServer server = new();
        (NatsConnection client, ScriptedConnection peer) = await server.ConnectAsync();
        await using (client)
        {
            NatsSubscription subscription = client.SubscribeAsync("a", cancellationToken: Token);
            for (int cut = 1; cut < Bytes.Length; cut++)
            {
                await peer.SendAsync(Bytes[..cut]);
                if (cut % 5 == 0)
                    await Task.Delay(1, Token);
                await peer.SendAsync(Bytes[cut..]);
                Assert.Equal("hello", (await subscription.ReadAsync(Token))!.Decode<string>());
                NatsMessage second = (await subscription.ReadAsync(Token))!;
                Assert.Equal(("r", "value", "xy"), (second.ReplyTo, second.Headers!["K"], second.Decode<string>()));
                Assert.True((await subscription.ReadAsync(Token))!.Payload.IsEmpty);
            }
        }
    }

    [Fact]
    public async Task Disposing_sends_what_was_published()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using NatsConnection receiver = await server.ConnectAsync();
        await using NatsSubscription subscription = receiver.SubscribeAsync("bye", cancellationToken: Token);
        await receiver.FlushAsync(Token);
        NatsConnection sender = await server.ConnectAsync();
        for (int i = 0; i < 1000; i++)
            await sender.PublishAsync("bye", new byte[1000], cancellationToken: Token);

        await sender.DisposeAsync();

        for (int i = 0; i < 1000; i++)
            Assert.NotNull(await subscription.ReadAsync(Token));
        Assert.Equal(NatsConnectionState.Closed, sender.State);
    }

    [Fact]
    public async Task After_a_dispose_subscriptions_end_and_calls_fail()
    {
        await using TestServer server = await TestServer.StartAsync();
        NatsConnection connection = await server.ConnectAsync();
        NatsSubscription subscription = connection.SubscribeAsync("x", cancellationToken: Token);
        ValueTask<NatsMessage?> reading = subscription.ReadAsync(Token);
        ValueTask<NatsMessage> requesting = connection.RequestAsync(
            "$JS.API.UNKNOWN", timeout: Timeout.InfiniteTimeSpan, cancellationToken: Token);
        await connection.FlushAsync(Token);

        await connection.DisposeAsync();
        await connection.DisposeAsync();

        Assert.Null(await reading);
        await Assert.ThrowsAsync<NatsConnectionClosedException>(async () => await requesting);
        await Assert.ThrowsAsync<NatsConnectionClosedException>(async () => await connection.PublishAsync("x", cancellationToken: Token));
        await Assert.ThrowsAsync<NatsConnectionClosedException>(async () => await connection.FlushAsync(Token));
        await Assert.ThrowsAsync<NatsConnectionClosedException>(async () => await connection.RequestAsync("x", cancellationToken: Token));
        Assert.Throws<NatsConnectionClosedException>(() => connection.SubscribeAsync("y", cancellationToken: Token));
    }

    [Fact]
    public async Task Draining_lets_handlers_finish_and_answer()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using NatsConnection client = await server.ConnectAsync();
        NatsConnection service = await server.ConnectAsync();
        NatsSubscription requests = service.SubscribeAsync("work", cancellationToken: Token);
        Task serving = Task.Run(
            async () =>
            {
                await foreach (NatsMessage request in requests)
                {
                    await Task.Delay(2, Token);
                    await request.ReplyAsync("done", cancellationToken: Token);
                }
            },
            Token);
        await service.FlushAsync(Token);
        Task<NatsMessage>[] answers =
            [.. Enumerable.Range(0, 20).Select(_ => client.RequestAsync("work", cancellationToken: Token).AsTask())];
        await client.FlushAsync(Token);

        await service.DrainAsync(Token);

        foreach (NatsMessage answer in await Task.WhenAll(answers))
            Assert.Equal("done", answer.Decode<string>());
        await serving;
        Assert.Equal(NatsConnectionState.Closed, service.State);
    }
}
