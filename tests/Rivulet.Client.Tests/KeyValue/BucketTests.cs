using Rivulet.Client.JetStream;
using Rivulet.Client.KeyValue;

namespace Rivulet.Client.Tests.KeyValue;

public sealed class BucketTests(BucketFixture fixture) : IClassFixture<BucketFixture>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_bucket_with_defaults_is_the_stream_that_every_client_expects()
    {
        string name = fixture.NewName();
        KeyValueBucket bucket = await fixture.Context.CreateBucketAsync(new KeyValueConfig(name), Token);
        KeyValueStatus status = await bucket.StatusAsync(Token);
        StreamConfig config = status.StreamInfo.Config;

        Assert.Equal($"KV_{name}", bucket.StreamName);
        Assert.Equal($"KV_{name}", config.Name);
        Assert.Equal([$"$KV.{name}.>"], config.Subjects);
        Assert.Equal(
            (1, -1, -1, -1, -1),
            (config.MaxMessagesPerSubject, config.MaxBytes, config.MaxMessageSize, config.MaxMessages, config.MaxConsumers));
        Assert.Equal((DiscardPolicy.New, StorageType.File, RetentionPolicy.Limits), (config.Discard, config.Storage, config.Retention));
        Assert.True(config.AllowRollup && config.DenyDelete && config.AllowDirect);
        Assert.False(config.AllowMessageTtl || config.DenyPurge || config.MirrorDirect);
        Assert.Equal(TimeSpan.FromMinutes(2), config.DuplicateWindow);
        Assert.Equal((name, 0ul, 1, "JetStream"), (status.Bucket, status.Values, (int)status.History, status.BackingStore));
        Assert.False(status.IsCompressed);
    }

    [Fact]
    public async Task Every_setting_arrives_and_is_told_by_the_status()
    {
        KeyValueBucket bucket = await fixture.NewBucketAsync(config => config with
        {
            Description = "all of it",
            History = 7,
            TimeToLive = TimeSpan.FromMinutes(1),
            LimitMarkerTtl = TimeSpan.FromSeconds(2),
            MaxBytes = 1_000_000,
            MaxValueSize = 1000,
            Compression = true,
            Republish = new Republish { Source = ">", Destination = "copy.>", HeadersOnly = true },
            Metadata = new Dictionary<string, string> { ["team"] = "blue" },
        });
        await bucket.PutAsync("a", "1", cancellationToken: Token);
        KeyValueStatus status = await bucket.StatusAsync(Token);

        Assert.Equal(("all of it", 7L, 1ul), (status.Description, status.History, status.Values));
        Assert.Equal((TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(2)), (status.TimeToLive, status.LimitMarkerTtl));
        Assert.Equal((1_000_000L, 1000), (status.MaxBytes, status.MaxValueSize));
        Assert.True(status.IsCompressed && status.AllowsKeyTtl && status.Bytes > 0);
        Assert.Equal("blue", status.Metadata!["team"]);
        Assert.Equal(StorageType.Memory, status.Storage);
        Assert.Equal(TimeSpan.FromMinutes(1), status.StreamInfo.Config.DuplicateWindow);
        Assert.True(status.StreamInfo.Config.Republish!.HeadersOnly);
        Assert.InRange(status.Created, DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow.AddMinutes(1));
    }

    [Fact]
    public async Task Creating_it_again_with_the_same_settings_passes_and_with_others_fails()
    {
        KeyValueBucket bucket = await fixture.NewBucketAsync();
        KeyValueConfig config = new(bucket.Bucket) { Storage = StorageType.Memory };
        await bucket.PutAsync("a", "1", cancellationToken: Token);

        KeyValueBucket again = await fixture.Context.CreateBucketAsync(config, Token);
        Assert.Equal("1", (await again.GetAsync("a", cancellationToken: Token)).Decode<string>());
        KeyValueBucketExistsException exists = await Assert.ThrowsAsync<KeyValueBucketExistsException>(
            async () => await fixture.Context.CreateBucketAsync(config with { History = 5 }, Token));

        Assert.Equal($"bucket name already in use: {bucket.Bucket}", exists.Message);
        Assert.Equal(10058, exists.ApiError!.ErrorCode);
    }

    [Fact]
    public async Task An_update_changes_settings_and_needs_a_bucket()
    {
        KeyValueBucket bucket = await fixture.NewBucketAsync();
        KeyValueConfig config = new(bucket.Bucket) { Storage = StorageType.Memory, History = 9, Description = "new" };
        await fixture.Context.UpdateBucketAsync(config, Token);
        string other = fixture.NewName();

        Assert.Equal(9, (await bucket.StatusAsync(Token)).History);
        KeyValueBucketNotFoundException missing = await Assert.ThrowsAsync<KeyValueBucketNotFoundException>(
            async () => await fixture.Context.UpdateBucketAsync(config with { Bucket = other }, Token));
        Assert.Equal(("bucket not found", other), (missing.Message, missing.Bucket));
        await fixture.Context.CreateOrUpdateBucketAsync(config with { Bucket = other }, Token);
        await fixture.Context.CreateOrUpdateBucketAsync(config with { Bucket = other, History = 3 }, Token);
        Assert.Equal(3, (await (await fixture.Context.GetBucketAsync(other, Token)).StatusAsync(Token)).History);
    }

    [Fact]
    public async Task A_deleted_bucket_is_gone_for_everyone()
    {
        KeyValueBucket bucket = await fixture.NewBucketAsync();
        await bucket.PutAsync("a", "1", cancellationToken: Token);
        await fixture.Context.DeleteBucketAsync(bucket.Bucket, Token);

        await Assert.ThrowsAsync<KeyValueBucketNotFoundException>(async () => await fixture.Context.DeleteBucketAsync(bucket.Bucket, Token));
        await Assert.ThrowsAsync<KeyValueBucketNotFoundException>(async () => await fixture.Context.GetBucketAsync(bucket.Bucket, Token));
        Assert.IsType<KeyValueBucketNotFoundException>((await fixture.Context.TryGetBucketAsync(bucket.Bucket, Token)).Error);
        Assert.IsType<KeyValueBucketNotFoundException>((await bucket.TryGetAsync("a", cancellationToken: Token)).Error);
        Assert.IsType<KeyValueBucketNotFoundException>((await bucket.TryPutAsync("a", default, Token)).Error);
        Assert.IsType<KeyValueBucketNotFoundException>((await bucket.TryStatusAsync(Token)).Error);
        await Assert.ThrowsAsync<KeyValueBucketNotFoundException>(async () => await bucket.WatchAsync(cancellationToken: Token));
        await Assert.ThrowsAsync<KeyValueBucketNotFoundException>(
            async () => await bucket.KeysAsync(cancellationToken: Token).ToListAsync(Token));
    }

    [Fact]
    public async Task Lists_hold_the_buckets_and_no_other_streams()
    {
        KeyValueBucket one = await fixture.NewBucketAsync();
        KeyValueBucket two = await fixture.NewBucketAsync();
        await fixture.JetStream.CreateStreamAsync(new StreamConfig("OTHER", "other") { Storage = StorageType.Memory }, Token);

        List<string> names = await fixture.Context.ListBucketNamesAsync(Token).ToListAsync(Token);
        List<KeyValueStatus> buckets = await fixture.Context.ListBucketsAsync(Token).ToListAsync(Token);

        Assert.Contains(one.Bucket, names);
        Assert.Contains(two.Bucket, names);
        Assert.DoesNotContain("OTHER", names);
        Assert.Equal(names.Order(), buckets.Select(bucket => bucket.Bucket).Order());
    }

    [Theory]
    [InlineData("")]
    [InlineData("a.b")]
    [InlineData("a b")]
    [InlineData("a*")]
    [InlineData("ä")]
    public async Task A_name_that_breaks_the_rules_is_refused(string name)
    {
        KeyValueInvalidBucketNameException refused = await Assert.ThrowsAsync<KeyValueInvalidBucketNameException>(
            async () => await fixture.Context.CreateBucketAsync(new KeyValueConfig(name), Token));
        Assert.Equal("invalid bucket name", refused.Message);
        await Assert.ThrowsAsync<KeyValueInvalidBucketNameException>(async () => await fixture.Context.GetBucketAsync(name, Token));
        await Assert.ThrowsAsync<KeyValueInvalidBucketNameException>(async () => await fixture.Context.DeleteBucketAsync(name, Token));
    }

    [Fact]
    public async Task Settings_that_break_the_rules_are_refused()
    {
        KeyValueConfig config = new(fixture.NewName());

        Assert.Equal("history limited to a max of 64", await RefusalAsync(config with { History = 65 }));
        await RefusalAsync(config with { History = 0 });
        await RefusalAsync(config with { LimitMarkerTtl = TimeSpan.FromMilliseconds(500) });
        await RefusalAsync(config with { Mirror = new StreamSource { Name = "A" }, Sources = [new StreamSource { Name = "B" }] });

        async Task<string> RefusalAsync(KeyValueConfig broken) => (await Assert.ThrowsAsync<KeyValueException>(
            async () => await fixture.Context.CreateBucketAsync(broken, Token))).Message;
    }

    [Fact]
    public async Task A_stream_without_a_limit_per_subject_is_not_a_bucket()
    {
        string name = fixture.NewName();
        await fixture.JetStream.CreateStreamAsync(new StreamConfig($"KV_{name}", $"x{name}") { Storage = StorageType.Memory }, Token);

        await Assert.ThrowsAsync<KeyValueNotABucketException>(async () => await fixture.Context.GetBucketAsync(name, Token));
    }

    [Fact]
    public async Task A_bucket_without_direct_gets_is_read_through_the_api()
    {
        string name = fixture.NewName();
        await fixture.JetStream.CreateStreamAsync(
            new StreamConfig($"KV_{name}", $"$KV.{name}.>") { Storage = StorageType.Memory, MaxMessagesPerSubject = 5, AllowRollup = true },
            Token);
        KeyValueBucket bucket = await fixture.Context.GetBucketAsync(name, Token);
        await bucket.PutAsync("a", "1", cancellationToken: Token);
        await bucket.PutAsync("a", "2", cancellationToken: Token);
        await bucket.DeleteAsync("b", cancellationToken: Token);

        Assert.Equal("2", (await bucket.GetAsync("a", cancellationToken: Token)).Decode<string>());
        Assert.Equal("1", (await bucket.GetAsync("a", 1, Token)).Decode<string>());
        Assert.IsType<KeyValueKeyDeletedException>((await bucket.TryGetAsync("b", cancellationToken: Token)).Error);
        Assert.IsType<KeyValueKeyNotFoundException>((await bucket.TryGetAsync("c", cancellationToken: Token)).Error);
        Assert.IsType<KeyValueKeyNotFoundException>((await bucket.TryGetAsync("a", 3, Token)).Error);
    }

    [Fact]
    public async Task Without_the_setting_a_time_to_live_is_refused()
    {
        KeyValueBucket bucket = await fixture.NewBucketAsync();

        NatsResult<ulong> refused = await bucket.TryCreateAsync("a", default, TimeSpan.FromSeconds(5), Token);

        JetStreamApiException api = Assert.IsType<JetStreamApiException>(refused.Error);
        Assert.Equal((10166, "per-message TTL is disabled"), (api.ErrorCode, api.Description));
    }
}
