using System.Text.Json;
using Rivulet.JetStream.Tests.Consumers.Support;

namespace Rivulet.JetStream.Tests.Origins;

/// <summary>Streams that are a copy of another one.</summary>
public sealed class MirrorTests
{
    private const string OfOrigin = "\"mirror\":{\"name\":\"O\"}";

    private readonly OriginRig _rig = new();

    public MirrorTests() => _rig.Create("O", "\"subjects\":[\"o.>\"],\"allow_direct\":true");

    [Fact]
    public void A_mirror_has_the_sequences_times_and_gaps_of_its_origin()
    {
        _rig.Publish("o.a", 1, 3);
        _rig.Harness.ApiOk("STREAM.MSG.DELETE.O", """{"seq":2}""");
        _rig.Clock.Advance(TimeSpan.FromMinutes(1));
        _rig.Create("M", OfOrigin);
        _rig.Publish("o.b", 4, 1);

        Assert.Equal(["1 o.a 1", "3 o.a 3", "4 o.b 4"], _rig.Messages("M"));
        Assert.Equal(1UL, _rig.Log("M").State.Deleted);
        Assert.Equal(_rig.Log("O").State.FirstTimestampNanos, _rig.Log("M").State.FirstTimestampNanos);
        Assert.Equal(_rig.Log("O").State.LastTimestampNanos, _rig.Log("M").State.LastTimestampNanos);
    }

    [Fact]
    public void A_named_consumer_must_be_acknowledged_by_flow_control()
    {
        _rig.Harness.CreateConsumer("C", "\"durable_name\":\"C\",\"ack_policy\":\"explicit\"", "O");
        _rig.Create("M", "\"mirror\":{\"name\":\"O\",\"consumer\":{\"name\":\"C\",\"deliver_subject\":\"d\"}}");
        _rig.Publish("o.a", 1, 1);

        Assert.Equal(10214, _rig.Mirror("M").GetProperty("error").GetProperty("err_code").GetInt32());
    }

    [Fact]
    public void A_mirror_begins_where_its_origin_does()
    {
        _rig.Publish("o.a", 1, 5);
        _rig.Harness.ApiOk("STREAM.PURGE.O");

        _rig.Create("M", OfOrigin);

        Assert.Equal((6UL, 5UL, 0UL), _rig.State("M"));
        _rig.Publish("o.a", 6, 1);
        Assert.Equal(["6 o.a 6"], _rig.Messages("M"));
    }

    [Fact]
    public void A_purge_stays_with_the_stream_that_is_purged()
    {
        _rig.Create("M", OfOrigin);
        _rig.Publish("o.a", 1, 4);
        _rig.Harness.ApiOk("STREAM.PURGE.O");
        _rig.Publish("o.a", 5, 1);
        Assert.Equal((1UL, 5UL, 5UL), _rig.State("M"));

        _rig.Harness.ApiOk("STREAM.PURGE.M");
        _rig.Publish("o.a", 6, 1);
        Assert.Equal(["6 o.a 6"], _rig.Messages("M"));
    }

    [Theory]
    [InlineData("\"opt_start_seq\":3", 3, 3)]
    [InlineData("\"opt_start_seq\":9", 9, 0)]
    [InlineData("\"filter_subject\":\"o.b\"", 2, 2)]
    [InlineData("\"subject_transforms\":[{\"src\":\"o.b\",\"dest\":\"x.b\"}]", 2, 2)]
    public void What_is_copied_can_be_chosen(string chosen, ulong first, ulong messages)
    {
        foreach (string subject in new[] { "o.a", "o.b", "o.c", "o.b", "o.a" })
            _rig.Harness.Store(subject);
        _rig.Create("M", $"\"mirror\":{{\"name\":\"O\",{chosen}}}");

        Assert.Equal((first, messages), (_rig.State("M").First, _rig.State("M").Messages));
        Assert.All(
            _rig.Messages("M"),
            message => Assert.Equal(chosen.Contains("x.b", StringComparison.Ordinal), message.Contains(" x.b", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_mirror_waits_for_its_origin_and_says_so()
    {
        _rig.Create("M", "\"mirror\":{\"name\":\"LATER\"}");
        JsonElement info = _rig.Mirror("M");
        Assert.Equal(10059, info.GetProperty("error").GetProperty("err_code").GetInt32());
        Assert.Equal(-1, info.GetProperty("active").GetInt64());

        _rig.Create("LATER", "\"subjects\":[\"l\"]");
        _rig.Publish("l", 1, 2);

        Assert.Equal(["1 l 1", "2 l 2"], _rig.Messages("M"));
        Assert.False(_rig.Mirror("M").TryGetProperty("error", out _));
    }

    [Fact]
    public void Of_an_origin_without_messages_nothing_is_heard_at_first()
    {
        _rig.Create("EMPTY", "\"subjects\":[\"e\"]");
        _rig.Create("M", "\"mirror\":{\"name\":\"EMPTY\"}");
        _rig.Harness.Run();
        Assert.Equal(-1, _rig.Mirror("M").GetProperty("active").GetInt64());

        _rig.Clock.Advance(TimeSpan.FromMilliseconds(1_200));
        Assert.Equal(50_000_000, _rig.Mirror("M").GetProperty("active").GetInt64());

        _rig.Publish("e", 1, 1);
        Assert.Equal(0, _rig.Mirror("M").GetProperty("active").GetInt64());
    }

    [Fact]
    public void An_origin_that_is_made_anew_is_followed_from_where_the_mirror_is()
    {
        _rig.Create("M", OfOrigin);
        _rig.Publish("o.a", 1, 2);
        _rig.Harness.ApiOk("STREAM.DELETE.O");
        _rig.Harness.Run();
        Assert.Equal(10059, _rig.Mirror("M").GetProperty("error").GetProperty("err_code").GetInt32());

        _rig.Create("O", "\"subjects\":[\"o.>\"]");
        _rig.Publish("o.new", 1, 3);

        Assert.Equal(["1 o.a 1", "2 o.a 2", "3 o.new 3"], _rig.Messages("M"));
    }

    [Fact]
    public void An_origin_elsewhere_is_never_heard_of()
    {
        _rig.Publish("o.a", 1, 1);
        _rig.Create("M", "\"mirror\":{\"name\":\"O\",\"external\":{\"api\":\"$JS.far.API\",\"deliver\":\"d\"}}");
        _rig.Publish("o.a", 2, 1);

        JsonElement info = _rig.Mirror("M");
        Assert.Equal((-1, 0), (info.GetProperty("active").GetInt64(), info.GetProperty("lag").GetInt64()));
        Assert.False(info.TryGetProperty("error", out _));
        Assert.Equal((0UL, 0UL, 0UL), _rig.State("M"));
    }

    [Fact]
    public void What_a_publisher_expected_of_the_origin_is_not_kept()
    {
        _rig.Create("M", OfOrigin);
        _rig.Harness.Store("o.a", headers: "NATS/1.0\r\nA: 1\r\nNats-Expected-Last-Sequence: 0\r\nB: 2\r\n\r\n");
        _rig.Harness.Store("o.a", headers: "NATS/1.0\r\nNats-Expected-Stream: O\r\n\r\n");

        Assert.Equal("NATS/1.0\r\nA: 1\r\nB: 2\r\n\r\n", _rig.Headers("M", 1));
        Assert.Equal("", _rig.Headers("M", 2));
    }

    [Fact]
    public void A_mirror_does_with_rollups_and_lifetimes_what_its_own_configuration_says()
    {
        _rig.Create("R", "\"subjects\":[\"r\"],\"allow_rollup_hdrs\":true,\"allow_msg_ttl\":true");
        _rig.Create("PLAIN", "\"mirror\":{\"name\":\"R\"}");
        _rig.Create("SAME", "\"mirror\":{\"name\":\"R\"},\"allow_rollup_hdrs\":true,\"allow_msg_ttl\":true");
        _rig.Publish("r", 1, 2);
        _rig.Harness.Store("r", "up", "NATS/1.0\r\nNats-Rollup: sub\r\n\r\n");
        _rig.Harness.Store("r", "short", "NATS/1.0\r\nNats-TTL: 2\r\n\r\n");
        Assert.Equal(["3 r up", "4 r short"], _rig.Messages("SAME"));
        Assert.Equal(4, _rig.Messages("PLAIN").Count);

        _rig.Harness.Advance(TimeSpan.FromSeconds(3));

        Assert.Equal(["3 r up"], _rig.Messages("SAME"));
        Assert.Equal(4, _rig.Messages("PLAIN").Count);
    }

    [Fact]
    public void A_lifetime_is_counted_from_when_the_origin_got_the_message()
    {
        _rig.Create("R", "\"subjects\":[\"r\"],\"allow_msg_ttl\":true");
        _rig.Harness.Store("r", "short", "NATS/1.0\r\nNats-TTL: 10\r\n\r\n");
        _rig.Harness.Advance(TimeSpan.FromSeconds(8));
        _rig.Create("M", "\"mirror\":{\"name\":\"R\"},\"allow_msg_ttl\":true");
        Assert.Single(_rig.Messages("M"));

        _rig.Harness.Advance(TimeSpan.FromSeconds(3));

        Assert.Empty(_rig.Messages("M"));
    }

    [Fact]
    public void A_full_mirror_goes_on_when_there_is_room()
    {
        _rig.Create("M", OfOrigin + ",\"max_msgs\":2,\"discard\":\"new\"");
        _rig.Publish("o.a", 1, 4);
        Assert.Equal(["1 o.a 1", "2 o.a 2"], _rig.Messages("M"));
        Assert.Equal(2, _rig.Mirror("M").GetProperty("lag").GetInt32());

        _rig.Harness.ApiOk("STREAM.MSG.DELETE.M", """{"seq":1}""");
        _rig.Harness.Run();
        Assert.Equal(["2 o.a 2", "3 o.a 3"], _rig.Messages("M"));

        _rig.Update("M", OfOrigin + ",\"max_msgs\":5,\"discard\":\"new\"");
        Assert.Equal(["2 o.a 2", "3 o.a 3", "4 o.a 4"], _rig.Messages("M"));
    }

    [Fact]
    public void A_message_that_is_too_large_holds_the_mirror_up_until_that_changes()
    {
        _rig.Create("M", "\"mirror\":{\"name\":\"O\"},\"max_msg_size\":3");
        _rig.Harness.Store("o.a", "1");
        _rig.Harness.Store("o.a", "much too large");
        _rig.Harness.Store("o.a", "3");
        _rig.Harness.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(["1 o.a 1"], _rig.Messages("M"));

        _rig.Update("M", OfOrigin);

        Assert.Equal(["1 o.a 1", "2 o.a much too large", "3 o.a 3"], _rig.Messages("M"));
    }

    [Fact]
    public void A_sealed_mirror_takes_nothing_any_more()
    {
        _rig.Create("M", OfOrigin);
        _rig.Publish("o.a", 1, 1);
        _rig.Update("M", OfOrigin + ",\"sealed\":true");
        _rig.Publish("o.a", 2, 1);

        Assert.Equal(["1 o.a 1"], _rig.Messages("M"));
    }

    [Fact]
    public void A_mirror_is_promoted_by_leaving_its_origin_out()
    {
        _rig.Create("M", OfOrigin);
        _rig.Publish("o.a", 1, 2);
        Assert.Equal(10055, _rig.Harness.ApiError("STREAM.UPDATE.M", """{"name":"M","mirror":{"name":"P"}}""").Code);

        _rig.Update("M", "\"subjects\":[\"m\"]");
        _rig.Publish("o.a", 3, 1);
        _rig.Publish("m", 1, 1);

        Assert.Equal(["1 o.a 1", "2 o.a 2", "3 m 1"], _rig.Messages("M"));
        Assert.False(_rig.Harness.ApiOk("STREAM.INFO.M").TryGetProperty("mirror", out _));
        Assert.Equal(10055, _rig.Harness.ApiError("STREAM.UPDATE.M", """{"name":"M","mirror":{"name":"O"}}""").Code);
    }

    [Fact]
    public void Consumers_of_a_mirror_hear_of_what_arrives()
    {
        _rig.Create("M", OfOrigin);
        _rig.Harness.CreateConsumer("C", "\"ack_policy\":\"explicit\"", "M");
        Inbox pull = _rig.Harness.Pull("C", "2", "M");
        _rig.Publish("o.a", 1, 2);
        _rig.Harness.Run();

        Assert.Equal(["1", "2"], pull.TakeAll().Select(message => message.Payload));
    }

    [Fact]
    public void Nothing_is_copied_that_the_origin_may_lose()
    {
        _rig.Create("M", OfOrigin + ",\"storage\":\"memory\"");
        _rig.Store.IsHeld = true;
        _rig.Harness.Publish("o.a", "1");
        Assert.Equal((0UL, 0UL, 0UL), _rig.State("M"));

        _rig.Store.IsHeld = false;
        _rig.Store.Commit();
        _rig.Harness.Run();

        Assert.Equal(["1 o.a 1"], _rig.Messages("M"));
    }

    [Fact]
    public void Direct_gets_are_shared_with_a_mirror_that_has_everything()
    {
        _rig.Create("M", OfOrigin);
        _rig.Publish("o.a", 1, 1);
        Assert.Equal(["M", "O"], WhoAnswers());

        _rig.Update("O", "\"subjects\":[\"o.>\"],\"allow_direct\":false");
        Assert.Equal(["M"], WhoAnswers());

        _rig.Harness.ApiOk("STREAM.DELETE.O");
        Assert.Equal(["M"], WhoAnswers());

        _rig.Harness.ApiOk("STREAM.DELETE.M");
        Assert.False(_rig.Harness.Publish("$JS.API.DIRECT.GET.O.o.a", reply: "_R"));
    }

    [Fact]
    public void A_mirror_that_is_behind_answers_no_direct_get_of_its_origin()
    {
        _rig.Create("M", OfOrigin + ",\"max_msgs\":1,\"discard\":\"new\"");
        _rig.Publish("o.a", 1, 2);

        Assert.Equal(["O"], WhoAnswers());
        Assert.Equal("2", _rig.Harness.Ask("$JS.API.DIRECT.GET.O.o.a").Payload);
    }

    [Fact]
    public void A_mirror_keeps_an_origin_with_interest_from_letting_go()
    {
        _rig.Create("I", "\"subjects\":[\"i\"],\"retention\":\"interest\"");
        _rig.Create("M", "\"mirror\":{\"name\":\"I\"}");
        Assert.Equal(1, _rig.Harness.ApiOk("STREAM.INFO.I").GetProperty("state").GetProperty("consumer_count").GetInt32());
        _rig.Store.IsHeld = true;
        _rig.Harness.Publish("i", "1");
        _rig.Store.Commit();
        _rig.Harness.Run();
        Assert.Equal(1UL, _rig.State("I").Messages);

        _rig.Store.IsHeld = false;
        _rig.Store.Commit();
        _rig.Harness.Run();

        Assert.Equal(["1 i 1"], _rig.Messages("M"));
        Assert.Equal(0UL, _rig.State("I").Messages);
        _rig.Harness.ApiOk("STREAM.DELETE.M");
        _rig.Harness.Run();
        Assert.Equal(0, _rig.Harness.ApiOk("STREAM.INFO.I").GetProperty("state").GetProperty("consumer_count").GetInt32());
    }

    private string[] WhoAnswers() =>
    [
        .. Enumerable.Range(0, 20)
            .Select(_ => _rig.Harness.Ask("$JS.API.DIRECT.GET.O.o.a").Headers.Split("Nats-Stream: ")[1].Split('\r')[0])
            .Distinct()
            .Order(StringComparer.Ordinal),
    ];
}
