using System.Globalization;
using System.Text.Json;
using Rivulet.JetStream.Hosting;
using Rivulet.JetStream.Streams;
using Rivulet.JetStream.Tests.Consumers.Support;
using Rivulet.JetStream.Tests.Support;
using Rivulet.TestKit.Simulation;

namespace Rivulet.JetStream.Tests.Backups;

/// <summary>Streams are taken away in chunks and brought back, over the API.</summary>
public sealed class BackupTests
{
    private const string Headers = "NATS/1.0\r\nA: b\r\n\r\n";
    private const string Config = """{"name":"S","subjects":["s.>"]}""";

    private readonly Harness _h = new();

    [Fact]
    public void A_backup_holds_state_consumers_and_messages()
    {
        Fill();

        List<Backup.Entry> entries = Backup.Read(Snapshot("S").Content);

        Assert.Equal(["state.json", "consumers/C", "s.a", "s.b", "s.d", ""], entries.Select(e => e.Name));
        Assert.Equal([0UL, 0, 1, 2, 4, 0], entries.Select(e => e.Sequence));
        Assert.Equal((Headers, "1"), (entries[2].Headers, entries[2].Payload));
        Assert.Equal(1_704_067_200_000_000_000, entries[2].TimestampNanos);
        Assert.Equal(new Backup.Entry("", 0, 0, "", ""), entries[^1]);
        JsonElement state = Json(entries[0].Payload);
        Assert.Equal((3, 1, 5, 1), (
            state.GetProperty("messages").GetInt32(),
            state.GetProperty("first_seq").GetInt32(),
            state.GetProperty("last_seq").GetInt32(),
            state.GetProperty("consumer_count").GetInt32()));
        JsonElement consumer = Json(entries[1].Payload);
        Assert.Equal("C", consumer.GetProperty("config").GetProperty("durable_name").GetString());
        Assert.Equal(
            """{"delivered":{"consumer_seq":3,"stream_seq":2},"ack_floor":{"consumer_seq":1,"stream_seq":1},"pending":{"2":{"Sequence":2,"Timestamp":1704067200000000000}},"redelivered":{"2":1}}""",
            consumer.GetProperty("state").GetRawText());
    }

    [Fact]
    public void The_answer_tells_configuration_and_state()
    {
        Fill();
        JsonElement answer = Snapshot("S").Answer;
        Assert.Equal("io.nats.jetstream.api.v1.stream_snapshot_response", answer.GetProperty("type").GetString());
        Assert.Equal("S", answer.GetProperty("config").GetProperty("name").GetString());
        Assert.False(answer.GetProperty("config").GetProperty("metadata").TryGetProperty("_nats.ver", out _));
        Assert.Equal(3, answer.GetProperty("state").GetProperty("messages").GetInt32());
    }

    [Fact]
    public void A_backup_without_consumers_counts_none()
    {
        Fill();
        List<Backup.Entry> entries = Backup.Read(Snapshot("S", ",\"no_consumers\":true").Content);
        Assert.DoesNotContain(entries, e => e.Name.StartsWith("consumers/", StringComparison.Ordinal));
        Assert.Equal(0, Json(entries[0].Payload).GetProperty("consumer_count").GetInt32());
    }

    [Theory]
    [InlineData("file")]
    [InlineData("memory")]
    public void What_was_taken_away_comes_back(string storage)
    {
        Fill($",\"storage\":\"{storage}\"");
        string before = StateOf(_h);
        Taken taken = Snapshot("S");
        _h.ApiOk("STREAM.DELETE.S");

        JsonElement restored = Restore(_h, "S", taken.Answer.GetProperty("config").GetRawText(), taken.Content);

        Assert.Equal("io.nats.jetstream.api.v1.stream_create_response", restored.GetProperty("type").GetString());
        Assert.Equal("S", restored.GetProperty("config").GetProperty("name").GetString());
        Assert.Equal(3, restored.GetProperty("state").GetProperty("messages").GetInt32());
        Assert.Equal(before, StateOf(_h));
        Received message = _h.Ask("$JS.API.DIRECT.GET.S", """{"seq":1}""");
        Assert.Equal("1", message.Payload);
        Assert.Equal("b", message.Header("A"));
        Assert.Equal("2024-01-01T00:00:00Z", message.Header("Nats-Time-Stamp"));
        JsonElement info = _h.Info("C");
        Assert.Equal(2, info.GetProperty("delivered").GetProperty("stream_seq").GetInt32());
        Assert.Equal(1, info.GetProperty("num_ack_pending").GetInt32());
        Assert.Equal(1, info.GetProperty("num_redelivered").GetInt32());
        Assert.Equal(1, info.GetProperty("num_pending").GetInt32());
        Assert.Equal("4", _h.Pull("C").Take().Payload);
        Assert.Equal(6UL, _h.Store("s.z"));
    }

    [Fact]
    public void A_restored_stream_survives_a_restart_with_its_consumers()
    {
        var disk = new SimulatedFileSystem();
        Harness first = OnDisk(disk);
        Fill(first);
        Taken taken = Snapshot(first, "S");
        first.ApiOk("STREAM.DELETE.S");
        Restore(first, "S", taken.Answer.GetProperty("config").GetRawText(), taken.Content);
        string before = StateOf(first);
        string consumer = Delivered(first.Info("C"));
        Close(first);

        Harness second = OnDisk(disk);

        Assert.Equal(before, StateOf(second));
        Assert.Equal(consumer, Delivered(second.Info("C")));

        static string Delivered(JsonElement info) =>
            info.GetProperty("delivered").GetRawText() + info.GetProperty("ack_floor").GetRawText()
            + info.GetProperty("num_ack_pending").GetRawText() + info.GetProperty("num_pending").GetRawText();
    }

    /// <summary>Messages that are kept for consumers are not taken for unwanted before those are back, nor where none comes back.</summary>
    [Theory]
    [InlineData("", 2)]
    [InlineData(",\"no_consumers\":true", 3)]
    public void What_was_kept_for_consumers_is_restored(string more, int messages)
    {
        var disk = new SimulatedFileSystem();
        Harness first = OnDisk(disk);
        first.CreateStream(more: ",\"retention\":\"interest\"");
        first.CreateConsumer("C", "\"durable_name\":\"C\",\"ack_policy\":\"explicit\"");
        foreach (string payload in (string[])["1", "2", "3"])
            first.Store("s.a", payload);
        Taken taken = Snapshot(first, "S", more);
        first.ApiOk("STREAM.DELETE.S");
        Restore(first, "S", taken.Answer.GetProperty("config").GetRawText(), taken.Content);
        first.Run();
        Assert.Equal(3, first.ApiOk("STREAM.INFO.S").GetProperty("state").GetProperty("messages").GetInt32());
        if (more.Length == 0)
            first.Ack(first.Pull("C").Take());
        first.Run();
        Close(first);

        Harness second = OnDisk(disk);
        second.Run();
        Assert.Equal(messages, second.ApiOk("STREAM.INFO.S").GetProperty("state").GetProperty("messages").GetInt32());
    }

    [Fact]
    public void A_restore_that_was_cut_off_leaves_nothing_after_a_restart()
    {
        var disk = new SimulatedFileSystem();
        Harness first = OnDisk(disk);
        Fill(first);
        Taken taken = Snapshot(first, "S");
        first.ApiOk("STREAM.DELETE.S");
        string upload = Begin(first, "S", Config);
        Assert.Equal("", Send(first, upload, taken.Content).Payload);
        Close(first);

        Harness second = OnDisk(disk);

        Assert.Equal(10059, second.ApiError("STREAM.INFO.S").Code);
        Assert.Equal(0, second.Account.Usage.StoreBytes);
        second.CreateStream();
        Assert.Equal(1UL, second.Store("s.a"));
        Close(second);
        Assert.Equal(1, OnDisk(disk).ApiOk("STREAM.INFO.S").GetProperty("state").GetProperty("messages").GetInt32());
    }

    [Fact]
    public void Nobody_finds_a_stream_before_it_is_restored()
    {
        byte[] backup = NewBackup().Add("s.a", "1", 1).End().ToBytes();
        string upload = Begin(_h, "S", Config);
        Assert.Equal("", Send(_h, upload, backup).Payload);

        Assert.Equal(10059, _h.ApiError("STREAM.INFO.S").Code);
        Assert.Equal(10058, _h.ApiError("STREAM.CREATE.S", Config).Code);
        Assert.Equal(10130, _h.ApiError("STREAM.RESTORE.S", $$"""{"config":{{Config}},"state":{} }""").Code);
        Assert.False(_h.Publish("s.a", reply: "_R"));
        Assert.True(_h.Account.Usage.StoreBytes > 0);

        Assert.Equal("io.nats.jetstream.api.v1.stream_create_response", Json(Send(_h, upload, []).Payload).GetProperty("type").GetString());
        Assert.Equal(1, _h.ApiOk("STREAM.INFO.S").GetProperty("state").GetProperty("messages").GetInt32());
        Assert.Equal(2UL, _h.Store("s.a"));
    }

    [Theory]
    [InlineData("messages", "expected state.json first")]
    [InlineData("truncated", "backup was truncated")]
    [InlineData("order", "message sequence 1 out of order")]
    [InlineData("consumer", "expected consumer, found \"s.a\"")]
    [InlineData("noconfig", "consumer \"C\" is missing config")]
    [InlineData("garbage", "s2: corrupt input")]
    [InlineData("tar", "not a backup of server version 2.15 or later")]
    [InlineData("large", "message sequence 1 exceeds maximum message size")]
    [InlineData("ttl", "failed to parse message TTL: invalid per-message TTL")]
    [InlineData("zero", "expected message sequence")]
    public void A_restore_that_fails_says_why_and_leaves_nothing(string what, string reason)
    {
        byte[] backup = what switch
        {
            "messages" => new Backup().Add("s.a", "1", 1).ToBytes(),
            "truncated" => NewBackup().Add("s.a", "1", 1).ToBytes(),
            "order" => NewBackup().Add("s.a", "1", 2).Add("s.a", "1", 1).ToBytes(),
            "consumer" => NewBackup(consumers: 1).Add("s.a", "1", 1).ToBytes(),
            "noconfig" => NewBackup(consumers: 1).Add("consumers/C", "{\"state\":{}}").ToBytes(),
            "garbage" => "garbage!"u8.ToArray(),
            "large" => NewBackup().Add("s.a", new string('x', 41), 1).End().ToBytes(),
            "ttl" => NewBackup().Add("s.a", "1", 1, "NATS/1.0\r\nNats-TTL: soon\r\n\r\n").ToBytes(),
            "zero" => NewBackup().Add("s.a", "1").ToBytes(),
            _ => Tar(),
        };
        using Inbox events = _h.Router.Subscribe("$JS.EVENT.ADVISORY.STREAM.RESTORE_COMPLETE.S");
        string upload = Begin(_h, "S", """{"name":"S","subjects":["s.>"],"max_msg_size":40}""");
        Received answer = Send(_h, upload, backup);
        if (answer.Payload.Length == 0)
            answer = Send(_h, upload, []);

        JsonElement error = Json(answer.Payload).GetProperty("error");
        Assert.Equal(10062, error.GetProperty("err_code").GetInt32());
        Assert.Equal("restore failed: " + reason, error.GetProperty("description").GetString());
        Assert.Equal(1, events.Count);
        Assert.False(_h.PublishBytes(upload, [], "_R"));
        Assert.Equal(10059, _h.ApiError("STREAM.INFO.S").Code);
        Assert.Equal(0, _h.Account.Usage.StoreBytes);
        _h.CreateStream();
        Assert.Equal(1UL, _h.Store("s.a"));
    }

    [Fact]
    public void A_restore_counts_for_nothing_once_JetStream_is_taken_from_its_account()
    {
        string upload = Begin(_h, "S", Config);
        Send(_h, upload, NewBackup().Add("s.a", "1", 1).ToBytes());
        Assert.NotEqual(0, _h.Engine.UsedBytes(StorageType.File));

        _h.Engine.DisableAccount("$G");
        _h.Run();

        Assert.Equal(0, _h.Engine.UsedBytes(StorageType.File));
    }

    [Fact]
    public void A_restore_that_stalls_is_given_up()
    {
        string upload = Begin(_h, "S", Config);
        Send(_h, upload, NewBackup().ToBytes());
        _h.Advance(TimeSpan.FromSeconds(4.9));
        Assert.Equal(10058, _h.ApiError("STREAM.CREATE.S", Config).Code);
        _h.Advance(TimeSpan.FromSeconds(0.2));
        Assert.False(_h.PublishBytes(upload, [], "_R"));
        _h.CreateStream();
    }

    [Fact]
    public void A_chunk_without_a_reply_ends_the_restore()
    {
        string upload = Begin(_h, "S", Config);
        _h.PublishBytes(upload, NewBackup().ToBytes(), "");
        Assert.False(_h.PublishBytes(upload, [], "_R"));
        _h.CreateStream();
    }

    [Fact]
    public void Gaps_keep_their_sequences()
    {
        byte[] backup = NewBackup(first: 5, last: 20).Add("s.a", "1", 7).Add("s.a", "2", 9).End().ToBytes();

        JsonElement state = Restore(_h, "S", Config, backup).GetProperty("state");

        Assert.Equal((7, 20, 2), (
            state.GetProperty("first_seq").GetInt32(),
            state.GetProperty("last_seq").GetInt32(),
            state.GetProperty("messages").GetInt32()));
        Assert.Equal(21UL, _h.Store("s.a"));
    }

    [Fact]
    public void Limits_of_the_new_configuration_apply_when_all_is_there()
    {
        Backup backup = NewBackup(last: 10);
        for (int i = 1; i <= 10; i++)
            backup.Add("s.a", $"{i}", (ulong)i);
        const string Small = """{"name":"S","subjects":["s.>"],"max_msgs":3}""";

        JsonElement state = Restore(_h, "S", Small, backup.End().ToBytes()).GetProperty("state");

        Assert.Equal(3, state.GetProperty("messages").GetInt32());
        Assert.Equal(8, state.GetProperty("first_seq").GetInt32());
    }

    [Fact]
    public void What_has_expired_leaves_its_sequence()
    {
        const string Ttl = "NATS/1.0\r\nNats-TTL: 10s\r\n\r\n";
        byte[] backup = NewBackup(last: 3)
            .Add("s.a", "1", 1, Ttl, timestampNanos: 1_704_067_180_000_000_000)
            .Add("s.a", "2", 2, Ttl, timestampNanos: 1_704_067_195_000_000_000)
            .Add("s.a", "3", 3, Ttl, timestampNanos: 1_704_067_189_000_000_000)
            .End().ToBytes();

        JsonElement state = Restore(_h, "S", """{"name":"S","subjects":["s.>"],"allow_msg_ttl":true}""", backup).GetProperty("state");

        Assert.Equal((2, 3, 1), (
            state.GetProperty("first_seq").GetInt32(),
            state.GetProperty("last_seq").GetInt32(),
            state.GetProperty("messages").GetInt32()));
        _h.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(0, _h.ApiOk("STREAM.INFO.S").GetProperty("state").GetProperty("messages").GetInt32());
    }

    [Fact]
    public void A_restore_goes_no_further_than_the_disk()
    {
        HeldStore store = HeldStore.InMemory(new ManualTimeProvider());
        var h = new Harness(store);
        Backup backup = NewBackup(last: 12);
        string large = new('x', 1_000_000);
        for (int i = 1; i <= 12; i++)
            backup.Add("s.a", large, (ulong)i);
        string upload = Begin(h, "S", Config);
        store.IsHeld = true;
        using Inbox inbox = h.Router.Subscribe("_SENT");
        h.PublishBytes(upload, backup.End().ToBytes(), "_SENT");

        Assert.Equal(0, inbox.Count);
        Assert.InRange(h.Account.Usage.StoreBytes, 4_000_000, 6_000_000);
        store.Commit();
        h.Run();
        Assert.Equal(0, inbox.Count);
        Assert.InRange(h.Account.Usage.StoreBytes, 8_000_000, 11_000_000);
        store.IsHeld = false;
        store.Commit();
        h.Run();
        Assert.Equal(1, inbox.Count);
        Assert.DoesNotContain("error", Send(h, upload, []).Payload, StringComparison.Ordinal);
    }

    [Fact]
    public void An_account_is_not_filled_beyond_its_limits()
    {
        var h = new Harness(limits: new AccountLimits { MaxStoreBytes = 1000 });
        Backup backup = NewBackup(last: 10);
        for (int i = 1; i <= 10; i++)
            backup.Add("s.a", new string('x', 300), (ulong)i);
        Received answer = Send(h, Begin(h, "S", Config), backup.ToBytes());
        Assert.Contains("\"err_code\":10062", answer.Payload, StringComparison.Ordinal);
        Assert.Equal(0, h.Account.Usage.StoreBytes);
    }

    [Fact]
    public void Ephemeral_consumers_go_on_and_expire()
    {
        const string Consumer = """{"config":{"name":"E","ack_policy":"explicit","ack_wait":30000000000,"max_deliver":-1,"max_waiting":512,"max_ack_pending":1000,"replay_policy":"instant","inactive_threshold":5000000000},"state":{"delivered":{"consumer_seq":2,"stream_seq":2},"ack_floor":{"consumer_seq":1,"stream_seq":1},"pending":{"2":{"Sequence":2,"Timestamp":1704067199000000000}}}}""";
        byte[] backup = NewBackup(consumers: 1, last: 3).Add("consumers/E", Consumer)
            .Add("s.a", "1", 1).Add("s.a", "2", 2).Add("s.a", "3", 3).End().ToBytes();
        Restore(_h, "S", Config, backup);

        Assert.Equal("3", _h.Pull("E").Take().Payload);
        Assert.Equal(2, _h.Info("E").GetProperty("num_ack_pending").GetInt32());
        _h.Advance(TimeSpan.FromSeconds(120));
        Assert.Equal(10014, _h.ApiError("CONSUMER.INFO.S.E").Code);
    }

    [Theory]
    [InlineData("", 10003)]
    [InlineData("{}", 10003)]
    [InlineData("{x", 10025)]
    [InlineData("""{"foo":1}""", 10025)]
    [InlineData("""{"deliver_subject":""}""", 10015)]
    [InlineData("""{"deliver_subject":"a.*"}""", 10015)]
    public void A_bad_snapshot_request_is_refused(string body, int code)
    {
        _h.CreateStream();
        Assert.Equal(code, _h.ApiError("STREAM.SNAPSHOT.S", body).Code);
    }

    [Theory]
    [InlineData("", 10003)]
    [InlineData("{x", 10025)]
    [InlineData("""{"config":{"name":"T"},"state":{} }""", 10056)]
    [InlineData("""{"config":{"name":"S","subjects":["s.>"]},"state":{} }""", 10130)]
    public void A_bad_restore_request_is_refused(string body, int code)
    {
        _h.CreateStream();
        Assert.Equal(code, _h.ApiError("STREAM.RESTORE.S", body).Code);
    }

    [Fact]
    public void Subjects_of_another_stream_are_refused_at_either_end()
    {
        _h.CreateStream("T", more: ",\"description\":\"t\"");
        const string Overlapping = """{"name":"S","subjects":["t.a"]}""";
        Assert.Equal(10065, _h.ApiError("STREAM.RESTORE.S", $$"""{"config":{{Overlapping}},"state":{} }""").Code);
        _h.ApiOk("STREAM.DELETE.T");
        string upload = Begin(_h, "S", Overlapping);
        Send(_h, upload, NewBackup().End().ToBytes());
        _h.CreateStream("T");

        Assert.Contains("\"err_code\":10062", Send(_h, upload, []).Payload, StringComparison.Ordinal);
        Assert.Equal(10059, _h.ApiError("STREAM.INFO.S").Code);
    }

    [Fact]
    public void No_more_chunks_are_on_their_way_than_the_window_holds()
    {
        FillLarge();
        using Inbox inbox = _h.Router.Subscribe("_CHUNKS");
        _h.ApiOk("STREAM.SNAPSHOT.S", """{"deliver_subject":"_CHUNKS","chunk_size":1024,"window_size":3072}""");

        Assert.Equal(3, inbox.Count);
        List<Received> chunks = inbox.TakeAll();
        Assert.All(chunks, chunk => Assert.Equal(1024, chunk.Content.Length));
        Assert.Equal(["1", "2", "3"], chunks.Select(c => c.Reply.Split('.')[^1]));
        Assert.StartsWith("$JS.SNAPSHOT.ACK.S.", chunks[0].Reply, StringComparison.Ordinal);
        _h.Publish(chunks[0].Reply);
        Assert.Equal(1, inbox.Count);
    }

    [Fact]
    public void A_receiver_that_does_not_answer_is_given_up()
    {
        FillLarge();
        using Inbox events = _h.Router.Subscribe("$JS.EVENT.ADVISORY.STREAM.SNAPSHOT_COMPLETE.S");
        using Inbox inbox = _h.Router.Subscribe("_CHUNKS");
        _h.ApiOk("STREAM.SNAPSHOT.S", """{"deliver_subject":"_CHUNKS","chunk_size":1024,"window_size":2048}""");
        List<Received> chunks = inbox.TakeAll();
        _h.Advance(TimeSpan.FromSeconds(4.5));
        _h.Publish(chunks[0].Reply);
        inbox.Take();
        _h.Advance(TimeSpan.FromSeconds(4.9));
        Assert.Equal(0, inbox.Count);
        _h.Advance(TimeSpan.FromSeconds(0.2));
        Assert.Equal("408 No Flow Response", inbox.Take().Status);
        Assert.Equal("no flow response", Json(events.Take().Payload).GetProperty("error").GetString());
        Assert.False(_h.Publish(chunks[1].Reply));
    }

    [Fact]
    public void A_receiver_that_goes_away_is_given_up()
    {
        FillLarge();
        using Inbox events = _h.Router.Subscribe("$JS.EVENT.ADVISORY.STREAM.SNAPSHOT_COMPLETE.S");
        Inbox inbox = _h.Router.Subscribe("_CHUNKS");
        _h.ApiOk("STREAM.SNAPSHOT.S", """{"deliver_subject":"_CHUNKS","chunk_size":1024,"window_size":2048}""");
        inbox.Dispose();
        _h.Run();
        Assert.Equal("no interest", Json(events.Take().Payload).GetProperty("error").GetString());
    }

    [Fact]
    public void A_receiver_may_come_a_little_later()
    {
        Fill();
        _h.ApiOk("STREAM.SNAPSHOT.S", """{"deliver_subject":"_CHUNKS"}""");
        _h.Advance(TimeSpan.FromSeconds(1));
        using Inbox inbox = _h.Router.Subscribe("_CHUNKS");
        _h.Run();
        Assert.Equal(2, inbox.Count);
    }

    [Fact]
    public void A_stream_that_is_deleted_meanwhile_ends_its_backup()
    {
        FillLarge();
        using Inbox inbox = _h.Router.Subscribe("_CHUNKS");
        _h.ApiOk("STREAM.SNAPSHOT.S", """{"deliver_subject":"_CHUNKS","chunk_size":1024,"window_size":1024}""");
        _h.ApiOk("STREAM.DELETE.S");
        _h.Publish(inbox.Take().Reply);
        Assert.Equal("500 stream closed", inbox.Take().Status);
    }

    [Fact]
    public void Beginning_and_end_are_told()
    {
        Fill();
        using Inbox events = _h.Router.Subscribe("$JS.EVENT.ADVISORY.STREAM.>");
        Taken taken = Snapshot("S");
        _h.ApiOk("STREAM.DELETE.S");
        Restore(_h, "S", Config, taken.Content);

        Dictionary<string, JsonElement> told = events.TakeAll().ToDictionary(m => m.Subject.Split('.')[4], m => Json(m.Payload));
        Assert.Equal(
            ["SNAPSHOT_CREATE", "SNAPSHOT_COMPLETE", "DELETED", "RESTORE_CREATE", "CREATED", "RESTORE_COMPLETE"], told.Keys);
        Assert.Equal("type id timestamp stream state client", Names(told["SNAPSHOT_CREATE"]));
        Assert.Equal("type id timestamp stream start end client", Names(told["SNAPSHOT_COMPLETE"]));
        Assert.Equal("type id timestamp stream client", Names(told["RESTORE_CREATE"]));
        Assert.Equal("type id timestamp stream start end bytes client", Names(told["RESTORE_COMPLETE"]));
        Assert.Equal(taken.Content.Length, told["RESTORE_COMPLETE"].GetProperty("bytes").GetInt32());
        Assert.Equal("io.nats.jetstream.advisory.v1.restore_complete", told["RESTORE_COMPLETE"].GetProperty("type").GetString());

        static string Names(JsonElement json) => string.Join(' ', json.EnumerateObject().Select(p => p.Name));
    }

    [Theory]
    [InlineData("none")]
    [InlineData("s2")]
    public void Counters_go_on_from_their_sums(string compression)
    {
        _h.CreateStream(more: $",\"allow_msg_counter\":true,\"compression\":\"{compression}\"");
        foreach (string headers in (string[])["Nats-Incr: 5", "Nats-Incr: 7\r\nNats-Counter-Sources: {\"O\":{\"s.a\":\"3\"}}"])
            _h.Store("s.a", "", $"NATS/1.0\r\n{headers}\r\n\r\n");
        _h.Store("s.b", "", "NATS/1.0\r\nNats-Incr: -1\r\n\r\n");
        RestoreAgain();

        Assert.Equal("{\"stream\":\"S\",\"seq\":4,\"val\":\"13\"}", Increment("s.a"));
        Assert.Equal("{\"stream\":\"S\",\"seq\":5,\"val\":\"0\"}", Increment("s.b"));
        JsonElement last = _h.ApiOk("STREAM.MSG.GET.S", "{\"seq\":4}").GetProperty("message");
        Assert.Contains(
            "Nats-Counter-Sources: {\"O\":{\"s.a\":\"3\"}}",
            System.Text.Encoding.UTF8.GetString(last.GetProperty("hdrs").GetBytesFromBase64()),
            StringComparison.Ordinal);

        string Increment(string subject) => _h.Ask(subject, "", "NATS/1.0\r\nNats-Incr: 1\r\n\r\n").Payload;
    }

    [Fact]
    public void Schedules_go_on_and_fire()
    {
        _h.CreateStream(more: ",\"allow_msg_schedules\":true");
        _h.Store("s.at", "once", "NATS/1.0\r\nNats-Schedule: @at 2024-01-01T00:01:00Z\r\nNats-Schedule-Target: s.t\r\n\r\n");
        _h.Store("s.every", "again", "NATS/1.0\r\nNats-Schedule: @every 10s\r\nNats-Schedule-Target: s.u\r\n\r\n");
        _h.Advance(TimeSpan.FromSeconds(11));
        RestoreAgain();
        Assert.Equal(["s.at", "s.every", "s.u"], Subjects());

        _h.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(["s.at", "s.every", "s.u", "s.u"], Subjects());

        // The one whose time goes by while there is only the backup fires when it is there again, and is done.
        Taken taken = Snapshot("S");
        _h.ApiOk("STREAM.DELETE.S");
        _h.Advance(TimeSpan.FromSeconds(60));
        Restore(_h, "S", taken.Answer.GetProperty("config").GetRawText(), taken.Content);
        _h.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["s.every", "s.u", "s.u", "s.u", "s.t"], Subjects());

        IEnumerable<string> Subjects() =>
            Backup.Read(Snapshot("S").Content).Where(e => e.Name.StartsWith("s.", StringComparison.Ordinal)).Select(e => e.Name);
    }

    [Fact]
    public void Messages_keep_their_times_to_live_and_leave_markers()
    {
        _h.CreateStream(more: ",\"allow_msg_ttl\":true,\"subject_delete_marker_ttl\":5000000000");
        _h.Store("s.a", "1", "NATS/1.0\r\nNats-TTL: 10\r\n\r\n");
        _h.Store("s.b", "2", "NATS/1.0\r\nNats-TTL: never\r\n\r\n");
        _h.Advance(TimeSpan.FromSeconds(4));
        RestoreAgain();

        _h.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(2, Last());
        _h.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(3, Last());
        RestoreAgain();
        Assert.Equal("s.a", Subject(3));
        _h.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(10037, _h.ApiError("STREAM.MSG.GET.S", "{\"seq\":3}").Code);
        Assert.Equal("s.b", Subject(2));

        int Last() => _h.ApiOk("STREAM.INFO.S").GetProperty("state").GetProperty("last_seq").GetInt32();
        string? Subject(int sequence) =>
            _h.ApiOk("STREAM.MSG.GET.S", $"{{\"seq\":{sequence}}}").GetProperty("message").GetProperty("subject").GetString();
    }

    [Theory]
    [InlineData("limits")]
    [InlineData("interest")]
    public void Many_consumers_come_back_with_what_waits_for_their_acks(string retention)
    {
        const int Count = 40;
        _h.CreateStream(more: $",\"retention\":\"{retention}\"");
        for (int i = 0; i < Count; i++)
            _h.CreateConsumer($"C{i}", $"\"durable_name\":\"C{i}\",\"ack_policy\":\"explicit\",\"ack_wait\":600000000000");
        for (int i = 0; i < 10; i++)
            _h.Store("s.a", $"{i}");
        for (int i = 0; i < Count; i++)
        {
            List<Received> got = _h.Pull($"C{i}", $"{{\"batch\":{1 + (i % 9)},\"no_wait\":true}}").TakeAll();
            foreach (Received each in got.Where((_, at) => at % 2 == 0))
                _h.Ack(each);
        }

        string[] before = [.. Enumerable.Range(0, Count).Select(Told)];
        string state = StateOf(_h);
        RestoreAgain();
        Assert.Equal(before, Enumerable.Range(0, Count).Select(Told));
        Assert.Equal(state, StateOf(_h));
        Assert.Equal("1", _h.Pull("C0").Take().Payload);

        string Told(int i)
        {
            JsonElement info = _h.Info($"C{i}");
            return $"{info.GetProperty("num_ack_pending")} {info.GetProperty("num_redelivered")} {info.GetProperty("num_pending")} "
                + $"{info.GetProperty("delivered").GetProperty("stream_seq")} {info.GetProperty("ack_floor").GetProperty("stream_seq")}";
        }
    }

    private sealed record Taken(JsonElement Answer, byte[] Content);

    /// <summary>Takes the stream away and brings it back.</summary>
    private void RestoreAgain()
    {
        Taken taken = Snapshot("S");
        _h.ApiOk("STREAM.DELETE.S");
        Restore(_h, "S", taken.Answer.GetProperty("config").GetRawText(), taken.Content);
        _h.Run();
    }

    private static Backup NewBackup(int consumers = 0, ulong first = 1, ulong last = 1) => new Backup().Add(
        "state.json",
        string.Create(
            CultureInfo.InvariantCulture,
            $$"""{"messages":1,"bytes":1,"first_seq":{{first}},"last_seq":{{last}},"consumer_count":{{consumers}}}"""));

    // The archive of older servers begins with the name of a file.
    private static byte[] Tar()
    {
        var framed = new Rivulet.JetStream.Backups.ByteQueue();
        Rivulet.JetStream.Backups.S2Frames.WriteStart(framed);
        Rivulet.JetStream.Backups.S2Frames.Write("meta.inf\0\0\0\0"u8, framed, Rivulet.JetStream.Backups.S2Block.NewTable());
        return framed.Unread.ToArray();
    }

    private void Fill(string more = "") => Fill(_h, more);

    /// <summary>Five messages, two of them removed, and a consumer that has one to ack that it delivered twice.</summary>
    private static void Fill(Harness h, string more = "")
    {
        h.CreateStream(more: more + ",\"allow_direct\":true");
        h.Store("s.a", "1", Headers);
        foreach (string payload in (string[])["2", "3", "4", "5"])
            h.Store("s." + "abcde"[payload[0] - '1'], payload);
        h.CreateConsumer("C", "\"durable_name\":\"C\",\"ack_policy\":\"explicit\"");
        List<Received> got = h.Pull("C", "{\"batch\":2}").TakeAll();
        h.Ack(got[0]);
        h.Ack(got[1], "-NAK");
        h.Pull("C").Take();
        h.ApiOk("STREAM.MSG.DELETE.S", "{\"seq\":3}");
        h.ApiOk("STREAM.MSG.DELETE.S", "{\"seq\":5}");
    }

    private void FillLarge()
    {
        _h.CreateStream();
        var random = new Random(5);
        for (int i = 0; i < 20; i++)
            _h.Store("s.a", string.Concat(Enumerable.Range(0, 500).Select(_ => (char)random.Next(33, 127))));
    }

    private static Harness OnDisk(SimulatedFileSystem disk)
    {
        var clock = new ManualTimeProvider();
        return new Harness(HeldStore.OnDisk(disk, clock), clock);
    }

    private static void Close(Harness h)
    {
        h.Account.Stop();
        h.FileStore.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    [Theory]
    [InlineData("""{"name":"S","mirror":{"name":"O"}}""")]
    [InlineData("""{"name":"S","sources":[{"name":"O"}]}""")]
    public void A_copy_of_a_stream_that_is_restored_goes_on_where_it_was(string config)
    {
        _h.ApiOk("STREAM.CREATE.O", """{"name":"O","subjects":["o"]}""");
        _h.ApiOk("STREAM.CREATE.S", config);
        for (int i = 1; i <= 3; i++)
            _h.Store("o", $"{i}");
        Taken taken = Snapshot("S");
        _h.ApiOk("STREAM.DELETE.S");
        _h.Store("o", "4");

        Restore(_h, "S", taken.Answer.GetProperty("config").GetRawText(), taken.Content);
        _h.Run();

        Assert.Equal(["1", "2", "3", "4"], Backup.Read(Snapshot("S").Content).Where(e => e.Name == "o").Select(e => e.Payload));
    }

    private Taken Snapshot(string stream, string more = "") => Snapshot(_h, stream, more);

    /// <summary>Takes a backup and acknowledges its chunks.</summary>
    private static Taken Snapshot(Harness h, string stream, string more = "")
    {
        using Inbox inbox = h.Router.Subscribe("_SNAPSHOT");
        JsonElement answer = h.ApiOk($"STREAM.SNAPSHOT.{stream}", $$"""{"deliver_subject":"_SNAPSHOT"{{more}}}""");
        var content = new List<byte>();
        while (true)
        {
            h.Run();
            Received chunk = inbox.Take();
            if (chunk.Content.Length == 0)
            {
                Assert.Equal("204", chunk.Status);
                return new Taken(answer, [.. content]);
            }

            content.AddRange(chunk.Content);
            if (chunk.Reply.Length > 0)
                h.Publish(chunk.Reply);
        }
    }

    private static string Begin(Harness h, string stream, string config)
    {
        JsonElement answer = h.ApiOk($"STREAM.RESTORE.{stream}", $$"""{"config":{{config}},"state":{"messages":1} }""");
        string subject = answer.GetProperty("deliver_subject").GetString()!;
        Assert.StartsWith($"$JS.SNAPSHOT.RESTORE.{stream}.", subject, StringComparison.Ordinal);
        return subject;
    }

    private static Received Send(Harness h, string upload, byte[] chunk)
    {
        using Inbox inbox = h.Router.Subscribe("_SENT");
        Assert.True(h.PublishBytes(upload, chunk, "_SENT"));
        return inbox.Take();
    }

    private static JsonElement Restore(Harness h, string stream, string config, byte[] backup)
    {
        string upload = Begin(h, stream, config);
        for (int at = 0; at < backup.Length; at += 100)
            Assert.Equal("", Send(h, upload, backup[at..Math.Min(backup.Length, at + 100)]).Payload);
        JsonElement answer = Json(Send(h, upload, []).Payload);
        Assert.False(answer.TryGetProperty("error", out JsonElement error), error.ToString());
        return answer;
    }

    private static JsonElement Json(string text)
    {
        using JsonDocument document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }

    private static string StateOf(Harness h) =>
        h.ApiOk("STREAM.INFO.S", """{"deleted_details":true}""").GetProperty("state").GetRawText();
}
