using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Rivulet.TestKit.Processes;
using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.Monitoring;

/// <summary>Monitoring over sockets, page by page.</summary>
public sealed class MonitoringTests : IAsyncLifetime, IDisposable
{
    private readonly HttpClient _http = new();
    private readonly TemporaryFolder _folder = new("monitoring");
    private EmbeddedServer _server = null!;

    private string Base => _server.Server.MonitoringUrls[0];

    public async ValueTask InitializeAsync()
    {
        _server = await EmbeddedServer.StartAsync(options => options with
        {
            ServerName = "mon",
            HttpPort = -1,
            Tags = ["a:1"],
            Metadata = new Dictionary<string, string> { ["x"] = "y" },
            JetStream = new JetStreamServerOptions { StoreDirectory = _folder.Path, MaxFileStore = 1 << 30, MaxMemoryStore = 1 << 30 },
        });
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        Dispose();
    }

    public void Dispose()
    {
        _http.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Every_field_of_the_reference_is_there_with_its_kind()
    {
        await FillAsync();
        string[] lines = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Monitoring", "reference-fields.txt"));
        string path = "";
        Dictionary<string, string> fields = [];
        List<string> wrong = [];
        foreach (string line in lines.Where(line => line.Length > 0 && !line.StartsWith('#')))
        {
            if (line.StartsWith('/'))
            {
                path = line;
                fields = Fields(await JsonAsync(path), "");
                continue;
            }

            string[] parts = line.Split(' ');
            if (fields.GetValueOrDefault(parts[0]) != parts[1])
                wrong.Add($"{path}: {parts[0]} should be {parts[1]} but is {fields.GetValueOrDefault(parts[0], "missing")}");
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public async Task Varz_tells_names_settings_and_figures()
    {
        await FillAsync();
        var varz = await JsonAsync("/varz");
        Assert.Equal(("mon", "2.15.1", _server.Port), (Text(varz, "server_name"), Text(varz, "version"), varz.GetProperty("port").GetInt32()));
        Assert.Equal(("a:1", "y"), (varz.GetProperty("tags")[0].GetString(), Text(varz.GetProperty("metadata"), "x")));
        Assert.Equal(1, varz.GetProperty("connections").GetInt32());
        Assert.True(varz.GetProperty("in_msgs").GetInt64() > 3);
        Assert.True(varz.GetProperty("mem").GetInt64() > 0);
        Assert.Equal(1, varz.GetProperty("http_req_stats").GetProperty("/varz").GetInt32());
        Assert.Equal(2, (await JsonAsync("/varz")).GetProperty("http_req_stats").GetProperty("/varz").GetInt32());
    }

    [Fact]
    public async Task Connz_shows_open_and_closed_connections()
    {
        await using var client = await NamedAsync("worker");
        await client.SendAsync("SUB foo.* 1\r\nSUB bar q 2\r\nUNSUB 2 5\r\nPUB foo.a 5\r\nhello\r\n");
        await client.PingAsync();
        await using (var gone = await NamedAsync("gone"))
            await gone.PingAsync();
        await Eventually.Holds(() => _server.Server.ConnectionCount == 1);

        var open = Assert.Single((await JsonAsync("/connz?subs=detail")).GetProperty("connections").EnumerateArray());
        Assert.Equal(("worker", "127.0.0.1", 2), (Text(open, "name"), Text(open, "ip"), open.GetProperty("subscriptions").GetInt32()));
        Assert.Equal((1, 1), (open.GetProperty("in_msgs").GetInt32(), open.GetProperty("out_msgs").GetInt32()));
        var details = open.GetProperty("subscriptions_list_detail").EnumerateArray().ToDictionary(one => Text(one, "subject"));
        Assert.Equal(("1", 1), (Text(details["foo.*"], "sid"), details["foo.*"].GetProperty("msgs").GetInt32()));
        Assert.Equal(("q", 5), (Text(details["bar"], "qgroup"), details["bar"].GetProperty("max").GetInt32()));

        await Eventually.Holds(() => ClosedCountAsync().GetAwaiter().GetResult() == 1);
        var closed = Assert.Single((await JsonAsync("/connz?state=closed&sort=stop")).GetProperty("connections").EnumerateArray());
        Assert.Equal(("gone", "Client Closed"), (Text(closed, "name"), Text(closed, "reason")));
        Assert.Equal(2, (await JsonAsync("/connz?state=all")).GetProperty("total").GetInt32());
        var second = await JsonAsync("/connz?state=all&offset=1&limit=1");
        Assert.Equal((1, 2), (second.GetProperty("num_connections").GetInt32(), second.GetProperty("connections")[0].GetProperty("cid").GetInt32()));
    }

    [Theory]
    [InlineData("/connz?sort=bogus", "invalid sorting option: bogus")]
    [InlineData("/connz?limit=abc", "Error decoding int for 'limit': strconv.Atoi: parsing \"abc\": invalid syntax")]
    [InlineData("/connz?sort=stop", "sort by stop only valid on closed connections")]
    [InlineData("/connz?state=bogus", "Error decoding state for bogus")]
    [InlineData("/connz?subs=bogus", "Error decoding boolean for 'subs': strconv.ParseBool: parsing \"bogus\": invalid syntax")]
    [InlineData("/subsz?test=foo..", "invalid test subject, must be valid publish subject: foo..")]
    [InlineData("/accountz?acc=NOPE", "Account NOPE does not exist")]
    [InlineData("/jsz?accounts=abc", "Error decoding boolean for 'accounts': strconv.ParseBool: parsing \"abc\": invalid syntax")]
    public async Task A_parameter_that_makes_no_sense_is_answered_with_400(string path, string text)
    {
        var answer = await _http.GetAsync(Base + path, TestContext.Current.CancellationToken);
        Assert.Equal((HttpStatusCode.BadRequest, text), (answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)));
    }

    [Theory]
    [InlineData("cid")]
    [InlineData("start")]
    [InlineData("subs")]
    [InlineData("pending")]
    [InlineData("msgs_to")]
    [InlineData("msgs_from")]
    [InlineData("bytes_to")]
    [InlineData("bytes_from")]
    [InlineData("last")]
    [InlineData("idle")]
    [InlineData("uptime")]
    [InlineData("rtt")]
    public async Task Every_order_of_connections_is_known(string order)
    {
        Assert.Equal(0, (await JsonAsync("/connz?sort=" + order)).GetProperty("total").GetInt32());
    }

    [Fact]
    public async Task Subsz_lists_what_matches()
    {
        await using var client = await NamedAsync("s");
        await client.SendAsync("SUB foo.* 1\r\nSUB foo.a q 2\r\nSUB other 3\r\n");
        await client.PingAsync();
        var found = await JsonAsync("/subsz?subs=1&test=foo.a");
        Assert.Equal(["foo.*", "foo.a"], found.GetProperty("subscriptions_list").EnumerateArray().Select(one => Text(one, "subject")).Order(StringComparer.Ordinal));
        Assert.True(found.GetProperty("num_subscriptions").GetInt32() >= 3);
        Assert.Equal(0, (await JsonAsync("/subsz?acc=NOPE")).GetProperty("num_subscriptions").GetInt32());
    }

    [Fact]
    public async Task Jsz_shows_as_much_as_is_asked_for()
    {
        await FillAsync();
        var plain = await JsonAsync("/jsz");
        Assert.Equal((1, 1, 2), (plain.GetProperty("streams").GetInt32(), plain.GetProperty("consumers").GetInt32(), plain.GetProperty("messages").GetInt32()));
        Assert.False(plain.TryGetProperty("account_details", out _));
        var account = (await JsonAsync("/jsz?acc=$G")).GetProperty("account_details")[0];
        Assert.False(account.TryGetProperty("stream_detail", out _));
        var stream = (await JsonAsync("/jsz?streams=1")).GetProperty("account_details")[0].GetProperty("stream_detail")[0];
        Assert.Equal(("KV_b", 2), (Text(stream, "name"), stream.GetProperty("state").GetProperty("messages").GetInt32()));
        Assert.False(stream.TryGetProperty("config", out _) || stream.TryGetProperty("consumer_detail", out _));
        stream = (await JsonAsync("/jsz?consumers=1&config=1")).GetProperty("account_details")[0].GetProperty("stream_detail")[0];
        Assert.Equal("C", Text(stream.GetProperty("consumer_detail")[0].GetProperty("config"), "durable_name"));
        Assert.Equal("KV_b", Text(stream.GetProperty("config"), "name"));
    }

    [Theory]
    [InlineData("/healthz", 200, "ok", null)]
    [InlineData("/healthz?js-enabled-only=1", 200, "ok", null)]
    [InlineData("/healthz?account=$G&stream=KV_b", 200, "ok", null)]
    [InlineData("/healthz?account=$G&stream=KV_b&consumer=C", 200, "ok", null)]
    [InlineData("/healthz?stream=S", 400, "error", "\"account\" must not be empty when checking stream health")]
    [InlineData("/healthz?consumer=C", 400, "error", "\"stream\" must not be empty when checking consumer health")]
    [InlineData("/healthz?account=NOPE&stream=S", 404, "unavailable", "JetStream account \"NOPE\" not found")]
    [InlineData("/healthz?account=$G&stream=NOPE", 404, "unavailable", "JetStream stream \"NOPE\" not found on account \"$G\"")]
    [InlineData("/healthz?account=$G&stream=KV_b&consumer=NOPE", 404, "unavailable", "JetStream consumer \"NOPE\" not found for stream \"KV_b\" on account \"$G\"")]
    public async Task Healthz_says_what_is_wrong(string path, int status, string word, string? error)
    {
        await FillAsync();
        var answer = await _http.GetAsync(Base + path, TestContext.Current.CancellationToken);
        using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal((status, word), ((int)answer.StatusCode, Text(json.RootElement, "status")));
        Assert.Equal(error, json.RootElement.TryGetProperty("error", out var told) ? told.GetString() : null);
    }

    [Fact]
    public async Task Metrics_have_figures_for_each_bucket()
    {
        await FillAsync();
        string text = await _http.GetStringAsync(Base + "/metrics", TestContext.Current.CancellationToken);
        Assert.Contains("\nrivulet_bucket_keys{account=\"$G\",bucket=\"b\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("\nrivulet_bucket_values{account=\"$G\",bucket=\"b\"} 2\n", text, StringComparison.Ordinal);
        Assert.Contains("\nrivulet_bucket_revision{account=\"$G\",bucket=\"b\"} 2\n", text, StringComparison.Ordinal);
        Assert.Contains("\nrivulet_stream_consumers{account=\"$G\",stream=\"KV_b\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("\nrivulet_connections 1\n", text, StringComparison.Ordinal);
        Assert.All(
            text.Split('\n', StringSplitOptions.RemoveEmptyEntries),
            line => Assert.Matches(@"^(# (HELP|TYPE) \w+ .+|\w+(\{(\w+=""[^""]*"",?)+\})? -?[0-9.E+-]+)$", line));
    }

    [Theory]
    [InlineData("/nope", 404)]
    [InlineData("/varz/", 404)]
    [InlineData("/raftz", 404)]
    [InlineData("/", 200)]
    [InlineData("/routez", 200)]
    [InlineData("/gatewayz", 200)]
    [InlineData("/leafz", 200)]
    [InlineData("/accstatz?unused=1", 200)]
    [InlineData("/ipqueuesz", 200)]
    public async Task Pages_are_there_or_not(string path, int status)
    {
        Assert.Equal(status, (int)(await _http.GetAsync(Base + path, TestContext.Current.CancellationToken)).StatusCode);
    }

    [Fact]
    public async Task HEAD_is_answered_without_a_body()
    {
        using var request = new HttpRequestMessage(HttpMethod.Head, Base + "/varz");
        var answer = await _http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.True(answer.Content.Headers.ContentLength > 100);
        Assert.Empty(await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Garbage_and_endless_heads_are_answered_and_closed()
    {
        Assert.StartsWith("HTTP/1.1 400 ", await SayAsync("SSH-2.0-x\r\n"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 431 ", await SayAsync("GET / HTTP/1.1\r\nA: " + new string('x', 20_000)), StringComparison.Ordinal);
        Assert.Equal("mon", Text(await JsonAsync("/varz"), "server_name"));
    }

    [Fact]
    public async Task Clients_that_say_nothing_hold_nobody_up_for_long()
    {
        List<TcpClient> silent = [];
        for (int i = 0; i < 100; i++)
        {
            var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, _server.Server.MonitoringPort, TestContext.Current.CancellationToken);
            silent.Add(client);
        }

        // More than are served at once: this one waits for the first of them to run out of time.
        Assert.Equal("mon", Text(await JsonAsync("/varz"), "server_name"));
        byte[] answer = new byte[12];
        await silent[0].GetStream().ReadExactlyAsync(answer, TestContext.Current.CancellationToken);
        Assert.Equal("HTTP/1.1 408", Encoding.ASCII.GetString(answer));
        silent.ForEach(client => client.Dispose());
    }

    [Fact]
    public async Task A_base_path_stands_before_all_pages()
    {
        await using var other = await EmbeddedServer.StartAsync(options => options with { HttpPort = -1, HttpBasePath = "/nats" });
        string url = other.Server.MonitoringUrls[0];
        Assert.Equal(HttpStatusCode.OK, (await _http.GetAsync(url + "/nats/varz", TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await _http.GetAsync(url + "/nats", TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await _http.GetAsync(url + "/varz", TestContext.Current.CancellationToken)).StatusCode);
        Assert.Contains("\"disabled\": true", await _http.GetStringAsync(url + "/nats/jsz", TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_without_monitoring_listens_nowhere_and_remembers_nobody()
    {
        await using var other = await EmbeddedServer.StartAsync();
        Assert.Equal(0, other.Server.MonitoringPort);
        Assert.Empty(other.Server.MonitoringUrls);
    }

    private async Task FillAsync()
    {
        var client = await NamedAsync("filler");
        string bucket = /*lang=json*/ """{"name":"KV_b","subjects":["$KV.b.>"],"max_msgs_per_subject":5}""";
        string consumer = /*lang=json*/ """{"stream_name":"KV_b","config":{"durable_name":"C","ack_policy":"explicit"}}""";
        await client.SendAsync($"SUB r 1\r\nPUB $JS.API.STREAM.CREATE.KV_b r {Length(bucket)}\r\n{bucket}\r\n");
        await client.ReadUntilAsync("\"did_create\":true}\r\n");
        await client.SendAsync($"PUB $JS.API.CONSUMER.DURABLE.CREATE.KV_b.C r {Length(consumer)}\r\n{consumer}\r\n");
        await client.ReadUntilAsync("consumer_create_response");
        await client.SendAsync("PUB $KV.b.k r 1\r\nx\r\nPUB $KV.b.k r 1\r\ny\r\n");
        await client.ReadUntilAsync("\"seq\":2}\r\n");
        await client.SendAsync("SUB q g 2\r\n");
        await client.PingAsync();
    }

    private async Task<RawClient> NamedAsync(string name)
    {
        var client = await _server.ConnectAsync();
        await client.SendAsync($"CONNECT {{\"verbose\":false,\"name\":\"{name}\",\"lang\":\"test\",\"version\":\"1\",\"protocol\":1}}\r\n");
        return client;
    }

    private async Task<JsonElement> JsonAsync(string path)
    {
        var answer = await _http.GetAsync(Base + path, TestContext.Current.CancellationToken);
        Assert.Equal("application/json", answer.Content.Headers.ContentType?.MediaType);
        using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        return json.RootElement.Clone();
    }

    private async Task<int> ClosedCountAsync()
    {
        return (await JsonAsync("/connz?state=closed")).GetProperty("total").GetInt32();
    }

    private async Task<string> SayAsync(string text)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, _server.Server.MonitoringPort, TestContext.Current.CancellationToken);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(text), TestContext.Current.CancellationToken);
        using var reader = new StreamReader(stream, Encoding.ASCII);
        return await reader.ReadLineAsync(TestContext.Current.CancellationToken) ?? "";
    }

    private static Dictionary<string, string> Fields(JsonElement value, string path)
    {
        var fields = new Dictionary<string, string> { [path.Length == 0 ? "." : path] = Kind(value) };
        var children = value.ValueKind switch
        {
            JsonValueKind.Object => value.EnumerateObject().Select(member => (Path: $"{path}.{member.Name}", member.Value)),
            JsonValueKind.Array => value.EnumerateArray().Select(item => (Path: path + "[]", Value: item)),
            _ => [],
        };
        foreach (var (childPath, child) in children)
        {
            foreach (var (key, kind) in Fields(child, childPath))
                fields[key] = kind;
        }

        return fields;
    }

    private static string Kind(JsonElement value)
    {
        return value.ValueKind is JsonValueKind.True or JsonValueKind.False ? "bool" : value.ValueKind.ToString().ToLowerInvariant();
    }

    private static string Text(JsonElement json, string name)
    {
        return json.GetProperty(name).GetString()!;
    }

    private static string Length(string text)
    {
        return text.Length.ToString(CultureInfo.InvariantCulture);
    }
}
