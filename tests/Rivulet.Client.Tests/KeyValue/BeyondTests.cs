using System.Globalization;
using System.Text;
using Rivulet.Client.JetStream;
using Rivulet.Client.KeyValue;

namespace Rivulet.Client.Tests.KeyValue;

/// <summary>What buckets offer beyond the reference: with our server, and refused by any other.</summary>
public sealed class BeyondTests(BucketFixture fixture) : IClassFixture<BucketFixture>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static bool IsReference => Environment.GetEnvironmentVariable(Servers.TestServer.ReferenceVariable) is { Length: > 0 };

    [Fact]
    public async Task Keys_are_listed_in_pages_and_counted()
    {
        Assert.SkipWhen(IsReference, "the reference server has no listing in order");
        KeyValueBucket bucket = await fixture.NewBucketAsync();
        foreach (string key in (string[])["u.c", "u.a", "u.b", "v.a", "u.d"])
            await PutAsync(bucket, key, key);
        await bucket.DeleteAsync("u.b", cancellationToken: Token);

        KeyValuePage page = await bucket.ListPageAsync(new KeyValueSelection { Prefix = "u.", Limit = 2 }, total: true, Token);
        Assert.Equal([("u.a", 2UL, 1UL), ("u.c", 1UL, 1UL)], page.Keys.Select(key => (key.Key, key.Revision, key.Revisions)));
        Assert.Equal(("u.d", 3UL, 6UL), (page.Next, page.Total, page.Position.Revision));
        Assert.InRange(page.Keys[0].Created, DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow.AddMinutes(1));
        Assert.Equal(
            ["u.c", "u.d", "v.a"],
            await bucket.ListKeysAsync(new KeyValueSelection { After = "u.a", Limit = 1 }, Token).ToListAsync(Token));
        Assert.Equal(1UL, await bucket.CountKeysAsync(new KeyValueSelection { Filters = ["v.*"] }, Token));
        Assert.True((await bucket.ListPageAsync(new KeyValueSelection { IncludeDeletes = true }, false, Token)).Keys[1].IsDeleted);
    }

    [Fact]
    public async Task Many_values_are_of_one_revision_and_earlier_ones_can_be_read()
    {
        Assert.SkipWhen(IsReference, "the reference server has no gets as of a revision");
        KeyValueBucket bucket = await fixture.NewBucketAsync(config => config with { History = 2 });
        await PutAsync(bucket, "a", "a1");
        await PutAsync(bucket, "b", "b2");
        await PutAsync(bucket, "a", "a3");

        KeyValueSnapshot now = await bucket.GetManyAsync(["b", "none", "a"], cancellationToken: Token);
        Assert.Equal(["b=b2", "a=a3"], now.Entries.Select(Text));
        Assert.Equal(["none"], now.Missing);
        Assert.Equal(new KeyValuePosition(3, 0), now.Position);
        Assert.Equal(["a=a1", "b=b2"], await bucket.ReadAsOfAsync(2, cancellationToken: Token).Select(Text).ToListAsync(Token));
        Assert.Equal(["a=a1"], (await bucket.GetManyAsync(["a"], 1, Token)).Entries.Select(Text));
        await PutAsync(bucket, "a", "a4");

        KeyValueRevisionCompactedException gone = await Assert.ThrowsAsync<KeyValueRevisionCompactedException>(
            async () => await bucket.ReadAsOfAsync(2, cancellationToken: Token).ToListAsync(Token));
        Assert.Equal(("revision 2 is compacted, held from 3", 2UL), (gone.Message, gone.Revision));
        KeyValueSnapshot page = await bucket.GetManyAsync(new KeyValueSelection { Limit = 1 }, Token);
        Assert.Equal(("a=a4", "b"), (Text(page.Entries[0]), page.Next));
    }

    [Fact]
    public async Task Many_values_are_of_one_moment_beside_a_writer()
    {
        Assert.SkipWhen(IsReference, "the reference server has no gets of many at one revision");
        KeyValueBucket bucket = await fixture.NewBucketAsync(config => config with { Storage = StorageType.File });
        string[] keys = [.. Enumerable.Range(0, 20).Select(i => $"k{i:d2}")];
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(Token);

        // Each round gives all keys its number, one after the other: at any moment the first have one more than the last.
        async Task WriteAsync()
        {
            for (int round = 0; !stop.IsCancellationRequested; round++)
            {
                foreach (string key in keys)
                    await PutAsync(bucket, key, $"{round:d6}");
            }
        }

        Task writing = WriteAsync();
        int looks = 0;
        for (ulong last = 0; looks < 200; looks++)
        {
            KeyValueSnapshot snapshot = looks % 2 == 0
                ? await bucket.GetManyAsync(keys, cancellationToken: Token)
                : await bucket.GetManyAsync(new KeyValueSelection { Prefix = "k" }, Token);
            string[] values = [.. snapshot.Entries.Select(entry => Encoding.UTF8.GetString(entry.Value.Span))];
            Assert.Equal(values.OrderDescending(), values);
            Assert.True(values.Length == 0 || int.Parse(values[0], CultureInfo.InvariantCulture) - int.Parse(values[^1], CultureInfo.InvariantCulture) <= 1);
            Assert.All(snapshot.Entries, entry => Assert.InRange(entry.Revision, 1UL, snapshot.Position.Revision));
            Assert.InRange(snapshot.Position.Revision, last, ulong.MaxValue);
            last = snapshot.Position.Revision;
        }

        await stop.CancelAsync();
        await writing;
    }

    [Fact]
    public async Task A_touch_keeps_a_key_alive_and_its_history_ends_with_it()
    {
        Assert.SkipWhen(IsReference, "the reference server has no touch");
        KeyValueBucket bucket = await fixture.NewBucketAsync(
            config => config with { History = 5, LimitMarkerTtl = TimeSpan.FromSeconds(1) });
        await PutAsync(bucket, "a", "1");
        ulong put = await bucket.PutAsync("a", Encoding.UTF8.GetBytes("2"), new KeyValuePutOptions { TimeToLive = TimeSpan.FromSeconds(2) }, Token);
        ulong touched = await bucket.TouchAsync("a", TimeSpan.FromSeconds(1), put, Token);
        KeyValueEntry entry = await bucket.GetAsync("a", cancellationToken: Token);

        Assert.Equal(("2", touched, put), (entry.Decode<string>(), entry.Revision, entry.TouchedRevision));
        await Assert.ThrowsAsync<KeyValueWrongLastRevisionException>(async () => await bucket.TouchAsync("a", null, put, Token));
        await Assert.ThrowsAsync<KeyValueKeyNotFoundException>(async () => await bucket.TouchAsync("none", TimeSpan.FromSeconds(1), null, Token));
        await using KeyValueWatch watch = await bucket.WatchAsync(">", new KeyValueWatchOptions { UpdatesOnly = true }, Token);
        KeyValueEntry marker = (await watch.ReadAsync(Token))!;
        Assert.Equal((KeyValueOperation.Purge, "a"), (marker.Operation, marker.Key));
        await Assert.ThrowsAsync<KeyValueKeyDeletedException>(async () => await bucket.GetAsync("a", cancellationToken: Token));
        await PutAsync(bucket, "b", "1");
        await bucket.PersistAsync("b", cancellationToken: Token);
    }

    [Fact]
    public async Task A_watch_goes_on_from_a_position_or_says_that_it_cannot()
    {
        Assert.SkipWhen(IsReference, "the reference server does not say what is gone");
        KeyValueBucket bucket = await fixture.NewBucketAsync();
        await PutAsync(bucket, "a", "1");
        await PutAsync(bucket, "b", "1");
        KeyValuePosition seen = await bucket.GetPositionAsync(Token);
        await PutAsync(bucket, "a", "2");
        await bucket.DeleteAsync("b", cancellationToken: Token);

        await using (KeyValueWatch watch = await bucket.WatchAsync(">", new KeyValueWatchOptions { ResumeAfter = seen }, Token))
        {
            List<KeyValueEntry> missed = await watch.InitialEntriesAsync(Token).ToListAsync(Token);
            Assert.Equal(["a=2", "b="], missed.Select(Text));
            await PutAsync(bucket, "c", "1");
            Assert.Equal("c=1", Text((await watch.ReadAsync(Token))!));
            Assert.Equal(new KeyValuePosition(5, 0), watch.Position);
        }

        await bucket.PurgeDeletesAsync(TimeSpan.Zero, Token);
        await Assert.ThrowsAsync<KeyValueRevisionCompactedException>(
            async () => await bucket.WatchAsync(">", new KeyValueWatchOptions { ResumeAfter = seen }, Token));
        KeyValuePage relisted = await bucket.ListPageAsync(cancellationToken: Token);
        Assert.Equal(new KeyValuePosition(5, 1), relisted.Position);
        await using KeyValueWatch again =
            await bucket.WatchAsync(">", new KeyValueWatchOptions { ResumeAfter = relisted.Position }, Token);
        Assert.True(again.InitialEntriesRead);
    }

    [Fact]
    public async Task Every_revision_can_be_asked_for()
    {
        Assert.SkipWhen(IsReference, "the reference server does not say what is gone");
        KeyValueBucket bucket = await fixture.NewBucketAsync();
        await PutAsync(bucket, "a", "1");
        KeyValuePosition seen = await bucket.GetPositionAsync(Token);
        await PutAsync(bucket, "a", "2");
        await PutAsync(bucket, "a", "3");
        KeyValueWatchOptions options = new() { ResumeAfter = seen };

        await using KeyValueWatch watch = await bucket.WatchAsync(">", options, Token);
        Assert.Equal("a=3", Text((await watch.ReadAsync(Token))!));
        await Assert.ThrowsAsync<KeyValueRevisionCompactedException>(
            async () => await bucket.WatchAsync(">", options with { EveryRevision = true }, Token));
    }

    [Fact]
    public async Task What_goes_while_a_watch_catches_up_is_told_at_its_end()
    {
        Assert.SkipWhen(IsReference, "the reference server does not say what is gone");
        KeyValueBucket bucket = await fixture.NewBucketAsync();
        await PutAsync(bucket, "a", "1");
        KeyValuePosition seen = await bucket.GetPositionAsync(Token);
        await PutAsync(bucket, "b", "1");
        await using KeyValueWatch watch = await bucket.WatchAsync(">", new KeyValueWatchOptions { ResumeAfter = seen }, Token);
        await bucket.Stream.PurgeAsync(new StreamPurgeOptions { Filter = $"$KV.{bucket.Bucket}.a" }, Token);

        Assert.Equal("b=1", Text((await watch.ReadAsync(Token))!));
        await Assert.ThrowsAsync<KeyValueRevisionCompactedException>(async () => await watch.ReadAsync(Token));
    }

    [Fact]
    public async Task Touches_can_be_left_out_of_a_watch()
    {
        Assert.SkipWhen(IsReference, "the reference server has no touch");
        KeyValueBucket bucket = await fixture.NewBucketAsync();
        await using KeyValueWatch watch = await bucket.WatchAsync(">", new KeyValueWatchOptions { IgnoreTouches = true }, Token);
        await PutAsync(bucket, "a", "1");
        await bucket.PersistAsync("a", cancellationToken: Token);
        await PutAsync(bucket, "b", "1");

        Assert.Equal("a=1", Text((await watch.ReadAsync(Token))!));
        Assert.Equal("b=1", Text((await watch.ReadAsync(Token))!));
    }

    [Fact]
    public async Task A_put_with_a_time_to_live_needs_a_bucket_that_allows_it()
    {
        KeyValueBucket bucket = await fixture.NewBucketAsync();
        KeyValuePutOptions options = new() { TimeToLive = TimeSpan.FromSeconds(5) };
        JetStreamApiException refused = await Assert.ThrowsAsync<JetStreamApiException>(
            async () => await bucket.PutAsync("a", Encoding.UTF8.GetBytes("1"), options, Token));
        Assert.Equal(10166, refused.ErrorCode);

        KeyValueBucket allows = await fixture.NewBucketAsync(config => config with { LimitMarkerTtl = TimeSpan.FromSeconds(1) });
        Assert.Equal(1UL, await allows.PutAsync("a", Encoding.UTF8.GetBytes("1"), options, Token));
        await Assert.ThrowsAsync<KeyValueWrongLastRevisionException>(
            async () => await allows.PutAsync("a", Encoding.UTF8.GetBytes("1"), options with { ExpectedRevision = 7 }, Token));
    }

    [Fact]
    public async Task A_server_without_these_requests_is_named_as_the_reason()
    {
        Assert.SkipUnless(IsReference, "our server has them");
        KeyValueBucket bucket = await fixture.NewBucketAsync(
            config => config with { History = 5, LimitMarkerTtl = TimeSpan.FromSeconds(1) });
        KeyValuePutOptions options = new() { TimeToLive = TimeSpan.FromSeconds(5) };
        Func<Task>[] asks =
        [
            async () => await bucket.ListPageAsync(cancellationToken: Token),
            async () => await bucket.CountKeysAsync(cancellationToken: Token),
            async () => await bucket.GetManyAsync(["a"], cancellationToken: Token),
            async () => await bucket.TouchAsync("a", cancellationToken: Token),
            async () => await bucket.GetPositionAsync(Token),
            async () => await bucket.WatchAsync(">", new KeyValueWatchOptions { ResumeAfter = new KeyValuePosition(1) }, Token),
            async () => await bucket.PutAsync("a", Encoding.UTF8.GetBytes("1"), options, Token),
        ];
        foreach (Func<Task> ask in asks)
            Assert.StartsWith("the server does not offer", (await Assert.ThrowsAsync<KeyValueNotSupportedException>(ask)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("7", 7UL, null)]
    [InlineData("7:2", 7UL, 2UL)]
    public void A_position_is_text(string text, ulong revision, ulong? removals)
    {
        Assert.True(KeyValuePosition.TryParse(text, out KeyValuePosition position));
        Assert.Equal(new KeyValuePosition(revision, removals), position);
        Assert.Equal(text, position.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("7:")]
    [InlineData("7:1:2")]
    [InlineData("-1")]
    [InlineData(null)]
    public void What_is_no_position_is_not_read(string? text) => Assert.False(KeyValuePosition.TryParse(text, out _));

    private static ValueTask<ulong> PutAsync(KeyValueBucket bucket, string key, string value) =>
        bucket.PutAsync(key, Encoding.UTF8.GetBytes(value), Token);

    private static string Text(KeyValueEntry entry) => $"{entry.Key}={Encoding.UTF8.GetString(entry.Value.Span)}";
}
