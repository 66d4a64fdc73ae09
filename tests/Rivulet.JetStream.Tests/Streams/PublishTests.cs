using System.Text.Json;
using Rivulet.JetStream.Tests.Consumers.Support;
using Rivulet.Storage;
using Rivulet.TestKit.Simulation;

namespace Rivulet.JetStream.Tests.Streams;

/// <summary>Publishing to a stream: what is stored, what is answered, and which check speaks first.</summary>
public sealed class PublishTests
{
    private readonly Harness _h = new();

    [Fact]
    public void An_ack_names_stream_and_sequence()
    {
        _h.CreateStream();

        Assert.Equal("""{"stream":"S","seq":1}""", _h.Ask("s.a", "x").Payload);
        Assert.Equal("""{"stream":"S","seq":2}""", _h.Ask("s.b", "y").Payload);
    }

    [Fact]
    public void An_ack_names_the_domain()
    {
        var h = new Harness(options: new JetStreamOptions { StoreDirectory = "", Domain = "hub" });
        h.CreateStream();

        Assert.Equal("""{"stream":"S","domain":"hub","seq":1}""", h.Ask("s.a").Payload);
        Assert.Equal("hub", h.ApiOk("INFO").GetProperty("domain").GetString());
        Assert.Equal("account_info_response", Type(h.Ask("$JS.hub.API.INFO").Payload));
    }

    [Fact]
    public void A_subject_that_no_stream_captures_has_no_responders()
    {
        _h.CreateStream();

        Assert.False(_h.Publish("t.a", reply: "_R"));
    }

    [Fact]
    public void Nothing_is_answered_without_a_reply_subject_or_with_no_ack()
    {
        _h.CreateStream(more: ""","no_ack":true,"max_msg_size":5""");
        using Inbox inbox = _h.Router.Subscribe("_R");

        Assert.True(_h.Publish("s.a", "x", reply: "_R"));
        Assert.True(_h.Publish("s.a", "too large", reply: "_R"));
        Assert.True(_h.Publish("s.a", "x"));
        Assert.Equal(0, inbox.Count);
        Assert.Equal(2, State().GetProperty("messages").GetInt32());
    }

    /// <summary>Every check with a header or payload that fails it, in the order of the checks.</summary>
    private static readonly (string Name, string Headers, int PayloadBytes, int Code)[] Violations =
    [
        ("size", "", 70_001, 10054),
        ("batch", "Nats-Batch-Id: b\r\n", 1, 10174),
        ("header size", $"X: {new string('x', 65_600)}\r\n", 1, 10097),
        ("increment", "Nats-Incr: 1\r\n", 1, 10168),
        ("stream", "Nats-Expected-Stream: T\r\n", 1, 10060),
        ("TTL disabled", "Nats-TTL: 5\r\n", 1, 10166),
        ("last sequence of subject", "Nats-Expected-Last-Subject-Sequence: 9\r\n", 1, 10071),
        ("last sequence", "Nats-Expected-Last-Sequence: 9\r\n", 1, 10071),
        ("schedule", "Nats-Schedule: @at 2030-01-01T00:00:00Z\r\n", 1, 10188),
        ("source", "Nats-Stream-Source: x\r\n", 1, 10227),
        ("duplicate", "Nats-Msg-Id: id1\r\n", 1, 0),
        ("last id", "Nats-Expected-Last-Msg-Id: zz\r\n", 1, 10070),
        ("rollup", "Nats-Rollup: sub\r\n", 1, 10111),
    ];

    public static TheoryData<int, int> Pairs()
    {
        var pairs = new TheoryData<int, int>();
        for (int first = 0; first < Violations.Length; first++)
        {
            for (int second = first; second < Violations.Length; second++)
                pairs.Add(first, second);
        }

        return pairs;
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Of_two_violations_the_first_in_the_order_of_checks_is_told(int first, int second)
    {
        _h.CreateStream(more: ""","max_msg_size":70000""");
        _h.Store("s.a", "1", "NATS/1.0\r\nNats-Msg-Id: id1\r\n\r\n");
        (string name, string headers, int bytes, int code) = Violations[first];
        string more = first == second ? "" : Violations[second].Headers;
        int payload = Math.Max(bytes, Violations[second].PayloadBytes);

        // The headers come in the other order, so that it is the order of the checks that decides.
        string answer = _h.Ask("s.a", new string('p', payload), $"NATS/1.0\r\n{more}{headers}\r\n").Payload;

        if (code == 0)
            Assert.Equal("""{"stream":"S","seq":1,"duplicate": true}""", answer);
        else
            Assert.True(ErrorOf(answer).Code == code, $"{name}: {answer}");
        Assert.Equal(1, State().GetProperty("messages").GetInt32());
    }

    [Fact]
    public void A_sealed_stream_says_so_before_anything_else()
    {
        _h.CreateStream();
        _h.ApiOk("STREAM.UPDATE.S", """{"name":"S","subjects":["s.>"],"sealed":true,"max_msg_size":5}""");

        Assert.Equal(10109, ErrorOf(_h.Ask("s.a", "too large", Headers("Nats-Batch-Id: b"))).Code);
    }

    [Theory]
    [InlineData("Nats-Expected-Last-Subject-Sequence: 1", null)]
    [InlineData("Nats-Expected-Last-Subject-Sequence: 001", null)]
    [InlineData("Nats-Expected-Last-Subject-Sequence: 0", "wrong last sequence: 1")]
    [InlineData("Nats-Expected-Last-Subject-Sequence: 2", "wrong last sequence: 1")]
    [InlineData("Nats-Expected-Last-Subject-Sequence: x", "wrong last sequence: 1")]
    [InlineData("Nats-Expected-Last-Subject-Sequence: -1", "wrong last sequence: 1")]
    [InlineData("Nats-Expected-Last-Subject-Sequence: 18446744073709551616", "wrong last sequence: 1")]
    [InlineData("Nats-Expected-Last-Subject-Sequence:", null)]
    [InlineData("nats-expected-last-subject-sequence: 9", null)]
    [InlineData("Nats-Expected-Last-Sequence: 2", null)]
    [InlineData("Nats-Expected-Last-Sequence: 1", "wrong last sequence: 2")]
    [InlineData("Nats-Expected-Last-Subject-Sequence: 2\r\nNats-Expected-Last-Subject-Sequence-Subject: s.*", null)]
    [InlineData("Nats-Expected-Last-Subject-Sequence: 1\r\nNats-Expected-Last-Subject-Sequence-Subject: s.>", "wrong last sequence: 2")]
    [InlineData("Nats-Expected-Last-Subject-Sequence: 0\r\nNats-Expected-Last-Subject-Sequence-Subject: s.c", null)]
    [InlineData("Nats-Expected-Last-Subject-Sequence-Subject: s.c", "missing sequence for expected last sequence per subject")]
    public void An_expected_sequence_is_held_against_the_last_one(string header, string? refusal)
    {
        _h.CreateStream();
        _h.Store("s.a", "1");
        _h.Store("s.b", "2");

        string answer = _h.Ask("s.a", "x", Headers(header)).Payload;

        Assert.Equal(refusal, refusal is null ? null : ErrorOf(answer).Text);
        if (refusal is null)
            Assert.Equal("""{"stream":"S","seq":3}""", answer);
    }

    [Fact]
    public void After_a_purge_of_the_subject_no_message_is_expected_again()
    {
        _h.CreateStream();
        _h.Store("s.a", "1");
        _h.ApiOk("STREAM.PURGE.S", """{"filter":"s.a"}""");

        Assert.Equal("""{"stream":"S","seq":2}""", _h.Ask("s.a", "x", Headers("Nats-Expected-Last-Subject-Sequence: 0")).Payload);
    }

    [Fact]
    public void A_message_id_is_taken_once_in_its_window()
    {
        _h.CreateStream(more: ""","duplicate_window":1000000000""");
        _h.Store("s.a", "1", Headers("Nats-Msg-Id: x"));
        _h.Store("s.a", "2", Headers("Nats-Msg-Id: y"));

        Assert.Equal("""{"stream":"S","seq":1,"duplicate": true}""", _h.Ask("s.b", "3", Headers("Nats-Msg-Id: x")).Payload);
        _h.Advance(TimeSpan.FromSeconds(1.1));
        Assert.Equal("""{"stream":"S","seq":3}""", _h.Ask("s.b", "3", Headers("Nats-Msg-Id: x")).Payload);
    }

    [Fact]
    public void A_refused_message_leaves_no_id_behind()
    {
        _h.CreateStream();
        _h.Ask("s.a", "1", Headers("Nats-Msg-Id: x\r\nNats-Expected-Last-Sequence: 9"));

        Assert.Equal("""{"stream":"S","seq":1}""", _h.Ask("s.a", "1", Headers("Nats-Msg-Id: x")).Payload);
    }

    [Fact]
    public void The_expected_last_id_is_that_of_the_last_message()
    {
        _h.CreateStream();
        _h.Store("s.a", "1", Headers("Nats-Msg-Id: x"));

        Assert.Equal("wrong last msg ID: x", ErrorOf(_h.Ask("s.a", "", Headers("Nats-Expected-Last-Msg-Id: y"))).Text);
        _h.Store("s.a", "2", Headers("Nats-Expected-Last-Msg-Id: x"));
        Assert.Equal("wrong last msg ID: ", ErrorOf(_h.Ask("s.a", "", Headers("Nats-Expected-Last-Msg-Id: x"))).Text);
    }

    [Theory]
    [InlineData("sub", "s.b s.b s.a")]
    [InlineData("SUB", "s.b s.b s.a")]
    [InlineData("all", "s.a")]
    public void A_rollup_removes_what_came_before(string scope, string left)
    {
        _h.CreateStream(more: ""","allow_rollup_hdrs":true""");
        foreach (string subject in (string[])["s.a", "s.b", "s.a", "s.b"])
            _h.Store(subject);
        _h.Store("s.a", "rolled", Headers("Nats-Rollup: " + scope));

        Assert.Equal(left, string.Join(' ', Subjects()));
    }

    [Theory]
    [InlineData("s.a.*", "s.b.1 s.a.x.y s.a.*")]
    [InlineData("s.a.>", "s.b.1 s.a.>")]
    [InlineData("s.*.1", "s.a.2 s.a.x.y s.*.1")]
    [InlineData("s.c.*", "s.a.1 s.a.2 s.b.1 s.a.x.y s.c.*")]
    public void A_rollup_of_a_subject_with_wildcards_removes_what_matches_it(string subject, string left)
    {
        _h.CreateStream(more: ""","allow_rollup_hdrs":true""");
        foreach (string stored in (string[])["s.a.1", "s.a.2", "s.b.1", "s.a.x.y"])
            _h.Store(stored);
        _h.Store(subject, "rolled", Headers("Nats-Rollup: sub"));

        Assert.Equal(left, string.Join(' ', Subjects()));
        _h.Store("s.a.1");
        Assert.Equal(left + " s.a.1", string.Join(' ', Subjects()));
    }

    [Fact]
    public void A_rollup_of_an_unknown_kind_is_refused()
    {
        _h.CreateStream(more: ""","allow_rollup_hdrs":true""");

        Assert.Equal((10111, "rollup value invalid: \"some\""), ErrorOf(_h.Ask("s.a", "", Headers("Nats-Rollup: Some"))));
    }

    [Theory]
    [InlineData(""","max_msgs":2,"discard":"new" """, "maximum messages exceeded")]
    [InlineData(""","max_bytes":80,"discard":"new" """, "maximum bytes exceeded")]
    [InlineData(""","max_msgs_per_subject":2,"discard":"new","discard_new_per_subject":true""", "maximum messages per subject exceeded")]
    public void A_full_stream_that_discards_new_ones_refuses(string limit, string text)
    {
        _h.CreateStream(more: limit);
        _h.Store("s.a", new string('x', 20));
        _h.Ask("s.a", new string('x', 20));

        string answer = _h.Ask("s.a", new string('x', 20), Headers("Nats-Rollup: ")).Payload;

        Assert.Equal(
            $$"""{"error":{"code":503,"err_code":10077,"description":"{{text}}"},"stream":"S","seq":0}""", answer);
    }

    [Fact]
    public void A_duplicate_is_told_even_if_the_stream_is_full()
    {
        _h.CreateStream(more: ""","max_msgs":1,"discard":"new" """);
        _h.Store("s.a", "1", Headers("Nats-Msg-Id: x"));

        Assert.Equal("""{"stream":"S","seq":1,"duplicate": true}""", _h.Ask("s.a", "1", Headers("Nats-Msg-Id: x")).Payload);
    }

    [Fact]
    public void A_store_without_memory_for_its_index_says_so()
    {
        var clock = new ManualTimeProvider();
        var h = new Harness(new MemoryMessageStore(clock, new Random(1), indexMemoryMaxBytes: 100 << 10), clock);
        h.CreateStream();
        int stored = 0;
        string answer;
        while (!(answer = h.Ask("s." + stored, "1").Payload).Contains("error"))
            stored++;
        Assert.InRange(stored, 100, 10_000);
        Assert.Contains(
            """{"error":{"code":500,"err_code":10028,"description":"insufficient memory resources available"}""", answer);
        h.ApiOk("STREAM.PURGE.S");
        h.Store("s.a", "1");
    }

    [Fact]
    public void Account_and_server_limits_are_held()
    {
        var account = new Harness(limits: new Hosting.AccountLimits { MaxStoreBytes = 100 });
        account.CreateStream();
        account.Store("s.a", "1");
        Assert.Equal(10002, ErrorOf(account.Ask("s.a", new string('x', 100))).Code);

        var server = new Harness(options: new JetStreamOptions { StoreDirectory = "", MaxStoreBytes = 50 });
        server.CreateStream();
        server.Store("s.a", new string('x', 100));
        Assert.Equal((10023, "insufficient resources"), ErrorOf(server.Ask("s.a", "1")));
        server.ApiOk("STREAM.PURGE.S");
        server.Store("s.a", "1");
    }

    [Theory]
    [InlineData("NATS/1.0 503 No\r\nA: b\r\n\r\n", "NATS/1.0\r\nA: b\r\n\r\n")]
    [InlineData("NATS/1.0 100\r\n\r\n", "")]
    [InlineData("NATS/1.0\r\nA: b\r\n\r\n", "NATS/1.0\r\nA: b\r\n\r\n")]
    [InlineData("garbage\r\n\r\n", "garbage\r\n\r\n")]
    public void The_status_of_a_stored_message_is_taken_off(string published, string stored)
    {
        _h.CreateStream();
        _h.Store("s.a", "x", published);

        JsonElement message = _h.ApiOk("STREAM.MSG.GET.S", """{"seq":1}""").GetProperty("message");
        string headers = message.TryGetProperty("hdrs", out JsonElement hdrs)
            ? System.Text.Encoding.UTF8.GetString(hdrs.GetBytesFromBase64())
            : "";
        Assert.Equal(stored, headers);
    }

    [Fact]
    public void The_pattern_of_fast_batches_is_refused()
    {
        _h.CreateStream();
        using Inbox inbox = _h.Router.Subscribe("_I.>");
        _h.Publish("s.a", "x", "_I.p.id.5.ok.1.0.$FI");

        Assert.Equal((10205, "batch publish is disabled"), ErrorOf(inbox.Take()));
    }

    private static string Headers(string lines) => $"NATS/1.0\r\n{lines}\r\n\r\n";

    private static (int Code, string Text) ErrorOf(Received answer) => ErrorOf(answer.Payload);

    private static (int Code, string Text) ErrorOf(string answer)
    {
        using JsonDocument json = JsonDocument.Parse(answer);
        Assert.True(json.RootElement.TryGetProperty("error", out JsonElement error), answer);
        return (error.GetProperty("err_code").GetInt32(), error.GetProperty("description").GetString()!);
    }

    private static string Type(string json) => JsonDocument.Parse(json).RootElement.GetProperty("type").GetString()!.Split('.')[^1];

    private JsonElement State() => _h.ApiOk("STREAM.INFO.S").GetProperty("state");

    private IEnumerable<string> Subjects()
    {
        JsonElement state = State();
        for (ulong i = state.GetProperty("first_seq").GetUInt64(); i <= state.GetProperty("last_seq").GetUInt64(); i++)
        {
            JsonElement response = _h.Api("STREAM.MSG.GET.S", $$"""{"seq":{{i}}}""");
            if (response.TryGetProperty("message", out JsonElement message))
                yield return message.GetProperty("subject").GetString()!;
        }
    }
}
