using System.Text;
using System.Text.Json;
using Rivulet.JetStream.Api.Json;

namespace Rivulet.JetStream.Tests.Api.Json;

/// <summary>Requests are read, and refused, in the words of the reference server.</summary>
public sealed class RequestJsonTests
{
    [Theory]
    [InlineData("{x", "invalid character 'x' looking for beginning of object key string at offset 2")]
    [InlineData("{", "unexpected EOF")]
    [InlineData("{\"a\"", "unexpected EOF")]
    [InlineData("{} x", "invalid character 'x' looking for beginning of value at offset 4")]
    [InlineData("{\"a\":}", "invalid character '}' looking for beginning of value at offset 6")]
    [InlineData("{\"a\" 1}", "invalid character '1' after object key at offset 6")]
    [InlineData("{\"a\":1 2}", "invalid character '2' after object key:value pair at offset 8")]
    [InlineData("[1 2]", "invalid character '2' after array element at offset 4")]
    [InlineData("{\"a\":01}", "invalid character '1' after object key:value pair at offset 7")]
    [InlineData("{\"a\":-x}", "invalid character 'x' in numeric literal at offset 7")]
    [InlineData("{\"a\":1.}", "invalid character '}' after decimal point in numeric literal at offset 8")]
    [InlineData("{\"a\":1e}", "invalid character '}' in exponent of numeric literal at offset 8")]
    [InlineData("{\"a\":trux}", "invalid character 'x' in literal true (expecting 'e') at offset 9")]
    [InlineData("{\"a\":\"\\q\"}", "invalid character 'q' in string escape code at offset 8")]
    [InlineData("{\"a\":\"\\u12x4\"}", "invalid character 'x' in \\u hexadecimal character escape at offset 11")]
    [InlineData("{\"a\":\"\n\"}", "invalid character '\\n' in string literal at offset 7")]
    public void A_mistake_in_the_syntax_is_reported_with_its_place(string body, string expected) =>
        Assert.Equal(expected, JsonSyntax.FindMistakeInRequest(Encoding.UTF8.GetBytes(body)));

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("{}")]
    [InlineData(" {\"a\":[1,2.5e-3,true,false,null,{\"b\":\"\\u00e9\\n\"}]} ")]
    [InlineData("{} {}")]
    public void Proper_JSON_passes(string body) =>
        Assert.Null(JsonSyntax.FindMistakeInRequest(Encoding.UTF8.GetBytes(body)));

    [Theory]
    [InlineData("{\"n\":1.5}", "json: cannot unmarshal number 1.5 into Go struct field Sample.n of type int64")]
    [InlineData("{\"N\":\"x\"}", "json: cannot unmarshal string into Go struct field Sample.n of type int64")]
    [InlineData("{\"text\":5}", "json: cannot unmarshal number into Go struct field Sample.text of type string")]
    [InlineData("{\"inner\":{\"list\":[1]}}", "json: cannot unmarshal number into Sample.inner.list.0 of type string")]
    [InlineData("{\"inner\":[]}", "json: cannot unmarshal array into Go struct field Sample.inner of type server.Inner")]
    [InlineData("{\"word\":\"three\"}", "can not unmarshal \"\\\"three\\\"\"")]
    [InlineData("{\"word\":null}", "can not unmarshal \"null\"")]
    [InlineData("{\"other\":1}", "json: unknown field \"other\"")]
    [InlineData("[]", "json: cannot unmarshal array into Go value of type server.Sample")]
    public void A_wrong_type_is_reported_with_its_field(string body, string expected) =>
        Assert.Equal(expected, Assert.Throws<RequestJsonException>(() => Sample.Read(body, strict: true)).Message);

    [Fact]
    public void Names_match_whatever_their_case_and_null_is_nothing()
    {
        Sample sample = Sample.Read("{\"N\":7,\"Text\":null,\"INNER\":{\"List\":[\"a\",null]},\"word\":\"two\",\"word\":\"one\"}", true);
        Assert.Equal(7, sample.Number);
        Assert.Equal("", sample.Text);
        Assert.Equal(["a", ""], sample.List);
        Assert.Equal(0, sample.Word);
    }

    [Fact]
    public void An_unknown_field_is_skipped_when_not_strict() =>
        Assert.Equal(3, Sample.Read("{\"other\":{\"n\":1},\"n\":3}", strict: false).Number);

    [Fact]
    public void Text_that_is_not_Unicode_gets_replacement_characters() =>
        Assert.Equal("a\uFFFDb\n", Sample.Read("{\"text\":\"a\\ud800b\\n\"}", strict: true).Text);

    private sealed record Sample(long Number, string Text, List<string> List, int Word)
    {
        public static Sample Read(string body, bool strict)
        {
            Utf8JsonReader reader = JsonFields.Open(Encoding.UTF8.GetBytes(body));
            var sample = new Sample(0, "", [], 0);
            var fields = new JsonFields(ref reader, "Sample", strict);
            while (fields.MoveNext(ref reader))
            {
                if (fields.Is("n"u8))
                    sample = sample with { Number = fields.Int64(ref reader) };
                else if (fields.Is("text"u8))
                    sample = sample with { Text = fields.String(ref reader) };
                else if (fields.Is("word"u8))
                    sample = sample with { Word = JsonFields.Word(ref reader, ["one", "two"]) };
                else if (fields.Is("inner"u8))
                    sample = sample with { List = ReadInner(fields, ref reader) };
                else
                    fields.Unknown(ref reader);
            }

            return sample;
        }

        private static List<string> ReadInner(JsonFields outer, ref Utf8JsonReader reader)
        {
            List<string> list = [];
            JsonFields fields = outer.Object(ref reader, "Inner");
            while (fields.MoveNext(ref reader))
            {
                if (fields.Is("list"u8))
                    list = fields.Strings(ref reader);
                else
                    fields.Unknown(ref reader);
            }

            return list;
        }
    }
}
