using System.Text.Json;
using Rivulet.JetStream.Origins;
using Rivulet.JetStream.Streams;
using Rivulet.JetStream.Tests.Consumers.Support;

namespace Rivulet.JetStream.Tests.Origins;

/// <summary>Streams that take messages from others.</summary>
public sealed class SourceTests
{
    private readonly OriginRig _rig = new();

    public SourceTests()
    {
        _rig.Create("A", "\"subjects\":[\"a.>\"]");
        _rig.Create("B", "\"subjects\":[\"b.>\"]");
    }

    [Fact]
    public void A_stream_takes_from_several_and_keeps_its_own_subjects()
    {
        _rig.Publish("a.1", 1, 2);
        _rig.Create("S", "\"subjects\":[\"s\"],\"sources\":[{\"name\":\"A\"},{\"name\":\"B\",\"filter_subject\":\"b.x\"}]");
        _rig.Publish("s", 1, 1);
        _rig.Publish("b.y", 1, 1);
        _rig.Publish("b.x", 2, 1);

        Assert.Equal(["1 a.1 1", "2 a.1 2", "3 s 1", "4 b.x 2"], _rig.Messages("S"));
        string a = Identity("A"), b = Identity("B");
        Assert.Equal($"NATS/1.0\r\nNats-Stream-Source: A 2 > > a.1 {a}\r\n\r\n", _rig.Headers("S", 2));
        Assert.Equal("", _rig.Headers("S", 3));
        Assert.Equal($"NATS/1.0\r\nNats-Stream-Source: B 2 b.x > b.x {b}\r\n\r\n", _rig.Headers("S", 4));
        Assert.Equal(2, _rig.Source("S").GetProperty("seq").GetInt32());
        Assert.Equal("b.x", _rig.Source("S", 1).GetProperty("filter_subject").GetString());
    }

    [Fact]
    public void A_filter_that_is_none_is_refused_in_an_update()
    {
        _rig.Create("S", "\"sources\":[{\"name\":\"A\"}]");
        Assert.Equal(
            (10069, "subject filter 'a..x' for the source: invalid subject"),
            _rig.Harness.ApiError("STREAM.UPDATE.S", "{\"name\":\"S\",\"sources\":[{\"name\":\"A\",\"filter_subject\":\"a..x\"}]}"));
    }

    [Fact]
    public void Subjects_are_renamed_by_the_first_transform_that_matches()
    {
        _rig.Create(
            "S",
            """
            "sources":[{"name":"A","subject_transforms":[{"src":"a.*","dest":"x.{{wildcard(1)}}"},{"src":"a.*.*","dest":""}]}]
            """);
        _rig.Publish("a.1", 1, 1);
        _rig.Publish("a.1.2", 2, 1);
        _rig.Publish("a.1.2.3", 3, 1);

        Assert.Equal(["1 x.1 1", "2 a.1.2 2"], _rig.Messages("S"));
        Assert.Contains("Nats-Stream-Source: A 1 a.*\fa.*.* x.{{wildcard(1)}}\f> a.1 ", _rig.Headers("S", 1), StringComparison.Ordinal);
    }

    [Fact]
    public void A_message_that_came_through_another_stream_says_only_where_it_came_from_last()
    {
        _rig.Create("S", "\"sources\":[{\"name\":\"A\"}]");
        _rig.Create("T", "\"sources\":[{\"name\":\"S\"}]");
        _rig.Harness.Store("a.1", "1", "NATS/1.0\r\nX: y\r\nNats-Expected-Last-Sequence: 0\r\n\r\n");

        Assert.Equal($"NATS/1.0\r\nX: y\r\nNats-Stream-Source: S 1 > > a.1 {Identity("S")}\r\n\r\n", _rig.Headers("T", 1));
    }

    [Fact]
    public void A_message_id_that_was_seen_is_passed_over()
    {
        _rig.Create("S", "\"sources\":[{\"name\":\"A\"},{\"name\":\"B\"}],\"duplicate_window\":60000000000");
        _rig.Harness.Store("a.1", "1", "NATS/1.0\r\nNats-Msg-Id: m\r\n\r\n");
        _rig.Harness.Store("b.1", "2", "NATS/1.0\r\nNats-Msg-Id: m\r\n\r\n");
        _rig.Publish("b.1", 3, 1);

        Assert.Equal(["1 a.1 1", "2 b.1 3"], _rig.Messages("S"));
    }

    [Fact]
    public void A_source_that_is_made_anew_is_taken_from_its_beginning()
    {
        _rig.Create("S", "\"sources\":[{\"name\":\"A\"}]");
        _rig.Publish("a.old", 1, 3);
        string before = Identity("A");
        _rig.Harness.ApiOk("STREAM.DELETE.A");
        _rig.Harness.Advance(TimeSpan.FromSeconds(1));
        _rig.Create("A", "\"subjects\":[\"a.>\"]");
        _rig.Publish("a.new", 1, 2);

        Assert.Equal(["1 a.old 1", "2 a.old 2", "3 a.old 3", "4 a.new 1", "5 a.new 2"], _rig.Messages("S"));
        Assert.NotEqual(before, Identity("A"));
        Assert.Contains($"A 2 > > a.new {Identity("A")}", _rig.Headers("S", 5), StringComparison.Ordinal);
    }

    [Fact]
    public void Sources_come_and_go_by_update()
    {
        _rig.Create("S", "\"sources\":[{\"name\":\"A\"}]");
        _rig.Publish("a.1", 1, 1);
        _rig.Publish("b.1", 1, 1);
        _rig.Update("S", "\"sources\":[{\"name\":\"A\"},{\"name\":\"B\"}]");
        Assert.Equal(["1 a.1 1", "2 b.1 1"], _rig.Messages("S"));

        _rig.Update("S", "\"sources\":[{\"name\":\"B\"}]");
        _rig.Publish("a.1", 2, 1);
        _rig.Publish("b.1", 2, 1);
        Assert.Equal(["1 a.1 1", "2 b.1 1", "3 b.1 2"], _rig.Messages("S"));

        // What is in the stream says how far the source was.
        _rig.Update("S", "\"sources\":[{\"name\":\"A\"},{\"name\":\"B\"}]");
        Assert.Equal(["1 a.1 1", "2 b.1 1", "3 b.1 2", "4 a.1 2"], _rig.Messages("S"));
    }

    [Fact]
    public void A_source_whose_messages_are_gone_is_not_taken_again_when_it_comes_back()
    {
        _rig.Create("S", "\"sources\":[{\"name\":\"A\"},{\"name\":\"B\"}]");
        _rig.Publish("a.1", 1, 3);
        _rig.Harness.Advance(TimeSpan.FromSeconds(1));
        _rig.Publish("b.1", 1, 1);
        _rig.Harness.ApiOk("STREAM.PURGE.S");
        _rig.Update("S", "\"sources\":[{\"name\":\"B\"}]");
        _rig.Update("S", "\"sources\":[{\"name\":\"A\"},{\"name\":\"B\"}]");

        Assert.Empty(_rig.Messages("S"));
        _rig.Publish("a.1", 4, 1);
        Assert.Equal(["5 a.1 4"], _rig.Messages("S"));
    }

    [Fact]
    public void A_work_queue_is_emptied_by_who_takes_from_it()
    {
        _rig.Create("W", "\"subjects\":[\"w.>\"],\"retention\":\"workqueue\"");
        _rig.Publish("w.1", 1, 2);
        _rig.Create("S", "\"sources\":[{\"name\":\"W\"}]");
        _rig.Publish("w.1", 3, 1);
        _rig.Harness.Run();

        Assert.Equal(["1 w.1 1", "2 w.1 2", "3 w.1 3"], _rig.Messages("S"));
        Assert.Equal(0UL, _rig.State("W").Messages);
        JsonElement consumer = _rig.Harness.ApiOk("CONSUMER.LIST.W").GetProperty("consumers")[0];
        Assert.Equal("flow_control", consumer.GetProperty("config").GetProperty("ack_policy").GetString());
        Assert.Equal(3, consumer.GetProperty("ack_floor").GetProperty("stream_seq").GetInt32());
    }

    [Fact]
    public void A_named_consumer_of_the_origin_says_where_copying_begins()
    {
        _rig.Publish("a.1", 1, 3);
        _rig.Harness.CreateConsumer(
            "C", "\"durable_name\":\"C\",\"deliver_subject\":\"d\",\"ack_policy\":\"flow_control\",\"deliver_policy\":\"by_start_sequence\",\"opt_start_seq\":2", "A");
        _rig.Create("S", "\"sources\":[{\"name\":\"A\",\"consumer\":{\"name\":\"C\",\"deliver_subject\":\"d\"}}]");
        _rig.Publish("a.1", 4, 1);
        _rig.Harness.Run();

        Assert.Equal(["1 a.1 2", "2 a.1 3", "3 a.1 4"], _rig.Messages("S"));
        Assert.Equal(4, _rig.Harness.Info("C", "A").GetProperty("ack_floor").GetProperty("stream_seq").GetInt32());
        _rig.Harness.ApiOk("STREAM.DELETE.S");
        _rig.Harness.Run();
        Assert.Equal(1, _rig.Harness.ApiOk("CONSUMER.NAMES.A").GetProperty("total").GetInt32());
    }

    [Fact]
    public void A_named_consumer_must_be_acknowledged_by_flow_control()
    {
        _rig.Harness.CreateConsumer("C", "\"durable_name\":\"C\",\"ack_policy\":\"explicit\"", "A");
        _rig.Create("S", "\"sources\":[{\"name\":\"A\",\"consumer\":{\"name\":\"C\",\"deliver_subject\":\"d\"}}]");
        _rig.Publish("a.1", 1, 1);

        Assert.Equal(10217, _rig.Source("S").GetProperty("error").GetProperty("err_code").GetInt32());
        Assert.Empty(_rig.Messages("S"));
    }

    [Fact]
    public void Counters_are_added_up_from_what_their_streams_have_come_to()
    {
        _rig.Create("C", "\"subjects\":[\"c.>\"],\"allow_msg_counter\":true");
        _rig.Create("D", "\"subjects\":[\"d.>\"],\"allow_msg_counter\":true");
        _rig.Create(
            "S",
            """
            "allow_msg_counter":true,"sources":[{"name":"C","subject_transforms":[{"src":"c.>","dest":"sum.>"}]},
            {"name":"D","subject_transforms":[{"src":"d.>","dest":"sum.>"}]}]
            """);
        foreach ((string subject, string increment) in new[] { ("c.x", "5"), ("d.x", "10"), ("c.x", "-2") })
            _rig.Harness.Ask(subject, headers: $"NATS/1.0\r\nNats-Incr: {increment}\r\n\r\n");
        _rig.Harness.Run();

        Assert.Equal(
            ["""1 sum.x {"val":"5"}""", """2 sum.x {"val":"15"}""", """3 sum.x {"val":"13"}"""], _rig.Messages("S"));
        Assert.Equal(
            $$$"""NATS/1.0|Nats-Incr: -2|Nats-Stream-Source: C 2 c.> sum.> c.x {{{Identity("C")}}}|Nats-Counter-Sources: {"C":{"c.x":"3"},"D":{"d.x":"10"}}||""",
            _rig.Headers("S", 3).Replace("\r\n", "|", StringComparison.Ordinal));
    }

    [Fact]
    public void A_stream_of_counters_takes_nothing_that_does_not_count()
    {
        _rig.Create("S", "\"allow_msg_counter\":true,\"sources\":[{\"name\":\"A\"}]");
        _rig.Publish("a.1", 1, 1);

        Assert.Empty(_rig.Messages("S"));
        Assert.Equal(1, _rig.Source("S").GetProperty("lag").GetInt32());
    }

    [Fact]
    public void Consumers_of_other_servers_copies_are_told_which_stream_this_is()
    {
        const string Config = "\"deliver_subject\":\"d\",\"direct\":true,\"sourcing\":true";
        string request = $"{{\"stream_name\":\"A\",\"config\":{{\"name\":\"C\",{Config}}}}}";
        string identity = Identity("A");

        Received answer = _rig.Harness.Ask("$JS.API.CONSUMER.CREATE.A.C", request);
        Assert.Equal($"NATS/1.0\r\nNats-Stream-Identity: {identity}\r\n\r\n", answer.Headers);
        Assert.Matches("\"name\":\"C-[A-Za-z0-9]{8}\"", answer.Payload);
        Assert.Equal(0, _rig.Harness.ApiOk("STREAM.INFO.A").GetProperty("state").GetProperty("consumer_count").GetInt32());

        answer = _rig.Harness.Ask("$JS.API.CONSUMER.CREATE.A.C", request, "NATS/1.0\r\nNats-Stream-Identity: other\r\n\r\n");
        Assert.Equal("", answer.Headers);
        Assert.Contains($"\"err_code\":10225,\"description\":\"consumer's stream identity does not match: {identity}\"", answer.Payload, StringComparison.Ordinal);
    }

    [Fact]
    public void A_copy_on_another_server_has_a_work_queue_keep_its_messages()
    {
        _rig.Create("W", "\"subjects\":[\"w\"],\"retention\":\"workqueue\"");
        _rig.Harness.CreateConsumer("C", "\"deliver_subject\":\"d\",\"direct\":true,\"sourcing\":true,\"ack_wait\":1000,\"max_deliver\":1", "W");

        JsonElement config = _rig.Harness.Info("C", "W").GetProperty("config");
        Assert.Equal(("C", "flow_control"), (config.GetProperty("durable_name").GetString(), config.GetProperty("ack_policy").GetString()));
        Assert.False(config.TryGetProperty("direct", out _));
    }

    [Fact]
    public void Deleting_a_stream_ends_what_it_copies()
    {
        _rig.Create("S", "\"sources\":[{\"name\":\"A\"}]");
        _rig.Harness.ApiOk("STREAM.DELETE.S");
        _rig.Publish("a.1", 1, 1);
        _rig.Create("S", "\"subjects\":[\"s\"]");

        Assert.Empty(_rig.Messages("S"));
    }

    private string Identity(string stream)
    {
        Assert.True(_rig.Harness.Account.TryGetStream(stream, out JetStreamStream? found));
        return OriginNames.IdentityOf(found);
    }
}
