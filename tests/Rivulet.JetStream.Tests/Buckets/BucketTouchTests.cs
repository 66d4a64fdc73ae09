using Rivulet.JetStream.Tests.Consumers.Support;

namespace Rivulet.JetStream.Tests.Buckets;

/// <summary>Keys that expire, and touches that keep them.</summary>
public sealed class BucketTouchTests : IAsyncDisposable
{
    private const string Ttl = ""","allow_msg_ttl":true""";
    private const string Markers = ""","allow_msg_ttl":true,"subject_delete_marker_ttl":1000000000""";

    private readonly BucketRig _b = new();

    public ValueTask DisposeAsync() => _b.DisposeAsync();

    [Fact]
    public void Older_revisions_go_with_a_key_that_expires()
    {
        _b.Create(history: 5, Ttl);
        _b.Put("a", "1");
        _b.PutFor("a", "2", 9);
        _b.PutFor("a", "3", 1);
        _b.Put("b");
        _b.Js.Advance(TimeSpan.FromSeconds(1.1));

        Assert.Equal("b=4", _b.List());
        Assert.Equal(1, Messages());
    }

    [Fact]
    public void Without_the_header_they_come_back_as_in_the_reference()
    {
        _b.Create(history: 5, Ttl);
        _b.Put("a", "1");
        _b.PutFor("a", "2", 1, endsKey: false);
        _b.Js.Advance(TimeSpan.FromSeconds(1.1));

        Assert.Equal("a=1", _b.List());
    }

    [Fact]
    public void A_value_that_was_replaced_expires_alone()
    {
        _b.Create(history: 5, Ttl);
        _b.Put("a", "1");
        _b.PutFor("a", "2", 1);
        _b.Put("a", "3");
        _b.Js.Advance(TimeSpan.FromSeconds(1.1));

        Assert.Equal("a=3", _b.List());
        Assert.Equal(2, Messages());
    }

    [Fact]
    public void A_key_that_expires_leaves_a_marker_where_the_bucket_has_them()
    {
        _b.Create(history: 5, Markers);
        _b.Put("a", "1");
        _b.PutFor("a", "2", 1);
        _b.Js.Advance(TimeSpan.FromSeconds(1.1));

        Assert.Equal("a=3", _b.List("""{"deletes":true}"""));
        Assert.Equal(1, Messages());
        _b.Js.Advance(TimeSpan.FromSeconds(1.1));
        Assert.Equal(0, Messages());
    }

    [Fact]
    public async Task Neither_a_restart_nor_a_power_cut_brings_them_back()
    {
        _b.Create(history: 5, Ttl);
        _b.Put("a", "1");
        _b.PutFor("a", "2", 1);
        await _b.RestartAsync();
        _b.Js.Advance(TimeSpan.FromSeconds(1.1));
        Assert.Equal("", _b.List());
        await _b.CrashAsync();
        Assert.Equal("", _b.List());
        Assert.Equal(0, Messages());
    }

    [Fact]
    public void A_value_does_not_expire_before_it_is_committed()
    {
        _b.Create(history: 5, Ttl);
        _b.Put("a", "1");
        _b.Store.IsHeld = true;
        _b.Js.Publish("$KV.B.a", "2", "_R", "NATS/1.0\r\nNats-TTL: 1s\r\nRivulet-Expiry: key\r\n\r\n");
        _b.Js.Clock.Advance(TimeSpan.FromSeconds(2));
        _b.Js.RunOne();
        _b.Store.IsHeld = false;
        _b.Store.Commit();
        _b.Js.Advance(TimeSpan.FromSeconds(0.1));

        Assert.Equal("", _b.List());
    }

    [Fact]
    public void A_touch_stores_the_value_again_with_more_time()
    {
        _b.Create(history: 5, Ttl);
        _b.Put("a", "value", "NATS/1.0\r\nOwn: kept\r\nNats-TTL: 2s\r\nNats-Msg-Id: gone\r\n\r\n");
        _b.Js.Advance(TimeSpan.FromSeconds(1.5));

        Assert.Equal(
            """{"type":"io.rivulet.kv.v1.touch_response","bucket":"B","key":"a","revision":2}""",
            _b.Js.Ask("$RV.KV.TOUCH.B.a", """{"ttl":3000000000,"revision":1}""").Payload);
        Received touched = _b.Js.Ask("$JS.API.DIRECT.GET.KV_B.$KV.B.a");
        Assert.Equal("value", touched.Payload);
        Assert.StartsWith(
            "NATS/1.0\r\nOwn: kept\r\nNats-TTL: 3s\r\nRivulet-Expiry: key\r\nRivulet-Touch: 1\r\nNats-Stream:",
            touched.Headers,
            StringComparison.Ordinal);
        _b.Js.Advance(TimeSpan.FromSeconds(2.9));
        Assert.Equal("a=2", _b.List());
        _b.Js.Advance(TimeSpan.FromSeconds(0.2));
        Assert.Equal("", _b.List());
    }

    [Fact]
    public void A_touch_of_a_touch_gives_the_same_time_again_and_names_the_same_put()
    {
        _b.Create(history: 1, Ttl);
        _b.PutFor("a", "v", 2);
        _b.AskOk("TOUCH.B.a");
        Assert.Equal(3UL, _b.AskOk("TOUCH.B.a").GetProperty("revision").GetUInt64());
        Assert.Equal("1", _b.Js.Ask("$JS.API.DIRECT.GET.KV_B.$KV.B.a").Header("Rivulet-Touch"));

        Assert.Equal(4UL, _b.AskOk("TOUCH.B.a", """{"persist":true}""").GetProperty("revision").GetUInt64());
        _b.Js.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal("a=4", _b.List());
        Assert.Equal(20003, _b.ErrorOf("TOUCH.B.a"));
    }

    [Fact]
    public void Where_the_bucket_gives_the_time_a_touch_begins_it_anew()
    {
        _b.Create(history: 1, ""","max_age":1000000000""");
        _b.Put("a");
        _b.Js.Advance(TimeSpan.FromSeconds(0.9));
        _b.AskOk("TOUCH.B.a");
        _b.Js.Advance(TimeSpan.FromSeconds(0.9));
        Assert.Equal("a=2", _b.List());
        _b.Js.Advance(TimeSpan.FromSeconds(0.2));
        Assert.Equal("", _b.List());
    }

    [Fact]
    public void A_touch_expects_a_revision_and_a_value()
    {
        _b.Create(history: 2, Ttl);
        _b.PutFor("a", "1", 5);
        _b.PutFor("a", "2", 5);
        Assert.Equal(
            """{"type":"io.rivulet.kv.v1.touch_response","error":{"code":400,"err_code":10071,"description":"wrong last sequence: 2"},"bucket":"B"}""",
            _b.Js.Ask("$RV.KV.TOUCH.B.a", """{"revision":1}""").Payload);
        _b.Delete("a");
        Assert.Equal(20002, _b.ErrorOf("TOUCH.B.a"));
        Assert.Equal(20002, _b.ErrorOf("TOUCH.B.a", """{"revision":3}"""));
        Assert.Equal(3, Messages() + 1);
    }

    [Fact]
    public void An_answer_to_a_touch_waits_for_the_commit_and_for_what_was_written_before()
    {
        _b.Create(history: 3, Ttl);
        _b.PutFor("a", "1", 5);
        _b.Store.IsHeld = true;
        _b.Js.Publish("$KV.B.a", "2", "_R", "NATS/1.0\r\nNats-TTL: 5s\r\n\r\n");
        using Inbox inbox = _b.Js.Router.Subscribe("_INBOX.touch");
        _b.Js.Publish("$RV.KV.TOUCH.B.a", reply: inbox.Filter);
        Assert.Equal(0, inbox.Count);

        _b.Store.Commit();
        _b.Js.Run();
        Assert.Equal(0, inbox.Count);
        _b.Store.IsHeld = false;
        _b.Store.Commit();
        _b.Js.Run();
        Assert.Contains("\"revision\":3", inbox.Take().Payload, StringComparison.Ordinal);
        Assert.Equal("2", _b.Js.Ask("$JS.API.DIRECT.GET.KV_B.$KV.B.a").Payload);
    }

    [Fact]
    public void A_refusal_waits_for_what_it_rests_on()
    {
        _b.Create(history: 3, Ttl);
        _b.Store.IsHeld = true;
        _b.Js.Publish("$KV.B.a", "1", "_R", "NATS/1.0\r\nNats-TTL: 5s\r\n\r\n");
        using Inbox inbox = _b.Js.Router.Subscribe("_INBOX.touch");
        _b.Js.Publish("$RV.KV.TOUCH.B.a", """{"revision":9}""", inbox.Filter);
        Assert.Equal(0, inbox.Count);
        _b.Store.IsHeld = false;
        _b.Store.Commit();
        _b.Js.Run();

        Assert.Contains("wrong last sequence: 1", inbox.Take().Payload, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(""","max_msgs":1,"discard_new_per_subject":false""", """{"persist":true}""", 10077)]
    [InlineData(""","max_msg_size":20""", """{"persist":true}""", 10054)]
    public void The_limits_of_the_bucket_hold_for_a_touch(string more, string body, int code)
    {
        _b.Create(history: 2, more);
        _b.Put("a", "v");

        Assert.Equal(code, _b.ErrorOf("TOUCH.B.a", body));
    }

    [Fact]
    public void A_touch_without_a_reply_is_done_all_the_same()
    {
        _b.Create(history: 1, Ttl);
        _b.PutFor("a", "1", 5);
        _b.Js.Publish("$RV.KV.TOUCH.B.a");

        Assert.Equal("a=2", _b.List());
    }

    private int Messages() =>
        _b.Js.ApiOk("STREAM.INFO.KV_B").GetProperty("state").GetProperty("messages").GetInt32();
}
