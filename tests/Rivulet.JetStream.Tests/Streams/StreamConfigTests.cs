using System.Text.Json;
using Rivulet.JetStream.Hosting;
using Rivulet.JetStream.Tests.Consumers.Support;

namespace Rivulet.JetStream.Tests.Streams;

/// <summary>Creating streams: defaults, refusals and their order. Texts are those of the reference server.</summary>
public sealed class StreamConfigTests
{
    private readonly Harness _h = new();

    [Fact]
    public void A_new_stream_gets_its_defaults()
    {
        JsonElement response = _h.ApiOk("STREAM.CREATE.S", """{"name":"S"}""");

        Assert.Equal("io.nats.jetstream.api.v1.stream_create_response", response.GetProperty("type").GetString());
        Assert.True(response.GetProperty("did_create").GetBoolean());
        const string Expected = """
            {"name":"S","subjects":["S"],"retention":"limits","max_consumers":-1,"max_msgs":-1,"max_bytes":-1,
            "max_age":0,"max_msgs_per_subject":-1,"max_msg_size":-1,"discard":"old","storage":"file","num_replicas":1,
            "duplicate_window":120000000000,"compression":"none","allow_direct":false,"mirror_direct":false,"sealed":false,
            "deny_delete":false,"deny_purge":false,"allow_rollup_hdrs":false,"consumer_limits":{},"allow_msg_ttl":false,
            "metadata":{"_nats.level":"5","_nats.req.level":"0","_nats.ver":"2.15.1"}}
            """;
        Assert.Equal(Expected.ReplaceLineEndings(""), response.GetProperty("config").GetRawText());
    }

    [Fact]
    public void Without_limits_for_its_replicas_a_stream_is_refused()
    {
        var tiers = new Dictionary<string, AccountLimits> { ["R3"] = new() { MaxStoreBytes = 5, MaxMemoryBytes = 0 } };
        var h = new Harness(limits: new AccountLimits { MaxStoreBytes = 0, MaxMemoryBytes = 0, Tiers = tiers });
        Assert.Equal(
            (10120, "no JetStream default or applicable tiered limit present"), h.ApiError("STREAM.CREATE.S", """{"name":"S"}"""));
        Assert.Equal(10120, h.ApiError("STREAM.CREATE.S", """{"name":"S","num_replicas":2}""").Code);
        Assert.Equal(10074, h.ApiError("STREAM.CREATE.S", """{"name":"S","num_replicas":3,"max_bytes":0}""").Code);

        JsonElement info = h.ApiOk("INFO");
        Assert.Equal(
            """{"max_memory":0,"max_storage":0,"max_streams":0,"max_consumers":0,"max_ack_pending":0,"memory_max_stream_bytes":0,"storage_max_stream_bytes":0,"max_bytes_required":false}""",
            info.GetProperty("limits").GetRawText());
        Assert.Equal(5, info.GetProperty("tiers").GetProperty("R3").GetProperty("limits").GetProperty("max_storage").GetInt64());
    }

    [Fact]
    public void What_streams_use_is_told_by_tier()
    {
        var one = new AccountLimits { MaxStoreBytes = 5000, MaxStreams = 1 };
        var h = new Harness(limits: one with { Tiers = new Dictionary<string, AccountLimits> { ["R1"] = one, ["R3"] = new() } });
        h.CreateStream(more: ",\"max_bytes\":1000");
        h.Store("s.a", "1");
        Assert.Equal(10027, h.ApiError("STREAM.CREATE.T", """{"name":"T"}""").Code);

        JsonElement tiers = h.ApiOk("INFO").GetProperty("tiers");
        Assert.Equal(1, tiers.GetProperty("R1").GetProperty("streams").GetInt32());
        Assert.Equal(1000, tiers.GetProperty("R1").GetProperty("reserved_storage").GetInt64());
        Assert.NotEqual(0, tiers.GetProperty("R1").GetProperty("storage").GetInt64());
        Assert.Equal(0, tiers.GetProperty("R3").GetProperty("streams").GetInt32());

        // Limits that are taken away leave what is there, and let nothing in.
        h.Account.Limits = new AccountLimits { Tiers = new Dictionary<string, AccountLimits> { ["R3"] = new() } };
        Assert.Contains("10120", h.Ask("s.a").Payload, StringComparison.Ordinal);
        Assert.Equal(10120, h.ApiError("CONSUMER.CREATE.S.C", """{"stream_name":"S","config":{"durable_name":"C"}}""").Code);
        Assert.Equal(10120, h.ApiError("STREAM.UPDATE.S", """{"name":"S","subjects":["s.>"]}""").Code);
    }

    [Fact]
    public void A_response_has_its_fields_in_order()
    {
        string create = Fields(_h.ApiOk("STREAM.CREATE.S", """{"name":"S"}"""));
        string info = Fields(_h.ApiOk("STREAM.INFO.S"));

        Assert.Equal("type config created state ts did_create", create);
        Assert.Equal("type total offset limit config created state cluster ts", info);
        Assert.Equal(
            "messages bytes first_seq first_ts last_seq last_ts consumer_count",
            Fields(_h.ApiOk("STREAM.INFO.S").GetProperty("state")));
    }

    [Theory]
    [InlineData("""{"name":"T"}""", 10056, "stream name in subject does not match request")]
    [InlineData("", 10056, "stream name in subject does not match request")]
    [InlineData("""{"name":"S","sealed":true}""", 10052, "stream configuration for create can not be sealed")]
    [InlineData("""{"name":"S","mirror_direct":true}""", 10052, "stream has no mirror but does have mirror direct")]
    [InlineData("""{"name":"S","num_replicas":6}""", 10052, "maximum replicas is 5")]
    [InlineData("""{"name":"S","num_replicas":-1}""", 10133, "replicas count cannot be negative")]
    [InlineData("""{"name":"S","num_replicas":3}""", 10074, "replicas > 1 not supported in non-clustered mode")]
    [InlineData("""{"name":"S","max_age":-1}""", 10052, "max age can not be negative")]
    [InlineData("""{"name":"S","max_age":99999999}""", 10052, "max age needs to be >= 100ms")]
    [InlineData("""{"name":"S","duplicate_window":-1}""", 10052, "duplicates window can not be negative")]
    [InlineData("""{"name":"S","duplicate_window":1}""", 10052, "duplicates window needs to be >= 100ms")]
    [InlineData("""{"name":"S","duplicate_window":200000000,"max_age":100000000}""", 10052, "duplicates window can not be larger then max age")]
    [InlineData("""{"name":"S","deny_purge":true,"allow_rollup_hdrs":true}""", 10052, "roll-ups require the purge permission")]
    [InlineData("""{"name":"S","allow_msg_counter":true,"discard":"new"}""", 10052, "counter stream cannot use discard new")]
    [InlineData("""{"name":"S","allow_msg_counter":true,"allow_msg_ttl":true}""", 10052, "counter stream cannot use message TTLs")]
    [InlineData("""{"name":"S","allow_msg_counter":true,"allow_msg_schedules":true}""", 10052, "counter stream cannot use message schedules")]
    [InlineData("""{"name":"S","allow_msg_counter":true,"retention":"interest"}""", 10052, "counter stream can only use limits retention")]
    [InlineData("""{"name":"S","discard_new_per_subject":true}""", 10052, "discard new per subject requires discard new policy to be set")]
    [InlineData("""{"name":"S","discard_new_per_subject":true,"discard":"new"}""", 10052, "discard new per subject requires max msgs per subject > 0")]
    [InlineData("""{"name":"S","subject_delete_marker_ttl":-1}""", 10052, "subject delete marker TTL must not be negative")]
    [InlineData("""{"name":"S","subject_delete_marker_ttl":999999999}""", 10052, "subject delete marker TTL must be at least 1 second")]
    [InlineData("""{"name":"S","allow_msg_schedules":true,"discard":"new"}""", 10052, "message scheduling cannot use discard new")]
    [InlineData("""{"name":"S","persist_mode":"async","storage":"memory"}""", 10052, "async persist mode is only supported on file storage")]
    [InlineData("""{"name":"S","persist_mode":"async","num_replicas":2}""", 10052, "async persist mode is not supported on replicated streams")]
    [InlineData("""{"name":"S","persist_mode":"async","allow_atomic":true}""", 10052, "async persist mode is not supported with atomic batch publish")]
    [InlineData("""{"name":"S","subjects":["a b"]}""", 10052, "invalid subject")]
    [InlineData("""{"name":"S","subjects":["a..b"]}""", 10052, "invalid subject")]
    [InlineData("""{"name":"S","subjects":[">"]}""", 10052, "capturing all subjects requires no-ack to be true")]
    [InlineData("""{"name":"S","subjects":["$JS.API.>"]}""", 10052, "subjects that overlap with jetstream api require no-ack to be true")]
    [InlineData("""{"name":"S","subjects":["*.API.>"]}""", 10052, "subjects that overlap with jetstream api require no-ack to be true")]
    [InlineData("""{"name":"S","subjects":["$SYS.>"]}""", 10052, "subjects that overlap with system api require no-ack to be true")]
    [InlineData("""{"name":"S","subjects":["a.*","a.b"]}""", 10052, "subject \"a.*\" overlaps with \"a.b\"")]
    [InlineData("""{"name":"S","subjects":["a","a"]}""", 10052, "subject \"a\" overlaps with \"a\"")]
    [InlineData("""{"name":"S","placement":{"preferred":"x"}}""", 10052, "preferred server not permitted in placement")]
    [InlineData("""{"name":"S","republish":{"src":">","dest":"S"}}""", 10052, "stream configuration for republish destination forms a cycle")]
    [InlineData("""{"name":"S","republish":{"src":"a.*","dest":"r.$2"}}""", 10052, "stream configuration for republish with transform from 'a.*' to 'r.$2' not valid")]
    [InlineData("""{"name":"S","mirror":{"name":"O"},"first_seq":1}""", 10143, "stream mirrors can not have first sequence configured")]
    [InlineData("""{"name":"S","mirror":{"name":"O"},"subjects":["a"]}""", 10034, "stream mirrors can not contain subjects")]
    [InlineData("""{"name":"S","mirror":{"name":"O"},"sources":[{"name":"P"}]}""", 10031, "stream mirrors can not also contain other sources")]
    [InlineData("""{"name":"S","mirror":{"name":"O.x"}}""", 10142, "mirrored stream name is invalid")]
    [InlineData("""{"name":"S","mirror":{"name":"O"},"subject_delete_marker_ttl":1000000000}""", 10052, "subject delete markers forbidden on mirrors")]
    [InlineData("""{"name":"S","mirror":{"name":"O","external":{"api":"$JS.API","deliver":""}}}""", 10021, "stream external api prefix $JS.API must not overlap with $JS.API")]
    [InlineData("""{"name":"S","sources":[{"name":"a.b"}]}""", 10141, "sourced stream name is invalid")]
    [InlineData("""{"name":"S","sources":[{"name":"a"},{"name":"a"}]}""", 10140, "duplicate source configuration detected")]
    public void A_bad_configuration_is_refused(string body, int code, string text)
    {
        Assert.Equal((code, text), _h.ApiError("STREAM.CREATE.S", body));
    }

    [Theory]
    [InlineData("a/b")]
    [InlineData(@"a\b")]
    public void A_name_with_a_path_separator_is_refused(string name)
    {
        string body = JsonSerializer.Serialize(new Dictionary<string, string> { ["name"] = name }, JsonSerializerOptions.Default);
        Assert.Equal(
            (10128, "Stream name can not contain path separators"), _h.ApiError("STREAM.CREATE." + name, body));
    }

    [Fact]
    public void Lengths_are_bounded()
    {
        string name = new('n', 256);
        string text = new('t', 4097);
        string value = new('v', 131_072);

        Assert.Equal(
            (10052, "stream name is too long, maximum allowed is 255"),
            _h.ApiError("STREAM.CREATE." + name, $$"""{"name":"{{name}}"}"""));
        Assert.Equal(
            (10052, "stream description is too long, maximum allowed is 4096"),
            _h.ApiError("STREAM.CREATE.S", $$"""{"name":"S","description":"{{text}}"}"""));
        Assert.Equal(
            (10052, "stream metadata exceeds maximum size of 131072 bytes"),
            _h.ApiError("STREAM.CREATE.S", $$$"""{"name":"S","metadata":{"k":"{{{value}}}"}}"""));
    }

    [Theory]
    [InlineData("max_msgs")]
    [InlineData("max_bytes")]
    [InlineData("max_msg_size")]
    [InlineData("max_msgs_per_subject")]
    [InlineData("max_consumers")]
    public void A_limit_that_is_none_becomes_unlimited_unless_pedantic(string field)
    {
        JsonElement response = _h.ApiOk("STREAM.CREATE.S", $$"""{"name":"S","{{field}}":-5}""");
        Assert.Equal(-1, response.GetProperty("config").GetProperty(field).GetInt64());
        Assert.Equal(
            (10157, $"pedantic mode: {field} must be set to -1"),
            _h.ApiError("STREAM.CREATE.T", $$"""{"name":"T","pedantic":true,"{{field}}":-5}"""));
    }

    [Fact]
    public void A_marker_TTL_brings_what_it_needs()
    {
        JsonElement config = _h.ApiOk("STREAM.CREATE.S", """{"name":"S","subject_delete_marker_ttl":1000000000,"deny_purge":true}""")
            .GetProperty("config");

        Assert.True(config.GetProperty("allow_msg_ttl").GetBoolean());
        Assert.True(config.GetProperty("allow_rollup_hdrs").GetBoolean());
        Assert.False(config.GetProperty("deny_purge").GetBoolean());
        Assert.Equal("1", config.GetProperty("metadata").GetProperty("_nats.req.level").GetString());
    }

    [Fact]
    public void The_duplicate_window_is_no_longer_than_the_maximum_age()
    {
        JsonElement config = _h.ApiOk("STREAM.CREATE.S", """{"name":"S","max_age":1000000000}""").GetProperty("config");

        Assert.Equal(1_000_000_000, config.GetProperty("duplicate_window").GetInt64());
    }

    [Fact]
    public void Creating_a_stream_again_succeeds_if_nothing_differs()
    {
        _h.CreateStream();

        Assert.True(_h.ApiOk("STREAM.CREATE.S", """{"name":"S","subjects":["s.>"]}""").GetProperty("did_create").GetBoolean());
        Assert.Equal(
            (10058, "stream name already in use with a different configuration"),
            _h.ApiError("STREAM.CREATE.S", """{"name":"S","subjects":["s.>"],"max_msgs":5}"""));
    }

    [Fact]
    public void Subjects_must_not_overlap_those_of_another_stream()
    {
        _h.CreateStream();

        Assert.Equal(
            (10065, "subjects overlap with an existing stream"),
            _h.ApiError("STREAM.CREATE.T", """{"name":"T","subjects":["s.*.c"]}"""));
    }

    [Fact]
    public void Dynamic_metadata_is_shown_by_info_and_not_by_list()
    {
        _h.ApiOk("STREAM.CREATE.S", """{"name":"S","metadata":{"_nats.ver":"x","_nats.req.level":"9","mine":"1"}}""");

        JsonElement info = _h.ApiOk("STREAM.INFO.S").GetProperty("config").GetProperty("metadata");
        JsonElement list = _h.ApiOk("STREAM.LIST").GetProperty("streams")[0].GetProperty("config").GetProperty("metadata");
        Assert.Equal("""{"_nats.level":"5","_nats.req.level":"0","_nats.ver":"2.15.1","mine":"1"}""", info.GetRawText());
        Assert.Equal("""{"_nats.req.level":"0","mine":"1"}""", list.GetRawText());
    }

    [Fact]
    public void The_account_may_limit_streams_and_their_bytes()
    {
        var limited = new Harness(limits: new Hosting.AccountLimits
        {
            MaxStreams = 2, MaxStoreBytes = 1000, MaxMemoryBytes = 100, StoreMaxStreamBytes = 700, MaxBytesRequired = true,
        });

        Assert.Equal(10113, limited.ApiError("STREAM.CREATE.S", """{"name":"S"}""").Code);
        Assert.Equal(10122, limited.ApiError("STREAM.CREATE.S", """{"name":"S","max_bytes":701}""").Code);
        limited.ApiOk("STREAM.CREATE.S", """{"name":"S","max_bytes":600}""");
        Assert.Equal(10047, limited.ApiError("STREAM.CREATE.T", """{"name":"T","max_bytes":500}""").Code);
        Assert.Equal(10028, limited.ApiError("STREAM.CREATE.T", """{"name":"T","storage":"memory","max_bytes":500}""").Code);
        limited.ApiOk("STREAM.CREATE.T", """{"name":"T","max_bytes":400}""");
        Assert.Equal(10027, limited.ApiError("STREAM.CREATE.U", """{"name":"U"}""").Code);
    }

    private static string Fields(JsonElement json) => string.Join(' ', json.EnumerateObject().Select(p => p.Name));
}
