using System.Text;
using Rivulet.JetStream.Streams;

namespace Rivulet.JetStream.Tests.Api;

/// <summary>Error texts here were seen on the reference server, request by request.</summary>
public class RequestReaderTests
{
    [Theory]
    [InlineData("{", "unexpected EOF")]
    [InlineData("{\"name\":\"S", "unexpected EOF")]
    [InlineData("[1,2", "unexpected EOF")]
    [InlineData("{\"name\":\"\\u12", "unexpected EOF")]
    [InlineData("x", "invalid character 'x' looking for beginning of value at offset 1")]
    [InlineData("{\"name\":\"S\"} x", "invalid character 'x' looking for beginning of value at offset 14")]
    [InlineData("{\"name\":\"S\",}", "invalid character '}' looking for beginning of object key string at offset 13")]
    [InlineData("{name:\"S\"}", "invalid character 'n' looking for beginning of object key string at offset 2")]
    [InlineData("{'a':1}", "invalid character '\\'' looking for beginning of object key string at offset 2")]
    [InlineData("\n\n{]", "invalid character ']' looking for beginning of object key string at offset 4")]
    [InlineData("{,}", "invalid character ',' looking for beginning of object key string at offset 2")]
    [InlineData("{\"name\" 1}", "invalid character '1' after object key at offset 9")]
    [InlineData("{\"a\"}", "invalid character '}' after object key at offset 5")]
    [InlineData("{\"name\":\"S\" \"a\":1}", "invalid character '\"' after object key:value pair at offset 13")]
    [InlineData("{\"a\":01}", "invalid character '1' after object key:value pair at offset 7")]
    [InlineData("{\"a\":1]", "invalid character ']' after object key:value pair at offset 7")]
    [InlineData("[1}", "invalid character '}' after array element at offset 3")]
    [InlineData("[1 2]", "invalid character '2' after array element at offset 4")]
    [InlineData("[,]", "invalid character ',' looking for beginning of value at offset 2")]
    [InlineData("{\"a\":}", "invalid character '}' looking for beginning of value at offset 6")]
    [InlineData("{\"a\":+1}", "invalid character '+' looking for beginning of value at offset 6")]
    [InlineData("{\"a\":tru}", "invalid character '}' in literal true (expecting 'e') at offset 9")]
    [InlineData("{\"a\":nul1}", "invalid character '1' in literal null (expecting 'l') at offset 9")]
    [InlineData("{\"a\":-}", "invalid character '}' in numeric literal at offset 7")]
    [InlineData("{\"a\":1e}", "invalid character '}' in numeric literal at offset 8")]
    [InlineData("{\"a\":1.}", "invalid character '}' in numeric literal at offset 8")]
    [InlineData("{\"name\":\"a\nb\"}", "invalid character '\\n' in string at offset 11")]
    [InlineData("{\"a\":\"\u0001\"}", "invalid character '\\x01' in string at offset 7")]
    [InlineData("{\"name\":\"\\x\"}", "invalid escape sequence `\\x` in string at offset 11")]
    [InlineData("{\"name\":\"\\u12x4\"}", "invalid escape sequence `\\u12x4` in string at offset 15")]
    [InlineData("{\"name\":\"\\u12\"}", "invalid escape sequence `\\u12\"}` in string at offset 15")]
    [InlineData("{\"a\":\u00e9}", "invalid character '\u00e9' looking for beginning of value at offset 7")]
    [InlineData("{\"a\":\u007f}", "invalid character '\\x7f' looking for beginning of value at offset 6")]
    [InlineData("{\"a\":\0}", "invalid character '\\x00' looking for beginning of value at offset 6")]
    [InlineData("\uFEFF{}", "invalid character '\\ufeff' looking for beginning of value at offset 3")]
    public void A_mistake_in_the_syntax_is_told_with_its_place(string body, string error)
    {
        Assert.Equal(error, Read(body).Error);
    }

    [Theory]
    [InlineData("[]", "json: cannot unmarshal array into Go value of type server.StreamConfigRequest")]
    [InlineData("\"abc\"", "json: cannot unmarshal string into Go value of type server.StreamConfigRequest")]
    [InlineData("12", "json: cannot unmarshal number into Go value of type server.StreamConfigRequest")]
    [InlineData("true", "json: cannot unmarshal bool into Go value of type server.StreamConfigRequest")]
    [InlineData("{\"max_msgs\":\"a\"}", "json: cannot unmarshal string into Go struct field StreamConfigRequest.max_msgs of type int64")]
    [InlineData("{\"max_msgs\":1.0}", "json: cannot unmarshal number 1.0 into Go struct field StreamConfigRequest.max_msgs of type int64")]
    [InlineData("{\"max_msgs\":99999999999999999999}", "json: cannot unmarshal number 99999999999999999999 into Go struct field StreamConfigRequest.max_msgs of type int64")]
    [InlineData("{\"max_msgs\":true}", "json: cannot unmarshal bool into Go struct field StreamConfigRequest.max_msgs of type int64")]
    [InlineData("{\"max_msgs\":{}}", "json: cannot unmarshal object into Go struct field StreamConfigRequest.max_msgs of type int64")]
    [InlineData("{\"max_msgs\":[]}", "json: cannot unmarshal array into Go struct field StreamConfigRequest.max_msgs of type int64")]
    [InlineData("{\"max_msg_size\":99999999999}", "json: cannot unmarshal number 99999999999 into Go struct field StreamConfigRequest.max_msg_size of type int32")]
    [InlineData("{\"num_replicas\":1e1}", "json: cannot unmarshal number 1e1 into Go struct field StreamConfigRequest.num_replicas of type int")]
    [InlineData("{\"max_age\":\"1s\"}", "json: cannot unmarshal string into Go struct field StreamConfigRequest.max_age of type time.Duration")]
    [InlineData("{\"first_seq\":-1}", "json: cannot unmarshal number -1 into Go struct field StreamConfigRequest.first_seq of type uint64")]
    [InlineData("{\"name\":1}", "json: cannot unmarshal number into Go struct field StreamConfigRequest.name of type string")]
    [InlineData("{\"sealed\":\"yes\"}", "json: cannot unmarshal string into Go struct field StreamConfigRequest.sealed of type bool")]
    [InlineData("{\"pedantic\":1}", "json: cannot unmarshal number into Go struct field StreamConfigRequest.pedantic of type bool")]
    [InlineData("{\"Max_Msgs\":\"z\"}", "json: cannot unmarshal string into Go struct field StreamConfigRequest.Max_Msgs of type int64")]
    [InlineData("{\"subjects\":\"a\"}", "json: cannot unmarshal string into Go struct field StreamConfigRequest.subjects of type []string")]
    [InlineData("{\"subjects\":{\"a\":1}}", "json: cannot unmarshal object into Go struct field StreamConfigRequest.subjects of type []string")]
    [InlineData("{\"subjects\":[1]}", "json: cannot unmarshal number into StreamConfigRequest.subjects.0 of type string")]
    [InlineData("{\"subjects\":[[\"a\"]]}", "json: cannot unmarshal array into StreamConfigRequest.subjects.0 of type string")]
    [InlineData("{\"metadata\":[]}", "json: cannot unmarshal array into Go struct field StreamConfigRequest.metadata of type map[string]string")]
    [InlineData("{\"metadata\":{\"a\":1}}", "json: cannot unmarshal number into Go struct field StreamConfigRequest.metadata.a of type string")]
    [InlineData("{\"mirror\":1}", "json: cannot unmarshal number into Go struct field StreamConfigRequest.mirror of type server.StreamSource")]
    [InlineData("{\"mirror\":{\"opt_start_time\":5}}", "json: cannot unmarshal number into Go struct field StreamConfigRequest.mirror.opt_start_time of type time.Time")]
    [InlineData("{\"mirror\":{\"external\":{\"api\":1}}}", "json: cannot unmarshal number into Go struct field StreamConfigRequest.mirror.external.api of type string")]
    [InlineData("{\"sources\":{}}", "json: cannot unmarshal object into Go struct field StreamConfigRequest.sources of type []*server.StreamSource")]
    [InlineData("{\"sources\":[1]}", "json: cannot unmarshal number into StreamConfigRequest.sources.0 of type server.StreamSource")]
    [InlineData("{\"sources\":[{\"name\":2}]}", "json: cannot unmarshal number into Go struct field StreamConfigRequest.sources.0.name of type string")]
    [InlineData("{\"republish\":{\"src\":1}}", "json: cannot unmarshal number into Go struct field StreamConfigRequest.republish.src of type string")]
    [InlineData("{\"placement\":{\"tags\":[2]}}", "json: cannot unmarshal number into StreamConfigRequest.placement.tags.0 of type string")]
    [InlineData("{\"consumer_limits\":{\"max_ack_pending\":\"x\"}}", "json: cannot unmarshal string into Go struct field StreamConfigRequest.consumer_limits.max_ack_pending of type int")]
    public void A_value_of_the_wrong_type_is_told_with_its_member(string body, string error)
    {
        Assert.Equal(error, Read(body).Error);
    }

    [Theory]
    [InlineData("{\"retention\":\"foo\"}", "can not unmarshal \"\\\"foo\\\"\"")]
    [InlineData("{\"retention\":\"\"}", "can not unmarshal \"\\\"\\\"\"")]
    [InlineData("{\"retention\":1}", "can not unmarshal \"1\"")]
    [InlineData("{\"retention\":[\"a\"]}", "can not unmarshal \"[\\\"a\\\"]\"")]
    [InlineData("{\"retention\":null}", "can not unmarshal \"null\"")]
    [InlineData("{\"discard\":\"foo\"}", "can not unmarshal \"\\\"foo\\\"\"")]
    [InlineData("{\"storage\":null}", "can not unmarshal \"null\"")]
    [InlineData("{\"compression\":\"zip\"}", "unknown compression algorithm")]
    [InlineData("{\"compression\":null}", "unknown compression algorithm")]
    [InlineData("{\"persist_mode\":\"x\"}", "can not unmarshal \"\\\"x\\\"\"")]
    public void A_word_that_is_none_of_the_set_is_told_with_its_quotes(string body, string error)
    {
        Assert.Equal(error, Read(body).Error);
    }

    [Theory]
    [InlineData("", "parsing time \"\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"\" as \"2006\"")]
    [InlineData("foo", "parsing time \"foo\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"foo\" as \"2006\"")]
    [InlineData("2020", "parsing time \"2020\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"\" as \"-\"")]
    [InlineData("2020-13-01T00:00:00Z", "parsing time \"2020-13-01T00:00:00Z\": month out of range")]
    [InlineData("2020-02-30T00:00:00Z", "parsing time \"2020-02-30T00:00:00Z\": day out of range")]
    [InlineData("2020-01-01T25:00:00Z", "parsing time \"2020-01-01T25:00:00Z\": hour out of range")]
    [InlineData("2020-01-01T00:00:00", "parsing time \"2020-01-01T00:00:00\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"\" as \"Z07:00\"")]
    [InlineData("2020-01-01 00:00:00Z", "parsing time \"2020-01-01 00:00:00Z\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \" 00:00:00Z\" as \"T\"")]
    [InlineData("2020-01-01T00:00:00Zx", "parsing time \"2020-01-01T00:00:00Zx\": extra text: \"x\"")]
    [InlineData("2020-01-01T00:00:00+1:00", "parsing time \"2020-01-01T00:00:00+1:00\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"+1:00\" as \"Z07:00\"")]
    public void A_time_that_is_none_is_told_with_what_is_wrong(string time, string error)
    {
        Assert.Equal(error, Read($"{{\"mirror\":{{\"opt_start_time\":\"{time}\"}}}}").Error);
    }

    [Theory]
    [InlineData("2020-02-29T12:34:56Z", 1582979696_000000000)]
    [InlineData("2020-02-29T12:34:56.5Z", 1582979696_500000000)]
    [InlineData("2020-02-29T14:34:56.123456789+02:00", 1582979696_123456789)]
    [InlineData("1969-12-31T23:59:59.999999999Z", -1)]
    [InlineData("0001-01-01T00:00:00Z", long.MinValue)]
    [InlineData("9999-12-31T23:59:59Z", long.MaxValue)]
    public void A_time_is_read_to_the_nanosecond(string time, long unixNanos)
    {
        (string? error, StreamConfig config) = Read($"{{\"mirror\":{{\"opt_start_time\":\"{time}\"}}}}");

        Assert.Null(error);
        Assert.Equal(unixNanos, config.Mirror!.StartTimeNanos);
    }

    [Theory]
    [InlineData("{\"name\":\"S\",\"x\":1}")]
    [InlineData("{\"x\":1,\"max_msgs\":\"a\"}")]
    [InlineData("{\"mirror\":{\"x\":{\"y\":[1,{}]}}}")]
    [InlineData("{\"name\":\"S\"}{\"x\":1}")]
    [InlineData("{\"x\":1}{")]
    public void An_unknown_member_is_an_error(string body)
    {
        Assert.Equal("json: unknown field \"x\"", Read(body).Error);
    }

    [Fact]
    public void An_unknown_member_is_passed_over_when_not_strict()
    {
        (string? error, StreamConfig config) = Read("{\"x\":[{\"name\":\"T\"}],\"name\":\"S\",\"y\":null}", strict: false);

        Assert.Null(error);
        Assert.Equal("S", config.Name);
    }

    [Fact]
    public void The_first_mistake_in_the_text_is_the_one_told()
    {
        Assert.StartsWith("json: cannot unmarshal string", Read("{\"max_msgs\":\"a\",\"retention\":\"foo\",\"x\":1}").Error!);
        Assert.StartsWith("can not unmarshal", Read("{\"retention\":\"foo\",\"max_msgs\":\"a\"}").Error!);
    }

    [Fact]
    public void Null_leaves_what_is_there()
    {
        (string? error, StreamConfig config) = Read(
            "{\"name\":\"S\",\"max_msgs\":5}{\"name\":null,\"max_msgs\":null,\"subjects\":null,\"mirror\":null,\"sources\":null,\"metadata\":null,\"max_age\":null,\"sealed\":null}");

        Assert.Null(error);
        Assert.Equal("S", config.Name);
        Assert.Equal(5, config.MaxMessages);
        Assert.Null(config.Mirror);
    }

    [Fact]
    public void Names_match_whatever_their_case_and_escapes()
    {
        (string? error, StreamConfig config) = Read("{\"NA\\u006de\":\"S\",\"\u017ftorage\":\"memory\"}");

        Assert.Null(error);
        Assert.Equal("S", config.Name);
        Assert.Equal(StorageType.Memory, config.Storage);
    }

    [Fact]
    public void Of_equal_names_the_last_wins_and_maps_are_merged()
    {
        (string? error, StreamConfig config) = Read(
            "{\"name\":\"A\",\"name\":\"S\",\"subjects\":[\"a\"],\"subjects\":[\"b\"],\"metadata\":{\"a\":\"1\"},\"metadata\":{\"b\":\"2\"}}");

        Assert.Null(error);
        Assert.Equal("S", config.Name);
        Assert.Equal(["b"], config.Subjects!);
        Assert.Equal(new Dictionary<string, string> { ["a"] = "1", ["b"] = "2" }, config.Metadata!);
    }

    [Theory]
    [InlineData("")]
    [InlineData("  \r\n\t")]
    [InlineData("null")]
    public void A_body_without_values_reads_nothing(string body)
    {
        (string? error, StreamConfig config) = Read(body);

        Assert.Null(error);
        Assert.Equal("", config.Name);
    }

    [Fact]
    public void Bytes_that_are_not_Unicode_become_replacement_characters()
    {
        var request = new StreamConfigRequest();
        byte[] body = [.. "{\"name\":\"S"u8, 0xff, .. "\",\"description\":\"\\ud800\"}"u8];

        Assert.Null(StreamConfigReader.Read(body, strict: true, request));
        Assert.Equal("S\uFFFD", request.Config.Name);
        Assert.Equal("\uFFFD", request.Config.Description);
    }

    [Fact]
    public void Nesting_is_bounded()
    {
        Assert.Equal("exceeded max depth at offset 10001", Read(new string('[', 12_000)).Error);
        Assert.Null(Read($"{{\"name\":\"S\",\"x\":{new string('[', 9_000)}{new string(']', 9_000)}}}", strict: false).Error);
    }

    private static (string? Error, StreamConfig Config) Read(string body, bool strict = true)
    {
        var request = new StreamConfigRequest();
        return (StreamConfigReader.Read(Encoding.UTF8.GetBytes(body), strict, request), request.Config);
    }
}
