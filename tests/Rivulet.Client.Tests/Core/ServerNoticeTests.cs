using Rivulet.Client.Tests.Servers;

namespace Rivulet.Client.Tests.Core;

/// <summary>What a server tells unasked: other servers, lame duck mode, errors.</summary>
public sealed class ServerNoticeTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Servers_that_the_server_tells_of_join_and_leave_the_list()
    {
        await using ScriptedServer server = new();
        (NatsConnection client, ScriptedConnection peer) = await server.ConnectAsync();
        await using (client)
        {
            await peer.SendAsync($"INFO {Info(server, "127.0.0.1:1", "127.0.0.1:2")}\r\n");
            await AnswerPingAsync(client, peer);
            Assert.Equal([server.Url, "nats://127.0.0.1:1", "nats://127.0.0.1:2"], client.Servers);

            await peer.SendAsync($"INFO {Info(server, "127.0.0.1:2", "not an address at all:x")}\r\n");
            await AnswerPingAsync(client, peer);
            Assert.Equal([server.Url, "nats://127.0.0.1:2"], client.Servers);
        }
    }

    [Fact]
    public async Task A_discovered_server_is_reconnected_to_with_the_same_credentials()
    {
        await using ScriptedServer first = new();
        await using ScriptedServer second = new();
        Task<ScriptedConnection> accepting = first.AcceptGreetedAsync();
        await using NatsConnection client = await NatsConnection.ConnectAsync($"nats://u:p@127.0.0.1:{first.Port}", Token);
        ScriptedConnection peer = await accepting;
        await peer.SendAsync($"INFO {Info(first, $"127.0.0.1:{second.Port}")}\r\n");
        await AnswerPingAsync(client, peer);

        await first.DisposeAsync();
        ScriptedConnection next = await second.AcceptGreetedAsync();

        Assert.Contains("\"user\":\"u\"", next.ConnectJson, StringComparison.Ordinal);
        Assert.Contains("\"pass\":\"p\"", next.ConnectJson, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lame_duck_mode_is_announced_once()
    {
        await using ScriptedServer server = new();
        (NatsConnection client, ScriptedConnection peer) = await server.ConnectAsync();
        await using (client)
        {
            int announced = 0;
            client.LameDuckAnnounced += (_, _) => Interlocked.Increment(ref announced);
            string info = ScriptedConnection.UsualInfo.Replace("\"proto\":1", "\"proto\":1,\"ldm\":true", StringComparison.Ordinal);
            await peer.SendAsync($"INFO {info}\r\nINFO {info}\r\n");
            await AnswerPingAsync(client, peer);

            while (Volatile.Read(ref announced) == 0)
                await Task.Delay(1, Token);
            Assert.Equal(1, announced);
            Assert.Equal(NatsConnectionState.Open, client.State);
        }
    }

    [Fact]
    public async Task A_refused_subscription_ends_with_the_refusal_and_others_go_on()
    {
        await using ScriptedServer server = new();
        (NatsConnection client, ScriptedConnection peer) = await server.ConnectAsync();
        await using (client)
        {
            NatsSubscription plain = client.SubscribeAsync("secret.>", cancellationToken: Token);
            NatsSubscription queue = client.SubscribeAsync("secret.>", "q", cancellationToken: Token);
            await peer.SendAsync("-ERR 'Permissions Violation for Subscription to \"secret.>\" using queue \"q\"'\r\n");

            NatsPermissionException refused =
                await Assert.ThrowsAsync<NatsPermissionException>(async () => await queue.ReadAsync(Token));
            await peer.SendAsync("MSG secret.a 1 1\r\nx\r\n");

            Assert.Equal((NatsPermission.Subscribe, "secret.>", "q"), (refused.Permission, refused.Subject, refused.QueueGroup));
            Assert.Equal("x", (await plain.ReadAsync(Token))!.Decode<string>());
        }
    }

    [Fact]
    public async Task A_refused_publish_is_reported()
    {
        await using ScriptedServer server = new();
        (NatsConnection client, ScriptedConnection peer) = await server.ConnectAsync();
        await using (client)
        {
            TaskCompletionSource<Exception> reported = new();
            client.ErrorOccurred += (_, e) => reported.TrySetResult(e.Error);
            await peer.SendAsync("-ERR 'Permissions Violation for Publish to \"secret\"'\r\n");

            NatsPermissionException refused = Assert.IsType<NatsPermissionException>(await reported.Task.WaitAsync(Token));

            Assert.Equal((NatsPermission.Publish, "secret"), (refused.Permission, refused.Subject));
            Assert.Equal(NatsConnectionState.Open, client.State);
        }
    }

    [Fact]
    public async Task A_request_whose_publish_is_refused_fails_at_once()
    {
        await using ScriptedServer server = new();
        (NatsConnection client, ScriptedConnection peer) = await server.ConnectAsync();
        await using (client)
        {
            ValueTask<NatsMessage> requesting =
                client.RequestAsync("secret", timeout: Timeout.InfiniteTimeSpan, cancellationToken: Token);
            while (!(await peer.ReadLineAsync()).StartsWith("PUB secret ", StringComparison.Ordinal))
            {
            }

            await peer.SendAsync("-ERR 'Permissions Violation for Publish to \"secret\"'\r\n");

            await Assert.ThrowsAsync<NatsPermissionException>(async () => await requesting);
        }
    }

    [Fact]
    public async Task An_error_of_our_making_closes_for_good()
    {
        await using ScriptedServer server = new();
        (NatsConnection client, ScriptedConnection peer) = await server.ConnectAsync();
        await using (client)
        {
            NatsSubscription subscription = client.SubscribeAsync("a", cancellationToken: Token);
            await peer.SendAsync("-ERR 'Unknown Protocol Operation'\r\n");

            NatsConnectionClosedException closed =
                await Assert.ThrowsAsync<NatsConnectionClosedException>(async () => await subscription.ReadAsync(Token));

            Assert.Equal("Unknown Protocol Operation", Assert.IsType<NatsServerException>(closed.InnerException).Message);
            Assert.Equal(NatsConnectionState.Closed, client.State);
        }
    }

    [Fact]
    public async Task An_exception_in_a_handler_is_reported_and_harms_nothing()
    {
        await using ScriptedServer server = new();
        (NatsConnection client, ScriptedConnection peer) = await server.ConnectAsync();
        await using (client)
        {
            TaskCompletionSource<Exception> reported = new();
            client.LameDuckAnnounced += (_, _) => throw new InvalidOperationException("handler");
            client.ErrorOccurred += (_, e) => reported.TrySetResult(e.Error);
            string info = ScriptedConnection.UsualInfo.Replace("\"proto\":1", "\"proto\":1,\"ldm\":true", StringComparison.Ordinal);
            await peer.SendAsync($"INFO {info}\r\n");

            Assert.Equal("handler", (await reported.Task.WaitAsync(Token)).Message);
            await AnswerPingAsync(client, peer);
        }
    }

    private static string Info(ScriptedServer server, params string[] urls) => ScriptedConnection.UsualInfo.Replace(
        "\"proto\":1",
        $"\"proto\":1,\"connect_urls\":[\"127.0.0.1:{server.Port}\",{string.Join(',', urls.Select(url => $"\"{url}\""))}]",
        StringComparison.Ordinal);

    private static async Task AnswerPingAsync(NatsConnection client, ScriptedConnection peer)
    {
        ValueTask flushing = client.FlushAsync(Token);
        while (await peer.ReadLineAsync() != "PING")
        {
        }

        await peer.SendAsync("PONG\r\n");
        await flushing;
    }
}
