using Rivulet.Client.JetStream;
using Rivulet.Client.KeyValue;
using Rivulet.Client.Tests.Servers;

namespace Rivulet.Client.Tests.KeyValue;

/// <summary>Watches over the loss of their server, their connection, their consumer and their bucket.</summary>
public sealed class WatchReconnectTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_watch_survives_restarts_and_misses_nothing(bool updatesOnly)
    {
        await using TestServer server = await TestServer.StartAsync();
        await using NatsConnection connection = await server.ConnectAsync();
        KeyValueBucket bucket = await NewBucketAsync(connection, StorageType.File);
        await bucket.PutAsync("before", 0, cancellationToken: Token);
        await using KeyValueWatch watch =
            await bucket.WatchAsync(options: new KeyValueWatchOptions { UpdatesOnly = updatesOnly }, cancellationToken: Token);

        ulong expected = updatesOnly ? 2ul : 1ul;
        for (int round = 0; round < 3; round++)
        {
            await server.StopAsync();
            await server.StartAgainAsync();
            for (int i = 0; i < 10; i++)
                await PutUntilStoredAsync(bucket, $"{round}.{i}");
            ulong last = (await bucket.StatusAsync(Token)).StreamInfo.State.LastSequence;
            for (; expected <= last; expected++)
                Assert.Equal(expected, (await watch.ReadAsync(Token))!.Revision);
        }
    }

    [Fact]
    public async Task Changes_made_by_others_while_this_client_was_away_are_seen()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using TcpRelay relay = new(server.Url);
        await using NatsConnection here = await NatsConnection.ConnectAsync(relay.Url, Token);
        await using NatsConnection there = await server.ConnectAsync();
        KeyValueBucket bucket = await NewBucketAsync(there, StorageType.Memory);
        await bucket.PutAsync("a", 0, cancellationToken: Token);
        KeyValueBucket watched = await new KeyValueContext(here.CreateJetStreamContext()).GetBucketAsync(bucket.Bucket, Token);
        await using KeyValueWatch watch = await watched.WatchAsync(cancellationToken: Token);
        Assert.Equal(0, (await watch.ReadAsync(Token))!.Decode<int>());

        for (int round = 0; round < 3; round++)
        {
            relay.Cut();
            for (int i = 1; i <= 20; i++)
                await bucket.PutAsync("a", i, cancellationToken: Token);
            relay.Mend();
            for (int i = 1; i <= 20; i++)
                Assert.Equal(i, (await watch.ReadAsync(Token))!.Decode<int>());
        }
    }

    [Fact]
    public async Task A_consumer_that_is_deleted_under_the_watch_is_replaced()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using NatsConnection connection = await server.ConnectAsync();
        KeyValueBucket bucket = await NewBucketAsync(connection, StorageType.Memory);
        await using KeyValueWatch watch = await bucket.WatchAsync(
            options: new KeyValueWatchOptions { IdleHeartbeat = TimeSpan.FromMilliseconds(200) }, cancellationToken: Token);
        await bucket.PutAsync("a", 1, cancellationToken: Token);
        Assert.Equal(1, (await watch.ReadAsync(Token))!.Decode<int>());

        string consumer = Assert.Single(await bucket.Stream.ListConsumerNamesAsync(Token).ToListAsync(Token));
        await bucket.Stream.DeleteConsumerAsync(consumer, Token);
        await bucket.PutAsync("a", 2, cancellationToken: Token);
        await bucket.PutAsync("a", 3, cancellationToken: Token);

        Assert.Equal(3, (await LastOfAsync(watch, 3)).Decode<int>());
        Assert.NotEqual(consumer, Assert.Single(await bucket.Stream.ListConsumerNamesAsync(Token).ToListAsync(Token)));
    }

    [Fact]
    public async Task A_bucket_that_is_deleted_ends_the_watch_with_an_error()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using NatsConnection connection = await server.ConnectAsync();
        KeyValueBucket bucket = await NewBucketAsync(connection, StorageType.Memory);
        await using KeyValueWatch watch = await bucket.WatchAsync(
            options: new KeyValueWatchOptions { IdleHeartbeat = TimeSpan.FromMilliseconds(200) }, cancellationToken: Token);

        await bucket.Context.DeleteBucketAsync(bucket.Bucket, Token);

        await Assert.ThrowsAsync<KeyValueBucketNotFoundException>(async () => await watch.ReadAsync(Token));
    }

    [Fact]
    public async Task Closing_the_connection_ends_a_watch_and_a_list_that_is_not_complete_says_so()
    {
        await using TestServer server = await TestServer.StartAsync();
        NatsConnection connection = await server.ConnectAsync();
        KeyValueBucket bucket = await NewBucketAsync(connection, StorageType.Memory);
        await bucket.PutAsync("a", 1, cancellationToken: Token);
        KeyValueWatch watch = await bucket.WatchAsync("none", cancellationToken: Token);
        KeyValueWatch unread = await bucket.WatchAsync(cancellationToken: Token);
        ValueTask<KeyValueEntry?> reading = watch.ReadAsync(Token);

        await connection.DisposeAsync();

        Assert.Null(await reading);
        Assert.Equal(1, (await unread.ReadAsync(Token))!.Decode<int>());
        Assert.Null(await unread.ReadAsync(Token));
    }

    private static async Task<KeyValueEntry> LastOfAsync(KeyValueWatch watch, ulong revision)
    {
        while (await watch.ReadAsync(Token) is { } entry)
        {
            if (entry.Revision >= revision)
                return entry;
        }

        throw new InvalidOperationException("The watch has ended.");
    }

    private static async ValueTask<KeyValueBucket> NewBucketAsync(NatsConnection connection, StorageType storage) =>
        await new KeyValueContext(connection.CreateJetStreamContext()).CreateBucketAsync(
            new KeyValueConfig("WATCHED") { Storage = storage, History = 64 }, Token);

    /// <summary>A server that was just started may need a moment; a put that was lost with the old one is sent again.</summary>
    private static async Task PutUntilStoredAsync(KeyValueBucket bucket, string key)
    {
        while (!(await bucket.TryPutAsync(key, default, Token)).Success)
            await Task.Delay(20, Token);
    }
}
