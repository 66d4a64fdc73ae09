using Rivulet.Client.KeyValue;

namespace Rivulet.Client.Tests.KeyValue;

public sealed class WatchTests(BucketFixture fixture) : IClassFixture<BucketFixture>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_latest_of_each_key_comes_first_then_changes()
    {
        KeyValueBucket bucket = await fixture.NewBucketAsync(config => config with { History = 5 });
        await bucket.PutAsync("a", "1", cancellationToken: Token);
        await bucket.PutAsync("b", "1", cancellationToken: Token);
        await bucket.PutAsync("a", "2", cancellationToken: Token);
        await bucket.DeleteAsync("b", cancellationToken: Token);

        await using KeyValueWatch watch = await bucket.WatchAsync(cancellationToken: Token);
        List<string> initial = await watch.InitialEntriesAsync(Token).Select(Text).ToListAsync(Token);
        await bucket.PutAsync("c", "1", cancellationToken: Token);
        KeyValueEntry update = (await watch.ReadAsync(Token))!;

        Assert.Equal(["a@3 Put 2", "b@4 Delete "], initial);
        Assert.True(watch.InitialEntriesRead);
        Assert.Equal("c@5 Put 1", Text(update));
        Assert.True(update.IsUpdate);
    }

    [Fact]
    public async Task On_an_empty_bucket_the_initial_part_ends_at_once()
    {
        KeyValueBucket bucket = await fixture.NewBucketAsync();
        await using KeyValueWatch watch = await bucket.WatchAsync(cancellationToken: Token);

        Assert.True(watch.InitialEntriesRead);
        Assert.Empty(await watch.InitialEntriesAsync(Token).ToListAsync(Token));
        await bucket.PutAsync("a", "1", cancellationToken: Token);
        Assert.True((await watch.ReadAsync(Token))!.IsUpdate);
    }

    [Fact]
    public async Task Enumerating_hands_out_both_parts_and_entries_say_which_they_belong_to()
    {
        KeyValueBucket bucket = await fixture.NewBucketAsync();
        await bucket.PutAsync("a", "1", cancellationToken: Token);
        await bucket.PutAsync("b", "1", cancellationToken: Token);
        KeyValueWatch watch = await bucket.WatchAsync(cancellationToken: Token);
        await bucket.PutAsync("c", "1", cancellationToken: Token);
        await bucket.PurgeAsync("a", cancellationToken: Token);

        List<(string, bool)> seen = [];
        await foreach (KeyValueEntry entry in watch)
        {
            seen.Add((Text(entry), entry.IsUpdate));
            if (seen.Count == 4)
                break;
        }

        Assert.Equal([("a@1 Put 1", false), ("b@2 Put 1", false), ("c@3 Put 1", true), ("a@4 Purge ", true)], seen);
        Assert.Null(await watch.ReadAsync(Token));
        Assert.Equal(0, await ConsumersAsync(bucket));
    }

    [Fact]
    public async Task Filters_pick_the_keys()
    {
        KeyValueBucket bucket = await fixture.NewBucketAsync();
        foreach (string key in (string[])["sue.color", "sue.food", "bob.color", "bob.car.color"])
            await bucket.PutAsync(key, "x", cancellationToken: Token);

        Assert.Equal(["sue.color", "sue.food"], await KeysOfAsync(bucket, "sue.*"));
        Assert.Equal(["bob.color", "bob.car.color"], await KeysOfAsync(bucket, "bob.>"));
        Assert.Equal(["sue.color", "bob.color"], await KeysOfAsync(bucket, "*.color"));
        Assert.Equal(["sue.food", "bob.color"], await KeysOfAsync(bucket, "sue.food", "bob.color"));
        Assert.Equal(4, (await KeysOfAsync(bucket, ">")).Count);
    }

    [Fact]
    public async Task With_history_every_revision_comes()
    {
        KeyValueBucket bucket = await fixture.NewBucketAsync(config => config with { History = 3 });
        for (int i = 1; i <= 4; i++)
            await bucket.PutAsync("a", i, cancellationToken: Token);
        await using KeyValueWatch watch =
            await bucket.WatchAsync("a", new KeyValueWatchOptions { IncludeHistory = true }, Token);

        Assert.Equal([2, 3, 4], await watch.InitialEntriesAsync(Token).Select(entry => entry.Decode<int>()).ToListAsync(Token));
    }

    [Fact]
    public async Task Updates_only_begins_with_the_next_change()
    {
        KeyValueBucket bucket = await fixture.NewBucketAsync();
        await bucket.PutAsync("a", "1", cancellationToken: Token);
        await using KeyValueWatch watch =
            await bucket.WatchAsync(options: new KeyValueWatchOptions { UpdatesOnly = true }, cancellationToken: Token);

        Assert.True(watch.InitialEntriesRead);
        await bucket.PutAsync("a", "2", cancellationToken: Token);

        Assert.Equal("a@2 Put 2", Text((await watch.ReadAsync(Token))!));
    }

    [Fact]
    public async Task Ignored_deletes_are_left_out_and_still_count_for_the_end_of_the_initial_part()
    {
        KeyValueBucket bucket = await fixture.NewBucketAsync();
        await bucket.PutAsync("a", "1", cancellationToken: Token);
        await bucket.PutAsync("b", "1", cancellationToken: Token);
        await bucket.DeleteAsync("b", cancellationToken: Token);
        await bucket.PurgeAsync("c", cancellationToken: Token);
        await using KeyValueWatch watch =
            await bucket.WatchAsync(options: new KeyValueWatchOptions { IgnoreDeletes = true }, cancellationToken: Token);

        Assert.Equal(["a"], await watch.InitialEntriesAsync(Token).Select(entry => entry.Key).ToListAsync(Token));
        await bucket.DeleteAsync("a", cancellationToken: Token);
        await bucket.PutAsync("d", "1", cancellationToken: Token);
        Assert.Equal("d", (await watch.ReadAsync(Token))!.Key);
    }

    [Fact]
    public async Task Metadata_only_leaves_out_values_and_knows_their_size()
    {
        KeyValueBucket bucket = await fixture.NewBucketAsync();
        await bucket.PutAsync("a", new byte[1234], Token);
        await bucket.DeleteAsync("b", cancellationToken: Token);
        await using KeyValueWatch watch =
            await bucket.WatchAsync(options: new KeyValueWatchOptions { MetaOnly = true }, cancellationToken: Token);
        List<KeyValueEntry> entries = await watch.InitialEntriesAsync(Token).ToListAsync(Token);

        Assert.True(entries[0].Value.IsEmpty);
        Assert.Equal(1234, entries[0].SizeBytes);
        Assert.Equal(KeyValueOperation.Delete, entries[1].Operation);
        Assert.Equal(0, entries[1].SizeBytes);
    }

    [Fact]
    public async Task A_watch_resumes_from_a_revision()
    {
        KeyValueBucket bucket = await fixture.NewBucketAsync(config => config with { History = 10 });
        for (int i = 1; i <= 5; i++)
            await bucket.PutAsync("a", i, cancellationToken: Token);
        await using KeyValueWatch watch =
            await bucket.WatchAsync(options: new KeyValueWatchOptions { ResumeFromRevision = 3 }, cancellationToken: Token);

        Assert.Equal(
            [3ul, 4ul, 5ul], await watch.InitialEntriesAsync(Token).Select(entry => entry.Revision).ToListAsync(Token));
    }

    [Fact]
    public async Task The_initial_part_ends_while_others_keep_writing()
    {
        KeyValueBucket bucket = await fixture.NewBucketAsync();
        for (int i = 0; i < 500; i++)
            await bucket.PutAsync($"k{i}", i, cancellationToken: Token);
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task writing = Task.Run(
            async () =>
            {
                for (int i = 0; !stop.IsCancellationRequested; i++)
                    await bucket.PutAsync($"new{i}", i, cancellationToken: Token);
            },
            Token);
        await using KeyValueWatch watch = await bucket.WatchAsync(cancellationToken: Token);

        int count = await watch.InitialEntriesAsync(Token).CountAsync(Token);
        await stop.CancelAsync();
        await writing;

        Assert.InRange(count, 500, 5000);
    }

    [Fact]
    public async Task Many_changes_arrive_once_each_and_in_order()
    {
        const int Count = 5000;
        KeyValueBucket bucket = await fixture.NewBucketAsync(config => config with { History = 50 });
        await using KeyValueWatch watch = await bucket.WatchAsync(cancellationToken: Token);
        Task writing = Task.WhenAll(Enumerable.Range(0, Count).Select(
            i => bucket.PutAsync($"k{i % 100}", i, cancellationToken: Token).AsTask()));

        for (ulong revision = 1; revision <= Count; revision++)
            Assert.Equal(revision, (await watch.ReadAsync(Token))!.Revision);
        await writing;
    }

    [Fact]
    public async Task More_than_the_flow_control_window_arrives_whole()
    {
        const int Count = 400;
        KeyValueBucket bucket = await fixture.NewBucketAsync();
        byte[] value = new byte[100_000];
        for (int i = 0; i < Count; i++)
            await bucket.PutAsync($"k{i}", value, Token);
        await using KeyValueWatch watch = await bucket.WatchAsync(cancellationToken: Token);

        long bytes = 0;
        await foreach (KeyValueEntry entry in watch.InitialEntriesAsync(Token))
        {
            bytes += entry.Value.Length;
            if (entry.Revision % 50 == 0)
                await Task.Delay(20, Token);
        }

        Assert.Equal(Count * value.Length, bytes);
    }

    [Fact]
    public async Task Cancelling_an_enumeration_ends_the_watch_and_deletes_its_consumer()
    {
        KeyValueBucket bucket = await fixture.NewBucketAsync();
        using CancellationTokenSource cancel = new();
        KeyValueWatch watch = await bucket.WatchAsync(cancellationToken: Token);
        Assert.Equal(1, await ConsumersAsync(bucket));
        Task reading = Task.Run(
            async () => { await foreach (KeyValueEntry _ in watch.WithCancellation(cancel.Token)) { } }, Token);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        Assert.Equal(0, await ConsumersAsync(bucket));
        Assert.Null(await watch.ReadAsync(Token));
    }

    [Fact]
    public async Task A_cancelled_read_does_not_end_the_watch_and_loses_nothing()
    {
        KeyValueBucket bucket = await fixture.NewBucketAsync();
        await using KeyValueWatch watch = await bucket.WatchAsync(cancellationToken: Token);
        for (int i = 0; i < 20; i++)
        {
            using CancellationTokenSource cancel = new(TimeSpan.FromMilliseconds(1));
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await watch.ReadAsync(cancel.Token));
            await bucket.PutAsync("a", i, cancellationToken: Token);
            Assert.Equal(i, (await watch.ReadAsync(Token))!.Decode<int>());
        }
    }

    [Fact]
    public async Task Disposing_ends_a_read_that_waits()
    {
        KeyValueBucket bucket = await fixture.NewBucketAsync();
        KeyValueWatch watch = await bucket.WatchAsync(cancellationToken: Token);
        ValueTask<KeyValueEntry?> reading = watch.ReadAsync(Token);

        await watch.DisposeAsync();

        Assert.Null(await reading);
        Assert.Equal(0, await ConsumersAsync(bucket));
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("a..b")]
    [InlineData("a b")]
    [InlineData(">a")]
    public async Task A_filter_that_breaks_the_rules_is_refused(string filter)
    {
        KeyValueBucket bucket = await fixture.NewBucketAsync();

        await Assert.ThrowsAsync<KeyValueInvalidKeyException>(async () => await bucket.WatchAsync(filter, cancellationToken: Token));
        await Assert.ThrowsAsync<KeyValueInvalidKeyException>(
            async () => await bucket.KeysAsync([filter], Token).ToListAsync(Token));
    }

    [Fact]
    public async Task Options_that_exclude_each_other_are_refused()
    {
        KeyValueBucket bucket = await fixture.NewBucketAsync();

        await Assert.ThrowsAsync<ArgumentException>(async () => await bucket.WatchAsync(
            options: new KeyValueWatchOptions { IncludeHistory = true, UpdatesOnly = true }, cancellationToken: Token));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(
            async () => await bucket.WatchAsync((IReadOnlyList<string>)[], cancellationToken: Token));
    }

    private static string Text(KeyValueEntry entry) =>
        $"{entry.Key}@{entry.Revision} {entry.Operation} {entry.Decode<string>()}";

    private static async Task<int> ConsumersAsync(KeyValueBucket bucket) =>
        (await bucket.StatusAsync(Token)).StreamInfo.State.ConsumerCount;

    private static async Task<List<string>> KeysOfAsync(KeyValueBucket bucket, params string[] filters)
    {
        await using KeyValueWatch watch = await bucket.WatchAsync(filters, cancellationToken: Token);
        return await watch.InitialEntriesAsync(Token).Select(entry => entry.Key).ToListAsync(Token);
    }
}
