using System.Globalization;
using System.Text;

namespace Rivulet.Storage.Tests.Suites;

/// <summary>What a store that keeps its streams on disk must do beyond the others.</summary>
public abstract class LastingSuite<THarness> : StoreSuite<THarness>
    where THarness : StoreHarness, new()
{
    [Fact]
    public async Task Streams_come_back_with_everything()
    {
        StreamLog stream = Harness.CreateStream(limits: new StreamLimits
        {
            MaxMessages = 5, MaxBytes = 1000, MaxMessagesPerSubject = 3, MaxAgeNanos = 7, DiscardNew = true,
            DiscardNewPerSubject = true,
        });
        stream.Put("a", "1", "headers");
        stream.Put("b", "2");
        Commit();
        StreamState before = stream.State;
        long created = stream.CreatedNanos;
        StreamLimits limits = stream.Limits;
        Harness.Time.Advance(TimeSpan.FromHours(1));
        await Harness.ReopenAsync();
        stream = Harness.FindStream();
        Assert.Equal(before with { Lost = stream.State.Lost }, stream.State);
        Assert.Empty(stream.State.Lost);
        Assert.Equal(limits, stream.Limits);
        Assert.Equal(created, stream.CreatedNanos);
        Assert.Equal("config"u8, stream.Configuration.Span);
        Assert.Equal(["1:a[headers]=1", "2:b=2"], stream.Everything());
        Assert.Equal(3UL, stream.Put("c").Sequence);
    }

    [Fact]
    public async Task What_is_gone_stays_gone()
    {
        StreamLog stream = Harness.CreateStream(limits: new StreamLimits { MaxMessagesPerSubject = 2 });
        for (int i = 0; i < 5; i++)
            stream.Put("limit", i.ToString(CultureInfo.InvariantCulture));
        stream.Put("removed");
        stream.Remove(6, erase: true);
        stream.Put("purged.1");
        stream.Put("purged.2");
        stream.PurgeOf("purged.*");
        stream.Put("rolled", "1");
        stream.Put("rolled", "2", rollup: RollupScope.Subject);
        stream.Put("expired", expiresAtNanos: 1);
        stream.Expire(Harness.Time.NowNanos, 10);
        Commit();
        string[] expected = ["4:limit=3", "5:limit=4", "10:rolled=2"];
        Assert.Equal(expected, stream.Everything());
        await Harness.ReopenAsync();
        Assert.Equal(expected, Harness.FindStream().Everything());
        await Harness.ReopenAsync();
        Assert.Equal(expected, Harness.FindStream().Everything());
        Assert.Equal(12UL, Harness.FindStream().Put("x").Sequence);
    }

    [Theory]
    [InlineData("purge")]
    [InlineData("purge before")]
    [InlineData("purge keep")]
    [InlineData("purge filter keep")]
    [InlineData("rollup")]
    [InlineData("floor")]
    [InlineData("floor of itself")]
    [InlineData("lower limits")]
    public async Task Removals_of_many_stay(string way)
    {
        StreamLog stream = Harness.CreateStream();
        for (int i = 1; i <= 20; i++)
            stream.Put("k" + (i % 3), i.ToString(CultureInfo.InvariantCulture));
        Commit();
        switch (way)
        {
            case "purge":
                stream.PurgeOf();
                break;
            case "purge before":
                stream.PurgeOf(before: 7);
                break;
            case "purge keep":
                stream.PurgeOf(keep: 3);
                break;
            case "purge filter keep":
                stream.PurgeOf("k1", keep: 2);
                break;
            case "rollup":
                stream.Put("r", "rolled", rollup: RollupScope.All);
                break;
            case "floor":
                stream.Configure("c"u8, new StreamLimits { MaxMessages = 4 });
                stream.Put("k1", "x");
                break;
            case "floor of itself":
                stream.Configure("c"u8, new StreamLimits { MaxBytes = 100 });
                stream.Put("k1", new string('x', 200));
                break;
            default:
                stream.Configure("c"u8, new StreamLimits { MaxMessagesPerSubject = 1, MaxMessages = 2 });
                break;
        }
        stream.Put("later", "y");
        Commit();
        List<string> expected = stream.Everything();
        StreamState state = stream.State;
        Assert.NotEqual(21, expected.Count);
        await Harness.ReopenAsync();
        stream = Harness.FindStream();
        Assert.Equal(expected, stream.Everything());
        Assert.Equal((state.FirstSequence, state.LastSequence), (stream.State.FirstSequence, stream.State.LastSequence));
        Assert.Equal(state.LastSequence + 1, stream.Put("x").Sequence);
    }

    [Fact]
    public async Task An_emptied_stream_keeps_its_sequence_and_last_time()
    {
        StreamLog stream = Harness.CreateStream();
        stream.Put("a");
        stream.Put("a");
        stream.PurgeOf();
        Commit();
        StreamState before = stream.State;
        await Harness.ReopenAsync();
        StreamState after = Harness.FindStream().State;
        Assert.Equal(before with { Lost = after.Lost }, after);
    }

    [Fact]
    public async Task A_skipped_sequence_stays_skipped()
    {
        StreamLog stream = Harness.CreateStream();
        stream.SkipTo(500);
        Commit();
        await Harness.ReopenAsync();
        Assert.Equal(499UL, Harness.FindStream().State.LastSequence);
        Assert.Equal(500UL, Harness.FindStream().Put("a").Sequence);
    }

    [Fact]
    public async Task Deleted_streams_stay_deleted_and_their_names_can_be_reused()
    {
        StreamLog stream = Harness.CreateStream("GONE");
        stream.Put("a", "old");
        Commit();
        stream.Delete();
        Commit();
        await Harness.ReopenAsync();
        Assert.Empty(Store.Streams);
        StreamLog successor = Harness.CreateStream("GONE");
        successor.Put("a", "new");
        Commit();
        await Harness.ReopenAsync();
        Assert.Equal(["1:a=new"], Harness.FindStream("GONE").Everything());
    }

    [Fact]
    public async Task Configuration_comes_back_as_last_given()
    {
        StreamLog stream = Harness.CreateStream();
        stream.Configure("second"u8, new StreamLimits { MaxMessages = 12 });
        Commit();
        await Harness.ReopenAsync();
        stream = Harness.FindStream();
        Assert.Equal("second", Encoding.UTF8.GetString(stream.Configuration.Span));
        Assert.Equal(12, stream.Limits.MaxMessages);
    }

    [Fact]
    public async Task Attachments_come_back_with_their_changes()
    {
        StreamLog stream = Harness.CreateStream();
        stream.SetAttachment("c1", "old"u8);
        stream.AppendAttachmentDelta("c1", "lost"u8);
        stream.SetAttachment("c1", "value"u8);
        stream.AppendAttachmentDelta("c1", "d1"u8);
        stream.AppendAttachmentDelta("c1", "d2"u8);
        stream.SetAttachment("c2", "x"u8);
        stream.RemoveAttachment("c2");
        stream.AppendAttachmentDelta("c3", "only"u8);
        Assert.Empty(stream.Attachments);
        Commit();
        await Harness.ReopenAsync();
        stream = Harness.FindStream();
        Assert.Equal(["c1=value+d1+d2", "c3=+only"], Describe(stream));
        stream.SetAttachment("c1", "new"u8);
        Assert.Equal(["c3=+only"], Describe(stream));
        stream.RemoveAttachment("c3");
        Assert.Empty(stream.Attachments);
        Commit();
        await Harness.ReopenAsync();
        Assert.Equal(["c1=new"], Describe(Harness.FindStream()));
    }

    [Fact]
    public async Task Expiries_come_back()
    {
        long now = Harness.Time.NowNanos;
        StreamLog stream = Harness.CreateStream(limits: new StreamLimits { MaxAgeNanos = 10_000_000_000 });
        stream.Put("never", expiresAtNanos: long.MaxValue);
        stream.Put("own", expiresAtNanos: now + 5_000);
        stream.Put("age");
        Commit();
        await Harness.ReopenAsync();
        stream = Harness.FindStream();
        Assert.Equal(now + 5_000, stream.Expire(now, 10).NextDeadlineNanos);
        Assert.Equal([2UL, 3UL], stream.Expire(now + 10_000_000_000, 10).Messages.Select(m => m.Sequence));
    }

    [Fact]
    public async Task Messages_spread_over_many_segments_are_all_there()
    {
        StreamLog stream = Harness.CreateStream();
        byte[] payload = new byte[3_000];
        for (int i = 0; i < 200; i++)
        {
            new Random(i).NextBytes(payload);
            stream.Append(new NewMessage { Subject = Encoding.UTF8.GetBytes("k" + i), Payload = payload });
            if (i % 7 == 0)
                Commit();
        }
        stream.Append(new NewMessage { Subject = "large"u8, Payload = new byte[400_000] });
        stream.Put("end", "of it");
        Commit();
        await Harness.ReopenAsync();
        stream = Harness.FindStream();
        using var message = new StoredMessage();
        for (int i = 0; i < 200; i++)
        {
            new Random(i).NextBytes(payload);
            Assert.Equal(ReadStatus.Found, stream.Read((ulong)i + 1, message));
            Assert.True(message.Payload.SequenceEqual(payload));
        }
        Assert.Equal(ReadStatus.Found, stream.Read(201, message));
        Assert.Equal(400_000, message.Payload.Length);
        Assert.Equal("end=of it", stream.Get(202));
    }

    private static IEnumerable<string> Describe(StreamLog stream) => stream.Attachments
        .OrderBy(attachment => attachment.Key, StringComparer.Ordinal)
        .Select(attachment => $"{attachment.Key}={Encoding.UTF8.GetString(attachment.Value.Span)}" + string.Concat(
            attachment.Deltas.Select(delta => "+" + Encoding.UTF8.GetString(delta.Span))));
}
