using System.Text;
using Rivulet.Client.Tests.Servers;

namespace Rivulet.Client.Tests.Core;

public sealed class PublishSubscribeTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private NatsConnection Connection => fixture.Connection;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_subscription_receives_what_is_published_after_it()
    {
        await using NatsSubscription subscription = Connection.SubscribeAsync("ps.after", cancellationToken: Token);
        await Connection.PublishAsync("ps.after", "hello", cancellationToken: Token);

        NatsMessage message = (await subscription.ReadAsync(Token))!;

        Assert.Equal("ps.after", message.Subject);
        Assert.Equal("hello", message.Decode<string>());
        Assert.Null(message.ReplyTo);
        Assert.Null(message.Headers);
    }

    [Fact]
    public async Task Reply_subject_headers_and_payload_arrive_as_sent()
    {
        await using NatsSubscription subscription = Connection.SubscribeAsync("ps.all.*", cancellationToken: Token);
        NatsHeaders headers = new();
        headers.Add("A", "1");
        headers.Add("A", "2");
        headers.Add("Empty", "");
        headers.Add("Text", "äöü");
        byte[] payload = Encoding.UTF8.GetBytes("line\r\nline\0end");

        await Connection.PublishAsync("ps.all.x", payload, "reply.here", headers, Token);
        NatsMessage message = (await subscription.ReadAsync(Token))!;

        Assert.Equal("ps.all.x", message.Subject);
        Assert.Equal("reply.here", message.ReplyTo);
        Assert.Equal(payload, message.Payload.ToArray());
        Assert.Equal(["1", "2"], message.Headers!.GetValues("A"));
        Assert.Equal("", message.Headers["Empty"]);
        Assert.Equal("äöü", message.Headers["Text"]);
        Assert.False(message.Headers.Contains("a"));
        Assert.Equal(4, message.Headers.Count);
    }

    [Fact]
    public async Task Messages_of_one_publisher_arrive_in_order()
    {
        const int Count = 20_000;
        await using NatsSubscription subscription = Connection.SubscribeAsync("ps.order", cancellationToken: Token);
        for (int i = 0; i < Count; i++)
            await Connection.PublishAsync("ps.order", i, cancellationToken: Token);

        for (int i = 0; i < Count; i++)
            Assert.Equal(i, (await subscription.ReadAsync(Token))!.Decode<int>());
        Assert.Equal(Count, subscription.ReceivedMessages);
        Assert.Equal(0, subscription.DroppedMessages);
    }

    [Fact]
    public async Task A_message_of_a_megabyte_passes()
    {
        await using NatsSubscription subscription = Connection.SubscribeAsync("ps.large", cancellationToken: Token);
        byte[] payload = new byte[1024 * 1024];
        new Random(1).NextBytes(payload);

        await Connection.PublishAsync("ps.large", payload, cancellationToken: Token);

        Assert.Equal(payload, (await subscription.ReadAsync(Token))!.Payload.ToArray());
    }

    [Fact]
    public async Task A_queue_group_gets_each_message_once()
    {
        const int Count = 200;
        await using NatsSubscription first = Connection.SubscribeAsync("ps.queue", "workers", cancellationToken: Token);
        await using NatsSubscription second = Connection.SubscribeAsync("ps.queue", "workers", cancellationToken: Token);
        for (int i = 0; i < Count; i++)
            await Connection.PublishAsync("ps.queue", i, cancellationToken: Token);
        await Connection.FlushAsync(Token);

        Assert.Equal(Count, first.ReceivedMessages + second.ReceivedMessages);
        Assert.True(first.ReceivedMessages > 0 && second.ReceivedMessages > 0);
    }

    [Fact]
    public async Task A_subscription_with_a_maximum_ends_by_itself()
    {
        NatsSubscription subscription = Connection.SubscribeAsync(
            "ps.max", options: new NatsSubscriptionOptions { MaxMessages = 3 }, cancellationToken: Token);
        for (int i = 0; i < 5; i++)
            await Connection.PublishAsync("ps.max", i, cancellationToken: Token);

        List<int> received = [];
        await foreach (NatsMessage message in subscription)
            received.Add(message.Decode<int>());

        Assert.Equal([0, 1, 2], received);
    }

    [Fact]
    public async Task Leaving_an_enumeration_ends_the_subscription()
    {
        NatsSubscription subscription = Connection.SubscribeAsync("ps.leave", cancellationToken: Token);
        await Connection.PublishAsync("ps.leave", cancellationToken: Token);
        await foreach (NatsMessage _ in subscription)
            break;
        await Connection.PublishAsync("ps.leave", cancellationToken: Token);
        await Connection.FlushAsync(Token);

        Assert.Equal(1, subscription.ReceivedMessages);
        Assert.Null(await subscription.ReadAsync(Token));
    }

    [Fact]
    public async Task Cancelling_the_token_of_a_subscription_ends_its_enumeration()
    {
        using CancellationTokenSource cancel = new();
        NatsSubscription subscription = Connection.SubscribeAsync("ps.cancel", cancellationToken: cancel.Token);
        Task reading = Task.Run(async () => { await foreach (NatsMessage _ in subscription) { } }, Token);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
    }

    [Fact]
    public async Task Draining_a_subscription_hands_out_what_is_on_its_way()
    {
        NatsSubscription subscription = Connection.SubscribeAsync("ps.drain", cancellationToken: Token);
        for (int i = 0; i < 100; i++)
            await Connection.PublishAsync("ps.drain", i, cancellationToken: Token);
        await subscription.DrainAsync(Token);
        await Connection.PublishAsync("ps.drain", 100, cancellationToken: Token);

        int count = 0;
        await foreach (NatsMessage message in subscription)
            Assert.Equal(count++, message.Decode<int>());
        Assert.Equal(100, count);
    }

    [Fact]
    public async Task Without_echo_a_connection_does_not_hear_itself()
    {
        await using NatsConnection quiet = await fixture.Server.ConnectAsync(options => options with { Echo = false });
        await using NatsSubscription own = quiet.SubscribeAsync("ps.echo", cancellationToken: Token);
        await using NatsSubscription other = Connection.SubscribeAsync("ps.echo", cancellationToken: Token);
        await Connection.FlushAsync(Token);
        await quiet.PublishAsync("ps.echo", cancellationToken: Token);
        await quiet.FlushAsync(Token);

        Assert.NotNull(await other.ReadAsync(Token));
        Assert.Equal(0, own.ReceivedMessages);
    }

    [Fact]
    public async Task A_message_beyond_the_server_s_limit_is_refused_here()
    {
        byte[] payload = new byte[Connection.ServerInfo.MaxPayload + 1];

        NatsPayloadTooLargeException refused = await Assert.ThrowsAsync<NatsPayloadTooLargeException>(
            async () => await Connection.PublishAsync("ps.too.large", payload, cancellationToken: Token));

        Assert.Equal(payload.Length, refused.SizeBytes);
        Assert.Equal(Connection.ServerInfo.MaxPayload, refused.LimitBytes);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a\r\nPING")]
    [InlineData("a\tb")]
    public async Task A_subject_that_would_break_the_protocol_is_refused(string subject)
    {
        await Assert.ThrowsAnyAsync<ArgumentException>(
            async () => await Connection.PublishAsync(subject, cancellationToken: Token));
        Assert.ThrowsAny<ArgumentException>(() => Connection.SubscribeAsync(subject, cancellationToken: Token));
    }

    [Fact]
    public async Task A_subscription_that_the_server_calls_invalid_is_reported_and_the_connection_stays()
    {
        await using NatsConnection connection = await fixture.Server.ConnectAsync();
        TaskCompletionSource<Exception> reported = new();
        connection.ErrorOccurred += (_, e) => reported.TrySetResult(e.Error);

        await using NatsSubscription _ = connection.SubscribeAsync("a..b", cancellationToken: Token);

        Assert.Equal("Invalid Subject", (await reported.Task.WaitAsync(Token)).Message);
        await connection.FlushAsync(Token);
    }

    [Fact]
    public async Task A_full_queue_drops_the_newest_and_says_so_once()
    {
        await using NatsConnection connection = await fixture.Server.ConnectAsync();
        int events = 0;
        connection.SlowConsumer += (_, e) => Interlocked.Increment(ref events);
        await using NatsSubscription slow = connection.SubscribeAsync(
            "ps.slow", options: new NatsSubscriptionOptions { PendingMessagesMax = 10 }, cancellationToken: Token);
        for (int i = 0; i < 25; i++)
            await connection.PublishAsync("ps.slow", i, cancellationToken: Token);
        await connection.FlushAsync(Token);

        Assert.Equal(25, slow.ReceivedMessages);
        Assert.Equal(15, slow.DroppedMessages);
        Assert.Equal(10, slow.PendingMessages);
        for (int i = 0; i < 10; i++)
            Assert.Equal(i, (await slow.ReadAsync(Token))!.Decode<int>());
        Assert.Equal(15, connection.Statistics.DroppedMessages);
        while (Volatile.Read(ref events) == 0)
            await Task.Delay(1, Token);
        Assert.Equal(1, events);
    }
}
