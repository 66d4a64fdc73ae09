using System.Globalization;
using System.Text;
using System.Text.Json;
using Rivulet.JetStream.Tests.Consumers.Support;

namespace Rivulet.JetStream.Tests.Streams;

/// <summary>Messages whose time has come, and what they leave behind.</summary>
public sealed class ExpiryTests
{
    private readonly Harness _h = new();

    [Fact]
    public void A_message_goes_at_its_maximum_age()
    {
        _h.CreateStream(more: ""","max_age":1000000000""");
        _h.Store("s.a");
        _h.Advance(TimeSpan.FromSeconds(0.5));
        _h.Store("s.b");
        Assert.Equal(2, Messages());

        _h.Advance(TimeSpan.FromSeconds(0.51));
        Assert.Equal(1, Messages());
        _h.Advance(TimeSpan.FromSeconds(0.5));
        Assert.Equal(0, Messages());
        Assert.Equal(3UL, _h.ApiOk("STREAM.INFO.S").GetProperty("state").GetProperty("first_seq").GetUInt64());
    }

    [Fact]
    public void A_shorter_maximum_age_takes_effect_when_it_is_set()
    {
        _h.CreateStream();
        _h.Store("s.a");
        _h.Advance(TimeSpan.FromSeconds(1));
        _h.ApiOk("STREAM.UPDATE.S", """{"name":"S","subjects":["s.>"],"max_age":500000000}""");
        _h.Advance(TimeSpan.FromMilliseconds(10));

        Assert.Equal(0, Messages());
    }

    [Theory]
    [InlineData("1", 1.0)]
    [InlineData("2s", 2.0)]
    [InlineData("1500ms", 1.0)]
    [InlineData("1m", 60.0)]
    public void A_message_goes_at_its_own_time(string ttl, double seconds)
    {
        _h.CreateStream(more: ""","allow_msg_ttl":true""");
        _h.Store("s.a", "x", Ttl(ttl));
        _h.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromMilliseconds(20));
        Assert.Equal(1, Messages());
        _h.Advance(TimeSpan.FromMilliseconds(40));
        Assert.Equal(0, Messages());
    }

    [Fact]
    public void A_message_that_never_expires_outlives_the_maximum_age()
    {
        _h.CreateStream(more: ""","allow_msg_ttl":true,"max_age":1000000000""");
        _h.Store("s.a", "x", Ttl("never"));
        _h.Store("s.b");
        _h.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(1, Messages());
    }

    [Theory]
    [InlineData("0", false, 10165)]
    [InlineData("-1", false, 10165)]
    [InlineData("100ms", false, 10165)]
    [InlineData("x", false, 10165)]
    [InlineData("9999999999999999999999h", false, 10165)]
    [InlineData("1", false, 10166)]
    [InlineData("never", false, 10166)]
    [InlineData("0", true, 10165)]
    [InlineData("x", true, 10165)]
    [InlineData("1", true, null)]
    [InlineData("", false, null)]
    public void A_time_to_live_is_at_least_a_second_and_allowed(string ttl, bool allowed, int? error)
    {
        _h.CreateStream(more: allowed ? ""","allow_msg_ttl":true""" : "");

        Assert.Equal(error, ErrorCode(_h.Ask("s.a", "x", Ttl(ttl))));
    }

    [Fact]
    public void The_last_message_of_a_subject_leaves_a_marker_that_leaves_nothing()
    {
        _h.CreateStream(more: ""","subject_delete_marker_ttl":2000000000,"max_age":1000000000,"allow_direct":true""");
        _h.Store("s.a", "1");
        _h.Store("s.a", "2");
        _h.Advance(TimeSpan.FromSeconds(1.1));

        Received marker = _h.Ask("$JS.API.DIRECT.GET.S.s.a");
        Assert.Equal("3", marker.Header("Nats-Sequence"));
        Assert.Equal("", marker.Payload);
        Assert.StartsWith(
            "NATS/1.0\r\nNats-Marker-Reason: MaxAge\r\nNats-TTL: 2s\r\nNats-Rollup: sub\r\n", marker.Headers, StringComparison.Ordinal);
        Assert.Equal(1, Messages());

        _h.Advance(TimeSpan.FromSeconds(2.1));
        Assert.Equal(0, Messages());
        Assert.Equal(3UL, LastSequence());
    }

    [Theory]
    [InlineData("KV-Operation: PURGE", 0)]
    [InlineData("Nats-Marker-Reason: Purge", 0)]
    [InlineData("KV-Operation: DEL", 1)]
    [InlineData("A: b", 1)]
    public void A_marker_or_purge_leaves_no_marker(string header, int markers)
    {
        _h.CreateStream(more: ""","subject_delete_marker_ttl":1000000000""");
        _h.Store("s.a", "", $"NATS/1.0\r\n{header}\r\nNats-TTL: 1\r\n\r\n");
        _h.Advance(TimeSpan.FromSeconds(1.1));

        Assert.Equal(markers, Messages());
    }

    [Fact]
    public void A_subject_that_keeps_a_message_gets_no_marker()
    {
        _h.CreateStream(more: ""","subject_delete_marker_ttl":1000000000""");
        _h.Store("s.a", "stays");
        _h.Store("s.a", "goes", Ttl("1"));
        _h.Advance(TimeSpan.FromSeconds(1.1));

        Assert.Equal(1, Messages());
        Assert.Equal(2UL, LastSequence());
    }

    [Fact]
    public void Purging_and_deleting_leave_no_marker()
    {
        _h.CreateStream(more: ""","subject_delete_marker_ttl":1000000000""");
        _h.Store("s.a");
        _h.Store("s.b");
        _h.ApiOk("STREAM.PURGE.S", """{"filter":"s.a"}""");
        _h.ApiOk("STREAM.MSG.DELETE.S", """{"seq":2}""");
        _h.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(0, Messages());
        Assert.Equal(2UL, LastSequence());
    }

    [Theory]
    [InlineData(5, "1s", "2")]
    [InlineData(5, "2500ms", "2500ms")]
    [InlineData(5, "9s", "9s")]
    [InlineData(1, "1s", "1s")]
    public void A_time_to_live_below_that_of_markers_is_raised(int perSubject, string ttl, string stored)
    {
        _h.CreateStream(more: $$""","subject_delete_marker_ttl":2000000000,"max_msgs_per_subject":{{perSubject}}""");
        _h.Store("s.a", "x", $"NATS/1.0\r\nA: b\r\nNats-TTL: {ttl}\r\nC: d\r\n\r\n");

        string headers = Encoding.ASCII.GetString(_h.ApiOk("STREAM.MSG.GET.S", """{"seq":1}""")
            .GetProperty("message").GetProperty("hdrs").GetBytesFromBase64());
        Assert.Equal(
            stored == ttl
                ? $"NATS/1.0\r\nA: b\r\nNats-TTL: {ttl}\r\nC: d\r\n\r\n"
                : $"NATS/1.0\r\nA: b\r\nC: d\r\nNats-TTL: {stored}\r\n\r\n",
            headers);
    }

    [Fact]
    public void Many_messages_expire_in_slices_and_all_of_them_do()
    {
        _h.CreateStream(more: ""","max_age":1000000000,"subject_delete_marker_ttl":1000000000""");
        for (int i = 0; i < 1000; i++)
            _h.Store("s." + (i % 100).ToString(CultureInfo.InvariantCulture));
        _h.Advance(TimeSpan.FromSeconds(1.1));
        Assert.Equal(100, Messages());

        _h.Advance(TimeSpan.FromSeconds(1.1));
        Assert.Equal(0, Messages());
        Assert.Equal(1100UL, LastSequence());
    }

    [Fact]
    public void Usage_goes_down_with_what_expires()
    {
        _h.CreateStream(more: ""","max_age":1000000000""");
        _h.Store("s.a", "x");
        Assert.True(_h.Account.Usage.StoreBytes > 0);
        _h.Advance(TimeSpan.FromSeconds(1.1));

        Assert.Equal(0, _h.Account.Usage.StoreBytes);
    }

    private static string Ttl(string value) => $"NATS/1.0\r\nNats-TTL: {value}\r\n\r\n";

    private static int? ErrorCode(Received answer)
    {
        using JsonDocument json = JsonDocument.Parse(answer.Payload);
        return json.RootElement.TryGetProperty("error", out JsonElement error)
            ? error.GetProperty("err_code").GetInt32()
            : null;
    }

    private int Messages() => _h.ApiOk("STREAM.INFO.S").GetProperty("state").GetProperty("messages").GetInt32();

    private ulong LastSequence() => _h.ApiOk("STREAM.INFO.S").GetProperty("state").GetProperty("last_seq").GetUInt64();
}
