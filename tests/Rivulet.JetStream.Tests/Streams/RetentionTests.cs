using System.Text.Json;
using Rivulet.JetStream.Streams;
using Rivulet.JetStream.Tests.Consumers.Support;
using Rivulet.JetStream.Tests.Support;
using Rivulet.TestKit.Simulation;

namespace Rivulet.JetStream.Tests.Streams;

/// <summary>Streams that keep messages for their consumers only: interest and work queue retention.</summary>
public sealed class RetentionTests
{
    private const string Interest = ",\"retention\":\"interest\"";
    private const string WorkQueue = ",\"retention\":\"workqueue\"";
    private const string Explicit = "\"ack_policy\":\"explicit\"";

    private readonly ManualTimeProvider _clock = new();
    private SimulatedFileSystem _disk = new();
    private HeldStore _store;
    private Harness _h;

    public RetentionTests()
    {
        _store = HeldStore.OnDisk(_disk, _clock);
        _h = new Harness(_store, _clock);
    }

    [Fact]
    public void What_nobody_is_interested_in_has_a_sequence_and_is_not_kept()
    {
        _h.CreateStream(more: Interest);
        AssertState(messages: 0, first: 0, last: 0);
        Assert.Equal(1UL, _h.Store("s.a"));
        Assert.Equal(2UL, _h.Store("s.a", headers: "NATS/1.0\r\nNats-Msg-Id: m\r\n\r\n"));
        Assert.Contains(
            "\"duplicate\": true", _h.Ask("s.a", headers: "NATS/1.0\r\nNats-Msg-Id: m\r\n\r\n").Payload, StringComparison.Ordinal);
        Assert.Equal(3UL, _h.Store("s.a", headers: "NATS/1.0\r\nNats-Expected-Last-Sequence: 2\r\n\r\n"));
        AssertState(messages: 0, first: 4, last: 3);
        Assert.False(LastTime().StartsWith("0001", StringComparison.Ordinal));
    }

    [Fact]
    public void Of_a_batch_only_what_somebody_is_interested_in_is_kept()
    {
        _h.CreateStream(more: Interest + ",\"allow_atomic\":true");
        Consumer("B", Explicit + ",\"filter_subject\":\"s.b\"");
        _h.Ask("s.a", headers: "NATS/1.0\r\nNats-Batch-Id: x\r\nNats-Batch-Sequence: 1\r\n\r\n");
        string ack = _h.Ask("s.b", headers: "NATS/1.0\r\nNats-Batch-Id: x\r\nNats-Batch-Sequence: 2\r\nNats-Batch-Commit: 1\r\n\r\n").Payload;
        Assert.Contains("\"count\":2", ack, StringComparison.Ordinal);
        _h.Run();
        AssertState(messages: 1, first: 2, last: 2);
    }

    [Fact]
    public void A_message_goes_when_all_who_are_interested_have_acknowledged_it()
    {
        _h.CreateStream(more: Interest);
        Consumer("A", Explicit);
        Consumer("B", Explicit + ",\"filter_subject\":\"s.b\"");
        foreach (string subject in new[] { "s.a", "s.b", "s.b", "s.c" })
            _h.Store(subject);
        AssertState(messages: 4, first: 1, last: 4);
        List<Received> a = _h.Pull("A", "4").TakeAll();
        List<Received> b = _h.Pull("B", "4").TakeAll();

        Ack(a[0]);
        AssertState(messages: 3, first: 2, last: 4);
        Ack(a[1]);
        AssertState(messages: 3, first: 2, last: 4);
        Ack(b[0]);
        AssertState(messages: 2, first: 3, last: 4);
        Ack(b[1], "+TERM");
        Ack(a[2]);
        AssertState(messages: 1, first: 4, last: 4);
        JsonElement info = _h.Info("A");
        Assert.Equal(1, info.GetProperty("num_ack_pending").GetInt32());
        Assert.Equal(0, info.GetProperty("num_pending").GetInt32());
    }

    [Fact]
    public void A_consumer_without_acks_is_done_with_a_message_once_it_is_delivered()
    {
        _h.CreateStream(more: Interest);
        Consumer("N", "\"ack_policy\":\"none\"");
        Consumer("P", "\"ack_policy\":\"none\",\"deliver_subject\":\"push\"");
        _h.Store("s.a");
        _h.Pull("N", "1").TakeAll();
        _h.Run();
        AssertState(messages: 1, first: 1, last: 1);
        using Inbox push = _h.Router.Subscribe("push");
        _h.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, push.Count);
        AssertState(messages: 0, first: 2, last: 1);
    }

    [Fact]
    public void What_nobody_received_from_a_consumer_without_acks_stays()
    {
        _h.CreateStream(more: Interest);
        Consumer("N", "\"ack_policy\":\"none\"");
        Consumer("B", Explicit);
        Inbox gone = _h.Pull("N");
        gone.Dispose();
        _h.Store("s.a");
        Ack(_h.Pull("B").Take());
        AssertState(messages: 1, first: 1, last: 1);
    }

    [Fact]
    public void An_ack_of_everything_before_it_removes_everything_before_it()
    {
        _h.CreateStream(more: Interest);
        Consumer("L", "\"ack_policy\":\"all\"");
        for (int i = 0; i < 5; i++)
            _h.Store("s.a");
        Ack(_h.Pull("L", "4").TakeAll()[2]);
        AssertState(messages: 2, first: 4, last: 5);
    }

    [Fact]
    public void An_ack_to_a_consumer_in_memory_is_answered_once_the_removal_is_committed()
    {
        _h.CreateStream(more: WorkQueue);
        Consumer("C", Explicit + ",\"mem_storage\":true");
        _h.Store("s.a");
        Received message = _h.Pull("C").Take();
        using Inbox answers = _h.Router.Subscribe("_R");
        _store.IsHeld = true;

        _h.Publish(message.Reply, "", "_R");

        Assert.Equal(0, answers.Count);
        _store.Commit();
        Assert.Equal(1, answers.Count);
    }

    [Fact]
    public void A_consumer_that_is_deleted_needs_nothing_any_more()
    {
        _h.CreateStream(more: Interest);
        Consumer("A", Explicit);
        Consumer("B", Explicit + ",\"filter_subject\":\"s.b\"");
        foreach (string subject in new[] { "s.a", "s.b", "s.c" })
            _h.Store(subject);
        Delete("A");
        AssertState(messages: 1, first: 2, last: 3);
        Delete("B");
        AssertState(messages: 0, first: 4, last: 3);
    }

    [Fact]
    public void What_is_not_committed_when_the_last_consumer_goes_is_removed_later()
    {
        _h.CreateStream(more: Interest);
        Consumer("C", Explicit + ",\"inactive_threshold\":1000000000");
        _h.Store("s.a");
        _store.IsHeld = true;
        _h.Publish("s.a");
        _h.Advance(TimeSpan.FromSeconds(3));
        _store.IsHeld = false;
        _store.Commit();
        _h.Run();
        AssertState(messages: 0, first: 3, last: 2);
    }

    [Fact]
    public void Another_filter_gives_up_what_it_does_not_match()
    {
        _h.CreateStream(more: Interest);
        Consumer("A", Explicit + ",\"filter_subject\":\"s.a\"");
        Consumer("B", Explicit + ",\"filter_subject\":\"s.b\"");
        _h.Store("s.a");
        _h.Store("s.b");
        Consumer("A", Explicit + ",\"filter_subject\":\"s.x\"");
        AssertState(messages: 1, first: 2, last: 2);
    }

    [Fact]
    public void A_message_given_up_stays_until_it_is_acknowledged_after_all()
    {
        _h.CreateStream(more: Interest);
        Consumer("C", Explicit + ",\"max_deliver\":1,\"ack_wait\":1000000000");
        _h.Store("s.a");
        Received got = _h.Pull("C").Take();
        _h.Advance(TimeSpan.FromSeconds(2));
        AssertState(messages: 1, first: 1, last: 1);
        Ack(got);
        AssertState(messages: 0, first: 2, last: 1);
    }

    [Fact]
    public void Retention_changes_between_limits_and_interest()
    {
        _h.CreateStream();
        _h.Store("s.a");
        Update(Interest);
        AssertState(messages: 0, first: 2, last: 1);
        Update("");
        _h.Store("s.a");
        AssertState(messages: 1, first: 2, last: 2);
    }

    [Fact]
    public void A_stream_that_had_other_retention_keeps_what_no_consumer_reads_behind_what_is_needed()
    {
        _h.CreateStream();
        Consumer("A", Explicit + ",\"filter_subject\":\"s.a\"");
        Consumer("B", Explicit + ",\"filter_subject\":\"s.b\"");
        foreach (string subject in (string[])["s.c", "s.a", "s.a", "s.b", "s.c"])
            _h.Store(subject);
        Ack(_h.Pull("A").Take());
        Update(Interest);

        // The first lies before everything that is needed, the second is acknowledged.
        AssertState(messages: 3, first: 3, last: 5);
        CutAndOpen();
        _h.Run();
        AssertState(messages: 3, first: 3, last: 5);
        Ack(_h.Pull("A").Take());
        AssertState(messages: 2, first: 4, last: 5);

        // What lies where a consumer that is gone had come goes with it.
        _h.ApiOk("CONSUMER.DELETE.S.B");
        _h.Run();
        AssertState(messages: 0, first: 6, last: 5);
    }

    [Fact]
    public void What_a_deleted_consumer_had_given_up_goes_with_it()
    {
        _h.CreateStream(more: Interest);
        Consumer("A", Explicit + ",\"filter_subject\":\"s.a\"");
        Consumer("B", Explicit + ",\"filter_subject\":\"s.b\",\"max_deliver\":1,\"ack_wait\":1000000000");
        _h.Store("s.a");
        foreach (int count in (int[])[2, 1])
        {
            for (int i = 0; i < count; i++)
                _h.Store("s.b");
            _h.Pull("B", $"{{\"batch\":{count}}}");
            _h.Advance(TimeSpan.FromSeconds(2));
        }

        AssertState(messages: 4, first: 1, last: 4);
        _h.ApiOk("CONSUMER.DELETE.S.B");
        _h.Run();
        AssertState(messages: 1, first: 1, last: 4);
    }

    [Theory]
    [InlineData("", WorkQueue)]
    [InlineData(Interest, WorkQueue)]
    [InlineData(WorkQueue, "")]
    [InlineData(WorkQueue, Interest)]
    public void A_work_queue_is_one_for_ever(string before, string after)
    {
        _h.CreateStream(more: before);
        Assert.Equal(
            (10052, "stream configuration update can not change retention policy to/from workqueue"),
            _h.ApiError("STREAM.UPDATE.S", "{\"name\":\"S\",\"subjects\":[\"s.>\"]" + after + "}"));
    }

    [Fact]
    public void Discard_new_counts_what_is_kept_only()
    {
        _h.CreateStream(more: Interest + ",\"discard\":\"new\",\"max_msgs\":1");
        _h.Store("s.a");
        _h.Store("s.a");
        Consumer("C", Explicit);
        _h.Store("s.a");
        Assert.Contains("10077", _h.Ask("s.a").Payload, StringComparison.Ordinal);
        Ack(_h.Pull("C").Take());
        Assert.Equal(4UL, _h.Store("s.a"));
        AssertState(messages: 1, first: 4, last: 4);
    }

    [Fact]
    public void A_roll_up_that_nobody_is_interested_in_removes_what_it_covers()
    {
        _h.CreateStream(more: Interest + ",\"allow_rollup_hdrs\":true");
        Consumer("C", Explicit + ",\"filter_subject\":\"s.a\"");
        _h.Store("s.a");
        Assert.Equal(2UL, _h.Store("s.b", headers: "NATS/1.0\r\nNats-Rollup: all\r\n\r\n"));
        AssertState(messages: 0, first: 3, last: 2);
    }

    [Fact]
    public void A_message_of_a_work_queue_goes_when_it_is_acknowledged()
    {
        _h.CreateStream(more: WorkQueue);
        foreach (string subject in new[] { "s.a", "s.b", "s.b" })
            _h.Store(subject);
        Consumer("A", Explicit + ",\"filter_subject\":\"s.a\"");
        Consumer("B", Explicit + ",\"filter_subject\":\"s.b\"");
        Ack(_h.Pull("A").Take());
        AssertState(messages: 2, first: 2, last: 3);
        List<Received> b = _h.Pull("B", "2").TakeAll();
        Ack(b[0], "-NAK");
        Ack(b[1], "+TERM");
        AssertState(messages: 1, first: 2, last: 3);
        Delete("B");
        AssertState(messages: 1, first: 2, last: 3);
        Consumer("B", Explicit + ",\"filter_subject\":\"s.b\"");
        Ack(_h.Pull("B").Take());
        AssertState(messages: 0, first: 4, last: 3);
    }

    [Theory]
    [InlineData("\"ack_policy\":\"none\"", 10084, "consumer in pull mode requires explicit ack policy on workqueue stream")]
    [InlineData("\"ack_policy\":\"none\",\"deliver_subject\":\"d\"", 10098, "workqueue stream requires explicit ack")]
    [InlineData("\"ack_policy\":\"all\"", 10098, "workqueue stream requires explicit ack")]
    [InlineData(Explicit + ",\"deliver_policy\":\"new\"", 10101, "consumer must be deliver all on workqueue stream")]
    [InlineData(Explicit, 10099, "multiple non-filtered consumers not allowed on workqueue stream")]
    [InlineData(Explicit + ",\"filter_subject\":\"s.>\"", 10100, "filtered consumer not unique on workqueue stream")]
    [InlineData(Explicit + ",\"filter_subjects\":[\"s.x\",\"s.a\"]", 10100, "filtered consumer not unique on workqueue stream")]
    public void Consumers_of_a_work_queue_share_no_message(string config, int code, string text)
    {
        _h.CreateStream(more: WorkQueue);
        Consumer("A", Explicit + ",\"filter_subject\":\"s.a\"");
        Assert.Equal(
            (code, text), _h.ApiError("CONSUMER.CREATE.S.C", "{\"stream_name\":\"S\",\"config\":{" + config + "}}"));
    }

    [Fact]
    public void What_was_acknowledged_by_all_goes_after_a_crash_between_the_ack_and_the_removal()
    {
        _h.CreateStream(more: Interest);
        _h.CreateStream("W", WorkQueue);
        Consumer("C", Explicit);
        Consumer("C", Explicit, "W");
        foreach (string subject in new[] { "s.a", "s.a", "w.a", "w.a" })
            _h.Store(subject);
        Received ofInterest = _h.Pull("C", "2").TakeAll()[0];
        Received ofQueue = _h.Pull("C", "2", "W").TakeAll()[0];
        AcknowledgeWithoutWork(ofInterest);
        AcknowledgeWithoutWork(ofQueue);

        CutAndOpen();

        AssertState(messages: 1, first: 2, last: 2);
        AssertState(messages: 1, first: 2, last: 2, stream: "W");
        Assert.Equal(1, _h.Info("C").GetProperty("num_ack_pending").GetInt32());
    }

    [Fact]
    public void What_a_work_queue_has_not_seen_acknowledged_stays_after_a_restart()
    {
        _h.CreateStream("W", WorkQueue);
        Consumer("C", Explicit + ",\"filter_subject\":\"w.b\"", "W");
        _h.Store("w.a");
        _h.Store("w.b");
        Ack(_h.Pull("C", stream: "W").Take());
        Consumer("C", Explicit, "W");
        CutAndOpen();
        AssertState(messages: 1, first: 1, last: 2, stream: "W");
    }

    [Fact]
    public void Nothing_goes_while_a_consumer_cannot_be_read_back()
    {
        JetStreamStream stream = _h.CreateStream(more: Interest);
        Consumer("C", Explicit);
        _h.Store("s.a");
        lock (stream.WriterLock)
            stream.Log.SetAttachment("consumer.NEWER", [99]);
        _store.Commit();
        CutAndOpen();
        Ack(_h.Pull("C").Take());
        Delete("C");
        Assert.Equal(2UL, _h.Store("s.a"));
        AssertState(messages: 2, first: 1, last: 2);
    }

    [Fact]
    public void A_consumer_that_starts_over_behind_messages_does_not_need_them()
    {
        _h.CreateStream(more: Interest);
        Consumer("C", Explicit);
        for (int i = 0; i < 4; i++)
            _h.Store("s.a");
        _h.ApiOk("CONSUMER.RESET.S.C", "{\"seq\":3}");
        _h.Run();
        AssertState(messages: 2, first: 3, last: 4);
    }

    [Theory]
    [InlineData(Interest)]
    [InlineData(WorkQueue)]
    public void Whoever_acknowledges_and_then_asks_finds_the_message_gone(string retention)
    {
        JetStreamStream stream = _h.CreateStream(more: retention);
        Consumer("C", Explicit);
        _h.Store("s.a");
        _h.Store("s.a");
        Received first = _h.Pull("C", "2").TakeAll()[0];
        var publisher = new TestPublisher();

        AcknowledgeWithoutWork(first, publisher);

        Assert.Equal(stream.Consumed.Position, publisher.PendingCommit);
        Assert.True(publisher.PendingCommit <= _store.Committed);
        Assert.Equal(2UL, stream.Log.State.FirstSequence);
    }

    [Fact]
    public void A_late_ack_of_what_was_given_up_outlives_a_restart()
    {
        _h.CreateStream("W", WorkQueue);
        Consumer("C", Explicit + ",\"max_deliver\":1,\"ack_wait\":1000000000", "W");
        _h.Store("w.a");
        _h.Store("w.a");
        Received got = _h.Pull("C", "2", "W").TakeAll()[0];
        _h.Advance(TimeSpan.FromSeconds(2));
        AcknowledgeWithoutWork(got);
        CutAndOpen();
        AssertState(messages: 1, first: 2, last: 2, stream: "W");
    }

    [Fact]
    public void A_start_at_the_last_of_each_subject_is_behind_what_has_gone()
    {
        _h.CreateStream(more: Interest);
        _h.Store("s.a");
        Consumer("C", Explicit + ",\"deliver_policy\":\"last_per_subject\",\"filter_subject\":\"s.>\"");
        Assert.Equal(1, _h.Info("C").GetProperty("ack_floor").GetProperty("stream_seq").GetInt32());
    }

    [Fact]
    public void Skipped_sequences_outlive_a_restart()
    {
        _h.CreateStream(more: Interest);
        _h.Store("s.a");
        _h.Store("s.a");
        string lastTime = LastTime();
        CutAndOpen();
        AssertState(messages: 0, first: 3, last: 2);
        Assert.Equal(lastTime, LastTime());
        Assert.Equal(3UL, _h.Store("s.a"));
    }

    [Fact]
    public void Many_consumers_are_asked_by_the_subject_of_a_message()
    {
        _h.CreateStream(more: Interest);
        for (int i = 0; i < 20; i++)
            Consumer($"C{i}", Explicit + $",\"filter_subject\":\"s.{i}\"");
        Consumer("D", Explicit + ",\"filter_subject\":\"s.3\"");
        _h.Store("s.3");
        Ack(_h.Pull("C3").Take());
        AssertState(messages: 1, first: 1, last: 1);
        Ack(_h.Pull("D").Take());
        AssertState(messages: 0, first: 2, last: 1);
    }

    private void Consumer(string name, string config, string stream = "S")
    {
        _h.CreateConsumer(name, $"\"durable_name\":\"{name}\"," + config, stream);
        _h.Run();
    }

    private void Delete(string consumer)
    {
        _h.ApiOk("CONSUMER.DELETE.S." + consumer);
        _h.Run();
    }

    private void Update(string retention)
    {
        _h.ApiOk("STREAM.UPDATE.S", "{\"name\":\"S\",\"subjects\":[\"s.>\"]" + retention + "}");
        _h.Run();
    }

    private string LastTime() =>
        _h.ApiOk("STREAM.INFO.S").GetProperty("state").GetProperty("last_ts").GetString()!;

    private void Ack(Received message, string payload = "")
    {
        _h.Ack(message, payload);
        _h.Run();
    }

    /// <summary>The ack is on the disk, and no work of the host's threads has run.</summary>
    private void AcknowledgeWithoutWork(Received message, Hosting.PublisherContext? publisher = null)
    {
        Hosting.DeliveryBatch batch = _h.Router.CreateBatch();
        _h.Router.PublishFrom(
            publisher,
            System.Text.Encoding.UTF8.GetBytes(message.Reply),
            "_R"u8,
            default,
            default,
            batch);
        batch.Flush();
        _store.Commit();
    }

    private void CutAndOpen()
    {
        _disk = _disk.CutPower(UnsyncedSurvival.None, new Random(1));
        _store = HeldStore.OnDisk(_disk, _clock);
        _h = new Harness(_store, _clock);
    }

    private void AssertState(int messages, int first, int last, string stream = "S")
    {
        JsonElement state = _h.ApiOk("STREAM.INFO." + stream).GetProperty("state");
        Assert.Equal(
            (messages, first, last),
            (state.GetProperty("messages").GetInt32(), state.GetProperty("first_seq").GetInt32(), state.GetProperty("last_seq").GetInt32()));
    }
}
