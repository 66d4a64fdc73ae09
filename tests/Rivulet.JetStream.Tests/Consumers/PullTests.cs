using System.Text.Json;
using Rivulet.JetStream.Hosting;
using Rivulet.JetStream.Tests.Consumers.Support;

namespace Rivulet.JetStream.Tests.Consumers;

/// <summary>Pull consumers: what a request gets, and how it ends.</summary>
public sealed class PullTests
{
    private readonly Harness _h = new();

    public PullTests()
    {
        _h.CreateStream();
    }

    [Fact]
    public void Whoever_does_not_wait_hears_it_when_the_time_of_another_is_over()
    {
        _h.CreateConsumer("C", "\"ack_policy\":\"explicit\",\"max_ack_pending\":1");
        _h.Store("s.a", "1");
        _h.Store("s.a", "2");
        Assert.Equal("1", _h.Pull("C").Take().Payload);
        Inbox atOnce = _h.Pull("C", "{\"batch\":1,\"no_wait\":true}");
        Inbox withTime = _h.Pull("C", "{\"batch\":1,\"expires\":500000000}");
        _h.Advance(TimeSpan.FromSeconds(0.4));
        Assert.Equal(0, atOnce.Count);
        _h.Advance(TimeSpan.FromSeconds(0.2));
        Assert.Equal("408 Request Timeout", withTime.Take().Status);
        Assert.Equal("404 No Messages", atOnce.Take().Status);
        Assert.Equal(0, _h.Info("C").GetProperty("num_waiting").GetInt32());
    }

    [Fact]
    public void What_expired_is_no_reason_to_wait_at_max_ack_pending()
    {
        _h.ApiOk("STREAM.CREATE.T", "{\"name\":\"T\",\"subjects\":[\"t.>\"],\"allow_msg_ttl\":true}");
        _h.CreateConsumer("C", "\"ack_policy\":\"explicit\",\"max_ack_pending\":1,\"durable_name\":\"C\"", stream: "T");
        _h.Store("t.a", "stays");
        _h.Store("t.b", "goes", "NATS/1.0\r\nNats-TTL: 1\r\n\r\n");
        Assert.Equal("stays", _h.Pull("C", stream: "T").Take().Payload);
        _h.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("404 No Messages", _h.Pull("C", "{\"batch\":1,\"no_wait\":true}", stream: "T").Take().Status);
    }

    [Fact]
    public void A_queue_group_may_be_who_asks()
    {
        _h.CreateConsumer("C", "\"ack_policy\":\"explicit\"");
        using Inbox group = _h.Router.Subscribe("_R", "q");
        _h.Publish("$JS.API.CONSUMER.MSG.NEXT.S.C", "{\"batch\":1,\"no_wait\":true,\"expires\":1000000000}", "_R");
        _h.Store("s.a", "1");
        Assert.Equal("1", group.Take().Payload);
    }

    [Fact]
    public void A_request_gets_the_next_message_with_its_stored_subject_and_an_ack_subject()
    {
        _h.Store("s.a", "hello");
        _h.CreateConsumer("C", "\"ack_policy\":\"explicit\"");
        Received message = _h.Pull("C").Take();
        Assert.Equal("s.a", message.Subject);
        Assert.Equal("hello", message.Payload);
        Assert.Equal("", message.Headers);
        Assert.StartsWith("$JS.ACK.S.C.1.1.1.", message.Reply, StringComparison.Ordinal);
        Assert.EndsWith(".0", message.Reply, StringComparison.Ordinal);
    }

    [Fact]
    public void A_request_waits_for_messages_to_come()
    {
        _h.CreateConsumer("C", "\"ack_policy\":\"explicit\"");
        Inbox inbox = _h.Pull("C", "{\"batch\":2}");
        Assert.Equal(0, inbox.Count);
        Assert.Equal(1, _h.Info("C").GetProperty("num_waiting").GetInt32());
        _h.Store("s.a", "1");
        _h.Store("s.b", "2");
        _h.Store("s.c", "3");
        Assert.Equal(["1", "2"], inbox.TakeAll().Select(m => m.Payload));
        Assert.Equal(0, _h.Info("C").GetProperty("num_waiting").GetInt32());
        Assert.Equal(1, _h.Info("C").GetProperty("num_pending").GetInt32());
    }

    [Fact]
    public void A_batch_can_be_asked_for_by_a_plain_number()
    {
        _h.Store("s.a");
        _h.Store("s.a");
        _h.Store("s.a");
        _h.CreateConsumer("C", "\"ack_policy\":\"explicit\"");
        Assert.Equal(2, _h.Pull("C", "2").Count);
    }

    [Fact]
    public void Each_message_says_how_many_are_behind_it()
    {
        for (int i = 0; i < 5; i++)
            _h.Store("s.a");
        _h.CreateConsumer("C", "\"ack_policy\":\"explicit\"");
        Inbox inbox = _h.Pull("C", "{\"batch\":5}");
        Assert.Equal(["4", "3", "2", "1", "0"], inbox.TakeAll().Select(m => m.Reply.Split('.')[8]));
    }

    [Fact]
    public void No_wait_without_messages_ends_with_404()
    {
        _h.CreateConsumer("C", "\"ack_policy\":\"explicit\"");
        Assert.Equal("404 No Messages", _h.Pull("C", "{\"no_wait\":true,\"batch\":3}").Take().Status);
    }

    [Fact]
    public void No_wait_with_too_few_messages_delivers_them_and_ends_with_404()
    {
        _h.Store("s.a", "1");
        _h.CreateConsumer("C", "\"ack_policy\":\"explicit\"");
        List<Received> got = _h.Pull("C", "{\"no_wait\":true,\"batch\":3}").TakeAll();
        Assert.Equal(["1", ""], got.Select(m => m.Payload));
        Assert.Equal("404 No Messages", got[1].Status);
    }

    [Fact]
    public void No_wait_with_a_time_waits_for_one_delivery_and_times_out()
    {
        _h.CreateConsumer("C", "\"ack_policy\":\"explicit\"");
        Inbox inbox = _h.Pull("C", "{\"no_wait\":true,\"batch\":3,\"expires\":1000000000}");
        Assert.Equal(0, inbox.Count);
        _h.Advance(TimeSpan.FromSeconds(1.1));
        Received end = inbox.Take();
        Assert.Equal("408 Request Timeout", end.Status);
        Assert.Equal("3", end.Header("Nats-Pending-Messages"));
        Assert.Equal("0", end.Header("Nats-Pending-Bytes"));
    }

    [Fact]
    public void No_wait_with_a_time_ends_once_it_got_what_came()
    {
        _h.CreateConsumer("C", "\"ack_policy\":\"explicit\"");
        Inbox inbox = _h.Pull("C", "{\"no_wait\":true,\"batch\":3,\"expires\":1000000000}");
        _h.Store("s.a", "1");
        Assert.Equal(["", "404 No Messages"], inbox.TakeAll().Select(m => m.Status));
    }

    [Fact]
    public void No_wait_is_refused_when_those_before_want_more_than_there_is()
    {
        _h.CreateConsumer("C", "\"ack_policy\":\"explicit\",\"max_ack_pending\":1");
        _h.Store("s.a", "1");
        Inbox first = _h.Pull("C", "{\"batch\":10}");
        _h.Store("s.a", "2");
        Assert.Equal(1, first.Count);
        Assert.Equal("408 Requests Pending", _h.Pull("C", "{\"no_wait\":true}").Take().Status);
    }

    [Fact]
    public void A_request_times_out_with_what_was_still_wanted()
    {
        _h.CreateConsumer("C", "\"ack_policy\":\"explicit\"");
        Inbox inbox = _h.Pull("C", "{\"batch\":3,\"expires\":2000000000,\"max_bytes\":1000}");
        _h.Store("s.a", "1");
        Received message = inbox.Take();
        _h.Advance(TimeSpan.FromSeconds(1.9));
        Assert.Equal(0, inbox.Count);
        _h.Advance(TimeSpan.FromSeconds(0.2));
        Received end = inbox.Take();
        Assert.Equal("408 Request Timeout", end.Status);
        Assert.Equal("2", end.Header("Nats-Pending-Messages"));
        int size = message.Subject.Length + message.Reply.Length + message.Payload.Length;
        Assert.Equal($"{1000 - size}", end.Header("Nats-Pending-Bytes"));
    }

    [Fact]
    public void A_waiting_request_gets_heartbeats()
    {
        _h.Store("s.a");
        _h.CreateConsumer("C", "\"ack_policy\":\"explicit\"");
        _h.Pull("C");
        Inbox inbox = _h.Pull("C", "{\"batch\":1,\"expires\":10000000000,\"idle_heartbeat\":1000000000}");
        _h.Advance(TimeSpan.FromSeconds(2.5));
        List<Received> beats = inbox.TakeAll();
        Assert.Equal(["100 Idle Heartbeat", "100 Idle Heartbeat"], beats.Select(m => m.Status));
        Assert.Equal("1", beats[0].Header("Nats-Last-Consumer"));
        Assert.Equal("1", beats[0].Header("Nats-Last-Stream"));
        Assert.Null(beats[0].Header("Nats-Consumer-Stalled"));
    }

    [Fact]
    public void A_message_that_does_not_fit_ends_the_request()
    {
        _h.Store("s.a", new string('x', 100));
        _h.CreateConsumer("C", "\"ack_policy\":\"explicit\"");
        Received end = _h.Pull("C", "{\"batch\":3,\"max_bytes\":50}").Take();
        Assert.Equal("409 Message Size Exceeds MaxBytes", end.Status);
        Assert.Equal("3", end.Header("Nats-Pending-Messages"));
        Assert.Equal("50", end.Header("Nats-Pending-Bytes"));
        Assert.Equal(1, _h.Info("C").GetProperty("num_pending").GetInt32());
    }

    [Fact]
    public void A_full_batch_with_bytes_left_says_so()
    {
        _h.Store("s.a", "1");
        _h.CreateConsumer("C", "\"ack_policy\":\"explicit\"");
        List<Received> got = _h.Pull("C", "{\"batch\":1,\"max_bytes\":5000}").TakeAll();
        Assert.Equal("409 Batch Completed", got[1].Status);
        Assert.Equal("0", got[1].Header("Nats-Pending-Messages"));
    }

    [Fact]
    public void A_server_may_limit_what_pull_requests_ask_for()
    {
        var h = new Harness(limits: AccountLimits.Unlimited with { MaxRequestBatch = 5 });
        h.CreateStream();
        JsonElement created = h.CreateConsumer("C", "\"ack_policy\":\"explicit\"");

        Assert.Equal(5, created.GetProperty("config").GetProperty("max_batch").GetInt32());
        Assert.Equal("409 Exceeded MaxRequestBatch of 5", h.Pull("C", "6").Take().Status);
        Assert.Equal(
            (10125, "consumer max request batch exceeds server limit of 5"),
            h.ApiError("CONSUMER.CREATE.S.D", "{\"stream_name\":\"S\",\"config\":{\"ack_policy\":\"explicit\",\"max_batch\":6}}"));
        Assert.Equal(
            (10157, "pedantic mode: max_request_batch must be set if it's JetStream limits are set"),
            h.ApiError("CONSUMER.CREATE.S.D", "{\"stream_name\":\"S\",\"pedantic\":true,\"config\":{\"ack_policy\":\"explicit\"}}"));
        JsonElement push = h.CreateConsumer("P", "\"ack_policy\":\"explicit\",\"deliver_subject\":\"d\"");
        Assert.False(push.GetProperty("config").TryGetProperty("max_batch", out _));
    }

    [Theory]
    [InlineData("{\"batch\":11}", "409 Exceeded MaxRequestBatch of 10")]
    [InlineData("{\"batch\":1,\"expires\":2000000000}", "409 Exceeded MaxRequestExpires of 1.5s")]
    [InlineData("{\"batch\":1,\"max_bytes\":1001}", "409 Exceeded MaxRequestMaxBytes of 1000")]
    [InlineData("{\"expires\":1000,\"idle_heartbeat\":900}", "400 Bad Request - heartbeat value too large")]
    [InlineData("{x", "400 Bad Request - invalid character 'x' looking for beginning of object key string")]
    [InlineData("{", "400 Bad Request - unexpected end of JSON input")]
    [InlineData("{\"batch\":1} x", "400 Bad Request - invalid character 'x' after top-level value")]
    [InlineData("{\"batch\":\"a\"}", "400 Bad Request - json: cannot unmarshal string into Go struct field .batch of type int")]
    [InlineData("{\"batch\":1.5}", "400 Bad Request - json: cannot unmarshal number 1.5 into Go struct field .batch of type int")]
    [InlineData("{\"min_pending\":1}", "400 Bad Request - Not a Overflow Priority consumer")]
    [InlineData("{\"id\":\"x\"}", "400 Bad Request - Not a Pinned Client Priority consumer")]
    [InlineData("{\"priority\":10}", "400 Bad Request - Priority must be between 0 and 9")]
    public void A_request_that_can_not_be_served_is_refused(string body, string status)
    {
        _h.CreateConsumer("C", "\"ack_policy\":\"explicit\",\"max_batch\":10,\"max_expires\":1500000000,\"max_bytes\":1000");
        Assert.Equal(status, _h.Pull("C", body).Take().Status);
        Assert.Equal(0, _h.Info("C").GetProperty("num_waiting").GetInt32());
    }

    [Fact]
    public void A_request_that_needs_a_higher_api_level_is_refused()
    {
        _h.CreateConsumer("C", "\"ack_policy\":\"explicit\"");
        Inbox inbox = _h.Pull("C", headers: "NATS/1.0\r\nNats-Required-Api-Level: 99\r\n\r\n");
        Assert.Equal("412 Required Api Level", inbox.Take().Status);
    }

    [Fact]
    public void Nobody_answers_for_a_consumer_or_stream_that_is_not_there()
    {
        Assert.False(_h.Publish("$JS.API.CONSUMER.MSG.NEXT.S.nope", "", "_INBOX.x"));
        Assert.False(_h.Publish("$JS.API.CONSUMER.MSG.NEXT.nope.C", "", "_INBOX.x"));
    }

    [Fact]
    public void A_push_consumer_can_not_be_pulled()
    {
        _h.CreateConsumer("C", "\"ack_policy\":\"explicit\",\"deliver_subject\":\"d\"");
        Assert.Equal("409 Consumer is push based", _h.Pull("C").Take().Status);
    }

    [Fact]
    public void More_requests_than_may_wait_are_refused_unless_they_watch_heartbeats()
    {
        _h.CreateConsumer("C", "\"ack_policy\":\"explicit\",\"max_waiting\":2");
        Inbox first = _h.Pull("C");
        _h.Pull("C");
        Assert.Equal("409 Exceeded MaxWaiting", _h.Pull("C").Take().Status);
        Assert.Equal(0, _h.Pull("C", "{\"expires\":5000000000,\"idle_heartbeat\":1000000000}").Count);

        first.Dispose();
        Assert.Equal(0, _h.Pull("C").Count);
        Assert.Equal(2, _h.Info("C").GetProperty("num_waiting").GetInt32());
    }

    [Fact]
    public void Requests_are_served_in_turns()
    {
        _h.CreateConsumer("C", "\"ack_policy\":\"explicit\"");
        Inbox first = _h.Pull("C", "{\"batch\":2}");
        Inbox second = _h.Pull("C", "{\"batch\":2}");
        for (int i = 1; i <= 4; i++)
            _h.Store("s.a", $"{i}");
        Assert.Equal(["1", "3"], first.TakeAll().Select(m => m.Payload));
        Assert.Equal(["2", "4"], second.TakeAll().Select(m => m.Payload));
    }

    [Fact]
    public void A_message_for_a_client_that_has_gone_goes_to_the_next_one()
    {
        _h.CreateConsumer("C", "\"ack_policy\":\"explicit\"");
        _h.Pull("C").Dispose();
        Inbox second = _h.Pull("C");
        _h.Store("s.a", "1");
        Received message = second.Take();
        Assert.StartsWith("$JS.ACK.S.C.1.1.1.", message.Reply, StringComparison.Ordinal);
        Assert.EndsWith(".0", message.Reply, StringComparison.Ordinal);
        JsonElement info = _h.Info("C");
        Assert.Equal(1, info.GetProperty("delivered").GetProperty("consumer_seq").GetInt32());
        Assert.Equal(1, info.GetProperty("num_ack_pending").GetInt32());
        Assert.Equal(0, info.GetProperty("num_pending").GetInt32());
    }

    [Fact]
    public void Deleting_the_consumer_ends_the_requests_that_wait()
    {
        _h.CreateConsumer("C", "\"ack_policy\":\"explicit\"");
        Inbox inbox = _h.Pull("C");
        _h.ApiOk("CONSUMER.DELETE.S.C");
        Assert.Equal("409 Consumer Deleted", inbox.Take().Status);
        Assert.Equal(10014, _h.ApiError("CONSUMER.INFO.S.C").Code);
    }

    [Fact]
    public void Deleting_the_stream_ends_the_requests_that_wait()
    {
        _h.CreateConsumer("C", "\"ack_policy\":\"explicit\"");
        Inbox inbox = _h.Pull("C");
        _h.ApiOk("STREAM.DELETE.S");
        Assert.Equal("409 Consumer Deleted", inbox.Take().Status);
    }
}
