using System.Text.Json;
using Rivulet.JetStream.Tests.Consumers.Support;

namespace Rivulet.JetStream.Tests.Consumers;

/// <summary>Push consumers: interest, heartbeats, flow control, ordered consumers.</summary>
public sealed class PushTests
{
    private const string Ordered =
        """
        "ack_policy":"none","max_deliver":1,"ack_wait":79200000000000,"flow_control":true,"idle_heartbeat":5000000000,
        "deliver_subject":"d","num_replicas":1,"mem_storage":true
        """;

    private readonly Harness _h = new();

    public PushTests()
    {
        _h.CreateStream();
    }

    [Fact]
    public void Messages_go_to_the_deliver_subject_as_soon_as_someone_is_there()
    {
        _h.Store("s.a", "1");
        _h.CreateConsumer("C", "\"deliver_subject\":\"d\"");
        Assert.False(_h.Info("C").TryGetProperty("push_bound", out _));
        using Inbox inbox = _h.Router.Subscribe("d");
        _h.Run();
        Received message = inbox.Take();
        Assert.Equal("s.a", message.Subject);
        Assert.True(_h.Info("C").GetProperty("push_bound").GetBoolean());
        _h.Store("s.b", "2");
        Assert.Equal("2", inbox.Take().Payload);
    }

    [Fact]
    public void Nothing_is_lost_while_nobody_is_there()
    {
        _h.CreateConsumer("C", "\"durable_name\":\"C\",\"deliver_subject\":\"d\"");
        Inbox inbox = _h.Router.Subscribe("d");
        _h.Store("s.a", "1");
        inbox.Dispose();
        _h.Store("s.a", "2");
        Inbox again = _h.Router.Subscribe("d");
        _h.Store("s.a", "3");
        Assert.Equal(["1"], inbox.TakeAll().Select(m => m.Payload));
        List<Received> got = again.TakeAll();
        Assert.Equal(["2", "3"], got.Select(m => m.Payload));
        Assert.StartsWith("$JS.ACK.S.C.1.2.2.", got[0].Reply, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_the_flag_asks_for_it_flow_control_names_domain_and_account()
    {
        var h = new Harness(options: new JetStreamOptions { StoreDirectory = "", LongAckSubjects = true });
        h.CreateStream();
        using Inbox inbox = h.Router.Subscribe("d");
        h.CreateConsumer("C", "\"deliver_subject\":\"d\",\"flow_control\":true,\"idle_heartbeat\":1000000000");
        for (int i = 0; i < 30; i++)
            h.Store("s.a", new string('x', 100_000));
        List<Received> got = inbox.TakeAll();
        Received request = got.Single(each => each.Status == "100 FlowControl Request");
        Assert.StartsWith("$JS.FC._.szMpdrwD.S.C.", request.Reply, StringComparison.Ordinal);
        h.Publish(request.Reply);
        Assert.NotEmpty(inbox.TakeAll());
    }

    [Fact]
    public void A_deliver_group_shares_the_messages()
    {
        _h.CreateConsumer("C", "\"deliver_subject\":\"d\",\"deliver_group\":\"g\"");
        using Inbox plain = _h.Router.Subscribe("d");
        _h.Store("s.a", "1");
        Assert.Equal(0, plain.Count);
        using Inbox member = _h.Router.Subscribe("d", "g");
        using Inbox another = _h.Router.Subscribe("d", "g");
        _h.Run();
        Assert.Equal(1, member.TakeAll().Count + another.TakeAll().Count);
    }

    [Fact]
    public void Whoever_else_is_subscribed_where_a_consumer_delivers_gets_the_messages_too()
    {
        _h.CreateConsumer("C", "\"deliver_subject\":\"d\",\"deliver_group\":\"g\"");
        using Inbox plain = _h.Router.Subscribe("d");
        using Inbox others = _h.Router.Subscribe("d", "h");
        Inbox member = _h.Router.Subscribe("d", "g");
        _h.Store("s.a", "1");
        Assert.Equal("1", plain.Take().Payload);
        Assert.Equal("1", others.Take().Payload);
        Assert.Equal("1", member.Take().Payload);

        // But the others are no reason to deliver.
        member.Dispose();
        _h.Run();
        _h.Store("s.a", "2");
        Assert.Equal(0, plain.Count + others.Count);
    }

    [Fact]
    public void A_plain_subscriber_behind_a_group_is_noticed()
    {
        _h.CreateConsumer("C", "\"deliver_subject\":\"d\"");
        using Inbox group = _h.Router.Subscribe("d", "g");
        _h.Store("s.a", "1");
        Assert.Equal(0, group.Count);
        using Inbox plain = _h.Router.Subscribe("d");
        _h.Run();
        Assert.Equal("1", plain.Take().Payload);
        Assert.Equal("1", group.Take().Payload);
    }

    [Fact]
    public void Headers_only_tells_the_size_in_place_of_the_payload()
    {
        _h.Store("s.a", "12345", "NATS/1.0\r\nA: b\r\n\r\n");
        _h.Store("s.a", "123");
        using Inbox inbox = _h.Router.Subscribe("d");
        _h.CreateConsumer("C", "\"deliver_subject\":\"d\",\"headers_only\":true");
        List<Received> got = inbox.TakeAll();
        Assert.Equal("NATS/1.0\r\nA: b\r\nNats-Msg-Size: 5\r\n\r\n", got[0].Headers);
        Assert.Equal("NATS/1.0\r\nNats-Msg-Size: 3\r\n\r\n", got[1].Headers);
        Assert.All(got, m => Assert.Equal("", m.Payload));
    }

    [Fact]
    public void A_quiet_consumer_sends_heartbeats_that_tell_how_far_it_has_come()
    {
        using Inbox inbox = _h.Router.Subscribe("d");
        _h.Store("s.a");
        _h.CreateConsumer("C", "\"deliver_subject\":\"d\",\"idle_heartbeat\":1000000000,\"filter_subject\":\"s.a\"");
        inbox.Take();
        _h.Store("s.b");
        _h.Advance(TimeSpan.FromMilliseconds(980));
        Assert.Equal(0, inbox.Count);
        _h.Advance(TimeSpan.FromMilliseconds(1040));
        List<Received> beats = inbox.TakeAll();
        Assert.Equal(2, beats.Count);
        Assert.All(beats, beat => Assert.Equal("100 Idle Heartbeat", beat.Status));
        Assert.Equal("1", beats[1].Header("Nats-Last-Consumer"));
        Assert.Equal("2", beats[1].Header("Nats-Last-Stream"));
    }

    [Fact]
    public void A_message_puts_the_heartbeat_off()
    {
        using Inbox inbox = _h.Router.Subscribe("d");
        _h.CreateConsumer("C", "\"deliver_subject\":\"d\",\"idle_heartbeat\":1000000000");
        _h.Advance(TimeSpan.FromMilliseconds(700));
        _h.Store("s.a");
        _h.Advance(TimeSpan.FromMilliseconds(700));
        Assert.Equal("", Assert.Single(inbox.TakeAll()).Status);
        _h.Advance(TimeSpan.FromMilliseconds(320));
        Assert.Equal("100 Idle Heartbeat", inbox.Take().Status);
    }

    [Fact]
    public void Flow_control_asks_at_half_of_the_window_and_stops_at_its_end()
    {
        string payload = new('x', 100_000);
        for (int i = 0; i < 60; i++)
            _h.Store("s.a", payload);
        using Inbox inbox = _h.Router.Subscribe("d");
        _h.CreateConsumer("C", Ordered);

        List<Received> got = inbox.TakeAll();
        int question = got.FindIndex(m => m.Status == "100 FlowControl Request");
        Assert.Equal(11, question);
        Assert.StartsWith("$JS.FC.S.C.", got[question].Reply, StringComparison.Ordinal);
        Assert.Equal(4, got[question].Reply.Split('.')[4].Length);
        Assert.Single(got, m => m.Status.Length > 0);
        Assert.Equal(21, got.Count - 1);

        _h.Advance(TimeSpan.FromSeconds(5.1));
        Received beat = inbox.Take();
        Assert.Equal("100 Idle Heartbeat", beat.Status);
        Assert.Equal(got[question].Reply, beat.Header("Nats-Consumer-Stalled"));

        _h.Publish(got[question].Reply);
        List<Received> more = inbox.TakeAll();
        Assert.Contains(more, m => m.Status == "100 FlowControl Request");
        Assert.Equal(32, more.Count(m => m.Status.Length == 0));
    }

    [Fact]
    public void An_answer_to_another_flow_control_request_is_ignored()
    {
        string payload = new('x', 100_000);
        for (int i = 0; i < 60; i++)
            _h.Store("s.a", payload);
        using Inbox inbox = _h.Router.Subscribe("d");
        _h.CreateConsumer("C", Ordered);
        inbox.TakeAll();
        _h.Publish("$JS.FC.S.C.nope");
        Assert.Equal(0, inbox.Count);
    }

    [Fact]
    public void An_ordered_consumer_that_lost_a_message_goes_on_where_it_broke_off()
    {
        for (int i = 1; i <= 5; i++)
            _h.Store("s.a", $"{i}");
        Inbox inbox = _h.Router.Subscribe("d");
        _h.CreateConsumer("C1", Ordered);
        List<Received> got = inbox.TakeAll();
        Assert.Equal(["1", "2", "3", "4", "5"], got.Select(m => m.Reply.Split('.')[6]));

        // The client missed the fourth: it deletes the consumer and makes another one after the third.
        _h.ApiOk("CONSUMER.DELETE.S.C1");
        _h.CreateConsumer("C2", Ordered + ",\"deliver_policy\":\"by_start_sequence\",\"opt_start_seq\":4");
        got = inbox.TakeAll();
        Assert.Equal(["4", "5"], got.Select(m => m.Payload));
        Assert.StartsWith("$JS.ACK.S.C2.1.4.1.", got[0].Reply, StringComparison.Ordinal);
    }

    [Fact]
    public void A_consumer_in_memory_is_not_written_to_the_log()
    {
        _h.CreateConsumer("C", Ordered);
        Assert.Null(_h.Consumer("C").Journal);
    }

    [Fact]
    public void The_deliver_subject_of_an_unbound_consumer_can_be_changed()
    {
        _h.CreateConsumer("C", "\"durable_name\":\"C\",\"deliver_subject\":\"d\"");
        _h.CreateConsumer("C", "\"durable_name\":\"C\",\"deliver_subject\":\"e\"");
        using Inbox old = _h.Router.Subscribe("d");
        using Inbox inbox = _h.Router.Subscribe("e");
        _h.Store("s.a", "1");
        Assert.Equal(0, old.Count);
        Assert.Equal("1", inbox.Take().Payload);
        (int code, _) = _h.ApiError(
            "CONSUMER.CREATE.S.C",
            "{\"stream_name\":\"S\",\"config\":{\"durable_name\":\"C\",\"deliver_subject\":\"f\"}}");
        Assert.Equal(10013, code);
    }

    [Fact]
    public void A_rate_limit_spreads_messages_over_time()
    {
        // A megabyte goes at once; what comes on top goes at 80 kB a second.
        string payload = new('x', 40_000);
        for (int i = 0; i < 40; i++)
            _h.Store("s.a", payload);
        using Inbox inbox = _h.Router.Subscribe("d");
        _h.CreateConsumer("C", "\"deliver_subject\":\"d\",\"rate_limit_bps\":640000");
        int burst = inbox.TakeAll().Count;
        Assert.InRange(burst, 26, 28);
        _h.Advance(TimeSpan.FromSeconds(2));
        Assert.InRange(inbox.TakeAll().Count, 3, 5);
        _h.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(40, burst + 4 + inbox.Count);
    }

    [Fact]
    public void Original_replay_keeps_the_intervals_until_it_has_caught_up()
    {
        _h.Store("s.a", "1");
        _h.Advance(TimeSpan.FromSeconds(1));
        _h.Store("s.a", "2");
        _h.Advance(TimeSpan.FromSeconds(2));
        _h.Store("s.a", "3");
        _h.Advance(TimeSpan.FromSeconds(9));
        using Inbox inbox = _h.Router.Subscribe("d");
        _h.CreateConsumer("C", "\"deliver_subject\":\"d\",\"replay_policy\":\"original\"");
        Assert.Single(inbox.TakeAll());
        _h.Advance(TimeSpan.FromMilliseconds(980));
        Assert.Equal(0, inbox.Count);
        _h.Advance(TimeSpan.FromMilliseconds(40));
        Assert.Single(inbox.TakeAll());
        _h.Advance(TimeSpan.FromMilliseconds(2020));
        Assert.Single(inbox.TakeAll());
        _h.Store("s.a", "4");
        Assert.Equal("4", inbox.Take().Payload);
    }

    [Fact]
    public void A_flow_control_ack_settles_what_the_client_says_it_has()
    {
        using Inbox inbox = _h.Router.Subscribe("d");
        _h.CreateConsumer("C", "\"ack_policy\":\"flow_control\",\"deliver_subject\":\"d\",\"max_ack_pending\":2");
        for (int i = 1; i <= 4; i++)
            _h.Store("s.a", $"{i}");
        List<Received> got = inbox.TakeAll();
        Assert.Equal(["1", "2"], got.Where(m => m.Status.Length == 0).Select(m => m.Payload));
        Received question = got.Single(m => m.Status == "100 FlowControl Request");
        _h.Publish(question.Reply, headers: "NATS/1.0\r\nNats-Last-Consumer: 2\r\nNats-Last-Stream: 2\r\n\r\n");
        Assert.Equal(["3", "4"], inbox.TakeAll().Where(m => m.Status.Length == 0).Select(m => m.Payload));
        JsonElement floor = _h.Info("C").GetProperty("ack_floor");
        Assert.Equal(2, floor.GetProperty("stream_seq").GetInt32());
    }
}
