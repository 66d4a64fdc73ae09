using System.Globalization;
using System.Text;
using System.Text.Json;
using Rivulet.JetStream.Tests.Consumers.Support;

namespace Rivulet.JetStream.Tests.Api;

/// <summary>The operations on streams and messages, as requests and responses.</summary>
public sealed class StreamApiTests
{
    private readonly Harness _h = new();

    [Fact]
    public void Account_info_counts_what_there_is()
    {
        _h.CreateStream(more: ""","max_bytes":1000""");
        _h.CreateStream("M", ""","storage":"memory" """);
        _h.Store("m.a", "x");
        _h.ApiError("STREAM.INFO.NOPE");

        JsonElement info = _h.ApiOk("INFO");

        Assert.Equal(
            "type memory storage reserved_memory reserved_storage streams consumers limits api",
            string.Join(' ', info.EnumerateObject().Select(p => p.Name)));
        Assert.Equal(2, info.GetProperty("streams").GetInt32());
        Assert.Equal(1000, info.GetProperty("reserved_storage").GetInt64());
        Assert.Equal(3 + 1 + 16, info.GetProperty("memory").GetInt64());
        Assert.Equal(0, info.GetProperty("storage").GetInt64());
        Assert.Equal("""{"level":5,"total":3,"errors":1}""", info.GetProperty("api").GetRawText());
    }

    [Fact]
    public void What_streams_have_reserved_follows_their_configuration()
    {
        _h.CreateStream("S", ""","max_bytes":1000""");
        _h.CreateStream("M", ""","max_bytes":70,"storage":"memory" """);
        _h.CreateStream("U");
        Assert.Equal((1000, 70), Reserved());
        _h.ApiOk("STREAM.UPDATE.S", """{"name":"S","subjects":["s.>"],"max_bytes":400}""");
        Assert.Equal((400, 70), Reserved());
        _h.ApiOk("STREAM.UPDATE.S", """{"name":"S","subjects":["s.>"],"max_bytes":-1}""");
        Assert.Equal((0, 70), Reserved());
        _h.ApiOk("STREAM.DELETE.M");
        Assert.Equal((0, 0), Reserved());

        (long Store, long Memory) Reserved()
        {
            JsonElement info = _h.ApiOk("INFO");
            return (info.GetProperty("reserved_storage").GetInt64(), info.GetProperty("reserved_memory").GetInt64());
        }
    }

    [Theory]
    [InlineData("INFO", "0", 0)]
    [InlineData("INFO", "5", 0)]
    [InlineData("INFO", "+5", 0)]
    [InlineData("INFO", "05", 0)]
    [InlineData("INFO", "-1", 0)]
    [InlineData("INFO", "", 0)]
    [InlineData("INFO", "6", 10185)]
    [InlineData("INFO", "5.0", 10185)]
    [InlineData("INFO", "99999999999999999999", 10185)]
    [InlineData("STREAM.CREATE.S", "6", 10185)]
    [InlineData("STREAM.INFO.S", "6", 10185)]
    [InlineData("STREAM.MSG.DELETE.S", "6", 10185)]
    [InlineData("CONSUMER.CREATE.S", "6", 10185)]
    [InlineData("CONSUMER.INFO.S.C", "6", 10185)]
    [InlineData("STREAM.LEADER.STEPDOWN.S", "6", 10010)]
    public void A_request_may_require_an_api_level(string operation, string level, int code)
    {
        string headers = $"NATS/1.0\r\nNats-Required-Api-Level: {level}\r\n\r\n";
        using JsonDocument answer = JsonDocument.Parse(_h.Ask("$JS.API." + operation, "", headers).Payload);

        int told = answer.RootElement.TryGetProperty("error", out JsonElement error) ? error.GetProperty("err_code").GetInt32() : 0;
        Assert.Equal(code, told);
    }

    [Theory]
    [InlineData("FOO")]
    [InlineData("STREAM.CREATE")]
    [InlineData("STREAM.CREATE.a.b")]
    [InlineData("STREAM.TEMPLATE.NAMES")]
    [InlineData("META.LEADER.STEPDOWN")]
    [InlineData("ACCOUNT.PURGE.X")]
    public void An_unknown_operation_is_heard_and_not_answered(string operation)
    {
        using Inbox inbox = _h.Router.Subscribe("_R");

        Assert.True(_h.Publish("$JS.API." + operation, "", "_R"));
        Assert.Equal(0, inbox.Count);
    }

    [Theory]
    [InlineData("STREAM.LEADER.STEPDOWN.S", 10010)]
    [InlineData("CONSUMER.LEADER.STEPDOWN.S.C", 10010)]
    [InlineData("STREAM.PEER.REMOVE.S", 10010)]
    [InlineData("STREAM.PEER.EVACUATE.S", 10010)]
    [InlineData("STREAM.CANCEL_MOVE.S", 10010)]
    public void What_a_single_server_does_not_do_is_refused(string operation, int code)
    {
        Assert.Equal(code, _h.ApiError(operation).Code);
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("{}", true)]
    [InlineData(" { } ", true)]
    [InlineData("[]", false)]
    [InlineData("  ", false)]
    [InlineData("null", false)]
    [InlineData("x", false)]
    public void Deleting_a_stream_takes_an_empty_request(string body, bool empty)
    {
        Assert.Equal(empty ? 10059 : 10038, _h.ApiError("STREAM.DELETE.S", body).Code);
    }

    [Theory]
    [InlineData("STREAM.MSG.GET.S", "", 10003)]
    [InlineData("STREAM.MSG.GET.S", "{}", 10003)]
    [InlineData("STREAM.MSG.GET.S", "[]", 10025)]
    [InlineData("STREAM.MSG.DELETE.S", "", 10003)]
    [InlineData("STREAM.MSG.DELETE.S", "{ }", 10003)]
    [InlineData("STREAM.MSG.DELETE.NOPE", """{"seq":1}""", 10059)]
    [InlineData("STREAM.MSG.GET.NOPE", """{"seq":1}""", 10059)]
    [InlineData("STREAM.MSG.GET.S", """{"seq":1,"last_by_subj":"a"}""", 10003)]
    [InlineData("STREAM.MSG.GET.S", """{"seq":1,"batch":1}""", 10003)]
    [InlineData("STREAM.MSG.GET.S", """{"seq":1,"max_bytes":1}""", 10003)]
    [InlineData("STREAM.MSG.GET.S", """{"multi_last":["a"]}""", 10003)]
    [InlineData("STREAM.MSG.GET.S", """{"seq":9}""", 10037)]
    [InlineData("STREAM.MSG.GET.S", """{"last_by_subj":"nope"}""", 10037)]
    [InlineData("STREAM.PURGE.S", """{"seq":1,"keep":1}""", 10003)]
    [InlineData("STREAM.PURGE.S", """{"x":1}""", 10025)]
    [InlineData("STREAM.PURGE.NOPE", "", 10059)]
    [InlineData("STREAM.INFO.NOPE", "", 10059)]
    [InlineData("STREAM.INFO.S", """{"offset":"a"}""", 10025)]
    [InlineData("STREAM.NAMES", """{"x":1}""", 10025)]
    [InlineData("STREAM.LIST", """{"subject":1}""", 10025)]
    public void A_bad_request_is_refused(string operation, string body, int code)
    {
        _h.CreateStream();

        Assert.Equal(code, _h.ApiError(operation, body).Code);
    }

    [Fact]
    public void A_body_that_is_no_JSON_object_is_passed_over_where_none_is_needed()
    {
        _h.CreateStream();
        _h.Store("s.a");

        _h.ApiOk("STREAM.INFO.S", "abc");
        _h.ApiOk("STREAM.NAMES", "\"a\"");
        Assert.Equal(1, _h.ApiOk("STREAM.PURGE.S", "abc").GetProperty("purged").GetInt32());
    }

    [Fact]
    public void Unknown_fields_pass_when_the_server_is_not_strict()
    {
        var lenient = new Harness(options: new JetStreamOptions { StoreDirectory = "", Strict = false });

        lenient.ApiOk("STREAM.CREATE.S", """{"name":"S","of_the_future":{"a":[1]}}""");
    }

    [Fact]
    public void Errors_of_lists_keep_their_fields()
    {
        string names = _h.Ask("$JS.API.STREAM.NAMES", """{"x":1}""").Payload;
        string list = _h.Ask("$JS.API.STREAM.LIST", """{"x":1}""").Payload;

        Assert.EndsWith("""\"x\""},"total":0,"offset":0,"limit":0,"streams":null}""", names, StringComparison.Ordinal);
        Assert.EndsWith("""\"x\""},"total":0,"offset":0,"limit":0,"streams":[]}""", list, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", 5, 0, "N0 N1 N2 N3 N4")]
    [InlineData("""{"offset":3}""", 5, 3, "N3 N4")]
    [InlineData("""{"offset":-2}""", 5, 0, "N0 N1 N2 N3 N4")]
    [InlineData("""{"offset":9}""", 5, 5, "")]
    [InlineData("""{"subject":"n3.x"}""", 1, 0, "N3")]
    [InlineData("""{"subject":"*.x"}""", 5, 0, "N0 N1 N2 N3 N4")]
    [InlineData("""{"subject":"nope"}""", 0, 0, "")]
    public void Streams_are_listed_by_name_in_pages(string body, int total, int offset, string expected)
    {
        for (int i = 4; i >= 0; i--)
            _h.CreateStream("N" + i.ToString(CultureInfo.InvariantCulture));

        JsonElement names = _h.ApiOk("STREAM.NAMES", body);
        JsonElement list = _h.ApiOk("STREAM.LIST", body);

        Assert.Equal((total, offset, 1024), Paging(names));
        Assert.Equal((total, offset, 256), Paging(list));
        JsonElement streams = names.GetProperty("streams");
        Assert.Equal(expected, streams.ValueKind == JsonValueKind.Null ? "" : string.Join(' ', streams.EnumerateArray()));
        Assert.Equal(
            expected,
            string.Join(' ', list.GetProperty("streams").EnumerateArray().Select(s => s.GetProperty("config").GetProperty("name"))));
    }

    [Fact]
    public void A_page_of_streams_is_bounded()
    {
        for (int i = 0; i < 300; i++)
            _h.CreateStream("N" + i.ToString("D3", CultureInfo.InvariantCulture));

        Assert.Equal(256, _h.ApiOk("STREAM.LIST").GetProperty("streams").GetArrayLength());
        Assert.Equal(44, _h.ApiOk("STREAM.LIST", """{"offset":256}""").GetProperty("streams").GetArrayLength());
        Assert.Equal(300, _h.ApiOk("STREAM.NAMES").GetProperty("streams").GetArrayLength());
    }

    [Theory]
    [InlineData("s.a", 0, 1, """{"s.a":2}""")]
    [InlineData(">", 0, 3, """{"s.a":2,"s.b":1,"s.c":1}""")]
    [InlineData("s.*", 2, 3, """{"s.c":1}""")]
    [InlineData("s.*", -2, 3, """{"s.a":2,"s.b":1,"s.c":1}""")]
    [InlineData("s.*", 9, 3, null)]
    [InlineData("nope", 0, 0, null)]
    public void Info_counts_subjects_that_match(string filter, int offset, int total, string? subjects)
    {
        _h.CreateStream();
        foreach (string subject in (string[])["s.c", "s.a", "s.b", "s.a"])
            _h.Store(subject);

        JsonElement info = _h.ApiOk("STREAM.INFO.S", $$"""{"subjects_filter":"{{filter}}","offset":{{offset}}}""");

        Assert.Equal(total, info.GetProperty("total").GetInt32());
        Assert.Equal(total == 0 ? 0 : 100_000, info.GetProperty("limit").GetInt32());
        bool has = info.GetProperty("state").TryGetProperty("subjects", out JsonElement got);
        Assert.Equal(subjects, has ? got.GetRawText() : null);
    }

    [Fact]
    public void Info_lists_deleted_sequences_when_asked()
    {
        _h.CreateStream();
        for (int i = 0; i < 5; i++)
            _h.Store("s.a");
        _h.ApiOk("STREAM.MSG.DELETE.S", """{"seq":2}""");
        _h.ApiOk("STREAM.MSG.DELETE.S", """{"seq":4,"no_erase":true}""");

        JsonElement state = _h.ApiOk("STREAM.INFO.S", """{"deleted_details":true}""").GetProperty("state");

        Assert.Equal(2, state.GetProperty("num_deleted").GetInt32());
        Assert.Equal("[2,4]", state.GetProperty("deleted").GetRawText());
        Assert.False(_h.ApiOk("STREAM.INFO.S").GetProperty("state").TryGetProperty("deleted", out _));
    }

    [Theory]
    [InlineData("", 6, "")]
    [InlineData("""{"filter":"s.a"}""", 3, "2 4 6")]
    [InlineData("""{"filter":"s.a","keep":1}""", 2, "2 4 5 6")]
    [InlineData("""{"keep":2}""", 4, "5 6")]
    [InlineData("""{"seq":4}""", 3, "4 5 6")]
    [InlineData("""{"filter":"s.b","seq":5}""", 2, "1 3 5 6")]
    [InlineData("""{"filter":"nope"}""", 0, "1 2 3 4 5 6")]
    [InlineData("""{"keep":9}""", 0, "1 2 3 4 5 6")]
    public void A_purge_removes_what_it_says(string body, int purged, string left)
    {
        _h.CreateStream();
        for (int i = 0; i < 6; i++)
            _h.Store(i % 2 == 0 ? "s.a" : "s.b");

        Assert.Equal(purged, _h.ApiOk("STREAM.PURGE.S", body).GetProperty("purged").GetInt32());

        var found = new List<int>();
        for (int i = 1; i <= 6; i++)
        {
            if (_h.Api("STREAM.MSG.GET.S", $$"""{"seq":{{i}}}""").TryGetProperty("message", out _))
                found.Add(i);
        }

        Assert.Equal(left, string.Join(' ', found));
    }

    [Fact]
    public void Purging_and_deleting_can_be_denied()
    {
        _h.CreateStream(more: ""","deny_purge":true,"deny_delete":true""");
        _h.Store("s.a");

        Assert.Equal((10110, "stream purge not permitted"), _h.ApiError("STREAM.PURGE.S"));
        Assert.Equal((10057, "message delete not permitted"), _h.ApiError("STREAM.MSG.DELETE.S", """{"seq":1}"""));
    }

    [Fact]
    public void Deleting_a_message_that_is_not_there_is_told_by_each_store_in_its_way()
    {
        _h.CreateStream();
        _h.CreateStream("M", ""","storage":"memory" """);
        foreach (string subject in (string[])["s.a", "s.b", "m.a", "m.b"])
            _h.Store(subject);
        _h.ApiOk("STREAM.MSG.DELETE.S", """{"seq":1}""");
        _h.ApiOk("STREAM.MSG.DELETE.M", """{"seq":1}""");

        Assert.Equal((10057, "no message found"), _h.ApiError("STREAM.MSG.DELETE.S", """{"seq":1}"""));
        Assert.Equal((10057, "stream store EOF"), _h.ApiError("STREAM.MSG.DELETE.S", """{"seq":9}"""));
        Assert.Equal((10043, "sequence 1 not found"), _h.ApiError("STREAM.MSG.DELETE.M", """{"seq":1}"""));
    }

    [Theory]
    [InlineData("""{"seq":2}""", 2)]
    [InlineData("""{"last_by_subj":"s.a"}""", 3)]
    [InlineData("""{"last_by_subj":"s.*"}""", 4)]
    [InlineData("""{"next_by_subj":"s.b"}""", 2)]
    [InlineData("""{"next_by_subj":"s.b","seq":3}""", 4)]
    [InlineData("""{"start_time":"2020-01-01T00:00:00Z"}""", 1)]
    public void A_message_is_gotten(string body, int sequence)
    {
        _h.CreateStream();
        foreach (string subject in (string[])["s.a", "s.b", "s.a", "s.b"])
            _h.Store(subject, "payload", "NATS/1.0\r\nA: b\r\n\r\n");

        JsonElement message = _h.ApiOk("STREAM.MSG.GET.S", body).GetProperty("message");

        Assert.Equal("subject seq hdrs data time", string.Join(' ', message.EnumerateObject().Select(p => p.Name)));
        Assert.Equal(sequence, message.GetProperty("seq").GetInt32());
        Assert.Equal("payload", Encoding.UTF8.GetString(message.GetProperty("data").GetBytesFromBase64()));
        Assert.Equal("NATS/1.0\r\nA: b\r\n\r\n", Encoding.UTF8.GetString(message.GetProperty("hdrs").GetBytesFromBase64()));
        Assert.Equal("2024-01-01T00:00:00Z", message.GetProperty("time").GetString());
    }

    [Fact]
    public void A_deleted_stream_is_gone_and_its_name_and_subjects_are_free()
    {
        _h.CreateStream();
        _h.Store("s.a");
        _h.ApiOk("STREAM.DELETE.S");

        Assert.False(_h.Publish("s.a", reply: "_R"));
        Assert.Equal(10059, _h.ApiError("STREAM.INFO.S").Code);
        Assert.Equal(0, _h.Account.Usage.StoreBytes);
        _h.CreateStream();
        Assert.Equal(1UL, _h.Store("s.a"));
    }

    [Fact]
    public void The_first_sequence_can_be_chosen()
    {
        _h.CreateStream(more: ""","first_seq":10""");
        JsonElement state = _h.ApiOk("STREAM.INFO.S").GetProperty("state");

        Assert.Equal((10, 9), (state.GetProperty("first_seq").GetInt32(), state.GetProperty("last_seq").GetInt32()));
        Assert.Equal(10UL, _h.Store("s.a"));
    }

    private static (int Total, int Offset, int Limit) Paging(JsonElement response) => (
        response.GetProperty("total").GetInt32(), response.GetProperty("offset").GetInt32(), response.GetProperty("limit").GetInt32());
}
