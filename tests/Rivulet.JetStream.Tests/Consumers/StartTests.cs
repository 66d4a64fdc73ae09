using System.Text.Json;
using Rivulet.JetStream.Tests.Consumers.Support;

namespace Rivulet.JetStream.Tests.Consumers;

/// <summary>Where consumers start, and how many messages they say are ahead.</summary>
public sealed class StartTests
{
    private readonly Harness _h = new();

    [Theory]
    [InlineData("", "1 2 3 4 5 6 7 8")]
    [InlineData("\"deliver_policy\":\"last\"", "8")]
    [InlineData("\"deliver_policy\":\"last\",\"filter_subject\":\"s.b\"", "5")]
    [InlineData("\"deliver_policy\":\"last\",\"filter_subjects\":[\"s.a\",\"s.b\"]", "7")]
    [InlineData("\"deliver_policy\":\"last\",\"filter_subject\":\"s.none\"", "")]
    [InlineData("\"deliver_policy\":\"new\"", "")]
    [InlineData("\"deliver_policy\":\"by_start_sequence\",\"opt_start_seq\":6", "6 7 8")]
    [InlineData("\"deliver_policy\":\"by_start_sequence\",\"opt_start_seq\":3,\"filter_subject\":\"s.b\"", "5")]
    [InlineData("\"deliver_policy\":\"by_start_sequence\",\"opt_start_seq\":99", "")]
    [InlineData("\"deliver_policy\":\"by_start_time\",\"opt_start_time\":\"2024-01-01T00:00:04Z\"", "5 6 7 8")]
    [InlineData("\"deliver_policy\":\"by_start_time\",\"opt_start_time\":\"2099-01-01T00:00:00Z\"", "")]
    [InlineData("\"deliver_policy\":\"last_per_subject\",\"filter_subject\":\"s.>\"", "5 7 8")]
    [InlineData("\"deliver_policy\":\"last_per_subject\",\"filter_subjects\":[\"s.a\",\"s.c\"]", "7 8")]
    [InlineData("\"deliver_policy\":\"last_per_subject\",\"filter_subject\":\"s.none\"", "")]
    [InlineData("\"filter_subjects\":[\"s.a\",\"s.b\"]", "1 2 4 5 7")]
    public void The_policy_decides_what_comes_first(string config, string sequences)
    {
        StoreEight();
        string[] expected = sequences.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        JsonElement created = _h.CreateConsumer("C", config);
        Assert.Equal(expected.Length, created.GetProperty("num_pending").GetInt32());
        List<Received> got = _h.Pull("C", "{\"batch\":20,\"no_wait\":true}").TakeAll();
        Assert.Equal(expected, got.Where(m => m.Status.Length == 0).Select(m => m.Reply.Split('.')[5]));
        AssertCountsDown(got);
        Assert.Equal(0, _h.Info("C").GetProperty("num_pending").GetInt32());
    }

    [Fact]
    public void What_comes_after_the_last_of_each_subject_comes_in_order()
    {
        StoreEight();
        _h.CreateConsumer("C", "\"deliver_policy\":\"last_per_subject\",\"filter_subject\":\"s.>\"");
        _h.Store("s.a", "9");
        _h.Store("s.d", "10");
        Assert.Equal(5, _h.Info("C").GetProperty("num_pending").GetInt32());
        List<Received> got = _h.Pull("C", "{\"batch\":20,\"no_wait\":true}").TakeAll();
        Assert.Equal(["5", "7", "8", "9", "10"], got.Where(m => m.Status.Length == 0).Select(m => m.Payload));
        AssertCountsDown(got);
    }

    [Fact]
    public void A_message_of_the_list_that_went_meanwhile_is_passed_over()
    {
        StoreEight();
        _h.CreateConsumer("C", "\"deliver_policy\":\"last_per_subject\",\"filter_subject\":\"s.>\"");
        _h.ApiOk("STREAM.MSG.DELETE.S", "{\"seq\":7}");
        Assert.Equal(2, _h.Info("C").GetProperty("num_pending").GetInt32());
        List<Received> got = _h.Pull("C", "{\"batch\":20,\"no_wait\":true}").TakeAll();
        Assert.Equal(["5", "8"], got.Where(m => m.Status.Length == 0).Select(m => m.Payload));
        AssertCountsDown(got);
    }

    [Fact]
    public void A_new_message_of_a_subject_that_matches_is_counted_and_another_is_not()
    {
        _h.CreateStream();
        _h.CreateConsumer("C", "\"filter_subject\":\"s.a\"");
        _h.Store("s.a");
        _h.Store("s.b");
        _h.Store("s.a");
        Assert.Equal(2, _h.Info("C").GetProperty("num_pending").GetInt32());
    }

    [Fact]
    public void The_count_is_right_while_older_revisions_go()
    {
        _h.CreateStream(more: ",\"max_msgs_per_subject\":1");
        for (int i = 0; i < 6; i++)
            _h.Store($"s.{i % 3}", $"{i}");
        _h.CreateConsumer("C", "\"deliver_policy\":\"last_per_subject\",\"filter_subject\":\"s.>\"");
        _h.Store("s.0", "late");
        _h.Store("s.9", "new");
        Assert.Equal(4, _h.Info("C").GetProperty("num_pending").GetInt32());
        Received first = _h.Pull("C").Take();
        Assert.Equal("3", first.Reply.Split('.')[8]);
        _h.Store("s.2", "later");
        List<Received> got = _h.Pull("C", "{\"batch\":20,\"no_wait\":true}").TakeAll();
        Assert.Equal(["late", "new", "later"], got.Where(m => m.Status.Length == 0).Select(m => m.Payload));
        AssertCountsDown(got);
    }

    [Fact]
    public void The_last_of_a_subject_that_has_gone_is_not_ahead_of_another()
    {
        _h.CreateStream(more: ",\"allow_msg_ttl\":true");
        _h.Store("s.a", "stays");
        _h.Store("s.b", "goes", "NATS/1.0\r\nNats-TTL: 1\r\n\r\n");
        _h.CreateConsumer("C", "\"deliver_policy\":\"last_per_subject\",\"filter_subject\":\"s.*\",\"ack_policy\":\"explicit\"");
        _h.Advance(TimeSpan.FromSeconds(2));
        Assert.EndsWith(".0", _h.Pull("C").Take().Reply, StringComparison.Ordinal);
    }

    [Fact]
    public void A_purge_takes_pending_messages_and_acks_with_it()
    {
        StoreEight();
        _h.CreateConsumer("C", "\"ack_policy\":\"explicit\"");
        _h.Pull("C", "{\"batch\":3}");
        _h.ApiOk("STREAM.PURGE.S", "{\"filter\":\"s.a\"}");
        JsonElement info = _h.Info("C");
        Assert.Equal(3, info.GetProperty("num_pending").GetInt32());
        Assert.Equal(2, info.GetProperty("num_ack_pending").GetInt32());
        _h.ApiOk("STREAM.PURGE.S");
        info = _h.Info("C");
        Assert.Equal(0, info.GetProperty("num_pending").GetInt32());
        Assert.Equal(0, info.GetProperty("num_ack_pending").GetInt32());
        Assert.Equal(8, info.GetProperty("delivered").GetProperty("stream_seq").GetInt32());
        Assert.Equal(8, info.GetProperty("ack_floor").GetProperty("stream_seq").GetInt32());
    }

    [Fact]
    public void A_purge_makes_room_for_acks()
    {
        _h.CreateStream();
        _h.Store("s.a", "1");
        _h.CreateConsumer("C", "\"ack_policy\":\"explicit\",\"max_ack_pending\":1");
        Inbox inbox = _h.Pull("C", "{\"batch\":5}");
        Assert.Equal("1", inbox.Take().Payload);
        _h.Store("s.b", "2");
        Assert.Equal(0, inbox.Count);
        _h.ApiOk("STREAM.PURGE.S", "{\"filter\":\"s.a\"}");
        Assert.Equal("2", inbox.Take().Payload);
    }

    [Fact]
    public void Another_filter_counts_and_delivers_what_matches_it()
    {
        StoreEight();
        _h.CreateConsumer("C", "\"durable_name\":\"C\",\"filter_subject\":\"s.none\"");
        JsonElement updated = _h.CreateConsumer("C", "\"durable_name\":\"C\",\"filter_subject\":\"s.b\"");
        Assert.Equal(2, updated.GetProperty("num_pending").GetInt32());
        List<Received> got = _h.Pull("C", "{\"batch\":20,\"no_wait\":true}").TakeAll();
        Assert.Equal(["2", "5"], got.Where(m => m.Status.Length == 0).Select(m => m.Payload));
    }

    private static void AssertCountsDown(List<Received> got)
    {
        List<Received> messages = got.FindAll(m => m.Status.Length == 0);
        for (int i = 0; i < messages.Count; i++)
            Assert.Equal($"{messages.Count - 1 - i}", messages[i].Reply.Split('.')[8]);
    }

    // Sequence n is stored n - 1 seconds after the clock's start, with n as payload.
    private void StoreEight()
    {
        _h.CreateStream();
        string[] subjects = ["s.a", "s.b", "s.c", "s.a", "s.b", "s.c", "s.a", "s.c"];
        for (int i = 0; i < subjects.Length; i++)
        {
            _h.Store(subjects[i], $"{i + 1}");
            _h.Clock.Advance(TimeSpan.FromSeconds(1));
        }
    }
}
