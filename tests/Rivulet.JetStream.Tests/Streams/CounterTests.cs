using System.Globalization;
using System.Text;
using System.Text.Json;
using Rivulet.JetStream.Tests.Consumers.Support;
using Rivulet.JetStream.Tests.Support;
using Rivulet.TestKit.Simulation;

namespace Rivulet.JetStream.Tests.Streams;

/// <summary>Streams whose messages add to counters.</summary>
public sealed class CounterTests
{
    private readonly Harness _h = new();

    [Fact]
    public void A_message_adds_to_the_counter_of_its_subject()
    {
        Create();

        Assert.Equal("""{"stream":"S","seq":1,"val":"1"}""", Add("s.a", "1"));
        Assert.Equal("""{"stream":"S","seq":2,"val":"3"}""", Add("s.a", "+2"));
        Assert.Equal("""{"stream":"S","seq":3,"val":"7"}""", Add("s.b", "007"));
        Assert.Equal("""{"stream":"S","seq":4,"val":"-7"}""", Add("s.a", "-10"));
        Assert.Equal("""{"stream":"S","seq":5,"val":"-7"}""", Add("s.a", "-0"));
        Assert.Equal(("NATS/1.0\r\nNats-Incr: -10\r\n\r\n", """{"val":"-7"}"""), Stored(4));
    }

    [Fact]
    public void A_counter_is_of_any_size()
    {
        string nines = new('9', 50_000);
        Create();
        Add("s.a", nines);

        string answer = Add("s.a", "1");

        Assert.Equal($$"""{"stream":"S","seq":2,"val":"1{{new string('0', 50_000)}}"}""", answer);
        Assert.Equal("""{"stream":"S","seq":3,"val":"1"}""", Add("s.a", "-" + nines));
    }

    [Theory]
    [InlineData("x")]
    [InlineData("1.5")]
    [InlineData("1_0")]
    [InlineData("+")]
    [InlineData("--1")]
    [InlineData("0x10")]
    [InlineData("1\r\nNats-Rollup: sub")]
    [InlineData("1\r\nNats-Expected-Stream: S")]
    [InlineData("1\r\nNats-Expected-Last-Msg-Id: i")]
    [InlineData("1\r\nNats-Expected-Last-Sequence: 0")]
    [InlineData("1\r\nNats-Expected-Last-Subject-Sequence: 0")]
    [InlineData("1\r\nNats-Expected-Last-Subject-Sequence-Subject: s.a")]
    public void What_is_no_integer_or_comes_with_a_condition_is_invalid(string increment)
    {
        Create(""","allow_rollup_hdrs":true""");

        Assert.Equal(10171, Error(Add("s.a", increment)));
    }

    [Fact]
    public void A_counter_takes_nothing_but_increments()
    {
        Create();

        Assert.Equal(10169, Error(_h.Ask("s.a").Payload));
        Assert.Equal(10169, Error(_h.Ask("s.a", "x", "NATS/1.0\r\nA: b\r\n\r\n").Payload));
        Assert.Equal(10169, Error(Add("s.a", "")));
        Assert.Equal(10170, Error(Add("s.a", "1", "x")));
        Assert.Equal(10171, Error(Add("s.a", "z", "x")));
    }

    [Fact]
    public void A_stream_that_does_not_count_says_so()
    {
        _h.CreateStream();

        Assert.Equal(10168, Error(Add("s.a", "1", "x")));
        Assert.Equal(10171, Error(Add("s.a", "x")));
    }

    [Fact]
    public void A_repeated_id_is_counted_once()
    {
        Create();
        Add("s.a", "1\r\nNats-Msg-Id: m");

        Assert.Equal("""{"stream":"S","seq":1,"duplicate": true}""", Add("s.a", "1\r\nNats-Msg-Id: m"));
        Assert.Equal("""{"stream":"S","seq":2,"val":"2"}""", Add("s.a", "1"));
    }

    [Fact]
    public void The_message_is_measured_with_its_value()
    {
        Create(""","max_msg_size":40""");

        Assert.Equal("""{"stream":"S","seq":1,"val":"1"}""", Add("s.a", "1"));
        Assert.Equal(10054, Error(Add("s.a", "10000000000")));
        Assert.Equal(10054, Error(Add("s.a", "1", new string('x', 50))));
    }

    [Fact]
    public void A_removal_takes_a_counter_back()
    {
        Create();
        Add("s.a", "5");
        Add("s.a", "5");
        _h.ApiOk("STREAM.MSG.DELETE.S", """{"seq":2}""");
        Assert.Equal("""{"stream":"S","seq":3,"val":"6"}""", Add("s.a", "1"));
        _h.ApiOk("STREAM.PURGE.S");
        Assert.Equal("""{"stream":"S","seq":4,"val":"1"}""", Add("s.a", "1"));
    }

    [Fact]
    public void Contributions_of_other_streams_are_kept()
    {
        Create();
        Add("s.a", """1""" + "\r\n" + """Nats-Counter-Sources: { "z":{"b":"3"}, "a":{"y":"1","x":"<"} }""");
        Add("s.a", "1\r\nQ: r");
        Add("s.a", "1");

        string sources = "Nats-Counter-Sources: {\"a\":{\"x\":\"\\u003C\",\"y\":\"1\"},\"z\":{\"b\":\"3\"}}";
        Assert.Equal(($"NATS/1.0\r\nNats-Incr: 1\r\nQ: r\r\n{sources}\r\n\r\n", """{"val":"2"}"""), Stored(2));
        Assert.Equal(($"NATS/1.0\r\nNats-Incr: 1\r\n{sources}\r\n\r\n", """{"val":"3"}"""), Stored(3));
    }

    [Fact]
    public void Contributions_that_cannot_be_read_break_a_counter()
    {
        Create();

        Assert.Equal("""{"stream":"S","seq":1,"val":"1"}""", Add("s.a", "1\r\nNats-Counter-Sources: x"));
        Assert.Equal(10172, Error(Add("s.a", "1")));
        Assert.Equal("""{"stream":"S","seq":2,"val":"1"}""", Add("s.b", "1\r\nNats-Counter-Sources: {}"));
        Assert.Equal("""{"stream":"S","seq":3,"val":"2"}""", Add("s.b", "1"));
        Assert.Equal("NATS/1.0\r\nNats-Incr: 1\r\n\r\n", Stored(3).Headers);
    }

    [Fact]
    public void A_counter_whose_marker_came_is_broken()
    {
        Create(""","subject_delete_marker_ttl":1000000000,"max_age":1000000000,"duplicate_window":100000000""");
        Add("s.a", "1");
        _h.Advance(TimeSpan.FromMilliseconds(1100));

        Assert.Equal(10172, Error(Add("s.a", "1")));
    }

    [Theory]
    [InlineData(""" "discard":"new" """, "counter stream cannot use discard new")]
    [InlineData(""" "allow_msg_ttl":true """, "counter stream cannot use message TTLs")]
    [InlineData(""" "allow_msg_schedules":true,"retention":"interest" """, "counter stream cannot use message schedules")]
    [InlineData(""" "retention":"interest" """, "counter stream can only use limits retention")]
    [InlineData(""" "retention":"workqueue" """, "counter stream can only use limits retention")]
    public void What_counters_exclude_is_refused(string with, string why)
    {
        Assert.Equal((10052, why), _h.ApiError("STREAM.CREATE.S", $$"""{"name":"S","allow_msg_counter":true,{{with}}}"""));
    }

    [Fact]
    public void Counting_cannot_be_turned_on_or_off()
    {
        Create();
        const string why = "stream configuration update can not change message counter setting";

        Assert.Equal((10052, why), _h.ApiError("STREAM.UPDATE.S", """{"name":"S","subjects":["s.>"]}"""));
        Assert.Equal("2", _h.ApiOk("STREAM.INFO.S").GetProperty("config").GetProperty("metadata").GetProperty("_nats.req.level").GetString());
    }

    [Fact]
    public void Increments_see_what_is_not_committed_and_their_answers_wait_for_it()
    {
        var clock = new ManualTimeProvider();
        HeldStore store = HeldStore.InMemory(clock);
        var h = new Harness(store, clock);
        h.CreateStream(more: ""","allow_msg_counter":true""");
        using Inbox inbox = h.Router.Subscribe("_R.>");
        store.IsHeld = true;

        for (int i = 1; i <= 3; i++)
            h.Publish("s.a", "", $"_R.{i}", Increment("5"));
        Assert.Equal(0, inbox.Count);
        store.Commit();

        Assert.Equal(
            [
                """{"stream":"S","seq":1,"val":"5"}""",
                """{"stream":"S","seq":2,"val":"10"}""",
                """{"stream":"S","seq":3,"val":"15"}""",
            ],
            inbox.TakeAll().Select(m => m.Payload));
    }

    [Fact]
    public async Task Counters_go_on_after_a_restart()
    {
        var clock = new ManualTimeProvider();
        var disk = new SimulatedFileSystem();
        HeldStore store = HeldStore.OnDisk(disk, clock);
        var h = new Harness(store, clock);
        h.CreateStream(more: ""","allow_msg_counter":true""");
        foreach (string subject in new[] { "s.a", "s.b", "s.a" })
            h.Publish(subject, "", "_R", Increment("5"));
        await h.Engine.DisposeAsync();

        store = HeldStore.OnDisk(disk, clock);
        h = new Harness(store, clock);

        Assert.Equal("""{"stream":"S","seq":4,"val":"11"}""", h.Ask("s.a", "", Increment("1")).Payload);
        Assert.Equal("""{"stream":"S","seq":5,"val":"6"}""", h.Ask("s.b", "", Increment("1")).Payload);
        await h.Engine.DisposeAsync();
    }

    [Fact]
    public void More_counters_than_are_remembered_count_on()
    {
        Create();
        for (int round = 1; round <= 2; round++)
        {
            for (int i = 0; i < 1500; i++)
            {
                using JsonDocument ack = JsonDocument.Parse(Add("s." + i.ToString(CultureInfo.InvariantCulture), "1"));
                Assert.Equal(round.ToString(CultureInfo.InvariantCulture), ack.RootElement.GetProperty("val").GetString());
            }
        }
    }

    private static string Increment(string value) => $"NATS/1.0\r\nNats-Incr: {value}\r\n\r\n";

    private static int Error(string answer)
    {
        using JsonDocument json = JsonDocument.Parse(answer);
        return json.RootElement.TryGetProperty("error", out JsonElement error) ? error.GetProperty("err_code").GetInt32() : 0;
    }

    private void Create(string more = "") => _h.CreateStream(more: ""","allow_msg_counter":true""" + more);

    private string Add(string subject, string increment, string payload = "") =>
        _h.Ask(subject, payload, Increment(increment)).Payload;

    private (string Headers, string Payload) Stored(int sequence)
    {
        JsonElement message = _h.ApiOk("STREAM.MSG.GET.S", $$"""{"seq":{{sequence}}}""").GetProperty("message");
        return (
            Encoding.UTF8.GetString(message.GetProperty("hdrs").GetBytesFromBase64()),
            Encoding.UTF8.GetString(message.GetProperty("data").GetBytesFromBase64()));
    }
}
