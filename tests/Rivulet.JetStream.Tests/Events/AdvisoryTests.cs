using System.Text.Json;
using Rivulet.JetStream.Tests.Consumers.Support;
using Rivulet.JetStream.Tests.Support;
using Rivulet.TestKit.Simulation;

namespace Rivulet.JetStream.Tests.Events;

/// <summary>What is published under <c>$JS.EVENT</c>, as the reference server publishes it: when, where, and with which fields.</summary>
public sealed class AdvisoryTests
{
    private const string AdvisoryType = "io.nats.jetstream.advisory.v1.";
    private const string Streams = "$JS.EVENT.ADVISORY.STREAM.>";
    private const string Consumers = "$JS.EVENT.ADVISORY.CONSUMER.>";
    private const string Audit = "$JS.EVENT.ADVISORY.API";

    private readonly Harness _h = new();

    [Fact]
    public void Streams_that_come_change_and_go_are_told()
    {
        using Inbox events = _h.Router.Subscribe(Streams);
        const string Config = """{"name":"S","subjects":["s.>"]}""";
        _h.ApiOk("STREAM.CREATE.S", Config);
        _h.ApiOk("STREAM.CREATE.S", Config);
        _h.ApiError("STREAM.CREATE.S", """{"name":"S","subjects":["s.>"],"max_msgs":3}""");
        _h.ApiOk("STREAM.UPDATE.S", Config);
        _h.ApiError("STREAM.UPDATE.N", """{"name":"N"}""");
        _h.ApiOk("STREAM.PURGE.S");
        _h.ApiOk("STREAM.DELETE.S");
        _h.ApiError("STREAM.DELETE.S");

        List<Received> told = events.TakeAll();
        Assert.Equal(
            ["CREATED.S create", "UPDATED.S modify", "DELETED.S delete"],
            told.Select(m => $"{m.Subject[(Streams.Length - 1)..]} {Json(m).GetProperty("action").GetString()}"));
        foreach (Received message in told)
            AssertFields(message, "stream_action", "stream action");
    }

    /// <summary>Only what ends an atomic batch before its commit is told, not what a commit refuses.</summary>
    [Fact]
    public void Atomic_batches_that_are_given_up_are_told()
    {
        _h.CreateStream(more: ",\"allow_atomic\":true");
        using Inbox events = _h.Router.Subscribe(Streams);
        void Send(string batch, int sequence, string more = "") => _h.Publish(
            "s.a", "m", "", $"NATS/1.0\r\nNats-Batch-Id: {batch}\r\nNats-Batch-Sequence: {sequence}\r\n{more}\r\n");
        Send("unknown", 5);
        Send("refused", 1, "Nats-Expected-Last-Sequence: 99\r\n");
        Send("refused", 2, "Nats-Batch-Commit: 1\r\n");
        Send("invalid", 1);
        Send("invalid", 2, "Nats-Batch-Commit: x\r\n");
        Assert.Empty(events.TakeAll());

        Send("gap", 1);
        Send("gap", 3);
        Send("again", 1);
        Send("again", 1);
        Send("first", 1, "Nats-Required-Api-Level: 99\r\n");
        for (int sequence = 1; sequence <= 1001; sequence++)
            Send("large", sequence);
        Send("idle", 1);
        _h.Advance(TimeSpan.FromSeconds(9));
        Send("busy", 1);
        _h.Advance(TimeSpan.FromSeconds(2));
        List<Received> told = events.TakeAll();
        Assert.Equal(
            ["gap incomplete", "again incomplete", "first unsupported", "large large", "idle timeout"],
            told.Select(m => $"{Json(m).GetProperty("batch").GetString()} {Json(m).GetProperty("reason").GetString()}"));
        Assert.All(told, m => Assert.Equal("$JS.EVENT.ADVISORY.STREAM.BATCH_ABANDONED.S", m.Subject));
        foreach (Received message in told)
            AssertFields(message, "stream_batch_abandoned", "stream batch reason");
        _h.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal("busy", Json(Assert.Single(events.TakeAll())).GetProperty("batch").GetString());
    }

    [Fact]
    public void Consumers_of_a_deleted_stream_are_told_before_it()
    {
        _h.CreateStream();
        _h.CreateConsumer("C", "\"durable_name\":\"C\"");
        using Inbox events = _h.Router.Subscribe("$JS.EVENT.ADVISORY.*.DELETED.>");
        _h.ApiOk("STREAM.DELETE.S");

        List<Received> told = events.TakeAll();
        Assert.Equal(
            ["$JS.EVENT.ADVISORY.CONSUMER.DELETED.S.C", "$JS.EVENT.ADVISORY.STREAM.DELETED.S"], told.Select(m => m.Subject));
        AssertFields(told[0], "consumer_action", "stream consumer action");
    }

    [Fact]
    public void Deliveries_are_told_with_their_sequences()
    {
        _h.CreateStream();
        _h.CreateConsumer("C", "\"durable_name\":\"C\",\"ack_policy\":\"explicit\",\"max_deliver\":1,\"sample_freq\":\"100%\"");
        for (int i = 0; i < 3; i++)
            _h.Store("s.a");
        List<Received> got = _h.Pull("C", "{\"batch\":3}").TakeAll();
        using Inbox events = _h.Router.Subscribe(Consumers);
        using Inbox metrics = _h.Router.Subscribe("$JS.EVENT.METRIC.>");

        _h.Ack(got[0], "-NAK");
        _h.Ack(got[1], "+TERM no use");
        _h.Ack(got[2]);

        Dictionary<string, Received> told = events.TakeAll().ToDictionary(m => m.Subject);
        Assert.Equal(3, told.Count);
        AssertFields(
            told["$JS.EVENT.ADVISORY.CONSUMER.MSG_NAKED.S.C"], "nak", "stream consumer consumer_seq stream_seq deliveries");
        AssertFields(
            told["$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.S.C"],
            "terminated",
            "stream consumer consumer_seq stream_seq deliveries reason");
        AssertFields(
            told["$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.S.C"], "max_deliver", "stream consumer stream_seq deliveries");
        Received only = Assert.Single(metrics.TakeAll());
        Assert.Equal("$JS.EVENT.METRIC.CONSUMER.ACK.S.C", only.Subject);
        JsonElement sample = Json(only);
        Assert.Equal("io.nats.jetstream.metric.v1.consumer_ack", sample.GetProperty("type").GetString());
        Assert.Equal(
            "type id timestamp stream consumer consumer_seq stream_seq ack_time deliveries",
            string.Join(' ', sample.EnumerateObject().Select(p => p.Name)));
        Assert.Equal(3, sample.GetProperty("stream_seq").GetInt32());
    }

    [Fact]
    public void A_pause_is_told_to_whoever_asks_for_the_consumer_while_it_lasts()
    {
        _h.CreateStream();
        using Inbox events = _h.Router.Subscribe("$JS.EVENT.ADVISORY.CONSUMER.PAUSE.>");
        const string Paused = "\"durable_name\":\"C\",\"pause_until\":\"2024-01-01T00:00:05Z\"";

        _h.CreateConsumer("P", "\"durable_name\":\"P\",\"pause_until\":\"2009-01-01T00:00:00Z\"");
        Assert.Equal(0, events.Count);
        _h.CreateConsumer("C", Paused);
        _h.CreateConsumer("C", Paused);
        _h.Advance(TimeSpan.FromSeconds(6));
        _h.CreateConsumer("C", Paused);

        List<Received> told = events.TakeAll();
        Assert.Equal([true, true, false], told.Select(m => Json(m).GetProperty("paused").GetBoolean()));
        foreach (Received message in told)
            AssertFields(message, "consumer_pause", "stream consumer paused pause_until");
    }

    [Fact]
    public async Task The_end_of_a_pause_is_told_after_a_restart_too()
    {
        var disk = new SimulatedFileSystem();
        var clock = new ManualTimeProvider();
        var first = new Harness(HeldStore.OnDisk(disk, clock), clock);
        first.CreateStream();
        first.CreateConsumer("C", "\"durable_name\":\"C\",\"pause_until\":\"2024-01-01T00:00:05Z\"");
        first.Account.Stop();
        await first.FileStore.DisposeAsync();

        var second = new Harness(HeldStore.OnDisk(disk, clock), clock);
        using Inbox events = second.Router.Subscribe("$JS.EVENT.ADVISORY.CONSUMER.PAUSE.>");
        second.Advance(TimeSpan.FromSeconds(6));

        Assert.False(Json(events.Take()).GetProperty("paused").GetBoolean());
        Assert.Equal(0, events.Count);
    }

    [Fact]
    public void Pins_are_told_and_unpinning_is_told_even_when_nobody_is_pinned()
    {
        _h.CreateStream();
        _h.CreateConsumer("C", "\"durable_name\":\"C\",\"priority_policy\":\"pinned_client\",\"priority_groups\":[\"g\"]");
        _h.Store("s.a");
        using Inbox events = _h.Router.Subscribe(Consumers);

        _h.ApiOk("CONSUMER.UNPIN.S.C", "{\"group\":\"g\"}");
        _h.Pull("C", "{\"batch\":1,\"group\":\"g\"}");
        _h.ApiOk("CONSUMER.UNPIN.S.C", "{\"group\":\"g\"}");

        List<Received> told = events.TakeAll();
        Assert.Equal(["UNPINNED", "PINNED", "UNPINNED"], told.Select(m => m.Subject.Split('.')[4]));
        AssertFields(told[0], "consumer_group_unpinned", "account stream consumer group reason");
        AssertFields(told[1], "consumer_group_pinned", "account stream consumer group pinned_id");
    }

    [Fact]
    public void An_audited_answer_tells_who_asked_what()
    {
        using Inbox events = _h.Router.Subscribe(Audit);
        _h.Publish("$JS.API.STREAM.INFO.S", "{\"offset\":0}", publisher: new TestPublisher());

        Received told = events.Take();
        AssertFields(told, "api_audit", "server client subject request response");
        JsonElement json = Json(told);
        Assert.Equal("test", json.GetProperty("server").GetString());
        Assert.Equal("$JS.API.STREAM.INFO.S", json.GetProperty("subject").GetString());
        Assert.Equal("{\"offset\":0}", json.GetProperty("request").GetString());
        Assert.Contains("\"err_code\":10059", json.GetProperty("response").GetString(), StringComparison.Ordinal);
        JsonElement client = json.GetProperty("client");
        Assert.Equal("start id acc server kind client_type", string.Join(' ', client.EnumerateObject().Select(p => p.Name)));
        Assert.Equal(7, client.GetProperty("id").GetInt32());
        Assert.Equal("$G", client.GetProperty("acc").GetString());
        Assert.Equal("Client", client.GetProperty("kind").GetString());
        Assert.Equal("nats", client.GetProperty("client_type").GetString());
    }

    [Fact]
    public void A_request_without_a_body_is_audited_without_one()
    {
        using Inbox events = _h.Router.Subscribe(Audit);
        _h.ApiOk("INFO");
        AssertFields(events.Take(), "api_audit", "server client subject response");
    }

    [Theory]
    [InlineData("INFO", "", true)]
    [InlineData("STREAM.NAMES", "", true)]
    [InlineData("STREAM.CREATE.S", "{x", true)]
    [InlineData("STREAM.MSG.DELETE.S", "{\"seq\":2}", true)]
    [InlineData("STREAM.LEADER.STEPDOWN.S", "", true)]
    [InlineData("CONSUMER.INFO.S.C", "", true)]
    [InlineData("STREAM.MSG.GET.S", "{\"seq\":1}", false)]
    [InlineData("STREAM.MSG.GET.S", "{\"seq\":9}", true)]
    [InlineData("CONSUMER.RESET.S.C", "", false)]
    [InlineData("CONSUMER.MSG.NEXT.S.C", "", false)]
    [InlineData("DIRECT.GET.S", "{\"seq\":1}", false)]
    [InlineData("FOO", "hello", false)]
    public void Every_answer_is_audited_but_those_of_reading(string operation, string body, bool audited)
    {
        _h.CreateStream(more: ",\"allow_direct\":true");
        _h.CreateConsumer("C", "\"durable_name\":\"C\"");
        _h.Store("s.a");
        _h.Store("s.b");
        using Inbox events = _h.Router.Subscribe(Audit);

        _h.Publish("$JS.API." + operation, body);

        Assert.Equal(audited ? 1 : 0, events.Count);
    }

    [Fact]
    public void Everything_tells_the_domain_if_there_is_one()
    {
        var h = new Harness(options: new JetStreamOptions { StoreDirectory = "", Domain = "hub" });
        using Inbox events = h.Router.Subscribe("$JS.EVENT.>");
        h.Publish("$JS.hub.API.STREAM.CREATE.S", """{"name":"S","subjects":["s.>"]}""");
        h.CreateConsumer("C", "\"durable_name\":\"C\"");

        List<Received> told = events.TakeAll();
        Assert.Equal(4, told.Count);
        foreach (Received message in told)
        {
            Assert.Equal("domain", Json(message).EnumerateObject().Last().Name);
            Assert.Equal("hub", Json(message).GetProperty("domain").GetString());
        }

        Assert.Contains("$JS.API.STREAM.CREATE.S", told.Select(SubjectOf));

        static string? SubjectOf(Received m) => Json(m).TryGetProperty("subject", out JsonElement s) ? s.GetString() : null;
    }

    [Fact]
    public void A_stream_and_a_queue_group_count_as_listeners()
    {
        // The stream is there when it is told that it is: it holds that too.
        _h.ApiOk("STREAM.CREATE.EVENTS", """{"name":"EVENTS","subjects":["$JS.EVENT.ADVISORY.STREAM.>"]}""");
        Inbox worker = _h.Router.Subscribe(Streams, group: "q");
        _h.CreateStream();
        Assert.Equal(1, worker.Count);
        worker.Dispose();
        _h.ApiOk("STREAM.DELETE.S");

        JsonElement state = _h.ApiOk("STREAM.INFO.EVENTS").GetProperty("state");
        Assert.Equal(3, state.GetProperty("num_subjects").GetInt32());
        Assert.Equal("DELETED", _h.ApiOk("STREAM.MSG.GET.EVENTS", """{"last_by_subj":"$JS.EVENT.ADVISORY.STREAM.DELETED.S"}""")
            .GetProperty("message").GetProperty("subject").GetString()!.Split('.')[4]);
    }

    [Fact]
    public void Ids_are_never_used_twice()
    {
        using Inbox events = _h.Router.Subscribe("$JS.EVENT.>");
        for (int i = 0; i < 5; i++)
            _h.CreateStream($"S{i}");

        List<string?> ids = [.. events.TakeAll().Select(m => Json(m).GetProperty("id").GetString())];
        Assert.Equal(10, ids.Distinct().Count());
        Assert.All(ids, id => Assert.Equal(22, id!.Length));
    }

    private static JsonElement Json(Received message)
    {
        using JsonDocument document = JsonDocument.Parse(message.Payload);
        return document.RootElement.Clone();
    }

    private static void AssertFields(Received message, string type, string fields)
    {
        JsonElement json = Json(message);
        Assert.Equal(AdvisoryType + type, json.GetProperty("type").GetString());
        Assert.Equal("type id timestamp " + fields, string.Join(' ', json.EnumerateObject().Select(p => p.Name)));
    }
}
