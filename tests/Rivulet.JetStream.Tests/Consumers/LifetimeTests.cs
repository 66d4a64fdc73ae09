using System.Text.Json;
using Rivulet.JetStream.Consumers;
using Rivulet.JetStream.Consumers.Acks;
using Rivulet.JetStream.Consumers.Configuration;
using Rivulet.JetStream.Consumers.Delivery;
using Rivulet.JetStream.Streams;
using Rivulet.JetStream.Tests.Consumers.Support;
using Rivulet.JetStream.Tests.Support;
using Rivulet.TestKit.Simulation;

namespace Rivulet.JetStream.Tests.Consumers;

/// <summary>How long consumers stay, and how they are paused and reset.</summary>
public sealed class LifetimeTests
{
    private readonly Harness _h = new();

    public LifetimeTests()
    {
        _h.CreateStream();
    }

    [Fact]
    public void An_ephemeral_consumer_goes_when_nobody_uses_it()
    {
        using Inbox events = _h.Router.Subscribe("$JS.EVENT.ADVISORY.CONSUMER.*.S.C");
        JsonElement created = _h.CreateConsumer("C", "\"ack_policy\":\"none\"");
        Assert.Equal(5_000_000_000, created.GetProperty("config").GetProperty("inactive_threshold").GetInt64());
        _h.Advance(TimeSpan.FromSeconds(5));
        _ = _h.Consumer("C");
        _h.Advance(TimeSpan.FromSeconds(1.1));
        Assert.Equal(10014, _h.ApiError("CONSUMER.INFO.S.C").Code);
        Assert.Equal(
            ["create", "delete"],
            events.TakeAll().Select(m => JsonDocument.Parse(m.Payload).RootElement.GetProperty("action").GetString()));
    }

    [Fact]
    public void A_durable_consumer_stays()
    {
        _h.CreateConsumer("C", "\"durable_name\":\"C\"");
        _h.Advance(TimeSpan.FromMinutes(1));
        _ = _h.Consumer("C");
    }

    [Fact]
    public void A_durable_consumer_with_a_threshold_goes()
    {
        _h.CreateConsumer("C", "\"durable_name\":\"C\",\"inactive_threshold\":1000000000");
        _h.Advance(TimeSpan.FromSeconds(2.1));
        Assert.Equal(10014, _h.ApiError("CONSUMER.INFO.S.C").Code);
    }

    [Fact]
    public async Task The_name_of_one_that_goes_is_free_once_its_end_is_in_the_log()
    {
        var clock = new ManualTimeProvider();
        var disk = new SimulatedFileSystem();
        var h = new Harness(HeldStore.OnDisk(disk, clock), clock);
        h.CreateStream();
        h.CreateConsumer("C", "\"durable_name\":\"C\"");
        Consumer old = h.Consumer("C");
        Task<bool> removal;
        Task freed;
        lock (old.Gate)
        {
            CancellationToken stop = TestContext.Current.CancellationToken;
            removal = Task.Run(() => old.Set.Remove(old), stop);
            freed = Task.Run(() => SpinWait.SpinUntil(() => !old.Set.TryGet("C", out _)), stop);
            Assert.False(SpinWait.SpinUntil(() => freed.IsCompleted, TimeSpan.FromMilliseconds(100)));
        }

        Assert.True(await removal);
        await freed;
        h.Run();
        h.CreateConsumer("C", "\"durable_name\":\"C\",\"description\":\"new\"");
        lock (old.Gate)
            old.Journal!.WriteRecord(old.Acks);
        await h.Engine.DisposeAsync();
        h = new Harness(HeldStore.OnDisk(disk, clock), clock);
        Assert.Equal("new", h.Info("C").GetProperty("config").GetProperty("description").GetString());
        await h.Engine.DisposeAsync();
    }

    [Fact]
    public void A_purge_while_one_is_made_is_counted_when_it_is_released()
    {
        for (int i = 0; i < 3; i++)
            _h.Store("s.a");
        Assert.True(_h.Account.TryGetStream("S", out JetStreamStream? stream));
        var config = new ConsumerConfig { Name = "C", AckPolicy = AckPolicy.Explicit, MaxWaiting = 512 };
        var start = new StartingPoint(1);
        var made = new Consumer(stream.Consumers, "C", config, 0, new AckState(AckPolicy.Explicit, before: 0), start, 0);
        lock (made.Gate)
            made.Cursor.BeginCounting();
        Assert.True(stream.Consumers.Add(made));
        (ulong count, ulong upTo) = made.CountFrom(start.Next);

        _h.ApiOk("STREAM.PURGE.S");
        lock (made.Gate)
            made.Cursor.EndCounting(start.Next, count, upTo);
        made.Start();
        made.Release();
        _h.Run();

        Assert.Equal(0, _h.Info("C").GetProperty("num_pending").GetInt32());
    }

    [Fact]
    public void A_request_that_waits_keeps_it_until_its_client_goes()
    {
        _h.CreateConsumer("C", "\"inactive_threshold\":1000000000");
        Inbox inbox = _h.Pull("C");
        _h.Advance(TimeSpan.FromSeconds(10));
        _ = _h.Consumer("C");
        inbox.Dispose();
        _h.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(10014, _h.ApiError("CONSUMER.INFO.S.C").Code);
    }

    [Fact]
    public void A_message_at_work_keeps_it_until_its_ack_could_have_come()
    {
        _h.Store("s.a");
        _h.CreateConsumer("C", "\"ack_policy\":\"explicit\",\"ack_wait\":10000000000,\"inactive_threshold\":1000000000");
        _h.Pull("C").Dispose();
        _h.Advance(TimeSpan.FromSeconds(9));
        _ = _h.Consumer("C");
        _h.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(10014, _h.ApiError("CONSUMER.INFO.S.C").Code);
    }

    [Fact]
    public void A_push_consumer_goes_when_its_last_subscriber_has_gone()
    {
        Inbox inbox = _h.Router.Subscribe("d");
        _h.CreateConsumer("C", "\"deliver_subject\":\"d\",\"inactive_threshold\":1000000000");
        _h.Advance(TimeSpan.FromSeconds(10));
        _ = _h.Consumer("C");
        inbox.Dispose();
        _h.Advance(TimeSpan.FromSeconds(0.9));
        _ = _h.Consumer("C");
        _h.Advance(TimeSpan.FromSeconds(0.2));
        Assert.Equal(10014, _h.ApiError("CONSUMER.INFO.S.C").Code);
    }

    [Fact]
    public void A_push_consumer_that_nobody_ever_subscribed_to_goes()
    {
        _h.CreateConsumer("C", "\"deliver_subject\":\"d\",\"inactive_threshold\":1000000000");
        _h.Advance(TimeSpan.FromSeconds(1.1));
        Assert.Equal(10014, _h.ApiError("CONSUMER.INFO.S.C").Code);
    }

    [Fact]
    public void A_paused_consumer_delivers_nothing_and_goes_on_by_itself()
    {
        using Inbox events = _h.Router.Subscribe("$JS.EVENT.ADVISORY.CONSUMER.PAUSE.S.C");
        _h.CreateConsumer("C", "\"durable_name\":\"C\",\"ack_policy\":\"explicit\"");
        JsonElement paused = _h.ApiOk("CONSUMER.PAUSE.S.C", "{\"pause_until\":\"2024-01-01T00:00:05Z\"}");
        Assert.True(paused.GetProperty("paused").GetBoolean());
        Assert.Equal(5_000_000_000, paused.GetProperty("pause_remaining").GetInt64());
        Inbox inbox = _h.Pull("C");
        _h.Store("s.a", "1");
        Assert.Equal(0, inbox.Count);
        Assert.True(_h.Info("C").GetProperty("paused").GetBoolean());
        _h.Advance(TimeSpan.FromSeconds(4.9));
        Assert.Equal(0, inbox.Count);
        _h.Advance(TimeSpan.FromSeconds(0.2));
        Assert.Equal("1", inbox.Take().Payload);
        Assert.False(_h.Info("C").TryGetProperty("paused", out _));
        Assert.Equal(
            [true, false],
            events.TakeAll().Select(m => JsonDocument.Parse(m.Payload).RootElement.GetProperty("paused").GetBoolean()));
    }

    [Fact]
    public void An_empty_pause_request_resumes()
    {
        _h.CreateConsumer("C", "\"durable_name\":\"C\",\"pause_until\":\"2099-01-01T00:00:00Z\"");
        Inbox inbox = _h.Pull("C");
        _h.Store("s.a", "1");
        Assert.Equal(0, inbox.Count);
        JsonElement resumed = _h.ApiOk("CONSUMER.PAUSE.S.C");
        Assert.False(resumed.GetProperty("paused").GetBoolean());
        Assert.Equal("0001-01-01T00:00:00Z", resumed.GetProperty("pause_until").GetString());
        Assert.Equal("1", inbox.Take().Payload);
    }

    [Fact]
    public void A_paused_push_consumer_goes_on_sending_heartbeats()
    {
        using Inbox inbox = _h.Router.Subscribe("d");
        _h.CreateConsumer("C", "\"deliver_subject\":\"d\",\"idle_heartbeat\":1000000000,\"pause_until\":\"2099-01-01T00:00:00Z\"");
        _h.Store("s.a");
        _h.Advance(TimeSpan.FromSeconds(1.1));
        Assert.Equal("100 Idle Heartbeat", inbox.Take().Status);
    }

    [Fact]
    public void A_reset_goes_back_to_the_ack_floor()
    {
        for (int i = 1; i <= 4; i++)
            _h.Store("s.a", $"{i}");
        _h.CreateConsumer("C", "\"ack_policy\":\"explicit\"");
        List<Received> got = _h.Pull("C", "{\"batch\":3}").TakeAll();
        _h.Ack(got[0]);
        JsonElement reset = _h.ApiOk("CONSUMER.RESET.S.C");
        Assert.Equal(2, reset.GetProperty("reset_seq").GetInt32());
        Assert.Equal(3, reset.GetProperty("num_pending").GetInt32());
        Assert.Equal(0, reset.GetProperty("num_ack_pending").GetInt32());
        Received next = _h.Pull("C").Take();
        Assert.Equal("2", next.Payload);
        Assert.StartsWith("$JS.ACK.S.C.1.2.1.", next.Reply, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "{\"seq\":3}", null)]
    [InlineData("\"deliver_policy\":\"by_start_sequence\",\"opt_start_seq\":3", "{\"seq\":2}", "invalid reset: below start seq")]
    [InlineData("\"deliver_policy\":\"by_start_sequence\",\"opt_start_seq\":3", "{\"seq\":3}", null)]
    [InlineData("\"deliver_policy\":\"new\"", "{\"seq\":3}", "invalid reset: not allowed")]
    [InlineData("\"deliver_policy\":\"new\"", "", null)]
    public void A_reset_to_a_sequence_keeps_to_the_start_that_was_configured(string config, string body, string? error)
    {
        _h.CreateConsumer("C", config);
        JsonElement response = _h.Api("CONSUMER.RESET.S.C", body);
        string? description =
            response.TryGetProperty("error", out JsonElement e) ? e.GetProperty("description").GetString() : null;
        Assert.Equal(error, description);
    }
}
