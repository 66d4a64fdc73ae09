using System.Text.Json;
using Rivulet.JetStream.Tests.Consumers.Support;

namespace Rivulet.JetStream.Tests.Consumers;

/// <summary>Acks: what they settle, what comes again and when, and what answers they get.</summary>
public sealed class AckTests
{
    private readonly Harness _h = new();

    public AckTests()
    {
        _h.CreateStream();
    }

    [Fact]
    public void An_ack_settles_its_message_and_moves_the_floor_past_what_is_settled()
    {
        List<Received> got = DeliverThree("\"ack_policy\":\"explicit\"");
        _h.Ack(got[1]);
        AssertFloor(0, 0, pending: 2);
        _h.Ack(got[0], "+ACK");
        AssertFloor(2, 2, pending: 1);
        _h.Ack(got[2], "+OK");
        AssertFloor(3, 3, pending: 0);
    }

    [Fact]
    public void An_ack_of_ack_all_settles_everything_before_it()
    {
        List<Received> got = DeliverThree("\"ack_policy\":\"all\"");
        _h.Ack(got[1]);
        AssertFloor(2, 2, pending: 1);
    }

    [Fact]
    public void Without_acks_the_floor_is_what_was_delivered()
    {
        DeliverThree("\"ack_policy\":\"none\"");
        AssertFloor(3, 3, pending: 0);
    }

    [Fact]
    public void An_ack_with_a_reply_is_answered_also_when_it_comes_twice()
    {
        List<Received> got = DeliverThree("\"ack_policy\":\"explicit\"");
        Assert.Equal("", _h.Ask(got[0].Reply).Payload);
        Assert.Equal("", _h.Ask(got[0].Reply).Payload);
        Assert.Equal("", _h.Ask(got[1].Reply, "+WPI").Payload);
        Assert.Equal("", _h.Ask(got[1].Reply, "-NAK").Payload);
        Assert.Equal("", _h.Ask(got[2].Reply, "+TERM").Payload);
        Assert.Equal("", _h.Ask(got[2].Reply, "junk").Payload);
    }

    [Theory]
    [InlineData(null, "_")]
    [InlineData("hub", "hub")]
    public void Where_the_flag_asks_for_it_acks_name_domain_and_account(string? domain, string named)
    {
        var options = new JetStreamOptions { StoreDirectory = "", LongAckSubjects = true, Domain = domain };
        var h = new Harness(options: options);
        h.CreateStream();
        h.CreateConsumer("C", "\"ack_policy\":\"explicit\"");
        h.Store("s.a", "1");
        Received got = h.Pull("C").Take();
        Assert.StartsWith($"$JS.ACK.{named}.szMpdrwD.S.C.1.1.1.", got.Reply, StringComparison.Ordinal);

        Assert.Equal("", h.Ask(got.Reply, "+WPI").Payload);
        Assert.Equal("", h.Ask(got.Reply + ".more", "+ACK").Payload);
        Assert.Equal(0, h.Info("C").GetProperty("num_ack_pending").GetInt32());
    }

    [Fact]
    public void Either_form_of_an_ack_is_taken_whichever_is_given()
    {
        List<Received> got = DeliverThree("\"ack_policy\":\"explicit\"");
        string[] numbers = got[0].Reply.Split('.')[4..];
        Assert.Equal("", _h.Ask("$JS.ACK._.szMpdrwD.S.C." + string.Join('.', numbers)).Payload);
        AssertFloor(1, 1, pending: 2);
        _h.Publish("$JS.ACK._.another0.S.C." + string.Join('.', got[1].Reply.Split('.')[4..]));
        AssertFloor(1, 1, pending: 2);
    }

    [Fact]
    public void A_negative_ack_of_a_delivery_that_was_none_changes_nothing()
    {
        using Inbox events = _h.Router.Subscribe("$JS.EVENT.ADVISORY.CONSUMER.MSG_NAKED.>");
        List<Received> got = DeliverThree("\"ack_policy\":\"explicit\"");
        Assert.Equal("", _h.Ask("$JS.ACK.S.C.1.2.900.0.0", "-NAK").Payload);
        Assert.Equal(0, events.Count);
        Inbox again = _h.Pull("C", "{\"batch\":1,\"no_wait\":true}");
        Assert.Equal("404 No Messages", again.Take().Status);
        Assert.Equal("", _h.Ask(got[1].Reply, "-NAK").Payload);
        Assert.Equal(1, events.Count);
    }

    [Fact]
    public void What_ends_a_wait_for_an_ack_counts_as_one_in_what_is_told()
    {
        List<Received> got = DeliverThree("\"ack_policy\":\"explicit\"");
        Assert.False(HasFloorTime());
        _h.ApiOk("STREAM.PURGE.S");
        _h.Run();
        Assert.True(HasFloorTime());
        AssertFloor(3, 3, pending: 0);

        bool HasFloorTime() => _h.Info("C").GetProperty("ack_floor").TryGetProperty("last_active", out _);
    }

    [Fact]
    public void A_reset_goes_back_to_what_is_acknowledged_or_given_up()
    {
        DeliverThree("\"ack_policy\":\"explicit\",\"ack_wait\":1000000000,\"max_deliver\":1");
        _h.Advance(TimeSpan.FromSeconds(2));
        AssertFloor(0, 0, pending: 0);
        Assert.Equal(4, _h.ApiOk("CONSUMER.RESET.S.C").GetProperty("reset_seq").GetInt32());
        AssertFloor(0, 3, pending: 0);
    }

    [Fact]
    public void An_ack_of_what_was_never_delivered_is_not_answered()
    {
        DeliverThree("\"ack_policy\":\"explicit\"");
        using Inbox inbox = _h.Router.Subscribe("_INBOX.x");
        _h.Publish("$JS.ACK.S.C.1.99.99.0.0", "", "_INBOX.x");
        _h.Publish("$JS.ACK.S.C.1.0.0.0.0", "-NAK", "_INBOX.x");
        _h.Publish("$JS.ACK.S.C.1.x.1.0.0", "", "_INBOX.x");
        Assert.Equal(0, inbox.Count);

        // The reference server answers this one, and so do we.
        Assert.Equal("", _h.Ask("$JS.ACK.S.C.1.0.0.0.0").Payload);
        Assert.Equal(3, _h.Info("C").GetProperty("num_ack_pending").GetInt32());
    }

    [Fact]
    public void Nobody_hears_acks_of_a_consumer_that_is_gone()
    {
        List<Received> got = DeliverThree("\"ack_policy\":\"explicit\"");
        _h.ApiOk("CONSUMER.DELETE.S.C");
        Assert.False(_h.Publish(got[0].Reply, "", "_INBOX.x"));
    }

    [Fact]
    public void A_message_without_ack_comes_again_when_its_wait_is_over()
    {
        DeliverThree("\"ack_policy\":\"explicit\",\"ack_wait\":1000000000");
        Inbox inbox = _h.Pull("C", "{\"batch\":10}");
        _h.Advance(TimeSpan.FromMilliseconds(980));
        Assert.Equal(0, inbox.Count);
        _h.Advance(TimeSpan.FromMilliseconds(40));
        List<Received> again = inbox.TakeAll();
        Assert.Equal(["1", "2", "3"], again.Select(m => m.Payload));
        Assert.StartsWith("$JS.ACK.S.C.2.1.4.", again[0].Reply, StringComparison.Ordinal);
        Assert.Equal(3, _h.Info("C").GetProperty("num_redelivered").GetInt32());
        _h.Ack(again[0]);
        Assert.Equal(2, _h.Info("C").GetProperty("num_redelivered").GetInt32());
        AssertFloor(1, 1, pending: 2);
    }

    [Fact]
    public void Work_in_progress_starts_the_wait_anew()
    {
        List<Received> got = DeliverThree("\"ack_policy\":\"explicit\",\"ack_wait\":1000000000");
        Inbox inbox = _h.Pull("C", "{\"batch\":10}");
        _h.Advance(TimeSpan.FromMilliseconds(600));
        _h.Ack(got[0], "+WPI");
        _h.Advance(TimeSpan.FromMilliseconds(600));
        Assert.Equal(["2", "3"], inbox.TakeAll().Select(m => m.Payload));
        _h.Advance(TimeSpan.FromMilliseconds(420));
        Assert.Equal(["1"], inbox.TakeAll().Select(m => m.Payload));
    }

    [Fact]
    public void Backoff_gives_each_delivery_its_own_wait()
    {
        DeliverThree("\"ack_policy\":\"explicit\",\"max_deliver\":4,\"backoff\":[1000000000,3000000000]");
        Inbox inbox = _h.Pull("C", "{\"batch\":100}");
        _h.Advance(TimeSpan.FromSeconds(1.05));
        Assert.Equal(3, inbox.TakeAll().Count);
        _h.Advance(TimeSpan.FromSeconds(2.9));
        Assert.Equal(0, inbox.Count);
        _h.Advance(TimeSpan.FromSeconds(0.2));
        Assert.Equal(3, inbox.TakeAll().Count);
        _h.Advance(TimeSpan.FromSeconds(3.1));
        Assert.Equal(3, inbox.TakeAll().Count);
        _h.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(0, inbox.Count);
    }

    [Fact]
    public void A_negative_ack_brings_the_message_back_at_once()
    {
        List<Received> got = DeliverThree("\"ack_policy\":\"explicit\"");
        Inbox inbox = _h.Pull("C", "{\"batch\":10}");
        _h.Ack(got[1], "-NAK");
        Assert.Equal(["2"], inbox.TakeAll().Select(m => m.Payload));
    }

    [Theory]
    [InlineData("-NAK 2s")]
    [InlineData("-NAK {\"delay\":2000000000}")]
    [InlineData("-NAK{\"delay\": 2000000000}")]
    public void A_negative_ack_with_a_delay_brings_it_back_later(string nak)
    {
        List<Received> got = DeliverThree("\"ack_policy\":\"explicit\"");
        Inbox inbox = _h.Pull("C", "{\"batch\":10}");
        _h.Ack(got[1], nak);
        _h.Advance(TimeSpan.FromMilliseconds(1980));
        Assert.Equal(0, inbox.Count);
        _h.Advance(TimeSpan.FromMilliseconds(40));
        Assert.Equal(["2"], inbox.TakeAll().Select(m => m.Payload));
    }

    [Fact]
    public void A_delay_that_can_not_be_read_is_none()
    {
        List<Received> got = DeliverThree("\"ack_policy\":\"explicit\"");
        Inbox inbox = _h.Pull("C", "{\"batch\":10}");
        _h.Ack(got[0], "-NAK soon");
        Assert.Equal(1, inbox.Count);
    }

    [Fact]
    public void A_terminated_message_does_not_come_again_and_is_reported()
    {
        using Inbox events = _h.Router.Subscribe("$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.S.C");
        List<Received> got = DeliverThree("\"ack_policy\":\"explicit\",\"ack_wait\":1000000000");
        _h.Ack(got[0], "+TERM no use");
        Inbox inbox = _h.Pull("C", "{\"batch\":10}");
        _h.Advance(TimeSpan.FromSeconds(1.1));
        Assert.Equal(["2", "3"], inbox.TakeAll().Select(m => m.Payload));
        JsonElement happened = JsonDocument.Parse(events.Take().Payload).RootElement;
        Assert.Equal("io.nats.jetstream.advisory.v1.terminated", happened.GetProperty("type").GetString());
        Assert.Equal("no use", happened.GetProperty("reason").GetString());
        Assert.Equal(1, happened.GetProperty("stream_seq").GetInt32());
    }

    [Fact]
    public void Next_acknowledges_and_pulls()
    {
        _h.CreateConsumer("C", "\"ack_policy\":\"explicit\"");
        for (int i = 1; i <= 3; i++)
            _h.Store("s.a", $"{i}");
        Received first = _h.Pull("C").Take();
        using Inbox inbox = _h.Router.Subscribe("_INBOX.next");
        _h.Publish(first.Reply, "+NXT {\"batch\":2}", "_INBOX.next");
        Assert.Equal(["2", "3"], inbox.TakeAll().Select(m => m.Payload));
        AssertFloor(1, 1, pending: 2);
    }

    [Fact]
    public void Enough_deliveries_give_a_message_up_and_report_it_once()
    {
        using Inbox events = _h.Router.Subscribe("$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.S.C");
        DeliverThree("\"ack_policy\":\"explicit\",\"ack_wait\":1000000000,\"max_deliver\":2");
        Inbox inbox = _h.Pull("C", "{\"batch\":100}");
        _h.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(3, inbox.Count);
        Assert.Equal(3, events.Count);
        JsonElement happened = JsonDocument.Parse(events.Take().Payload).RootElement;
        Assert.Equal(2, happened.GetProperty("deliveries").GetInt32());
        JsonElement info = _h.Info("C");
        Assert.Equal(0, info.GetProperty("num_ack_pending").GetInt32());
        Assert.Equal(3, info.GetProperty("num_redelivered").GetInt32());

        // Nobody acknowledged them.
        AssertFloor(0, 0, pending: 0);
    }

    [Fact]
    public void A_message_that_was_given_up_holds_the_floor_until_nothing_is_pending()
    {
        List<Received> got = DeliverThree("\"ack_policy\":\"explicit\",\"ack_wait\":60000000000,\"max_deliver\":1");
        _h.Ack(got[0], "-NAK");
        AssertFloor(0, 0, pending: 2);
        _h.Ack(got[1]);
        AssertFloor(0, 0, pending: 1);
        _h.Ack(got[2]);
        AssertFloor(3, 3, pending: 0);
    }

    [Theory]
    [InlineData("delete")]
    [InlineData("limit")]
    [InlineData("age")]
    public void A_message_that_leaves_the_stream_waits_for_no_ack(string how)
    {
        _h.ApiOk("STREAM.UPDATE.S", """{"name":"S","subjects":["s.>"],"max_age":10000000000,"duplicate_window":1000000000,"max_msgs":4}""");
        using Inbox events = _h.Router.Subscribe("$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.S.C");
        List<Received> got = DeliverThree("\"ack_policy\":\"explicit\",\"ack_wait\":60000000000,\"max_ack_pending\":3");
        Inbox inbox = _h.Pull("C", "{\"batch\":10}");
        if (how == "delete")
            _h.ApiOk("STREAM.MSG.DELETE.S", """{"seq":1}""");
        if (how == "age")
            _h.Advance(TimeSpan.FromSeconds(10.1));
        int expected = how == "age" ? 3 : 1;
        for (int i = 4; i < 6; i++)
            _h.Store("s.a", $"{i}");

        Assert.Equal(expected, events.TakeAll().Count);
        Assert.Equal(how == "age" ? 2 : 1, inbox.Count);
        Assert.Equal(how == "age" ? 2 : 3, _h.Info("C").GetProperty("num_ack_pending").GetInt32());
        _h.Ack(got[1]);
        Assert.Equal(2, inbox.Count);
    }

    [Fact]
    public void Max_ack_pending_stops_new_messages_and_not_those_that_come_again()
    {
        for (int i = 1; i <= 5; i++)
            _h.Store("s.a", $"{i}");
        _h.CreateConsumer("C", "\"ack_policy\":\"explicit\",\"ack_wait\":1000000000,\"max_ack_pending\":2");
        Inbox inbox = _h.Pull("C", "{\"batch\":100}");
        List<Received> got = inbox.TakeAll();
        Assert.Equal(["1", "2"], got.Select(m => m.Payload));
        _h.Advance(TimeSpan.FromSeconds(1.1));
        Assert.Equal(["1", "2"], inbox.TakeAll().Select(m => m.Payload));
        _h.Ack(got[0]);
        Assert.Equal(["3"], inbox.TakeAll().Select(m => m.Payload));
    }

    [Fact]
    public void A_request_that_does_not_wait_waits_silently_at_max_ack_pending()
    {
        _h.CreateConsumer("C", "\"ack_policy\":\"explicit\",\"max_ack_pending\":1");
        _h.Store("s.a", "1");
        _h.Store("s.a", "2");
        Received first = _h.Pull("C").Take();
        Inbox inbox = _h.Pull("C", "{\"no_wait\":true}");
        Assert.Equal(0, inbox.Count);
        Assert.Equal(1, _h.Info("C").GetProperty("num_waiting").GetInt32());
        _h.Ack(first);
        Assert.Equal("2", inbox.Take().Payload);
    }

    [Fact]
    public void A_message_that_left_the_stream_is_not_waited_for()
    {
        List<Received> got = DeliverThree("\"ack_policy\":\"explicit\",\"ack_wait\":1000000000");
        _h.ApiOk("STREAM.MSG.DELETE.S", "{\"seq\":2}");
        Inbox inbox = _h.Pull("C", "{\"batch\":10}");
        _h.Advance(TimeSpan.FromSeconds(1.1));
        Assert.Equal(["1", "3"], inbox.TakeAll().Select(m => m.Payload));
        Assert.Equal(2, _h.Info("C").GetProperty("num_ack_pending").GetInt32());
        Assert.NotNull(got);
    }

    [Fact]
    public void Acks_are_sampled_when_asked_for()
    {
        using Inbox metrics = _h.Router.Subscribe("$JS.EVENT.METRIC.CONSUMER.ACK.S.C");
        List<Received> got = DeliverThree("\"ack_policy\":\"explicit\",\"sample_freq\":\"100%\"");
        _h.Advance(TimeSpan.FromMilliseconds(50));
        _h.Ack(got[0]);
        JsonElement metric = JsonDocument.Parse(metrics.Take().Payload).RootElement;
        Assert.Equal("io.nats.jetstream.metric.v1.consumer_ack", metric.GetProperty("type").GetString());
        Assert.Equal(50_000_000, metric.GetProperty("ack_time").GetInt64());
    }

    [Fact]
    public void Negative_acks_are_reported()
    {
        using Inbox events = _h.Router.Subscribe("$JS.EVENT.ADVISORY.CONSUMER.MSG_NAKED.S.C");
        List<Received> got = DeliverThree("\"ack_policy\":\"explicit\"");
        _h.Ack(got[2], "-NAK");
        JsonElement happened = JsonDocument.Parse(events.Take().Payload).RootElement;
        Assert.Equal(3, happened.GetProperty("consumer_seq").GetInt32());
        Assert.Equal(1, happened.GetProperty("deliveries").GetInt32());
    }

    private List<Received> DeliverThree(string config)
    {
        _h.CreateConsumer("C", config);
        for (int i = 1; i <= 3; i++)
            _h.Store("s.a", $"{i}");
        List<Received> got = _h.Pull("C", "{\"batch\":3}").TakeAll();
        Assert.Equal(3, got.Count);
        return got;
    }

    private void AssertFloor(int consumerSequence, int streamSequence, int pending)
    {
        JsonElement info = _h.Info("C");
        JsonElement floor = info.GetProperty("ack_floor");
        Assert.Equal(consumerSequence, floor.GetProperty("consumer_seq").GetInt32());
        Assert.Equal(streamSequence, floor.GetProperty("stream_seq").GetInt32());
        Assert.Equal(pending, info.GetProperty("num_ack_pending").GetInt32());
    }
}
