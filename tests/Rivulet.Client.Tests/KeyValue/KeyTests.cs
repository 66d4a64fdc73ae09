using System.Text;
using Rivulet.Client.JetStream;
using Rivulet.Client.KeyValue;

namespace Rivulet.Client.Tests.KeyValue;

public sealed class KeyTests(BucketFixture fixture) : IClassFixture<BucketFixture>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_put_is_got_with_its_revision_and_time()
    {
        KeyValueBucket bucket = await fixture.NewBucketAsync();
        DateTimeOffset before = DateTimeOffset.UtcNow.AddSeconds(-1);

        Assert.Equal(1ul, await bucket.PutAsync("sue.color", "blue", cancellationToken: Token));
        Assert.Equal(2ul, await bucket.PutAsync("sue.color", "green", cancellationToken: Token));
        KeyValueEntry entry = await bucket.GetAsync("sue.color", cancellationToken: Token);

        Assert.Equal(bucket.Bucket, entry.Bucket);
        Assert.Equal("sue.color", entry.Key);
        Assert.Equal("green", entry.Decode<string>());
        Assert.Equal(5, entry.SizeBytes);
        Assert.Equal(2ul, entry.Revision);
        Assert.Equal(0ul, entry.Delta);
        Assert.Equal(KeyValueOperation.Put, entry.Operation);
        Assert.InRange(entry.Created, before, DateTimeOffset.UtcNow.AddSeconds(1));
    }

    [Fact]
    public async Task Empty_and_binary_values_come_back_as_they_were()
    {
        KeyValueBucket bucket = await fixture.NewBucketAsync();
        byte[] binary = [0, 1, 13, 10, 255, 0];

        await bucket.PutAsync("empty", ReadOnlyMemory<byte>.Empty, Token);
        await bucket.PutAsync("binary", binary, Token);

        KeyValueEntry empty = await bucket.GetAsync("empty", cancellationToken: Token);
        Assert.True(empty.Value.IsEmpty);
        Assert.Equal(KeyValueOperation.Put, empty.Operation);
        Assert.Equal(binary, (await bucket.GetAsync("binary", cancellationToken: Token)).Value.ToArray());
    }

    [Fact]
    public async Task An_older_revision_is_got_while_history_holds_it()
    {
        KeyValueBucket bucket = await fixture.NewBucketAsync(config => config with { History = 2 });
        for (int i = 1; i <= 3; i++)
            await bucket.PutAsync("a", i, cancellationToken: Token);
        await bucket.PutAsync("b", 4, cancellationToken: Token);

        Assert.Equal(2, (await bucket.GetAsync("a", 2, Token)).Decode<int>());
        await Assert.ThrowsAsync<KeyValueKeyNotFoundException>(async () => await bucket.GetAsync("a", 1, Token));
        await Assert.ThrowsAsync<KeyValueKeyNotFoundException>(async () => await bucket.GetAsync("a", 4, Token));
        await Assert.ThrowsAsync<KeyValueKeyNotFoundException>(async () => await bucket.GetAsync("a", 99, Token));
    }

    [Fact]
    public async Task A_key_that_was_never_put_is_not_found()
    {
        KeyValueBucket bucket = await fixture.NewBucketAsync();

        KeyValueKeyNotFoundException missing = await Assert.ThrowsAsync<KeyValueKeyNotFoundException>(
            async () => await bucket.GetAsync("nobody", cancellationToken: Token));

        Assert.Equal("nobody", missing.Key);
        Assert.Equal("key not found", missing.Message);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_key_that_was_deleted_says_by_which_revision(bool purge)
    {
        KeyValueBucket bucket = await fixture.NewBucketAsync(config => config with { History = 5 });
        await bucket.PutAsync("a", "1", cancellationToken: Token);
        ulong revision = purge
            ? await bucket.PurgeAsync("a", cancellationToken: Token)
            : await bucket.DeleteAsync("a", cancellationToken: Token);

        KeyValueKeyDeletedException deleted = await Assert.ThrowsAsync<KeyValueKeyDeletedException>(
            async () => await bucket.GetAsync("a", cancellationToken: Token));

        Assert.Equal(2ul, revision);
        Assert.Equal(revision, deleted.Revision);
        Assert.Equal(purge ? KeyValueOperation.Purge : KeyValueOperation.Delete, deleted.Entry.Operation);
        Assert.IsAssignableFrom<KeyValueKeyNotFoundException>(deleted);
    }

    [Fact]
    public async Task Update_with_the_right_revision_passes_and_with_a_stale_one_is_refused()
    {
        KeyValueBucket bucket = await fixture.NewBucketAsync();
        ulong first = await bucket.PutAsync("a", "1", cancellationToken: Token);
        ulong second = await bucket.UpdateAsync("a", "2", first, cancellationToken: Token);

        KeyValueWrongLastRevisionException refused = await Assert.ThrowsAsync<KeyValueWrongLastRevisionException>(
            async () => await bucket.UpdateAsync("a", "3", first, cancellationToken: Token));

        Assert.Equal("wrong last sequence: 2", refused.Message);
        Assert.Equal(second, refused.ActualRevision);
        Assert.Equal(first, refused.ExpectedRevision);
        Assert.Equal(new JetStreamApiError(400, 10071, "wrong last sequence: 2"), refused.ApiError);
        Assert.Equal("2", (await bucket.GetAsync("a", cancellationToken: Token)).Decode<string>());
    }

    [Fact]
    public async Task Create_passes_on_a_new_a_deleted_and_a_purged_key_and_fails_on_one_with_a_value()
    {
        KeyValueBucket bucket = await fixture.NewBucketAsync();
        Assert.Equal(1ul, await bucket.CreateAsync("a", "1", cancellationToken: Token));

        KeyValueKeyExistsException exists = await Assert.ThrowsAsync<KeyValueKeyExistsException>(
            async () => await bucket.CreateAsync("a", "2", cancellationToken: Token));
        await bucket.DeleteAsync("a", cancellationToken: Token);
        ulong afterDelete = await bucket.CreateAsync("a", "3", cancellationToken: Token);
        await bucket.PurgeAsync("a", cancellationToken: Token);
        ulong afterPurge = await bucket.CreateAsync("a", "4", cancellationToken: Token);

        Assert.Equal("wrong last sequence: 1: key exists", exists.Message);
        Assert.Equal(10071, exists.ApiError!.ErrorCode);
        Assert.Equal(3ul, afterDelete);
        Assert.Equal(5ul, afterPurge);
        Assert.Equal("4", (await bucket.GetAsync("a", cancellationToken: Token)).Decode<string>());
    }

    [Fact]
    public async Task Delete_and_purge_with_an_expected_revision_check_it()
    {
        KeyValueBucket bucket = await fixture.NewBucketAsync();
        await bucket.PutAsync("a", "1", cancellationToken: Token);
        await bucket.PutAsync("a", "2", cancellationToken: Token);

        await Assert.ThrowsAsync<KeyValueWrongLastRevisionException>(
            async () => await bucket.DeleteAsync("a", 1, Token));
        await Assert.ThrowsAsync<KeyValueWrongLastRevisionException>(
            async () => await bucket.PurgeAsync("a", expectedRevision: 1, cancellationToken: Token));
        Assert.Equal(3ul, await bucket.DeleteAsync("a", 2, Token));
        Assert.Equal(4ul, await bucket.PurgeAsync("a", expectedRevision: 3, cancellationToken: Token));
    }

    [Fact]
    public async Task History_holds_every_revision_oldest_first_and_a_purge_leaves_only_itself()
    {
        KeyValueBucket bucket = await fixture.NewBucketAsync(config => config with { History = 10 });
        await bucket.PutAsync("a", "1", cancellationToken: Token);
        await bucket.PutAsync("other", "x", cancellationToken: Token);
        await bucket.PutAsync("a", "2", cancellationToken: Token);
        await bucket.DeleteAsync("a", cancellationToken: Token);

        List<KeyValueEntry> before = await bucket.HistoryAsync("a", Token).ToListAsync(Token);
        await bucket.PurgeAsync("a", cancellationToken: Token);
        List<KeyValueEntry> after = await bucket.HistoryAsync("a", Token).ToListAsync(Token);
        List<KeyValueEntry> none = await bucket.HistoryAsync("nobody", Token).ToListAsync(Token);

        Assert.Equal([1ul, 3ul, 4ul], before.Select(entry => entry.Revision));
        Assert.Equal([2ul, 1ul, 0ul], before.Select(entry => entry.Delta));
        Assert.Equal(KeyValueOperation.Delete, before[2].Operation);
        Assert.Equal(KeyValueOperation.Purge, Assert.Single(after).Operation);
        Assert.Empty(none);
    }

    [Fact]
    public async Task Keys_are_those_with_a_value_that_match_a_filter()
    {
        KeyValueBucket bucket = await fixture.NewBucketAsync();
        foreach (string key in (string[])["a.one", "a.two", "b.one", "c", "gone", "purged"])
            await bucket.PutAsync(key, key, cancellationToken: Token);
        await bucket.DeleteAsync("gone", cancellationToken: Token);
        await bucket.PurgeAsync("purged", cancellationToken: Token);

        Assert.Equal(["a.one", "a.two", "b.one", "c"], await bucket.KeysAsync(cancellationToken: Token).ToListAsync(Token));
        Assert.Equal(["a.one", "a.two"], await bucket.KeysAsync(["a.>"], Token).ToListAsync(Token));
        Assert.Equal(["a.one", "b.one", "c"], await bucket.KeysAsync(["*.one", "c"], Token).ToListAsync(Token));
        Assert.Empty(await bucket.KeysAsync(["nothing.>"], Token).ToListAsync(Token));
    }

    [Fact]
    public async Task Keys_of_an_empty_bucket_are_none()
    {
        KeyValueBucket bucket = await fixture.NewBucketAsync();

        Assert.Empty(await bucket.KeysAsync(cancellationToken: Token).ToListAsync(Token));
    }

    [Fact]
    public async Task Listing_leaves_no_consumer_behind()
    {
        KeyValueBucket bucket = await fixture.NewBucketAsync();
        await bucket.PutAsync("a", "1", cancellationToken: Token);
        await bucket.KeysAsync(cancellationToken: Token).ToListAsync(Token);
        await bucket.HistoryAsync("a", Token).ToListAsync(Token);

        Assert.Equal(0, (await bucket.StatusAsync(Token)).StreamInfo.State.ConsumerCount);
    }

    [Fact]
    public async Task PurgeDeletes_removes_old_markers_and_keeps_young_ones()
    {
        KeyValueBucket bucket = await fixture.NewBucketAsync(config => config with { History = 5 });
        await bucket.PutAsync("kept", "1", cancellationToken: Token);
        await bucket.PutAsync("gone", "1", cancellationToken: Token);
        await bucket.PutAsync("gone", "2", cancellationToken: Token);
        await bucket.DeleteAsync("gone", cancellationToken: Token);

        await bucket.PurgeDeletesAsync(cancellationToken: Token);
        Assert.Equal([4ul], (await bucket.HistoryAsync("gone", Token).ToListAsync(Token)).Select(entry => entry.Revision));
        await bucket.PurgeDeletesAsync(TimeSpan.Zero, Token);
        Assert.Empty(await bucket.HistoryAsync("gone", Token).ToListAsync(Token));
        Assert.Equal("1", (await bucket.GetAsync("kept", cancellationToken: Token)).Decode<string>());
    }

    [Theory]
    [InlineData("")]
    [InlineData(".a")]
    [InlineData("a.")]
    [InlineData("a..b")]
    [InlineData("a b")]
    [InlineData("a*")]
    [InlineData("a>")]
    [InlineData("ä")]
    [InlineData("a\r\nb")]
    public async Task A_key_that_breaks_the_rules_is_refused_by_every_operation(string key)
    {
        KeyValueBucket bucket = await fixture.NewBucketAsync();

        Assert.IsType<KeyValueInvalidKeyException>((await bucket.TryGetAsync(key, cancellationToken: Token)).Error);
        Assert.IsType<KeyValueInvalidKeyException>((await bucket.TryPutAsync(key, default, Token)).Error);
        Assert.IsType<KeyValueInvalidKeyException>((await bucket.TryCreateAsync(key, default, cancellationToken: Token)).Error);
        Assert.IsType<KeyValueInvalidKeyException>((await bucket.TryUpdateAsync(key, default, 1, Token)).Error);
        Assert.IsType<KeyValueInvalidKeyException>((await bucket.TryDeleteAsync(key, cancellationToken: Token)).Error);
        Assert.IsType<KeyValueInvalidKeyException>((await bucket.TryPurgeAsync(key, cancellationToken: Token)).Error);
        Assert.Equal(
            "invalid key",
            (await Assert.ThrowsAsync<KeyValueInvalidKeyException>(async () => await bucket.GetAsync(key, cancellationToken: Token))).Message);
    }

    [Theory]
    [InlineData("a/b=c_d-e.F0")]
    [InlineData("=")]
    [InlineData("_.-")]
    public async Task Every_allowed_character_passes(string key)
    {
        KeyValueBucket bucket = await fixture.NewBucketAsync();

        await bucket.PutAsync(key, "v", cancellationToken: Token);

        Assert.Equal(key, (await bucket.GetAsync(key, cancellationToken: Token)).Key);
        Assert.Equal([key], await bucket.KeysAsync(cancellationToken: Token).ToListAsync(Token));
    }

    [Fact]
    public async Task Try_methods_return_what_their_twins_throw()
    {
        KeyValueBucket bucket = await fixture.NewBucketAsync();
        byte[] value = Encoding.UTF8.GetBytes("v");

        NatsResult<ulong> created = await bucket.TryCreateAsync("a", value, cancellationToken: Token);
        NatsResult<ulong> again = await bucket.TryCreateAsync("a", value, cancellationToken: Token);
        NatsResult<ulong> stale = await bucket.TryUpdateAsync("a", value, 7, Token);
        NatsResult<KeyValueEntry> missing = await bucket.TryGetAsync("b", cancellationToken: Token);
        NatsResult<ulong> deleted = await bucket.TryDeleteAsync("a", cancellationToken: Token);
        NatsResult<KeyValueEntry> gone = await bucket.TryGetAsync("a", cancellationToken: Token);

        Assert.True(created.Success);
        Assert.Equal(1ul, created.Value);
        Assert.IsType<KeyValueKeyExistsException>(again.Error);
        Assert.IsType<KeyValueWrongLastRevisionException>(stale.Error);
        Assert.IsType<KeyValueKeyNotFoundException>(missing.Error);
        Assert.False(missing.TryGetValue(out _));
        Assert.Equal(2ul, deleted.Value);
        Assert.IsType<KeyValueKeyDeletedException>(gone.Error);
        Assert.Throws<KeyValueKeyDeletedException>(() => gone.Value);
    }

    [Fact]
    public async Task A_value_beyond_the_bucket_s_limit_and_a_full_bucket_refuse_with_the_server_s_error()
    {
        KeyValueBucket small = await fixture.NewBucketAsync(config => config with { MaxValueSize = 10 });
        KeyValueBucket full = await fixture.NewBucketAsync(config => config with { MaxBytes = 300 });

        NatsResult<ulong> tooLarge = await small.TryPutAsync("a", new byte[11], Token);
        NatsResult<ulong> beyond = default;
        for (int i = 0; i < 10 && beyond.Error is null; i++)
            beyond = await full.TryPutAsync($"k{i}", new byte[50], Token);

        Assert.Equal(10054, Assert.IsType<JetStreamApiException>(tooLarge.Error).ErrorCode);
        Assert.Equal(10077, Assert.IsType<JetStreamApiException>(beyond.Error).ErrorCode);
    }

    [Fact]
    public async Task One_of_fifty_that_create_the_same_key_wins()
    {
        KeyValueBucket bucket = await fixture.NewBucketAsync();
        for (int round = 0; round < 3; round++)
        {
            NatsResult<ulong>[] results = await Task.WhenAll(Enumerable.Range(0, 50).Select(
                i => bucket.TryCreateAsync("lock", BitConverter.GetBytes(i), cancellationToken: Token).AsTask()));

            int winner = Assert.Single(Enumerable.Range(0, 50), i => results[i].Success);
            Assert.Equal(49, results.Count(result => result.Error is KeyValueKeyExistsException));
            KeyValueEntry holder = await bucket.GetAsync("lock", cancellationToken: Token);
            Assert.Equal(winner, BitConverter.ToInt32(holder.Value.Span));
            await bucket.DeleteAsync("lock", holder.Revision, Token);
        }
    }

    [Fact]
    public async Task Many_writers_that_update_by_revision_count_every_increment()
    {
        const int Writers = 16;
        const int Each = 25;
        KeyValueBucket bucket = await fixture.NewBucketAsync();
        await bucket.PutAsync("count", 0, cancellationToken: Token);

        async Task IncrementAsync()
        {
            for (int done = 0; done < Each;)
            {
                KeyValueEntry entry = await bucket.GetAsync("count", cancellationToken: Token);
                byte[] next = Encoding.UTF8.GetBytes($"{entry.Decode<int>() + 1}");
                NatsResult<ulong> updated = await bucket.TryUpdateAsync("count", next, entry.Revision, Token);
                if (updated.Success)
                    done++;
                else
                    Assert.IsType<KeyValueWrongLastRevisionException>(updated.Error);
            }
        }

        await Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => IncrementAsync()));

        Assert.Equal(Writers * Each, (await bucket.GetAsync("count", cancellationToken: Token)).Decode<int>());
    }

    [Fact]
    public async Task A_cancelled_token_ends_an_operation_before_it_is_sent()
    {
        KeyValueBucket bucket = await fixture.NewBucketAsync();
        CancellationToken cancelled = new(canceled: true);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await bucket.PutAsync("a", "1", cancellationToken: cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await bucket.GetAsync("a", cancellationToken: cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await bucket.WatchAsync(cancellationToken: cancelled));

        Assert.IsType<KeyValueKeyNotFoundException>((await bucket.TryGetAsync("a", cancellationToken: Token)).Error);
        Assert.Equal(0, (await bucket.StatusAsync(Token)).StreamInfo.State.ConsumerCount);
    }
}
