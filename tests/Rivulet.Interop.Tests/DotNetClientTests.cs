using System.Text;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using NATS.Client.KeyValueStore;
using NATS.Client.ObjectStore;
using NATS.Client.ObjectStore.Models;
using NATS.Client.Services;
using Rivulet.TestKit.Processes;

namespace Rivulet.Interop.Tests;

/// <summary>The official .NET client, as the package registry has it, against the server program.</summary>
public sealed class DotNetClientTests : IAsyncLifetime
{
    private ServerProcess _server = null!;
    private NatsConnection _connection = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await ServerProcess.StartAsync();
        _connection = new NatsConnection(new NatsOpts { Url = _server.Url });
        await _connection.ConnectAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task The_key_value_introduction_runs()
    {
        INatsKVStore profiles = await CreateBucketAsync("profiles", history: 2);

        Assert.Equal(1UL, await profiles.PutAsync("sue.color", "blue", cancellationToken: Cancellation));
        NatsKVEntry<string> entry = await profiles.GetEntryAsync<string>("sue.color", cancellationToken: Cancellation);
        Assert.Equal(("blue", 1UL, NatsKVOperation.Put), (entry.Value, entry.Revision, entry.Operation));

        Assert.Equal(2UL, await profiles.PutAsync("sue.color", "green", cancellationToken: Cancellation));
        await Assert.ThrowsAsync<NatsKVWrongLastRevisionException>(
            async () => await profiles.UpdateAsync("sue.color", "red", 1, cancellationToken: Cancellation));
        Assert.Equal(3UL, await profiles.UpdateAsync("sue.color", "red", 2, cancellationToken: Cancellation));

        await profiles.DeleteAsync("sue.color", cancellationToken: Cancellation);
        var deleted = await Assert.ThrowsAsync<NatsKVKeyDeletedException>(
            async () => await profiles.GetEntryAsync<string>("sue.color", cancellationToken: Cancellation));
        Assert.Equal(4UL, deleted.Revision);
        Assert.Equal(
            ["Put red 3", "Del  4"],
            await ListAsync(profiles.HistoryAsync<string>("sue.color", cancellationToken: Cancellation)));
    }

    [Fact]
    public async Task Only_one_of_many_creates_a_key_and_a_deleted_one_can_be_created_again()
    {
        INatsKVStore locks = await CreateBucketAsync("locks", history: 1);

        NatsResult<ulong>[] tries = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(i => locks.TryCreateAsync("leader", i, cancellationToken: Cancellation).AsTask()));

        Assert.Single(tries, one => one.Success);
        Assert.All(tries.Where(one => !one.Success), one => Assert.IsType<NatsKVCreateException>(one.Error));
        await locks.DeleteAsync("leader", cancellationToken: Cancellation);
        await locks.CreateAsync("leader", 99, cancellationToken: Cancellation);
        Assert.Equal(99, (await locks.GetEntryAsync<int>("leader", cancellationToken: Cancellation)).Value);
    }

    [Fact]
    public async Task A_watch_sees_what_was_there_and_what_comes()
    {
        INatsKVStore bucket = await CreateBucketAsync("watched", history: 3);
        await bucket.PutAsync("a.1", "old", cancellationToken: Cancellation);
        await bucket.PutAsync("b.1", "elsewhere", cancellationToken: Cancellation);

        List<string> seen = [];
        await foreach (var entry in bucket.WatchAsync<string>("a.*", cancellationToken: Cancellation))
        {
            seen.Add($"{entry.Operation} {entry.Key} {entry.Value} {entry.Revision}");
            if (seen.Count == 1)
            {
                await bucket.PutAsync("b.2", "elsewhere", cancellationToken: Cancellation);
                await bucket.PutAsync("a.2", "new", cancellationToken: Cancellation);
                await bucket.PurgeAsync("a.1", cancellationToken: Cancellation);
            }

            if (seen.Count == 3)
                break;
        }

        Assert.Equal(["Put a.1 old 1", "Put a.2 new 4", "Purge a.1  5"], seen);
        Assert.Equal(["a.2", "b.1", "b.2"], (await bucket.GetKeysAsync(cancellationToken: Cancellation).ToListAsync(Cancellation)).Order());
    }

    [Fact]
    public async Task A_key_with_a_time_to_live_goes()
    {
        var context = new NatsKVContext(new NatsJSContext(_connection));
        INatsKVStore bucket = await context.CreateStoreAsync(
            new NatsKVConfig("limited") { LimitMarkerTTL = TimeSpan.FromSeconds(2) }, Cancellation);

        await bucket.CreateAsync("session", "x", TimeSpan.FromSeconds(1), cancellationToken: Cancellation);
        Assert.Equal("x", (await bucket.GetEntryAsync<string>("session", cancellationToken: Cancellation)).Value);

        await UntilAsync(async () => !(await bucket.TryGetEntryAsync<string>("session", cancellationToken: Cancellation)).Success);
        await bucket.CreateAsync("session", "y", cancellationToken: Cancellation);
    }

    [Fact]
    public async Task Subjects_queue_groups_headers_and_requests_work()
    {
        await using var other = new NatsConnection(new NatsOpts { Url = _server.Url });
        await using INatsSub<string> all = await other.SubscribeCoreAsync<string>("news.>", cancellationToken: Cancellation);
        await using INatsSub<string> first = await other.SubscribeCoreAsync<string>("jobs", "workers", cancellationToken: Cancellation);
        await using INatsSub<string> second = await other.SubscribeCoreAsync<string>("jobs", "workers", cancellationToken: Cancellation);
        await other.PingAsync(Cancellation);

        await _connection.PublishAsync("news.one", "text", new NatsHeaders { ["K"] = "v" }, cancellationToken: Cancellation);
        for (int i = 0; i < 20; i++)
            await _connection.PublishAsync("jobs", $"{i}", cancellationToken: Cancellation);
        await _connection.PingAsync(Cancellation);
        await other.PingAsync(Cancellation);

        NatsMsg<string> message = await all.Msgs.ReadAsync(Cancellation);
        Assert.Equal(("news.one", "text", "v"), (message.Subject, message.Data, $"{message.Headers!["K"]}"));
        await UntilAsync(() => Task.FromResult(first.Msgs.Count + second.Msgs.Count == 20));
        await Assert.ThrowsAsync<NatsNoRespondersException>(
            async () => await _connection.RequestAsync<string, string>("nobody", "?", cancellationToken: Cancellation));
    }

    [Fact]
    public async Task A_stream_is_consumed_in_every_way_the_client_has()
    {
        var js = new NatsJSContext(_connection);
        INatsJSStream stream = await js.CreateStreamAsync(new StreamConfig("ORDERS", ["orders.>"]), Cancellation);
        for (int i = 1; i <= 30; i++)
        {
            PubAckResponse ack = await js.PublishAsync("orders.new", i, opts: new NatsJSPubOpts { MsgId = $"{i}" }, cancellationToken: Cancellation);
            ack.EnsureSuccess();
        }

        Assert.True((await js.PublishAsync("orders.new", 30, opts: new NatsJSPubOpts { MsgId = "30" }, cancellationToken: Cancellation)).Duplicate);
        INatsJSConsumer consumer = await stream.CreateOrUpdateConsumerAsync(
            new ConsumerConfig("worker") { AckPolicy = ConsumerConfigAckPolicy.Explicit }, Cancellation);

        INatsJSMsg<int>? next = await consumer.NextAsync<int>(cancellationToken: Cancellation);
        Assert.Equal(1, next!.Data);
        await next.AckAsync(new AckOpts { DoubleAck = true }, Cancellation);
        List<int> fetched = [];
        await foreach (var message in consumer.FetchAsync<int>(new NatsJSFetchOpts { MaxMsgs = 9 }, cancellationToken: Cancellation))
        {
            fetched.Add(message.Data);
            await message.AckAsync(cancellationToken: Cancellation);
        }

        await foreach (var message in consumer.ConsumeAsync<int>(opts: new NatsJSConsumeOpts { MaxMsgs = 5 }, cancellationToken: Cancellation))
        {
            fetched.Add(message.Data);
            await message.AckAsync(cancellationToken: Cancellation);
            if (message.Data == 30)
                break;
        }

        Assert.Equal(Enumerable.Range(2, 29), fetched);
        List<int> ordered = [];
        INatsJSConsumer inOrder = await stream.CreateOrderedConsumerAsync(cancellationToken: Cancellation);
        await foreach (var message in inOrder.ConsumeAsync<int>(cancellationToken: Cancellation))
        {
            ordered.Add(message.Data);
            if (message.Data == 30)
                break;
        }

        Assert.Equal(Enumerable.Range(1, 30), ordered);
        await consumer.RefreshAsync(Cancellation);
        Assert.Equal(0, (long)consumer.Info.NumAckPending);
        Assert.Equal(0UL, (ulong)consumer.Info.NumPending);
    }

    [Fact]
    public async Task Objects_are_stored_and_read()
    {
        var context = new NatsObjContext(new NatsJSContext(_connection));
        INatsObjStore store = await context.CreateObjectStoreAsync("files", Cancellation);
        byte[] content = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("0123456789", 30_000)));

        await store.PutAsync("report", content, Cancellation);
        Assert.Equal(content, await store.GetBytesAsync("report", Cancellation));
        ObjectMetadata info = await store.GetInfoAsync("report", cancellationToken: Cancellation);
        Assert.Equal((ulong)content.Length, (ulong)info.Size);
        await store.DeleteAsync("report", Cancellation);
        await Assert.ThrowsAsync<NatsObjNotFoundException>(async () => await store.GetInfoAsync("report", cancellationToken: Cancellation));
    }

    [Fact]
    public async Task Services_are_found_and_asked()
    {
        var services = new NatsSvcContext(_connection);
        await using INatsSvcServer server = await services.AddServiceAsync("adder", "1.0.0", cancellationToken: Cancellation);
        await server.AddEndpointAsync<int>(
            async message => await message.ReplyAsync(message.Data + 1), "increment", cancellationToken: Cancellation);

        NatsMsg<int> answer = await _connection.RequestAsync<int, int>("increment", 41, cancellationToken: Cancellation);
        Assert.Equal(42, answer.Data);
        NatsMsg<string> info = await _connection.RequestAsync<string, string>("$SRV.INFO.adder", "", cancellationToken: Cancellation);
        Assert.Contains("\"adder\"", info.Data, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_and_its_bucket_survive_a_killed_server()
    {
        INatsKVStore bucket = await CreateBucketAsync("kept", history: 1);
        await bucket.PutAsync("k", "before", cancellationToken: Cancellation);

        await _server.KillAsync();
        await _server.StartAgainAsync();

        await UntilAsync(async () => (await bucket.TryGetEntryAsync<string>("k", cancellationToken: Cancellation)).Success);
        Assert.Equal("before", (await bucket.GetEntryAsync<string>("k", cancellationToken: Cancellation)).Value);
        Assert.Equal(2UL, await bucket.PutAsync("k", "after", cancellationToken: Cancellation));
    }

    private static async Task<List<string>> ListAsync(IAsyncEnumerable<NatsKVEntry<string>> entries)
    {
        List<string> texts = [];
        await foreach (var entry in entries)
            texts.Add($"{entry.Operation} {entry.Value} {entry.Revision}");
        return texts;
    }

    // Also while the client is not connected, which it says with exceptions of many kinds.
    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        limit.CancelAfter(TimeSpan.FromSeconds(20));
        while (!await HoldsAsync(condition))
            await Task.Delay(50, limit.Token);
    }

    private static async Task<bool> HoldsAsync(Func<Task<bool>> condition)
    {
        try
        {
            return await condition();
        }
        catch (Exception e) when (e is NatsException or TimeoutException)
        {
            return false;
        }
    }

    private async Task<INatsKVStore> CreateBucketAsync(string name, long history)
    {
        var context = new NatsKVContext(new NatsJSContext(_connection));
        return await context.CreateStoreAsync(new NatsKVConfig(name) { History = history }, Cancellation);
    }
}
