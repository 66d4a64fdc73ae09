using System.Globalization;
using System.Text;
using System.Text.Json;
using Rivulet.JetStream.Streams;
using Rivulet.JetStream.Tests.Consumers.Support;
using Rivulet.JetStream.Tests.Support;
using Rivulet.TestKit.Simulation;

namespace Rivulet.JetStream.Tests.Streams;

/// <summary>Messages that are published as one.</summary>
public sealed class AtomicBatchTests
{
    private readonly Harness _h = new();

    [Fact]
    public void A_batch_is_stored_when_it_is_complete()
    {
        Create();

        Assert.Equal("", Ask("s.a", "x", 1));
        Assert.Equal("", Ask("s.b", "x", 2));
        Assert.Equal(0, Messages());
        Assert.Equal("""{"stream":"S","seq":3,"batch":"x","count":3}""", Ask("s.c", "x", 3, "Nats-Batch-Commit: 1"));
        Assert.Equal(3, Messages());
        Assert.Equal("NATS/1.0\r\nNats-Batch-Id: x\r\nNats-Batch-Sequence: 2\r\n\r\n", HeadersOf(2));
        Assert.Equal("NATS/1.0\r\nNats-Batch-Id: x\r\nNats-Batch-Sequence: 3\r\nNats-Batch-Commit: 1\r\n\r\n", HeadersOf(3));
        Assert.Equal(0, _h.Engine.AtomicBatches.Count);
        Assert.Equal(0, _h.Engine.AtomicBatches.Bytes);
    }

    [Fact]
    public void A_message_that_only_ends_the_batch_is_not_stored()
    {
        Create();
        Ask("s.a", "x", 1);

        Assert.Equal("""{"stream":"S","seq":1,"batch":"x","count":1}""", Ask("s.b", "x", 2, "Nats-Batch-Commit: eob"));
        Assert.Equal(1, Messages());
        Assert.Equal("NATS/1.0\r\nNats-Batch-Id: x\r\nNats-Batch-Sequence: 1\r\nNats-Batch-Commit: 1\r\n\r\n", HeadersOf(1));
        Assert.Equal(10176, Error(Ask("s.b", "y", 1, "Nats-Batch-Commit: eob")));
    }

    [Fact]
    public void Readers_see_all_of_it_or_nothing_and_the_ack_waits_for_the_commit()
    {
        var clock = new ManualTimeProvider();
        HeldStore store = HeldStore.InMemory(clock);
        var h = new Harness(store, clock);
        h.CreateStream(more: ""","allow_atomic":true""");
        using Inbox inbox = h.Router.Subscribe("_R.>");
        store.IsHeld = true;
        h.Publish("s.a", "1", "", Headers("x", 1));
        h.Publish("s.b", "2", "_R.1", Headers("x", 2, "Nats-Batch-Commit: 1"));
        Assert.Equal(0, inbox.Count);
        store.Commit();

        Assert.Equal("""{"stream":"S","seq":2,"batch":"x","count":2}""", inbox.Take().Payload);
    }

    [Theory]
    [InlineData("Nats-Batch-Id: z", 10175)]
    [InlineData("Nats-Batch-Id: z\r\nNats-Batch-Sequence: q", 10175)]
    [InlineData("Nats-Batch-Id: z\r\nNats-Batch-Sequence: 0", 10176)]
    [InlineData("Nats-Batch-Id: z\r\nNats-Batch-Sequence: 2", 10176)]
    [InlineData("Nats-Batch-Id: z\r\nNats-Batch-Sequence: 1001", 10199)]
    [InlineData("Nats-Batch-Id: z\r\nNats-Batch-Sequence: 1001\r\nNats-Batch-Commit: eob", 10176)]
    [InlineData("Nats-Batch-Id: z\r\nNats-Batch-Sequence: 1\r\nNats-Batch-Commit: 0", 10200)]
    [InlineData("Nats-Batch-Id: z\r\nNats-Batch-Sequence: 1\r\nNats-Batch-Commit: ", 10200)]
    [InlineData("Nats-Batch-Id: z\r\nNats-Batch-Sequence: 1\r\nNats-Required-Api-Level: 6", 10185)]
    public void Headers_that_make_no_batch_are_refused(string headers, int code)
    {
        Create();

        Assert.Equal(code, Error(_h.Ask("s.a", "", $"NATS/1.0\r\n{headers}\r\n\r\n").Payload));
        Assert.Equal(0, _h.Engine.AtomicBatches.Count);
    }

    [Fact]
    public void An_id_has_at_most_64_bytes()
    {
        Create();

        Assert.Equal(0, Error(Ask("s.a", new string('i', 64), 1, "Nats-Batch-Commit: 1")));
        Assert.Equal(10179, Error(Ask("s.a", new string('i', 65), 1, "Nats-Batch-Commit: 1")));
    }

    [Theory]
    [InlineData(3, "A: b", 10176)]
    [InlineData(1, "A: b", 10176)]
    [InlineData(2, "Nats-Batch-Commit: true", 10200)]
    [InlineData(2, "Nats-Required-Api-Level: 6", 10185)]
    public void A_message_that_does_not_follow_ends_the_batch(int sequence, string header, int code)
    {
        Create();
        Ask("s.a", "x", 1);

        Assert.Equal(code, Error(Ask("s.a", "x", sequence, header)));
        Assert.Equal(10176, Error(Ask("s.a", "x", 2, "Nats-Batch-Commit: 1")));
        Assert.Equal(0, Messages());
    }

    [Fact]
    public void A_message_that_is_too_large_leaves_the_batch_as_it_is()
    {
        Create(""","max_msg_size":100""");
        Ask("s.a", "x", 1);

        Assert.Equal(10054, Error(_h.Ask("s.a", new string('p', 200), Headers("x", 2)).Payload));
        Assert.Equal("""{"stream":"S","seq":2,"batch":"x","count":2}""", Ask("s.a", "x", 2, "Nats-Batch-Commit: 1"));
    }

    [Fact]
    public void A_batch_has_at_most_a_thousand_messages()
    {
        Create();
        for (int i = 1; i <= 1000; i++)
            Ask("s.a", "k", i);
        Assert.Equal("""{"stream":"S","seq":1000,"batch":"k","count":1000}""", Ask("s.a", "k", 1001, "Nats-Batch-Commit: eob"));

        for (int i = 1; i <= 1000; i++)
            Ask("s.a", "k", i);
        Assert.Equal(10199, Error(Ask("s.a", "k", 1001, "Nats-Batch-Commit: 1")));
        Assert.Equal(1000, Messages());
    }

    [Fact]
    public void A_stream_has_at_most_fifty_unfinished_batches()
    {
        Create();
        for (int i = 0; i < 50; i++)
            Assert.Equal("", Ask("s.a", Text(i), 1));

        Assert.Equal(10210, Error(Ask("s.a", "one more", 1)));
        Ask("s.a", "0", 2, "Nats-Batch-Commit: 1");
        Assert.Equal("", Ask("s.a", "one more", 1));
        _h.ApiOk("STREAM.DELETE.S");
        Assert.Equal(0, _h.Engine.AtomicBatches.Count);
        Assert.Equal(0, _h.Engine.AtomicBatches.Bytes);
    }

    [Fact]
    public void A_server_has_at_most_a_thousand_unfinished_batches()
    {
        for (int stream = 0; stream < 21; stream++)
            _h.CreateStream($"S{stream}", ""","allow_atomic":true""");
        for (int i = 0; i < 1000; i++)
            Assert.Equal("", Ask($"s{i / 50}.a", Text(i), 1));

        Assert.Equal(10210, Error(Ask("s20.a", "one more", 1)));
    }

    [Fact]
    public void A_server_may_have_other_limits_for_batches()
    {
        var limits = new PublishBatchLimits { InflightPerStream = 1, InflightTotal = 2, AtomicMessages = 2, Timeout = TimeSpan.FromSeconds(1) };
        var h = new Harness(options: new JetStreamOptions { StoreDirectory = "", Batches = limits });
        for (int stream = 0; stream < 3; stream++)
            h.CreateStream($"S{stream}", ""","allow_atomic":true""");
        string Ask(string subject, string id, int sequence) => h.Ask(subject, "", Headers(id, sequence)).Payload;

        Assert.Equal("", Ask("s0.a", "x", 1));
        Assert.Equal(10210, Error(Ask("s0.a", "y", 1)));
        Assert.Equal("", Ask("s1.a", "x", 1));
        Assert.Equal(10210, Error(Ask("s2.a", "x", 1)));
        Assert.Equal("", Ask("s0.a", "x", 2));
        Assert.Contains("2", JsonDocument.Parse(Ask("s0.a", "x", 3)).RootElement.GetProperty("error").GetProperty("description").GetString());
        Assert.Equal(1, h.Engine.AtomicBatches.Count);
        h.Advance(TimeSpan.FromSeconds(1.1));
        Assert.Equal(0, h.Engine.AtomicBatches.Count);
    }

    [Fact]
    public void A_batch_that_is_left_alone_is_given_up()
    {
        Create();
        Ask("s.a", "x", 1);
        Ask("s.a", "y", 1);
        _h.Advance(TimeSpan.FromSeconds(6));
        Ask("s.a", "y", 2);
        _h.Advance(TimeSpan.FromSeconds(6));

        Assert.Equal(1, _h.Engine.AtomicBatches.Count);
        Assert.Equal(10176, Error(Ask("s.a", "x", 2, "Nats-Batch-Commit: 1")));
        Assert.Equal(0, Error(Ask("s.a", "y", 3, "Nats-Batch-Commit: 1")));
        Ask("s.a", "z", 1);
        _h.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal(0, _h.Engine.AtomicBatches.Count);
        Assert.Equal(0, _h.Engine.AtomicBatches.Bytes);
    }

    /// <summary>The messages of a batch, each a subject and its header lines, and what it is answered with.</summary>
    public static TheoryData<string[], string> Checks() => new()
    {
        { ["s.a|Nats-Expected-Last-Msg-Id: q"], "10177 atomic publish unsupported header used: Nats-Expected-Last-Msg-Id" },
        { ["s.a|Nats-Msg-Id: m", "s.a|Nats-Msg-Id: m"], "10201 atomic publish batch contains duplicate message id" },
        { ["s.a|Nats-Msg-Id: old"], "10201 atomic publish batch contains duplicate message id" },
        { ["s.a|Nats-Expected-Last-Sequence: 2", "s.a|"], "" },
        { ["s.a|Nats-Expected-Last-Sequence: 9"], "10071 wrong last sequence: 2" },
        { ["s.a|", "s.a|Nats-Expected-Last-Sequence: 2"], "10071 wrong last sequence: 3" },
        { ["s.a|", "s.a|Nats-Expected-Last-Sequence: 3"], "10164 wrong last sequence" },
        { ["s.n|Nats-Expected-Last-Subject-Sequence: 0", "s.n|"], "" },
        { ["s.n|", "s.n|Nats-Expected-Last-Subject-Sequence: 0"], "10164 wrong last sequence" },
        { ["s.a|", "s.b|Nats-Expected-Last-Subject-Sequence: 1"], "10071 wrong last sequence: 2" },
        { ["s.x|Nats-Expected-Last-Subject-Sequence-Subject: s.a"], "10193 missing sequence for expected last sequence per subject" },
        {
            ["s.x|Nats-Expected-Last-Subject-Sequence: 1\r\nNats-Expected-Last-Subject-Sequence-Subject: s.a", "s.a|",
             "s.y|Nats-Expected-Last-Subject-Sequence: 1\r\nNats-Expected-Last-Subject-Sequence-Subject: s.a"],
            "10164 wrong last sequence"
        },
        { ["s.a|Nats-Expected-Stream: T"], "10060 expected stream does not match" },
        { ["s.a|Nats-TTL: x"], "10165 invalid per-message TTL" },
        { ["s.a|Nats-Incr: 5"], "10168 message counters is disabled" },
        { ["s.a|Nats-Stream-Source: x"], "10227 message stream source header is not allowed" },
        { ["s.a|", "s.b|Nats-Rollup: sub", "s.a|"], "" },
        { ["s.a|", "s.a|Nats-Rollup: sub"], "10111 batch rollup sub invalid" },
        { ["s.a|Nats-Rollup: all", "s.b|"], "" },
        { ["s.a|", "s.b|Nats-Rollup: all"], "10111 batch rollup all invalid" },
        { ["s.a|Nats-Rollup: y"], "10111 rollup value invalid: \"y\"" },
    };

    [Theory]
    [MemberData(nameof(Checks))]
    public void Each_message_is_checked_and_one_refusal_is_of_the_whole_batch(string[] messages, string refusal)
    {
        Create(""","allow_msg_ttl":true,"allow_rollup_hdrs":true""");
        _h.Store("s.a", "", "NATS/1.0\r\nNats-Msg-Id: old\r\n\r\n");
        _h.Store("s.b");

        string answer = AskAll(messages);

        if (refusal.Length == 0)
        {
            Assert.Equal($$"""{"stream":"S","seq":{{messages.Length + 2}},"batch":"x","count":{{messages.Length}}}""", answer);
            return;
        }

        using JsonDocument json = JsonDocument.Parse(answer);
        JsonElement error = json.RootElement.GetProperty("error");
        Assert.Equal(refusal, $"{error.GetProperty("err_code").GetInt32()} {error.GetProperty("description").GetString()}");
        Assert.Equal(2, Messages());
        Assert.Equal(3UL, _h.Store("s.b"));
        Assert.Equal(0, _h.Engine.AtomicBatches.Count);
    }

    [Fact]
    public void A_stream_that_discards_new_messages_takes_all_or_none()
    {
        Create(""","discard":"new","max_msgs":2""");

        Assert.Contains("maximum messages exceeded", AskAll("s.a|", "s.b|", "s.c|"), StringComparison.Ordinal);
        Assert.Equal(0, Messages());
        Assert.Equal("""{"stream":"S","seq":2,"batch":"x","count":2}""", AskAll("s.a|", "s.b|"));
    }

    [Fact]
    public void A_rollup_of_a_subject_with_wildcards_removes_what_matches_it()
    {
        Create(""","allow_rollup_hdrs":true""");
        foreach (string subject in (string[])["s.a.1", "s.b.1", "s.a.2"])
            _h.Store(subject);
        AskAll("s.c|", "s.a.*|Nats-Rollup: sub", "s.a.3|");

        Assert.Equal(4, Messages());
        Assert.NotEqual("", HeadersOf(5));
    }

    [Fact]
    public void Ids_of_a_batch_are_remembered()
    {
        Create();
        AskAll("s.a|Nats-Msg-Id: m1", "s.b|Nats-Msg-Id: m2");

        Assert.Equal("""{"stream":"S","seq":2,"duplicate": true}""", _h.Ask("s.a", "", "NATS/1.0\r\nNats-Msg-Id: m2\r\n\r\n").Payload);
        Assert.Equal("""{"stream":"S","seq":3}""", _h.Ask("s.a", "", "NATS/1.0\r\nNats-Expected-Last-Msg-Id: m2\r\n\r\n").Payload);
    }

    [Fact]
    public void The_api_level_is_not_stored()
    {
        Create();
        AskAll("s.a|Nats-Required-Api-Level: 5");

        Assert.Equal("NATS/1.0\r\nNats-Batch-Id: x\r\nNats-Batch-Sequence: 1\r\nNats-Batch-Commit: 1\r\n\r\n", HeadersOf(1));
    }

    [Fact]
    public void Counters_count_through_a_batch()
    {
        Create(""","allow_msg_counter":true,"subject_transform":{"src":"s.*.t","dest":"s.$1"}""");
        AskAll("s.a|Nats-Incr: 1");

        Assert.Equal(
            """{"stream":"S","seq":5,"batch":"x","count":4}""",
            AskAll("s.a|Nats-Incr: 1", "s.a.t|Nats-Incr: 2", "s.b|Nats-Incr: 7", "s.a|Nats-Incr: 10"));

        Assert.Equal("1 2 4 7 14", string.Join(' ', Enumerable.Range(1, 5).Select(ValueOf)));
        Assert.Equal("""{"stream":"S","seq":6,"val":"15"}""", _h.Ask("s.a", "", "NATS/1.0\r\nNats-Incr: 1\r\n\r\n").Payload);
        Assert.Equal(10169, Error(AskAll("s.a|")));
    }

    [Fact]
    public async Task Counters_of_a_batch_are_read_back_after_a_restart()
    {
        var clock = new ManualTimeProvider();
        var disk = new SimulatedFileSystem();
        var h = new Harness(HeldStore.OnDisk(disk, clock), clock);
        h.CreateStream(more: ""","allow_msg_counter":true,"allow_atomic":true""");
        h.Publish("s.a", "", "", "NATS/1.0\r\nNats-Incr: 5\r\n\r\n");
        h.Publish("s.b", "", "", "NATS/1.0\r\nNats-Incr: 7\r\n\r\n");
        await h.Engine.DisposeAsync();
        h = new Harness(HeldStore.OnDisk(disk, clock), clock);

        h.Publish("s.a", "", "", Headers("x", 1, "Nats-Incr: 1"));
        h.Publish("s.b", "", "", Headers("x", 2, "Nats-Incr: 1"));
        h.Publish("s.c", "", "", Headers("x", 3, "Nats-Batch-Commit: eob"));

        Assert.Equal("""{"stream":"S","seq":5,"val":"7"}""", h.Ask("s.a", "", "NATS/1.0\r\nNats-Incr: 1\r\n\r\n").Payload);
        Assert.Equal("""{"stream":"S","seq":6,"val":"9"}""", h.Ask("s.b", "", "NATS/1.0\r\nNats-Incr: 1\r\n\r\n").Payload);
        await h.Engine.DisposeAsync();
    }

    [Fact]
    public void Messages_of_a_batch_are_republished_with_the_sequence_before()
    {
        Create(""","republish":{"src":"s.a","dest":"r"}""");
        _h.Store("s.a");
        using Inbox inbox = _h.Router.Subscribe("r");

        AskAll("s.a|", "s.b|", "s.a|");

        List<Received> got = inbox.TakeAll();
        Assert.Equal(["2", "4"], got.Select(m => m.Header("Nats-Sequence")));
        Assert.Equal(["1", "2"], got.Select(m => m.Header("Nats-Last-Sequence")));
    }

    [Fact]
    public void A_time_to_live_counts_within_a_batch()
    {
        Create(""","allow_msg_ttl":true""");
        AskAll("s.a|Nats-TTL: 5", "s.b|");
        _h.Advance(TimeSpan.FromSeconds(6));

        Assert.Equal(1, Messages());
    }

    [Fact]
    public void The_bytes_of_unfinished_batches_are_bounded()
    {
        var budget = new UnfinishedBatches(1);

        Assert.True(budget.TryHold(UnfinishedBatches.BytesMax));
        Assert.False(budget.TryHold(1));
        budget.Release(1);
        Assert.True(budget.TryHold(1));
    }

    private static string Headers(string id, int sequence, string more = "") =>
        $"NATS/1.0\r\nNats-Batch-Id: {id}\r\nNats-Batch-Sequence: {Text(sequence)}\r\n{(more.Length > 0 ? more + "\r\n" : "")}\r\n";

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static int Error(string answer)
    {
        if (answer.Length == 0)
            return 0;
        using JsonDocument json = JsonDocument.Parse(answer);
        return json.RootElement.TryGetProperty("error", out JsonElement error) ? error.GetProperty("err_code").GetInt32() : 0;
    }

    private void Create(string more = "") => _h.CreateStream(more: ""","allow_atomic":true""" + more);

    private string Ask(string subject, string id, int sequence, string more = "") =>
        _h.Ask(subject, "", Headers(id, sequence, more)).Payload;

    private string AskAll(params string[] messages)
    {
        string answer = "";
        for (int i = 0; i < messages.Length; i++)
        {
            string[] parts = messages[i].Split('|');
            string end = i == messages.Length - 1 ? "Nats-Batch-Commit: 1" : "";
            string more = string.Join("\r\n", new[] { end, parts[1] }.Where(line => line.Length > 0));
            Assert.Equal("", answer);
            answer = Ask(parts[0], "x", i + 1, more);
        }

        return answer;
    }

    private int Messages() => _h.ApiOk("STREAM.INFO.S").GetProperty("state").GetProperty("messages").GetInt32();

    private string HeadersOf(int sequence) => Encoding.UTF8.GetString(Message(sequence).GetProperty("hdrs").GetBytesFromBase64());

    private string? ValueOf(int sequence)
    {
        using JsonDocument body = JsonDocument.Parse(Message(sequence).GetProperty("data").GetBytesFromBase64());
        return body.RootElement.GetProperty("val").GetString();
    }

    private JsonElement Message(int sequence) =>
        _h.ApiOk("STREAM.MSG.GET.S", $$"""{"seq":{{sequence}}}""").GetProperty("message");
}
