using System.Globalization;
using Rivulet.Protocol;

namespace Rivulet.Storage.Tests.Suites;

public abstract class ReadSuite<THarness> : StoreSuite<THarness>
    where THarness : StoreHarness, new()
{
    private StreamLog Orders()
    {
        StreamLog stream = Harness.CreateStream();
        stream.Put("orders.eu.1", "1");
        stream.Put("orders.us.1", "2");
        stream.Put("orders.eu.2", "3");
        stream.Put("orders.eu.1", "4");
        stream.Put("orders", "5");
        stream.Put("other", "6");
        Commit();
        return stream;
    }

    [Fact]
    public async Task A_closed_store_does_not_say_that_nothing_is_there()
    {
        StreamLog stream = Orders();
        Assert.False(Store.HasEnded);
        await Store.DisposeAsync();
        Assert.True(Store.HasEnded);
        Assert.Equal(
            ["Failed", "Failed", "Failed", "Failed"],
            [stream.GetLast("orders.us.1"), stream.GetLast("orders.>"), stream.GetNext(1, "orders.>"), stream.Get(1)]);
    }

    [Theory]
    [InlineData("", "other=6")]
    [InlineData(">", "other=6")]
    [InlineData("orders.>", "orders.eu.1=4")]
    [InlineData("orders.eu.*", "orders.eu.1=4")]
    [InlineData("orders.*.2", "orders.eu.2=3")]
    [InlineData("orders.us.1", "orders.us.1=2")]
    [InlineData("*", "other=6")]
    [InlineData("missing", "NotFound")]
    [InlineData("missing.*", "NotFound")]
    public void The_last_message_of_a_filter_is_found(string filter, string expected)
    {
        StreamLog stream = Orders();
        Assert.Equal(expected, stream.GetLast(filter));
    }

    [Theory]
    [InlineData(1, "orders.eu.1=1")]
    [InlineData(2, "orders.us.1=2")]
    [InlineData(7, "NotFound")]
    [InlineData(2, "orders.eu.2=3", "orders.eu.*")]
    [InlineData(4, "orders.eu.1=4", "orders.eu.*")]
    [InlineData(5, "NotFound", "orders.eu.*")]
    [InlineData(2, "orders.eu.1=4", "orders.eu.1")]
    [InlineData(1, "orders=5", "orders", "other")]
    [InlineData(1, "orders.us.1=2", "orders.us.*", "other")]
    [InlineData(1, "NotFound", "missing.>")]
    public void The_next_message_of_filters_is_found(ulong from, string expected, params string[] filters)
    {
        StreamLog stream = Orders();
        Assert.Equal(expected, stream.GetNext(from, filters));
    }

    [Theory]
    [InlineData("orders.eu.1", 3, 1)]
    [InlineData("orders.eu.1", 4, 4)]
    [InlineData("orders.eu.*", 3, 3)]
    [InlineData("", 5, 5)]
    [InlineData("other", 5, 0)]
    public void The_last_sequence_up_to_another_is_found(string filter, ulong upTo, ulong expected)
    {
        StreamLog stream = Orders();
        Assert.Equal(expected, stream.FindLast(System.Text.Encoding.UTF8.GetBytes(filter), upTo));
    }

    [Fact]
    public void Messages_are_found_by_time()
    {
        StreamLog stream = Harness.CreateStream();
        foreach (long time in new[] { 100L, 200, 200, 300 })
            stream.Put("a", timestampNanos: time);
        stream.Remove(2, erase: false);
        Commit();
        Assert.Equal([1, 1, 3, 3, 4, 5], new[] { 0L, 100, 101, 200, 300, 301 }.Select(t => (int)stream.FindByTime(t)));
    }

    [Fact]
    public void Messages_with_headers_are_found_among_those_without()
    {
        StreamLog stream = Harness.CreateStream();
        for (int i = 1; i <= 2_000; i++)
            stream.Put("a", headers: i is 3 or 4 or 1_500 ? "NATS/1.0\r\nA: b\r\n\r\n" : "");
        stream.Remove(4, erase: false);
        Commit();
        using (Harness.HoldCommits())
        {
            stream.Put("a", headers: "NATS/1.0\r\nA: b\r\n\r\n");
            Assert.Equal([3, 3, 1_500, 1_500, 0, 0],
                new ulong[] { 0, 3, 4, 1_500, 1_501, 2_001 }.Select(s => (int)stream.FindNextWithHeaders(s)));
        }
    }

    [Fact]
    public void An_empty_stream_finds_nothing_by_time() => Assert.Equal(1UL, Harness.CreateStream().FindByTime(0));

    [Fact]
    public void Subjects_are_walked_in_byte_order()
    {
        StreamLog stream = Harness.CreateStream();
        foreach (string subject in new[] { "b", "a.b", "a", "a-b", "a.b.c", "B", "a.a" })
            stream.Put(subject);
        Commit();
        Assert.Equal(["B", "a", "a-b", "a.a", "a.b", "a.b.c", "b"], stream.SubjectList().Select(s => s.Split(':')[0]));
        Assert.Equal(["a.a", "a.b"], stream.SubjectList("a.*").Select(s => s.Split(':')[0]));
        Assert.Equal(["a", "a.b.c", "b"], stream.SubjectList("a", "b", "*.*.*").Select(s => s.Split(':')[0]));
    }

    [Fact]
    public void A_walk_over_many_subjects_sees_each_once_while_others_come_and_go()
    {
        StreamLog stream = Harness.CreateStream();
        for (int i = 0; i < 5_000; i++)
            stream.Put("k." + i.ToString("D5", CultureInfo.InvariantCulture));
        Commit();
        var seen = new List<string>();
        using SubjectWalk walk = stream.Subjects(FilterSet.From(["k.>"]));
        while (walk.MoveNext())
        {
            seen.Add(System.Text.Encoding.UTF8.GetString(walk.Subject));
            if (seen.Count % 100 == 1)
            {
                stream.Put("k." + seen.Count.ToString("D5", CultureInfo.InvariantCulture) + ".new");
                stream.Remove((ulong)seen.Count, erase: false);
                Commit();
            }
        }
        Assert.Equal(seen.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal), seen);
        Assert.Equal(5_000, seen.Count(s => !s.EndsWith("new", StringComparison.Ordinal)));
    }

    [Fact]
    public void The_last_message_of_each_subject_is_collected_by_ascending_sequence()
    {
        StreamLog stream = Orders();
        var sequences = new List<ulong>();
        Assert.Equal(5, stream.LastPerSubject(FilterSet.All, ulong.MaxValue, 100, sequences));
        Assert.Equal([2, 3, 4, 5, 6], sequences);
        sequences.Clear();
        Assert.Equal(3, stream.LastPerSubject(FilterSet.From(["orders.>"]), 3, 100, sequences));
        Assert.Equal([1, 2, 3], sequences);
        sequences.Clear();
        Assert.Equal(3, stream.LastPerSubject(FilterSet.All, ulong.MaxValue, 2, sequences));
        Assert.Equal(2, sequences.Count);
    }

    [Fact]
    public void Pending_counts_agree_with_counting()
    {
        var random = new Random(7);
        StreamLog stream = Harness.CreateStream();
        var messages = new List<(ulong Sequence, string Subject)>();
        for (int i = 0; i < 400; i++)
        {
            string subject = string.Join('.', Enumerable.Range(0, 1 + random.Next(3)).Select(_ => "xyz"[random.Next(3)]));
            messages.Add((stream.Put(subject).Sequence, subject));
        }
        foreach (int i in Enumerable.Range(0, 400).Where(_ => random.Next(4) == 0).ToArray())
            stream.Remove((ulong)i + 1, erase: false);
        Commit();
        messages.RemoveAll(m => stream.Get(m.Sequence) == "NotFound");
        foreach (string[] filters in new[] { [], [">"], ["x.>"], ["x"], ["*.y"], ["x.*.z", "y"], new[] { "none" } })
        {
            foreach (ulong from in new ulong[] { 0, 1, 57, 200, 399, 400, 401 })
            {
                FilterSet filter = FilterSet.From(filters);
                var matching = messages.Where(m => filter.Matches(System.Text.Encoding.UTF8.GetBytes(m.Subject))).ToList();
                int all = matching.Count(m => m.Sequence >= from);
                int last = matching.GroupBy(m => m.Subject).Count(g => g.Max(m => m.Sequence) >= from);
                Assert.Equal(((ulong)all, 400UL), stream.CountPending(from, filter, lastPerSubject: false));
                Assert.Equal(((ulong)last, 400UL), stream.CountPending(from, filter, lastPerSubject: true));
            }
        }
    }

    [Fact]
    public void A_lease_is_reused_for_messages_of_any_size()
    {
        StreamLog stream = Harness.CreateStream();
        stream.Put("a", new string('x', 10_000));
        stream.Put("b", "small");
        Commit();
        using var message = new StoredMessage();
        Assert.Equal(ReadStatus.Found, stream.Read(1, message));
        Assert.Equal(ReadStatus.Found, stream.Read(2, message));
        Assert.Equal("small"u8, message.Payload);
        Assert.Equal(ReadStatus.NotFound, stream.Read(3, message));
        Assert.Equal(0UL, message.Sequence);
        Assert.True(message.Payload.IsEmpty);
    }
}
