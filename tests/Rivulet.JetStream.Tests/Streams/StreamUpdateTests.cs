using Rivulet.JetStream.Tests.Consumers.Support;

namespace Rivulet.JetStream.Tests.Streams;

/// <summary>Changing streams.</summary>
public sealed class StreamUpdateTests
{
    private readonly Harness _h = new();

    [Theory]
    [InlineData("", """{"name":"S","subjects":["s.>"],"storage":"memory"}""", "stream configuration update can not change storage type")]
    [InlineData("", """{"name":"S","subjects":["s.>"],"retention":"workqueue"}""", "stream configuration update can not change retention policy to/from workqueue")]
    [InlineData(""","deny_delete":true""", """{"name":"S","subjects":["s.>"]}""", "stream configuration update can not cancel deny message deletes")]
    [InlineData(""","deny_purge":true""", """{"name":"S","subjects":["s.>"]}""", "stream configuration update can not cancel deny purge")]
    [InlineData(""","allow_msg_ttl":true""", """{"name":"S","subjects":["s.>"]}""", "message TTL status can not be disabled")]
    [InlineData("", """{"name":"S","subjects":["s.>"],"persist_mode":"async"}""", "stream configuration update can not change persist mode")]
    [InlineData("", """{"name":"S","subjects":["s.>"],"allow_msg_counter":true}""", "stream configuration update can not change message counter setting")]
    public void What_cannot_be_changed_is_refused(string created, string update, string text)
    {
        _h.CreateStream(more: created);

        Assert.Equal((10052, text), _h.ApiError("STREAM.UPDATE.S", update));
    }

    [Fact]
    public void Replicas_and_the_subjects_of_others_are_refused()
    {
        _h.CreateStream();
        _h.CreateStream("T");

        Assert.Equal(10074, _h.ApiError("STREAM.UPDATE.S", """{"name":"S","subjects":["s.>"],"num_replicas":3}""").Code);
        Assert.Equal(10065, _h.ApiError("STREAM.UPDATE.S", """{"name":"S","subjects":["t.a"]}""").Code);
    }

    [Fact]
    public void The_configuration_is_checked_before_the_name_and_the_stream()
    {
        Assert.StartsWith("stream name is required", _h.ApiError("STREAM.UPDATE.S").Description);
        Assert.Equal(10056, _h.ApiError("STREAM.UPDATE.S", """{"name":"T"}""").Code);
        Assert.Equal(10059, _h.ApiError("STREAM.UPDATE.S", """{"name":"S"}""").Code);
    }

    [Fact]
    public void Subjects_that_are_added_and_removed_take_effect()
    {
        _h.CreateStream();
        _h.ApiOk("STREAM.UPDATE.S", """{"name":"S","subjects":["u.>"]}""");

        Assert.False(_h.Publish("s.a", reply: "_R"));
        Assert.Equal(1UL, _h.Store("u.a"));
        Assert.Equal(10065, _h.ApiError("STREAM.CREATE.V", """{"name":"V","subjects":["u.b"]}""").Code);
        _h.ApiOk("STREAM.CREATE.V", """{"name":"V","subjects":["s.>"]}""");
        Assert.Equal(1UL, _h.Store("s.a"));
    }

    [Fact]
    public void Lower_limits_apply_at_once()
    {
        _h.CreateStream();
        for (int i = 0; i < 5; i++)
            _h.Store("s.a");

        Assert.Equal(
            2, _h.ApiOk("STREAM.UPDATE.S", """{"name":"S","subjects":["s.>"],"max_msgs":2}""")
                .GetProperty("state").GetProperty("messages").GetInt32());
    }

    [Fact]
    public void A_sealed_stream_takes_nothing_and_gives_nothing_up()
    {
        _h.CreateStream(more: ""","max_age":3600000000000,"allow_rollup_hdrs":true""");
        _h.Store("s.a");
        var config = _h.ApiOk("STREAM.UPDATE.S", """{"name":"S","subjects":["s.>"],"sealed":true,"max_age":3600000000000}""")
            .GetProperty("config");

        Assert.Equal(0, config.GetProperty("max_age").GetInt64());
        Assert.Equal("new", config.GetProperty("discard").GetString());
        Assert.True(config.GetProperty("deny_delete").GetBoolean());
        Assert.True(config.GetProperty("deny_purge").GetBoolean());
        Assert.False(config.GetProperty("allow_rollup_hdrs").GetBoolean());
        Assert.Equal(
            """{"error":{"code":400,"err_code":10109,"description":"invalid operation on sealed stream"},"stream":"S","seq":0}""",
            _h.Ask("s.a").Payload);
        Assert.Equal(10109, _h.ApiError("STREAM.PURGE.S").Code);
        Assert.Equal(10109, _h.ApiError("STREAM.MSG.DELETE.S", """{"seq":1}""").Code);
        Assert.Equal(
            "stream configuration update can not unseal a sealed stream",
            _h.ApiError("STREAM.UPDATE.S", """{"name":"S","subjects":["s.>"],"deny_delete":true,"deny_purge":true}""").Description);
    }
}
