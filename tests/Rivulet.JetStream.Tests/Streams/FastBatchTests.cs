using System.Text.Json;
using Rivulet.JetStream.Tests.Consumers.Support;
using Rivulet.JetStream.Tests.Support;
using Rivulet.TestKit.Simulation;

namespace Rivulet.JetStream.Tests.Streams;

/// <summary>Batches that are stored while they come, by a conversation on reply subjects.</summary>
public sealed class FastBatchTests : IDisposable
{
    private const string Wrong = "Nats-Expected-Last-Sequence: 9999";

    private readonly Harness _h = new();
    private readonly Inbox _inbox;

    public FastBatchTests() => _inbox = _h.Router.Subscribe("_R.>");

    public void Dispose() => _inbox.Dispose();

    [Fact]
    public void A_batch_is_stored_as_it_comes_and_acknowledged_at_its_end()
    {
        Create();

        Assert.Equal("""{"type":"ack","seq":0,"msgs":10}""", Say("a", 1, 0));
        Assert.Equal("", Say("a", 2, 1));
        Assert.Equal(2, Messages());
        Assert.Equal("""{"stream":"S","seq":3,"batch":"a","count":3}""", Say("a", 3, 2));
        Assert.Equal("10208", Say("a", 4, 1));
        Assert.Equal(0, _h.Engine.FastBatches.Count);
    }

    [Fact]
    public void A_batch_may_be_one_message_or_end_behind_its_last()
    {
        Create();

        Assert.Equal("""{"stream":"S","seq":1,"batch":"a","count":1}""", Say("a", 1, 2));
        Say("a", 1, 0);
        Assert.Equal("""{"stream":"S","seq":2,"batch":"a","count":1}""", Say("a", 2, 3));
        Assert.Equal(2, Messages());
    }

    [Theory]
    [InlineData("_R.$FI", "10206")]
    [InlineData("_R.x.$FI", "10206")]
    [InlineData("_R.p.id.10.fail.1.9.$FI", "10206")]
    [InlineData("_R.p.id.10.fail.1.-1.$FI", "10206")]
    [InlineData("_R.p.id.10.fail.0.0.$FI", "10206")]
    [InlineData("_R.p.id.10.fail.x.0.$FI", "10206")]
    [InlineData("_R.p.id.10.nope.1.0.$FI", "10206")]
    [InlineData("_R.p.id.10.fail.2.0.$FI", "10206")]
    [InlineData("_R.p.id.10.fail.1.1.$FI", "10206")]
    [InlineData("_R.p.id.10.fail.1.3.$FI", "10206")]
    [InlineData("_R.p.id.10.fail.18446744073709551615.1.$FI", "10206")]
    [InlineData("_R.10.fail.1.2.$FI", "10206")]
    [InlineData("_R.id.10.fail.1.2.$FI", """{"stream":"S","seq":1,"batch":"id","count":1}""")]
    [InlineData("_R.p.id.x.fail.1.0.$FI", """{"type":"ack","seq":0,"msgs":10}""")]
    [InlineData("_R.p.id.0.fail.1.0.$FI", """{"type":"ack","seq":0,"msgs":10}""")]
    [InlineData("_R.p.id.99999999.fail.1.0.$FI", """{"type":"ack","seq":0,"msgs":500}""")]
    [InlineData("_R.p.id.10.fail.2.1.$FI", "10208")]
    [InlineData("_R.p.id.10.fail.1.4.$FI", "10208")]
    public void The_reply_subject_says_what_a_message_does(string reply, string answer)
    {
        Create();
        _h.Publish("s.a", "x", reply);

        Assert.Equal(answer, Answers());
    }

    [Fact]
    public void A_stream_without_fast_batches_says_so()
    {
        _h.CreateStream();

        Assert.Equal("10205", Say("a", 1, 0));
        Assert.Equal(0, Messages());
    }

    [Fact]
    public void An_id_has_at_most_64_bytes()
    {
        Create();

        Assert.Contains("count", Say(new string('i', 64), 1, 2), StringComparison.Ordinal);
        Assert.Equal("10207", Say(new string('i', 65), 1, 2));
    }

    [Fact]
    public void What_is_missing_ends_a_batch_that_must_be_whole()
    {
        Create();
        Say("a", 1, 0);
        Assert.Equal("""{"type":"gap","last_seq":2,"seq":3} {"stream":"S","seq":1,"batch":"a","count":1}""", Say("a", 3, 1));
        Say("a", 1, 0);
        Assert.Equal("""{"type":"gap","last_seq":2,"seq":1} {"stream":"S","seq":2,"batch":"a","count":1}""", Say("a", 1, 0));
    }

    [Fact]
    public void A_batch_with_gaps_goes_on()
    {
        Create();
        Say("a", 1, 0, gaps: "ok");
        Assert.Equal("""{"type":"gap","last_seq":2,"seq":3}""", Say("a", 3, 1, gaps: "ok"));
        Assert.Equal("""{"type":"gap","last_seq":4,"seq":2} {"stream":"S","seq":2,"batch":"a","count":3}""", Say("a", 2, 1, gaps: "ok"));
    }

    [Fact]
    public void A_ping_is_told_how_far_the_batch_has_come()
    {
        Create();
        Say("a", 1, 0);
        Assert.Equal("""{"type":"ack","seq":0,"msgs":10}""", Say("a", 1, 4));
        Assert.Equal("""{"type":"gap","last_seq":2,"seq":6} {"stream":"S","seq":1,"batch":"a","count":1}""", Say("a", 5, 4));

        Say("b", 1, 0, gaps: "ok");
        Assert.Equal("""{"type":"gap","last_seq":2,"seq":6} {"type":"ack","seq":0,"msgs":10}""", Say("b", 5, 4, gaps: "ok"));
        Assert.Equal("", Say("b", 6, 1, gaps: "ok"));
        Assert.Equal("""{"stream":"S","seq":3,"batch":"b","count":6}""", Say("b", 7, 3, gaps: "ok"));
    }

    [Fact]
    public void A_publisher_is_told_as_often_as_it_asks_for()
    {
        Create();
        string[] answers = [.. Enumerable.Range(1, 7).Select(i => Say("a", i, i == 1 ? 0 : 1, flow: 2))];

        Assert.Equal(
            [
                """{"type":"ack","seq":0,"msgs":2}""", """{"type":"ack","seq":2,"msgs":2}""", "",
                """{"type":"ack","seq":4,"msgs":2}""", "", """{"type":"ack","seq":6,"msgs":2}""", "",
            ],
            answers);
    }

    [Fact]
    public void A_second_publisher_begins_slowly()
    {
        Create();
        Say("a", 1, 0);

        Assert.Equal("""{"type":"ack","seq":0,"msgs":1} {"type":"ack","seq":1,"msgs":2}""", Say("b", 1, 0));
        string[] answers = [.. Enumerable.Range(2, 10).Select(i => Say("b", i, 1))];
        Assert.Equal("""{"type":"ack","seq":3,"msgs":4}""", answers[1]);
        Assert.Equal("""{"type":"ack","seq":7,"msgs":8}""", answers[5]);
        Assert.All(answers.Where((_, i) => i is not (1 or 5)), answer => Assert.Equal("", answer));
    }

    [Fact]
    public void A_refusal_ends_a_batch_that_must_be_whole()
    {
        Create();
        Assert.Equal("""{"type":"ack","seq":0,"msgs":10} 10071""", Say("a", 1, 0, headers: Wrong));
        Assert.Equal("10071", Say("a", 1, 2, headers: Wrong));
        Say("a", 1, 0);
        Assert.Equal(
            """{"type":"err","seq":2,"error":{"code":400,"err_code":10071,"description":"wrong last sequence: 1"}} {"stream":"S","seq":1,"batch":"a","count":1}""",
            Say("a", 2, 1, headers: Wrong));
        Assert.Equal(0, _h.Engine.FastBatches.Count);
    }

    [Fact]
    public void A_batch_with_gaps_goes_on_after_a_refusal()
    {
        Create();
        const string err = """{"type":"err","seq":%,"error":{"code":400,"err_code":10071,"description":"wrong last sequence: #"}}""";

        Assert.Equal(
            """{"type":"ack","seq":0,"msgs":10} """ + Err("1", "0"), Say("a", 1, 0, gaps: "ok", headers: Wrong));
        Assert.Equal("", Say("a", 2, 1, gaps: "ok"));
        Assert.Equal(Err("3", "1"), Say("a", 3, 1, gaps: "ok", headers: Wrong));
        Assert.Equal(
            Err("4", "1") + """ {"stream":"S","seq":1,"batch":"a","count":3}""", Say("a", 4, 2, gaps: "ok", headers: Wrong));

        static string Err(string sequence, string last) =>
            err.Replace("%", sequence, StringComparison.Ordinal).Replace("#", last, StringComparison.Ordinal);
    }

    [Fact]
    public void A_message_that_was_stored_before_is_passed_over()
    {
        Create();
        _h.Store("s.a", "", "NATS/1.0\r\nNats-Msg-Id: m\r\n\r\n");
        const string id = "Nats-Msg-Id: m";

        Assert.Equal("""{"type":"ack","seq":0,"msgs":10}""", Say("a", 1, 0, headers: id));
        Assert.Equal("", Say("a", 2, 1));
        Assert.Equal("""{"stream":"S","seq":2,"batch":"a","count":3}""", Say("a", 3, 2, headers: id));
        Assert.Equal("""{"stream":"S","seq":1,"duplicate": true,"batch":"a","count":1}""", Say("a", 1, 2, headers: id));
        Assert.Equal("""{"stream":"S","seq":0,"batch":"a","count":1}""", Say("a", 1, 2, gaps: "ok", headers: id));
        Assert.Equal("""{"type":"ack","seq":0,"msgs":1} {"type":"ack","seq":1,"msgs":1}""", Say("a", 1, 0, flow: 1, headers: id));
    }

    [Fact]
    public void An_api_level_is_not_stored_and_may_end_the_batch()
    {
        Create();
        Say("a", 1, 0, headers: "Nats-Required-Api-Level: 5");
        Assert.False(_h.ApiOk("STREAM.MSG.GET.S", """{"seq":1}""").GetProperty("message").TryGetProperty("hdrs", out _));
        Assert.Equal("10185", Say("a", 2, 1, headers: "Nats-Required-Api-Level: 6"));
        Assert.Equal("10208", Say("a", 3, 1));
    }

    [Fact]
    public void A_message_that_is_too_large_leaves_the_batch_as_it_is()
    {
        Create(""","max_msg_size":50""");
        Say("a", 1, 0);

        Assert.Equal("10054", Say("a", 2, 1, payload: new string('x', 60)));
        Assert.Equal("", Say("a", 2, 1));
        Assert.Equal("""{"stream":"S","seq":2,"batch":"a","count":2}""", Say("a", 3, 3));
    }

    [Fact]
    public void Counters_count_in_a_fast_batch()
    {
        Create(""","allow_msg_counter":true""");
        Say("a", 1, 0, payload: "", headers: "Nats-Incr: 5");
        Assert.Equal("""{"stream":"S","seq":2,"batch":"a","count":2}""", Say("a", 2, 2, payload: "", headers: "Nats-Incr: 5"));

        Assert.Equal("""{"stream":"S","seq":3,"val":"11"}""", _h.Ask("s.a", "", "NATS/1.0\r\nNats-Incr: 1\r\n\r\n").Payload);
        Assert.Equal("""{"type":"ack","seq":0,"msgs":10} 10169""", Say("b", 1, 0, payload: ""));
    }

    [Fact]
    public async Task A_counter_that_has_to_be_read_back_is_counted_once()
    {
        var clock = new ManualTimeProvider();
        var disk = new SimulatedFileSystem();
        var h = new Harness(HeldStore.OnDisk(disk, clock), clock);
        h.CreateStream(more: ""","allow_msg_counter":true,"allow_batched":true""");
        h.Publish("s.a", "", "", "NATS/1.0\r\nNats-Incr: 5\r\n\r\n");
        await h.Engine.DisposeAsync();
        h = new Harness(HeldStore.OnDisk(disk, clock), clock);
        using Inbox inbox = h.Router.Subscribe("_R.>");

        h.Publish("s.a", "", "_R.p.a.1.fail.1.0.$FI", "NATS/1.0\r\nNats-Incr: 1\r\n\r\n");

        Assert.Equal(
            ["""{"type":"ack","seq":0,"msgs":1}""", """{"type":"ack","seq":1,"msgs":1}"""],
            inbox.TakeAll().Select(m => m.Payload));
        Assert.Equal("""{"stream":"S","seq":3,"val":"7"}""", h.Ask("s.a", "", "NATS/1.0\r\nNats-Incr: 1\r\n\r\n").Payload);
        h.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal(0, h.Engine.FastBatches.Count);
        await h.Engine.DisposeAsync();
    }

    [Fact]
    public void A_batch_that_is_left_alone_is_given_up()
    {
        Create();
        Say("a", 1, 0);
        _h.Advance(TimeSpan.FromSeconds(6));
        Say("a", 2, 1);
        _h.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(1, _h.Engine.FastBatches.Count);
        _h.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(0, _h.Engine.FastBatches.Count);
        Assert.Equal("10208", Say("a", 3, 2));
        Assert.Equal(2, Messages());
    }

    [Fact]
    public void A_stream_has_at_most_a_thousand_unfinished_batches()
    {
        Create();
        for (int i = 0; i < 1000; i++)
            Say($"b{i}", 1, 0);

        Assert.Equal("10211", Say("one-more", 1, 0));
        Assert.Equal(1000, Messages());
    }

    [Fact]
    public void What_is_told_is_committed()
    {
        var clock = new ManualTimeProvider();
        HeldStore store = HeldStore.InMemory(clock);
        var h = new Harness(store, clock);
        h.CreateStream(more: ""","allow_batched":true""");
        using Inbox inbox = h.Router.Subscribe("_R.>");
        store.IsHeld = true;
        h.Publish("s.a", "", "_R.p.a.1.fail.1.0.$FI");
        h.Publish("s.a", "", "_R.p.a.1.fail.3.1.$FI");
        Assert.Equal(0, inbox.Count);
        store.Commit();

        Assert.Equal(
            [
                """{"type":"ack","seq":0,"msgs":1}""", """{"type":"ack","seq":1,"msgs":1}""",
                """{"type":"gap","last_seq":2,"seq":3}""", """{"stream":"S","seq":1,"batch":"a","count":1}""",
            ],
            inbox.TakeAll().Select(m => m.Payload));
    }

    [Fact]
    public void A_stream_that_does_not_answer_stores()
    {
        Create(""","no_ack":true""");

        Assert.Equal("", Say("a", 1, 0));
        Assert.Equal("", Say("a", 2, 2));
        Assert.Equal(2, Messages());
    }

    private void Create(string more = "") => _h.CreateStream(more: ""","allow_batched":true""" + more);

    private string Say(
        string id, int sequence, int step, int flow = 10, string gaps = "fail", string headers = "", string payload = "x")
    {
        string block = headers.Length > 0 ? $"NATS/1.0\r\n{headers}\r\n\r\n" : "";
        _h.Publish("s.a", payload, $"_R.p.{id}.{flow}.{gaps}.{sequence}.{step}.$FI", block);
        return Answers();
    }

    /// <summary>What was answered; of refusals, the code.</summary>
    private string Answers() => string.Join(' ', _inbox.TakeAll().Select(m => CodeOf(m.Payload) ?? m.Payload));

    private static string? CodeOf(string answer)
    {
        using JsonDocument json = JsonDocument.Parse(answer);
        bool isRefusal = json.RootElement.TryGetProperty("error", out JsonElement error) && !json.RootElement.TryGetProperty("type", out _);
        return isRefusal ? error.GetProperty("err_code").GetRawText() : null;
    }

    private int Messages() => _h.ApiOk("STREAM.INFO.S").GetProperty("state").GetProperty("messages").GetInt32();
}
