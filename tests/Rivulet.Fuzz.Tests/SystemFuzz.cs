using System.Globalization;
using System.Text;
using System.Text.Json;
using Rivulet.Protocol;
using Rivulet.Server.SystemRequests;
using Rivulet.Server.Tracing;

namespace Rivulet.Fuzz.Tests;

/// <summary>What the system account and traces of messages read: the bodies of requests, and header blocks that may ask for a trace.</summary>
public class SystemFuzz
{
    private static readonly RequestOption[] Options =
    [
        new("text", RequestOptionKind.Text, "text"),
        new("flag", RequestOptionKind.Boolean, "flag"),
        new("number", RequestOptionKind.Integer, "number"),
        new("id", RequestOptionKind.Unsigned, "id"),
        new("names", RequestOptionKind.Texts, null),
    ];

    private static readonly byte[][] Bodies = Bytes(
        "{}", "null", "{\"text\":\"a\",\"flag\":true,\"number\":-5,\"id\":7,\"names\":[\"a\",\"b\"]}", "{\"server_name\":\"x\",\"tags\":[\"a\"],\"exact_match\":false}",
        "[1]", "{\"number\":1e400}", "{\"text\":\"\\ud800\"}", "{\"TEXT\":null,\"text\":\"\\u0000\"}");

    private static readonly byte[][] BodyFragments = Bytes(
        "{", "}", "[", "]", "\"", ":", ",", "null", "true", "-1", "1e5", "18446744073709551615", "9223372036854775808", "\\ud800", "\"names\"", "\"id\"", "\"flag\"");

    private static readonly byte[][] Headers = Bytes(
        "NATS/1.0\r\n\r\n", "NATS/1.0\r\nNats-Trace-Dest: a.b\r\n\r\n", "NATS/1.0\r\nNats-Trace-Dest: a\r\nNats-Trace-Only: true\r\n\r\n",
        "NATS/1.0\r\ntraceparent: 00-aa-bb-01\r\n\r\n", "NATS/1.0\r\nNats-Trace-Dest:x\r\nA: 1\r\nNats-Trace-Dest: y\r\n\r\n");

    private static readonly byte[][] HeaderFragments = Bytes(
        "\r\n", "\r", "\n", ":", "Nats-Trace-Dest", "Nats-Trace-Dest: ", "Nats-Trace-Only: on", "traceparent:", "-", "-01", " ", "NATS/1.0", "*", ">", ".");

    [Theory]
    [InlineData(FuzzLength.Short)]
    [InlineData(FuzzLength.Campaign, Explicit = true)]
    public void A_body_is_refused_or_every_value_of_it_can_be_read(FuzzLength length)
    {
        var mutator = new Mutator(Bodies, BodyFragments);
        FuzzLoop.Run(length, "bodies of system requests", mutator.Next, (input, random) =>
        {
            string? mistake = RequestBody.Read(input, "FUZZ", Options, out var body);
            Assert.Equal(input.Length > 0 && !IsJson(input), mistake is not null && !mistake.StartsWith("json: ", StringComparison.Ordinal));
            if (mistake is not null)
                return;
            var parameters = body.Parameters(Options);
            Assert.Equal(parameters.GetValueOrDefault("text", ""), body.Text("text"));
            Assert.Equal(parameters.ContainsKey("flag"), body.Flag("flag"));
            Assert.NotNull(body.Texts("names"));
            Assert.NotNull(body.Filter.Tags);
            Assert.Equal(parameters.GetValueOrDefault("id", "0"), body.Number("id").ToString(CultureInfo.InvariantCulture));
        });
    }

    [Theory]
    [InlineData(FuzzLength.Short)]
    [InlineData(FuzzLength.Campaign, Explicit = true)]
    public void Where_a_trace_goes_is_a_subject_and_can_be_changed(FuzzLength length)
    {
        var mutator = new Mutator(Headers, HeaderFragments);
        FuzzLoop.Run(length, "headers that ask for traces", mutator.Next, (input, random) =>
        {
            byte[] account = "acc"u8.ToArray();
            var found = TraceHeaders.Find(input, account);
            Assert.True(found.IsEmpty || Subject.IsValidLiteral(found));
            Assert.True(found.IsEmpty || TraceHeaders.MayAsk(input, isSampling: true));
            bool asks = !TraceHeaders.Find(input, account: null).IsEmpty;
            Assert.True(!asks || TraceHeaders.MayAsk(input, isSampling: false));
            Assert.True(!TraceHeaders.IsTraceOnly(input) || input.AsSpan().IndexOf("Nats-Trace-Only"u8) >= 0);
            byte[] changed = TraceHeaders.WithDestination(input, "else.where"u8);
            if (asks)
                Assert.Equal("else.where", Encoding.UTF8.GetString(TraceHeaders.Find(changed, account: null)));
            Assert.True(TraceHeaders.Find(TraceHeaders.WithDestination(input, TraceHeaders.Disabled), account: null).IsEmpty);
        });
    }

    private static bool IsJson(byte[] input)
    {
        try
        {
            using var document = JsonDocument.Parse(input);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static byte[][] Bytes(params string[] texts)
    {
        return [.. texts.Select(Encoding.UTF8.GetBytes)];
    }
}
