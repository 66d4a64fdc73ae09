using System.Globalization;
using System.Text;
using Rivulet.Protocol;

namespace Rivulet.Storage.Tests.Suites;

public abstract class PageSuite<THarness> : StoreSuite<THarness>
    where THarness : StoreHarness, new()
{
    private readonly SubjectPage _page = new();

    [Theory]
    [InlineData(">", "", "", 10, "a=3x2 a.b=2x1 b=4x1")]
    [InlineData(">", "a.", "", 10, "a.b=2x1 b=4x1")]
    [InlineData(">", "", "b", 10, "a=3x2 a.b=2x1")]
    [InlineData(">", "", "", 2, "a=3x2 a.b=2x1 …b")]
    [InlineData("*", "", "", 1, "a=3x2 …b")]
    [InlineData("a.>", "", "", 10, "a.b=2x1")]
    [InlineData(">", "c", "", 10, "")]
    public void A_page_has_subjects_in_order_and_says_where_the_next_one_begins(
        string filter, string from, string before, int max, string expected)
    {
        StreamLog stream = Harness.CreateStream();
        stream.Put("a", "1");
        stream.Put("a.b", "2");
        stream.Put("a", "3");
        stream.Put("b", "4");
        Commit();

        Assert.Equal(expected, Find(stream, filter, from, before, ulong.MaxValue, max));
    }

    [Fact]
    public void A_page_is_as_of_a_sequence_and_knows_from_which_on_that_is_exact()
    {
        StreamLog stream = Harness.CreateStream(limits: new StreamLimits { MaxMessagesPerSubject = 2 });
        stream.Put("a", "1");
        stream.Put("b", "2");
        stream.Put("a", "3");
        Commit();
        Assert.Equal("a=1x1 b=2x1", Find(stream, ">", "", "", 2, 10));
        Assert.Equal(0UL, _page.HeldFrom);
        stream.Put("a", "4");
        Assert.Equal("a=1x1 b=2x1", Find(stream, ">", "", "", 2, 10));
        Assert.Equal(3UL, _page.LastSequence);

        Commit();
        Assert.Equal("b=2x1", Find(stream, ">", "", "", 2, 10));
        Assert.Equal("a=3x1 b=2x1", Find(stream, ">", "", "", 3, 10));
        Assert.Equal(3UL, _page.HeldFrom);
    }

    [Fact]
    public void Subjects_by_name_come_in_their_order_with_those_that_are_missing()
    {
        StreamLog stream = Harness.CreateStream();
        stream.Put("a", "1");
        stream.Put("b", "2");
        Commit();
        stream.FindSubjects([Bytes("b"), Bytes("c"), Bytes("a")], ulong.MaxValue, _page);

        Assert.Equal("b=2x1 c=0x0 a=1x1", Text());
        Assert.True(_page.IsOver);
    }

    [Fact]
    public void What_a_page_found_is_read_although_it_was_replaced()
    {
        StreamLog stream = Harness.CreateStream(limits: new StreamLimits { MaxMessagesPerSubject = 1 });
        stream.Put("a", "old");
        stream.Put("b", "stays");
        Commit();
        Find(stream, ">", "", "", ulong.MaxValue, 10);
        stream.Put("a", "new");
        Commit();

        using var message = new StoredMessage();
        Assert.Equal(ReadStatus.Found, stream.Read(_page, 0, message));
        Assert.Equal("old", Encoding.UTF8.GetString(message.Payload));
        Assert.Equal(ReadStatus.Found, stream.Read(_page, 1, message));
        Assert.Equal("stays", Encoding.UTF8.GetString(message.Payload));
        Assert.Equal("a=3x1 b=2x1", Find(stream, ">", "", "", ulong.MaxValue, 10));
    }

    [Fact]
    public void A_page_looks_at_so_many_subjects_and_no_more()
    {
        StreamLog stream = Harness.CreateStream();
        for (int i = 0; i < 3_000; i++)
            stream.Put(string.Create(CultureInfo.InvariantCulture, $"{i:d4}.x"), "v");
        stream.Put("9999.y", "v");
        Commit();
        int pages = 1;
        string found = Find(stream, "*.y", "", "", ulong.MaxValue, 10);
        for (; !_page.IsOver; pages++)
            found = Find(stream, "*.y", Encoding.UTF8.GetString(_page.Next.Span), "", ulong.MaxValue, 10);

        Assert.Equal("9999.y=3001x1", found);
        Assert.InRange(pages, 2, 10);
    }

    [Fact]
    public void Older_messages_go_with_the_one_that_expires_if_they_are_to()
    {
        StreamLog stream = Harness.CreateStream();
        long now = Harness.Time.NowNanos;
        stream.Put("a", "1");
        stream.Put("b", "2");
        Expiring(stream, "a", now + 10);
        Expiring(stream, "b", now + 10);
        Expiring(stream, "c", now + 10);
        stream.Put("c", "6");
        Commit();
        var asked = new List<ulong>();
        ExpireResult result = stream.Expire(now + 10, 100, null, message =>
        {
            asked.Add(message.Sequence);
            return message.Sequence == 3;
        });
        Commit();

        Assert.Equal([3UL, 4UL], asked.Order());
        Assert.Equal(
            [(3UL, true, 0UL), (4UL, false, 0UL), (5UL, false, 6UL)],
            result.Messages.Select(message => (message.Sequence, message.WasLastOfSubject, message.Newer)).Order());
        Assert.Equal("b=2x1 c=6x1", Find(stream, ">", "", "", ulong.MaxValue, 10));
        Assert.Equal(2UL, stream.State.Messages);
    }

    [Fact]
    public void What_older_messages_go_with_expires_once_it_is_committed()
    {
        StreamLog stream = Harness.CreateStream();
        using IDisposable? held = Harness.HoldCommits();
        long now = Harness.Time.NowNanos;
        stream.Put("a", "1");
        Expiring(stream, "a", now + 10);
        Assert.Empty(stream.Expire(now + 10, 100, null, _ => true).Messages);
        held?.Dispose();
        Commit();

        Assert.Single(stream.Expire(now + 10, 100, null, _ => true).Messages);
        Assert.Equal(0UL, stream.Tail.Messages);
    }

    private static void Expiring(StreamLog stream, string subject, long atNanos) => stream.Append(new NewMessage
    {
        Subject = Encoding.UTF8.GetBytes(subject),
        Payload = "x"u8,
        ExpiresAtNanos = atNanos,
    });

    private static ReadOnlyMemory<byte> Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private string Find(StreamLog stream, string filter, string from, string before, ulong upTo, int max)
    {
        stream.FindSubjects(new SubjectRange(FilterSet.From(Encoding.UTF8.GetBytes(filter)), Bytes(from), Bytes(before)), upTo, max, _page);
        return Text() + (_page.IsOver ? "" : " …" + Encoding.UTF8.GetString(_page.Next.Span));
    }

    private string Text() => string.Join(' ', Enumerable.Range(0, _page.Count).Select(i => string.Create(
        CultureInfo.InvariantCulture, $"{Encoding.UTF8.GetString(_page.SubjectAt(i))}={_page.SequenceAt(i)}x{_page.MessagesAt(i)}")));
}
