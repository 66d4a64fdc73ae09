using System.Text.Json;
using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.SystemAccount;

/// <summary>Messages that are traced: what is told of them, where it goes, and what does not reach anybody.</summary>
public sealed class MessageTraceTests
{
    private const string Sampled = "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n";

    [Fact]
    public async Task A_message_that_nobody_wants_is_told_of()
    {
        await using var rig = await SystemRig.StartAsync();
        await using var a = await rig.ConnectAsync("a", "SUB tr t\r\n");
        await PublishAsync(a, "none", "Nats-Trace-Dest: tr\r\nX: 1\r\nX: 2\r\n");
        var trace = await SystemRig.EventAsync(a, "tr");
        Assert.Equal(["server", "request", "events"], trace.EnumerateObject().Select(member => member.Name));
        Assert.Equal("{\"Nats-Trace-Dest\":[\"tr\"],\"X\":[\"1\",\"2\"]}", trace.GetProperty("request").GetProperty("header").GetRawText());
        Assert.Equal(47, trace.GetProperty("request").GetProperty("msgsize").GetInt32());
        var ingress = Assert.Single(trace.GetProperty("events").EnumerateArray());
        Assert.Equal(["type", "ts", "kind", "cid", "name", "acc", "subj"], ingress.EnumerateObject().Select(member => member.Name));
        Assert.Equal(("in", "c-a", "A", "none"), (Text(ingress, "type"), Text(ingress, "name"), Text(ingress, "acc"), Text(ingress, "subj")));
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("Nats-Trace-Only: true\r\n", false)]
    [InlineData("Nats-Trace-Only: 1\r\n", false)]
    [InlineData("Nats-Trace-Only: ON\r\n", false)]
    [InlineData("Nats-Trace-Only: false\r\n", true)]
    [InlineData("Nats-Trace-Only: T\r\n", true)]
    public async Task Subscribers_are_told_of_and_get_it_unless_only_the_trace_is_wanted(string only, bool isDelivered)
    {
        await using var rig = await SystemRig.StartAsync();
        await using var a = await rig.ConnectAsync("a", "SUB tr t\r\n");
        await using var other = await rig.ConnectAsync("a", "SUB one 1\r\nSUB o* g 2\r\nSUB one g 3\r\n");
        await PublishAsync(a, "one", "Nats-Trace-Dest: tr\r\n" + only);
        var events = (await SystemRig.EventAsync(a, "tr")).GetProperty("events");
        Assert.Equal(["in", "eg", "eg"], events.EnumerateArray().Select(one => Text(one, "type")));
        var grouped = events.EnumerateArray().Single(one => one.TryGetProperty("queue", out _));
        Assert.Equal("g", Text(grouped, "queue"));
        Assert.All(events.EnumerateArray().Skip(1), one => Assert.Equal("one", Text(one, "sub")));
        Assert.Equal(isDelivered, (await other.PingAsync()).Contains("MSG one 1 ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_publisher_that_wants_no_echo_is_told_so()
    {
        await using var rig = await SystemRig.StartAsync();
        await using var a = await rig.ConnectAsync("a", "SUB tr t\r\n");
        await using var quiet = await rig.Server.ConnectAsync();
        await quiet.SendAsync("CONNECT {\"verbose\":false,\"headers\":true,\"echo\":false,\"user\":\"a\",\"pass\":\"x\"}\r\nSUB one 1\r\n");
        await PublishAsync(quiet, "one", "Nats-Trace-Dest: tr\r\n");
        var events = (await SystemRig.EventAsync(a, "tr")).GetProperty("events");
        Assert.Equal("Not delivered because of no echo", Text(events[1], "error"));
    }

    [Fact]
    public async Task Mappings_are_told_of()
    {
        await using var rig = await SystemRig.StartAsync();
        await using var a = await rig.ConnectAsync("a", "SUB tr t\r\nSUB mapped.x 1\r\n");
        await PublishAsync(a, "m.x", "Nats-Trace-Dest: tr\r\n");
        var events = (await SystemRig.EventAsync(a, "tr")).GetProperty("events");
        Assert.Equal(["in", "sm", "eg"], events.EnumerateArray().Select(one => Text(one, "type")));
        Assert.Equal("m.x", Text(events[0], "subj"));
        Assert.Equal("mapped.x", Text(events[1], "to"));
    }

    [Theory]
    [InlineData("st.z", "fromA.st.z", new[] { "in", "se" }, "")]
    [InlineData("st.z", "fromA.st.z", new[] { "in", "se" }, "Nats-Trace-Only: 1\r\n")]
    [InlineData("tst.z", "tfromA.tst.z", new[] { "in", "se", "eg" }, "")]
    [InlineData("tst.z", "tfromA.tst.z", new[] { "in", "se", "eg" }, "Nats-Trace-Only: 1\r\n")]
    public async Task A_trace_goes_on_into_an_account_that_imports_if_that_allows_it(string subject, string there, string[] types, string only)
    {
        await using var rig = await SystemRig.StartAsync();
        await using var a = await rig.ConnectAsync("a", "SUB tr t\r\n");
        await using var b = await rig.ConnectAsync("b", $"SUB {there} 1\r\n");
        await PublishAsync(a, subject, "Nats-Trace-Dest: tr\r\n" + only);
        var events = (await SystemRig.EventAsync(a, "tr")).GetProperty("events");
        Assert.Equal(types, events.EnumerateArray().Select(one => Text(one, "type")));
        Assert.Equal(("B", there), (Text(events[1], "acc"), Text(events[1], "to")));
        if (types.Length == 3)
            Assert.Equal(("B", subject), (Text(events[2], "acc"), Text(events[2], "sub")));
        Assert.Equal(only.Length == 0, (await b.PingAsync()).Contains($"MSG {there} 1 ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("lsvc", "svc.x", new[] { "in", "si" }, "")]
    [InlineData("lsvc", "svc.x", new[] { "in", "si" }, "Nats-Trace-Only: 1\r\n")]
    [InlineData("ltsvc", "tsvc.x", new[] { "in", "si", "eg" }, "")]
    [InlineData("ltsvc", "tsvc.x", new[] { "in", "si", "eg" }, "Nats-Trace-Only: 1\r\n")]
    public async Task A_trace_goes_on_into_an_account_that_has_a_service_if_that_allows_it(string subject, string there, string[] types, string only)
    {
        await using var rig = await SystemRig.StartAsync();
        await using var a = await rig.ConnectAsync("a", $"SUB {there} 1\r\n");
        await using var b = await rig.ConnectAsync("b", "SUB tr t\r\n");
        await PublishAsync(b, subject, "Nats-Trace-Dest: tr\r\n" + only, "_INBOX.r");
        var events = (await SystemRig.EventAsync(b, "tr")).GetProperty("events");
        Assert.Equal(types, events.EnumerateArray().Select(one => Text(one, "type")));
        Assert.Equal(("A", subject, there), (Text(events[1], "acc"), Text(events[1], "from"), Text(events[1], "to")));
        string request = await a.PingAsync();
        Assert.Equal(only.Length == 0, request.Contains($"HMSG {there} 1 _R_.", StringComparison.Ordinal));
        Assert.DoesNotContain("Nats-Trace-Dest: tr\r\n", request, StringComparison.Ordinal);
        if (only.Length == 0)
            Assert.Contains(types.Length == 3 ? "Nats-Trace-Dest: _R_." : "Nats-Trace-Dest: trace disabled\r\n", request, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_does_not_tell_the_requester_where_its_trace_goes()
    {
        await using var rig = await SystemRig.StartAsync();
        await using var a = await rig.ConnectAsync("a", "SUB svc.x 1\r\nSUB tr t\r\n");
        await using var b = await rig.ConnectAsync("b");
        await b.SendAsync("PUB lsvc _INBOX.r 0\r\n\r\n");
        await b.PingAsync();
        string reply = (await a.PingAsync()).Split(' ')[3];
        await PublishAsync(a, reply, "Nats-Trace-Dest: tr\r\n");
        Assert.Equal(["in"], (await SystemRig.EventAsync(a, "tr")).GetProperty("events").EnumerateArray().Select(one => Text(one, "type")));
        string answer = await b.PingAsync();
        Assert.Contains("HMSG _INBOX.r", answer, StringComparison.Ordinal);
        Assert.Contains("Nats-Trace-Dest: trace disabled\r\n", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_is_told_of_with_what_became_of_the_message()
    {
        await using var rig = await SystemRig.StartAsync();
        await using var a = await rig.ConnectAsync("a", "SUB tr t\r\nSUB acks 1\r\n");
        await rig.JsonAsync(a, "$JS.API.STREAM.CREATE.S", "{\"name\":\"S\",\"subjects\":[\"js.>\"],\"storage\":\"memory\"}");
        await rig.JsonAsync(a, "$JS.API.STREAM.CREATE.I", "{\"name\":\"I\",\"subjects\":[\"i\"],\"storage\":\"memory\",\"retention\":\"interest\"}");
        await rig.JsonAsync(
            a, "$JS.API.STREAM.CREATE.R", "{\"name\":\"R\",\"subjects\":[\"r.>\"],\"storage\":\"memory\",\"subject_transform\":{\"src\":\"r.>\",\"dest\":\"z.>\"}}");

        Assert.Equal("{\"stream\":\"S\",\"subject\":\"js.1\"}", await FateAsync("js.1", ""));
        Assert.Equal("{\"stream\":\"S\",\"subject\":\"js.1\"}", await FateAsync("js.1", "Nats-Trace-Only: 1\r\n"));
        Assert.Equal("{\"stream\":\"S\",\"error\":\"expected stream does not match\"}", await FateAsync("js.1", "Nats-Expected-Stream: Z\r\n"));
        Assert.Equal(
            "{\"stream\":\"S\",\"error\":\"expected stream does not match\"}",
            await FateAsync("js.1", "Nats-Expected-Stream: Z\r\nNats-Trace-Only: 1\r\n"));
        Assert.Equal("{\"stream\":\"S\",\"subject\":\"js.1\"}", await FateAsync("js.1", "Nats-Msg-Id: 1\r\n"));
        Assert.Equal("{\"stream\":\"S\",\"error\":\"msgid is duplicate\"}", await FateAsync("js.1", "Nats-Msg-Id: 1\r\n"));
        Assert.Equal("{\"stream\":\"S\",\"error\":\"message TTL disabled\"}", await FateAsync("js.1", "Nats-TTL: 10s\r\n"));
        Assert.Equal("{\"stream\":\"S\",\"error\":\"message counters is disabled (10168)\"}", await FateAsync("js.1", "Nats-Incr: 1\r\n"));
        Assert.Equal("{\"stream\":\"S\",\"error\":\"atomic publish is disabled (10174)\"}", await FateAsync("js.1", "Nats-Batch-Id: 1\r\nNats-Trace-Only: 1\r\n"));
        Assert.Equal("{\"stream\":\"S\",\"error\":\"last sequence mismatch: 9 vs 2\"}", await FateAsync("js.1", "Nats-Expected-Last-Sequence: 9\r\n"));
        Assert.Equal(
            "{\"stream\":\"S\",\"error\":\"last sequence by subject mismatch: 9 vs 2\"}",
            await FateAsync("js.1", "Nats-Expected-Last-Subject-Sequence: 9\r\nNats-Trace-Only: 1\r\n"));
        Assert.Equal("{\"stream\":\"S\",\"error\":\"last msgid mismatch: \\\"9\\\" vs \\\"1\\\"\"}", await FateAsync("js.1", "Nats-Expected-Last-Msg-Id: 9\r\n"));
        Assert.Equal("{\"stream\":\"I\",\"subject\":\"i\",\"nointerest\":true}", await FateAsync("i", ""));
        Assert.Equal("{\"stream\":\"R\",\"subject\":\"z.1\"}", await FateAsync("r.1", ""));

        var state = (await rig.JsonAsync(a, "$JS.API.STREAM.INFO.S")).GetProperty("state");
        Assert.Equal(2, state.GetProperty("messages").GetInt32());
        string stored = await rig.RequestAsync(a, "$JS.API.STREAM.MSG.GET.S", "{\"seq\":1}");
        using var kept = JsonDocument.Parse(stored);
        Assert.Equal(
            "NATS/1.0\r\nNats-Trace-Dest: trace disabled\r\n\r\n",
            System.Text.Encoding.UTF8.GetString(kept.RootElement.GetProperty("message").GetProperty("hdrs").GetBytesFromBase64()));

        async Task<string> FateAsync(string subject, string headers)
        {
            await PublishAsync(a, subject, "Nats-Trace-Dest: tr\r\n" + headers);
            var events = (await SystemRig.EventAsync(a, "tr")).GetProperty("events");
            Assert.Equal(["in", "js"], events.EnumerateArray().Select(one => Text(one, "type")));
            return "{" + string.Join(',', events[1].EnumerateObject().Where(member => member.Name is not ("type" or "ts")).Select(member => member.ToString())) + "}";
        }
    }

    [Fact]
    public async Task A_trace_alone_asks_JetStream_nothing()
    {
        await using var rig = await SystemRig.StartAsync();
        await using var a = await rig.ConnectAsync("a", "SUB tr t\r\n");
        await rig.JsonAsync(a, "$JS.API.STREAM.CREATE.S", "{\"name\":\"S\",\"storage\":\"memory\"}");
        await PublishAsync(a, "$JS.API.STREAM.DELETE.S", "Nats-Trace-Dest: tr\r\nNats-Trace-Only: true\r\n", "_INBOX.none");
        var events = (await SystemRig.EventAsync(a, "tr")).GetProperty("events");
        Assert.Equal(("si", "SYS"), (Text(events[1], "type"), Text(events[1], "acc")));
        Assert.True((await rig.JsonAsync(a, "$JS.API.STREAM.INFO.S")).TryGetProperty("state", out _));
    }

    [Fact]
    public async Task What_a_user_may_not_publish_is_told_and_where_it_may_not_nothing_is()
    {
        await using var rig = await SystemRig.StartAsync();
        await using var t = await rig.ConnectAsync("t", "SUB own t\r\nSUB foo 1\r\nSUB no 2\r\n");
        await PublishAsync(t, "no", "Nats-Trace-Dest: own\r\n");
        var events = (await SystemRig.EventAsync(t, "own")).GetProperty("events");
        Assert.Equal("Permissions Violation for Publish to \"no\"", Text(Assert.Single(events.EnumerateArray()), "error"));
        await PublishAsync(t, "foo", "Nats-Trace-Dest: no\r\n");
        Assert.Equal("-ERR 'Permissions Violation for Publish to \"no\"'\r\n", await t.PingAsync());
    }

    [Theory]
    [InlineData("Nats-Trace-Dest: tr.*\r\n")]
    [InlineData("Nats-Trace-Dest: \r\n")]
    [InlineData("Nats-Trace-Dest: trace disabled\r\n")]
    [InlineData("nats-trace-dest: tr\r\n")]
    [InlineData("X-Nats-Trace-Dest: tr\r\n")]
    [InlineData("Nats-Trace-Only: true\r\n")]
    [InlineData(Sampled)]
    public async Task Messages_that_ask_for_no_trace_are_what_they_were(string headers)
    {
        await using var rig = await SystemRig.StartAsync();
        await using var a = await rig.ConnectAsync("a", "SUB tr t\r\nSUB one 1\r\n");
        await PublishAsync(a, "one", headers);
        string received = await a.PingAsync();
        Assert.StartsWith("HMSG one 1 ", received, StringComparison.Ordinal);
        Assert.Contains(headers, received, StringComparison.Ordinal);
        Assert.DoesNotContain("MSG tr", received, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Sampled, "acc.trace")]
    [InlineData("TraceParent: a-b-c-03\r\n", "acc.trace")]
    [InlineData("traceparent: a-b-c-00\r\n", null)]
    [InlineData("traceparent: xx-01\r\n", null)]
    [InlineData("traceparent: a-b-c-zz\r\n", null)]
    [InlineData(Sampled + "Nats-Trace-Dest: own\r\n", "own")]
    public async Task An_account_has_messages_traced_that_another_system_samples(string headers, string? destination)
    {
        await using var rig = await SystemRig.StartAsync();
        await using var t = await rig.ConnectAsync("t", "SUB acc.trace 1\r\nSUB own 2\r\n");
        await PublishAsync(t, "one", headers);
        if (destination is null)
            Assert.Equal("", await t.PingAsync());
        else
            Assert.Equal("T", Text((await SystemRig.EventAsync(t, destination)).GetProperty("events")[0], "acc"));
    }

    private static Task PublishAsync(RawClient client, string subject, string headers, string reply = "")
    {
        string block = $"NATS/1.0\r\n{headers}\r\n";
        return client.SendAsync($"HPUB {subject} {reply} {block.Length} {block.Length + 2}\r\n{block}hi\r\n");
    }

    private static string? Text(JsonElement json, string name)
    {
        return json.TryGetProperty(name, out var value) ? value.GetString() : null;
    }
}
