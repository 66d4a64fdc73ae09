using System.Text.Json;
using Rivulet.Server.Accounts;
using Rivulet.Server.Configuration;
using Rivulet.Server.Tests.Configuration;
using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.Accounts;

/// <summary>How long services take, as their account is told.</summary>
public sealed class ServiceLatencyTests : IAsyncLifetime
{
    private const string Configuration = """
        accounts {
          A { users: [ { user: a, password: x } ]
              exports: [ { service: svc, latency: { sampling: 100%, subject: lat }, threshold: "150ms" }
                         { service: hdr, latency: { sampling: headers, subject: lat } }
                         { service: "shared.*", latency: lat }
                         { service: plain } ] }
          B { users: [ { user: b, password: x } ]
              imports: [ { service: { account: A, subject: svc } }, { service: { account: A, subject: hdr } }
                         { service: { account: A, subject: "shared.*" }, share: true }, { service: { account: A, subject: plain } } ] }
        }
        """;

    private EmbeddedServer _server = null!;
    private RawClient _responder = null!;
    private RawClient _listener = null!;
    private RawClient _requester = null!;

    public async ValueTask InitializeAsync()
    {
        var parsed = Load(Configuration);
        _server = await EmbeddedServer.StartAsync(options => options with { Accounts = parsed.Accounts, ServerName = "one" });
        _responder = await ConnectAsync("a", "responder");
        _listener = await ConnectAsync("a", "listener");
        _requester = await ConnectAsync("b", "requester");
        await _listener.SendAsync("SUB lat 1\r\n");
        await _listener.PingAsync();
        await _requester.SendAsync("SUB in.* 1\r\n");
        await _requester.PingAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _responder.DisposeAsync();
        await _listener.DisposeAsync();
        await _requester.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_response_is_told_with_what_it_took()
    {
        var took = await RespondAsync("svc", "PUB svc in.1 1\r\nx\r\n", TimeSpan.FromMilliseconds(30));
        await _requester.ExpectAsync("MSG in.1 1 3\r\nyes\r\n");
        var metric = await MetricAsync();
        Assert.Equal("io.nats.server.metric.v1.service_latency", metric.GetProperty("type").GetString());
        Assert.Equal(22, metric.GetProperty("id").GetString()!.Length);
        Assert.Equal(200, metric.GetProperty("status").GetInt32());
        Assert.False(metric.TryGetProperty("description", out _));
        Assert.Equal(["acc", "rtt"], metric.GetProperty("requestor").EnumerateObject().Select(member => member.Name));
        Assert.Equal("B", metric.GetProperty("requestor").GetProperty("acc").GetString());
        Assert.Equal("responder", metric.GetProperty("responder").GetProperty("name").GetString());
        Assert.Equal("one", metric.GetProperty("responder").GetProperty("server").GetString());
        long service = metric.GetProperty("service").GetInt64();
        long trips = metric.GetProperty("requestor").GetProperty("rtt").GetInt64() + metric.GetProperty("responder").GetProperty("rtt").GetInt64();
        Assert.InRange(service + metric.GetProperty("responder").GetProperty("rtt").GetInt64(), took.Ticks * 100, 10_000_000_000);

        // A trip that took longer when it was measured than the whole request now leaves nothing for the service.
        long parts = service + trips + metric.GetProperty("system").GetInt64();
        long total = metric.GetProperty("total").GetInt64();
        Assert.True(service > 0 ? total == parts : total <= parts, $"{total} of {parts}");
        Assert.True(metric.GetProperty("start").GetDateTimeOffset() < metric.GetProperty("timestamp").GetDateTimeOffset());
    }

    [Fact]
    public async Task Who_asks_is_told_where_the_import_says_so()
    {
        await RespondAsync("shared.*", "PUB shared.z in.1 1\r\nx\r\n");
        var requester = (await MetricAsync()).GetProperty("requestor");
        Assert.Equal(("b", "requester", "B"), (requester.GetProperty("user").GetString(), requester.GetProperty("name").GetString(), requester.GetProperty("acc").GetString()));
    }

    [Fact]
    public async Task A_request_that_nobody_hears_is_told()
    {
        await _requester.SendAsync("PUB svc in.1 1\r\nx\r\n");
        await AssertFailureAsync(503, "Service Unavailable");
    }

    [Fact]
    public async Task A_request_without_a_reply_is_told()
    {
        await _responder.SendAsync("SUB svc 1\r\n");
        await _responder.PingAsync();
        await _requester.SendAsync("PUB svc 1\r\nx\r\n");
        await AssertFailureAsync(400, "Bad Request");
    }

    [Fact]
    public async Task A_response_that_does_not_come_in_time_is_told()
    {
        await _responder.SendAsync("SUB svc 1\r\n");
        await _responder.PingAsync();
        await _requester.SendAsync("PUB svc in.1 1\r\nx\r\n");
        await AssertFailureAsync(504, "Service Timeout");
    }

    [Fact]
    public async Task A_requester_that_went_before_the_response_came_is_told()
    {
        await _responder.SendAsync("SUB shared.* 1\r\n");
        await _responder.PingAsync();
        await _requester.SendAsync("PUB shared.z in.1 1\r\nx\r\n");
        string reply = (await _responder.ReadLineAsync()).Split(' ')[3];
        await _requester.SendAsync("UNSUB 1\r\n");
        await _requester.PingAsync();
        await _responder.SendAsync($"PUB {reply} 3\r\nyes\r\n");
        await AssertFailureAsync(408, "Request Timeout");
    }

    [Fact]
    public async Task A_requester_that_is_gone_is_told_when_the_response_is_late()
    {
        await _responder.SendAsync("SUB svc 1\r\n");
        await _responder.PingAsync();
        await _requester.SendAsync("PUB svc in.1 1\r\nx\r\n");
        await _responder.ReadLineAsync();
        await _requester.SendAsync("UNSUB 1\r\n");
        await _requester.PingAsync();
        await AssertFailureAsync(408, "Request Timeout");
    }

    [Fact]
    public async Task By_headers_those_requests_are_measured_that_another_system_traces()
    {
        await RespondAsync("hdr", Request("hdr", "A: b"));
        await RespondAsync("hdr", Request("hdr", "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\nother: x"));
        var header = (await MetricAsync()).GetProperty("header");
        Assert.Equal("""{"Traceparent":["00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"]}""", header.GetRawText());
        Assert.Equal("", await _listener.PingAsync());
    }

    [Fact]
    public async Task What_nobody_asked_for_is_not_measured()
    {
        await RespondAsync("plain", "PUB plain in.1 1\r\nx\r\n");
        Assert.Equal("", await _listener.PingAsync());
    }

    [Theory]
    [InlineData("X-B3-Sampled: 1\r\nX-B3-TraceId: abc\r\nZ: y", "X-B3-Sampled,X-B3-Traceid")]
    [InlineData("X-B3-Sampled: 0\r\nX-B3-TraceId: abc", null)]
    [InlineData("x-b3-traceid: abc", "X-B3-Traceid")]
    [InlineData("b3: 80f198ee56343ba8-e457b5a2e4d86bd1-1-05e3ac9a4f6e3b90", "B3")]
    [InlineData("b3: 80f198ee56343ba8-e457b5a2e4d86bd1-0-05e3ac9a4f6e3b90", null)]
    [InlineData("B3: 0", null)]
    [InlineData("B3: d", "B3")]
    [InlineData("Uber-Trace-Id: 479fefe9525eddb:5adb976bfc1f95c1:479fefe9525eddb:1\r\nuberctx-user: u", "Uber-Trace-Id,Uberctx-User")]
    [InlineData("Uber-Trace-Id: 479fefe9525eddb:5adb976bfc1f95c1:479fefe9525eddb:0\r\nB3: 1", null)]
    [InlineData("Uber-Trace-Id: a:b:c:d:e", null)]
    [InlineData("Traceparent: 00-4bf9-00f0-01\r\nTracestate: a=b", "Traceparent,Tracestate")]
    [InlineData("Traceparent: 00-4bf9-00f0-00", null)]
    [InlineData("Traceparent: zz", null)]
    [InlineData("Other: 1", null)]
    public void The_first_kind_of_headers_that_is_there_decides(string headers, string? names)
    {
        var found = LatencySampling.Find(System.Text.Encoding.ASCII.GetBytes($"NATS/1.0\r\n{headers}\r\n\r\n"));
        Assert.Equal(names, found is null ? null : string.Join(',', found.Select(header => header.Key)));
    }

    private static string Request(string subject, string headers)
    {
        string block = $"NATS/1.0\r\n{headers}\r\n\r\n";
        return $"HPUB {subject} in.1 {block.Length} {block.Length + 1}\r\n{block}x\r\n";
    }

    private static NatsServerOptions Load(string text)
    {
        return ServerConfiguration.Load("a.conf", MemorySource.With(text)).Server;
    }

    private async Task<RawClient> ConnectAsync(string user, string name)
    {
        var client = await _server.ConnectAsync();
        await client.SendAsync($"CONNECT {{\"verbose\":false,\"headers\":true,\"no_responders\":true,\"user\":\"{user}\",\"pass\":\"x\",\"name\":\"{name}\"}}\r\n");
        await client.PingAsync();
        return client;
    }

    /// <summary>Has a request made, and responds to it.</summary>
    /// <returns>How long the response took; a delay may end a little early.</returns>
    private async Task<TimeSpan> RespondAsync(string service, string request, TimeSpan after = default)
    {
        await _responder.SendAsync($"SUB {service} 7\r\nUNSUB 7 1\r\n");
        await _responder.PingAsync();
        await _requester.SendAsync(request);
        string reply = (await _responder.ReadLineAsync()).Split(' ')[3];
        long asked = TimeProvider.System.GetTimestamp();
        await Task.Delay(after, TestContext.Current.CancellationToken);
        var took = TimeProvider.System.GetElapsedTime(asked);
        await _responder.SendAsync($"PUB {reply} 3\r\nyes\r\n");
        await _responder.PingAsync();
        return took;
    }

    private async Task<JsonElement> MetricAsync()
    {
        string line = await _listener.ReadLineAsync();
        Assert.StartsWith("MSG lat 1 ", line, StringComparison.Ordinal);
        using var metric = JsonDocument.Parse(await _listener.ReadLineAsync());
        return metric.RootElement.Clone();
    }

    private async Task AssertFailureAsync(int status, string description)
    {
        var metric = await MetricAsync();
        Assert.Equal((status, description), (metric.GetProperty("status").GetInt32(), metric.GetProperty("description").GetString()));
        Assert.Equal("B", metric.GetProperty("requestor").GetProperty("acc").GetString());
        Assert.False(metric.TryGetProperty("responder", out _));
        Assert.Equal(0, metric.GetProperty("total").GetInt64());
    }
}
