using System.Text.Json;

namespace Rivulet.Cli.Tests.Walkthrough;

/// <summary>The commands of <c>nats server</c> against a server with accounts.</summary>
public sealed class ServerTests(SystemServerFixture fixture) : IClassFixture<SystemServerFixture>
{
    private const string NoResults =
        "nats: error: no results received, ensure the account used has system privileges and appropriate permissions\n";

    [Fact]
    public async Task Info_tells_of_the_server_by_name_or_id()
    {
        var byName = await OkAsync("server", "info", "one");
        Assert.StartsWith($"Server information for one ({fixture.Server.ServerInfo.ServerId})\n\nProcess Details:\n\n", byName, StringComparison.Ordinal);
        foreach (var row in new[] { "Version: 2.15.1", "Auth Required: true", "TLS Required: false", "Max Payload: 1.0 MiB", "Write Deadline: 10.00s", "Storage Directory: " })
        {
            Assert.Contains(row, byName, StringComparison.Ordinal);
        }

        Assert.StartsWith("Server information for one (", await OkAsync("server", "info", fixture.Server.ServerInfo.ServerId), StringComparison.Ordinal);
        Assert.StartsWith("Server information for one (", await OkAsync("server", "info"), StringComparison.Ordinal);
        var other = await RunAsync("s", "server", "info", "another", "--timeout", "200ms");
        Assert.Equal((1, NoResults), (await other.Exit, other.Error));
    }

    [Fact]
    public async Task The_list_has_a_row_for_the_server_and_one_for_all()
    {
        var list = await OkAsync("server", "list");
        var lines = list.Split('\n');
        Assert.Contains("Server Overview", lines[1], StringComparison.Ordinal);
        Assert.Equal(
            ["Name", "Cluster", "Host", "Version", "JS", "Conns", "Subs", "Routes", "GWs", "Mem", "CPU %", "Cores", "Slow", "Uptime", "RTT"], Cells(lines[3]));
        var server = Cells(lines[5]);
        Assert.Equal(("one", "127.0.0.1", "2.15.1", "yes"), (server[0], server[2], server[3], server[4]));
        Assert.Equal(("0", "1", "1"), (Cells(lines[7])[1], Cells(lines[7])[2], Cells(lines[7])[4]));
        using var json = JsonDocument.Parse(await OkAsync("server", "ls", "--json"));
        Assert.Equal("one", json.RootElement[0].GetProperty("server").GetProperty("name").GetString());
    }

    [Fact]
    public async Task A_ping_tells_how_long_each_server_takes()
    {
        var ping = await OkAsync("server", "ping");
        Assert.Matches(@"^one {57} rtt=[0-9.]+(µs|ms|s)\n\n---- ping statistics ----\n1 replies max: [0-9.]+ min: [0-9.]+ avg: [0-9.]+\n$", ping);
        Assert.EndsWith("Missing 1 server(s)\n", await OkAsync("server", "ping", "2", "--timeout", "300ms"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reports_tell_of_connections_accounts_and_JetStream()
    {
        var connections = await OkAsync("server", "report", "connections", "--account", "SYS");
        Assert.Contains("Top 1 Connections out of 1 by subs", connections, StringComparison.Ordinal);
        Assert.Contains("Connections per server", connections, StringComparison.Ordinal);
        var closed = await OkAsync("server", "report", "conns", "--state", "closed", "--account", "SYS");
        Assert.Contains("Client Closed", closed, StringComparison.Ordinal);
        Assert.Contains("Reason", closed, StringComparison.Ordinal);
        var accounts = await OkAsync("server", "report", "accounts");
        Assert.Contains("Accounts Overview", accounts, StringComparison.Ordinal);
        Assert.Contains("│ SYS ", accounts, StringComparison.Ordinal);
        var none = await RunAsync("s", "server", "report", "accounts", "NOPE");
        Assert.Equal((1, "nats: error: did not receive any results for account NOPE\n"), (await none.Exit, none.Error));

        Assert.Equal(0, await (await RunAsync("a", "kv", "add", "reported")).Exit);
        var summary = await OkAsync("server", "report", "jetstream");
        Assert.Contains("JetStream Summary", summary, StringComparison.Ordinal);
        Assert.Equal("one", Cells(summary.Split('\n')[5])[0]);
        Assert.Contains("JetStream Summary for Account A", await OkAsync("server", "report", "js", "--account", "A"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("varz", "server_id")]
    [InlineData("connections", "connections")]
    [InlineData("subscriptions", "num_subscriptions")]
    [InlineData("jsz", "streams")]
    [InlineData("accounts", "accounts")]
    [InlineData("healthz", "status")]
    [InlineData("routes", "num_routes")]
    [InlineData("gateways", "outbound_gateways")]
    [InlineData("leafnodes", "leafnodes")]
    public async Task A_request_prints_the_answer_as_it_is(string page, string member)
    {
        using var json = JsonDocument.Parse(await OkAsync("server", "request", page));
        Assert.True(json.RootElement.GetProperty("data").TryGetProperty(member, out _));
    }

    [Fact]
    public async Task Whoever_is_not_in_the_system_account_is_told_so()
    {
        foreach (var command in new[] { "server info", "server list", "server report jetstream", "server request varz" })
        {
            var run = await RunAsync("a", command.Split(' '));
            Assert.Equal((1, NoResults), (await run.Exit, run.Error));
        }

        // Of connections anybody is told, of the own account.
        var own = await RunAsync("b", "server", "report", "connections");
        Assert.Contains("Top 1 Connections out of 1 by subs", own.Output, StringComparison.Ordinal);
        var ofAccount = await RunAsync("b", "account", "report", "connections");
        Assert.Contains("Top 1 Connections out of 1 by subs", ofAccount.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_check_of_the_connection_measures_it()
    {
        Assert.Matches(
            @"^OK Connection OK:connected to nats://.* in .* OK:rtt time .* OK:round trip took [0-9.]+s \| connect_time=[0-9.]+s;60.0000;60.0000 rtt=[0-9.]+s;60.0000;60.0000 request_time=[0-9.]+s;60.0000;60.0000\n$",
            await OkAsync(
                "server", "check", "connection", "--connect-warn", "1m", "--connect-critical", "1m", "--rtt-warn", "1m", "--rtt-critical", "1m",
                "--req-warn", "1m", "--req-critical", "1m"));
        var slow = await RunAsync("s", "server", "check", "conn", "--rtt-critical", "1ns", "--connect-critical", "1m", "--req-critical", "1m");
        Assert.Equal(2, await slow.Exit);
        Assert.StartsWith("CRITICAL Connection Crit:rtt time ", slow.Output, StringComparison.Ordinal);
        var gone = await CliRun.CompleteAsync(["server", "check", "connection", "--server", "nats://127.0.0.1:1"]);
        Assert.Equal(2, await gone.Exit);
        Assert.StartsWith("CRITICAL Connection Crit:connection failed: nats: no servers available for connection", gone.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_check_of_a_bucket_looks_for_it_its_values_and_a_key()
    {
        await RunAsync("a", "kv", "add", "checked");
        await RunAsync("a", "kv", "put", "checked", "k", "v");
        Assert.Matches(@"^OK checked OK:bucket checked \| values=1 bytes=\d+B replicas=1\n$", (await RunAsync("a", "server", "check", "kv", "--bucket", "checked")).Output);
        await CheckAsync(2, "CRITICAL nope Crit:bucket nope not found\n", "kv", "--bucket", "nope");
        await CheckAsync(2, "CRITICAL checked Crit:key zz not found OK:bucket checked | ", "kv", "--bucket", "checked", "--key", "zz");
        await CheckAsync(0, "OK checked OK:bucket checked OK:key k found | ", "kv", "--bucket", "checked", "--key", "k");
        await CheckAsync(1, "WARNING checked Warn:1 values OK:bucket checked | values=1;;5 ", "kv", "--bucket", "checked", "--values-warn", "5");
        await CheckAsync(2, "CRITICAL checked Crit:1 values OK:bucket checked | ", "kv", "--bucket", "checked", "--values-warn", "1", "--values-critical", "1");
        var missing = await RunAsync("a", "server", "check", "kv");
        Assert.Equal(1, await missing.Exit);
        Assert.Contains("required flag --bucket not provided", missing.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Checks_of_JetStream_a_stream_and_a_message_judge_by_thresholds()
    {
        await RunAsync("a", "kv", "add", "judged");
        await RunAsync("a", "kv", "put", "judged", "k", "hello");
        await CheckAsync(0, "OK JetStream | memory=0B memory_pct=0%;75;90 storage=", "jetstream");
        await CheckAsync(0, "OK KV_judged OK:1 messages OK:1 subjects | messages=1 subjects=1\n", "stream", "--stream", "KV_judged");
        await CheckAsync(2, "CRITICAL KV_judged Crit:1 messages OK:1 subjects | ", "stream", "--stream", "KV_judged", "--msgs-critical", "5");
        await CheckAsync(2, "CRITICAL none Crit:could not load info: stream not found\n", "stream", "--stream", "none");
        await CheckAsync(0, "OK Stream Message OK:Valid message on KV_judged > $KV.judged.k | ", "message", "--stream", "KV_judged", "--content", "^hel");
        await CheckAsync(2, "CRITICAL Stream Message Crit:does not match regex: nope | ", "message", "--stream", "KV_judged", "--content", "nope");
        var other = await RunAsync("b", "server", "check", "jetstream");
        Assert.StartsWith("CRITICAL JetStream Crit:JetStream not available: nats: ", other.Output, StringComparison.Ordinal);
        Assert.Equal(2, await other.Exit);
    }

    [Fact]
    public async Task A_check_is_told_in_other_forms_too()
    {
        await RunAsync("a", "kv", "add", "forms");
        var json = await RunAsync("a", "server", "check", "kv", "--bucket", "forms", "--format", "json");
        using var document = JsonDocument.Parse(json.Output);
        Assert.Equal("OK", document.RootElement.GetProperty("status").GetString());
        Assert.Equal("kv", document.RootElement.GetProperty("check_suite").GetString());
        Assert.Equal("forms", document.RootElement.GetProperty("check_name").GetString());
        Assert.Equal(3, document.RootElement.GetProperty("perf_data").GetArrayLength());
        var prometheus = await RunAsync("a", "server", "check", "kv", "--bucket", "forms", "--format", "prometheus");
        Assert.Contains("# TYPE nats_server_check_kv_values gauge\nnats_server_check_kv_values{item=\"forms\"} 0\n", prometheus.Output, StringComparison.Ordinal);
        Assert.EndsWith("nats_server_check_kv_status_code{item=\"forms\",status=\"OK\"} 0\n", prometheus.Output, StringComparison.Ordinal);
        var text = await RunAsync("a", "server", "check", "kv", "--bucket", "forms", "--format", "text");
        Assert.StartsWith("forms: OK\n", text.Output, StringComparison.Ordinal);
        Assert.Contains("Check Metrics", text.Output, StringComparison.Ordinal);
        var file = Path.Combine(Directory.CreateTempSubdirectory("rivulet-check-").FullName, "out.txt");
        var toFile = await RunAsync("a", "server", "check", "kv", "--bucket", "forms", "--outfile", file);
        Assert.Equal("", toFile.Output);
        Assert.StartsWith("OK forms ", await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
    }

    [Fact]
    public async Task A_check_of_a_consumer_judges_by_flags_and_by_its_metadata()
    {
        await RunAsync("a", "kv", "add", "consumed");
        await RunAsync("a", "kv", "put", "consumed", "k", "v");
        await RunAsync("a", "request", "$JS.API.CONSUMER.CREATE.KV_consumed.C", """{"stream_name":"KV_consumed","config":{"durable_name":"C","ack_policy":"explicit","metadata":{"io.nats.monitor.unprocessed-critical":"1"}}}""");
        string[] check = ["consumer", "--stream", "KV_consumed", "--consumer", "C"];
        await CheckAsync(2, "CRITICAL KV_consumed_C Crit:Unprocessed Messages: 1 | ack_pending=0 pull_waiting=0 pending=1;;1 redelivered=0\n", check);
        await CheckAsync(0, "OK KV_consumed_C OK:Unprocessed Messages: 1 | ", [.. check, "--unprocessed-critical", "2"]);
        await CheckAsync(
            2, "CRITICAL KV_consumed_C Crit:No deliveries Crit:No acks OK:Unprocessed", [.. check, "--unprocessed-critical", "2", "--last-delivery-critical", "1s", "--last-ack-critical", "1s"]);
        await CheckAsync(2, "CRITICAL KV_consumed_D Crit:could not load info: consumer not found\n", "consumer", "--stream", "KV_consumed", "--consumer", "D");
        var missing = await RunAsync("a", "server", "check", "consumer", "--stream", "S");
        Assert.Contains("required flag --consumer not provided", missing.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_check_of_a_server_judges_what_it_uses_and_how_it_is_set_up()
    {
        string[] check = ["server", "check", "server", "--name", "one"];
        Assert.Matches(
            @"^OK one OK:JetStream enabled OK:Authentication required OK:Up \S+ OK:Memory [0-9.]+ OK:Connections 1.00 \| uptime=[0-9.]+s;0.0010 cpu=\d+% mem=\d+;9000000000000;9000000000001 connections=1;50;51 subscriptions=\d+\n$",
            await OkAsync([.. check, "--js-required", "--auth-required", "--uptime-warn", "1ms", "--mem-warn", "9000000000000", "--mem-critical", "9000000000001", "--conn-warn", "50", "--conn-critical", "51"]));
        await SystemCheckAsync(2, "CRITICAL one Crit:TLS not required | ", "server", "--name", "one", "--tls-required");
        await SystemCheckAsync(1, "WARNING one Warn:Connections 1.00 | ", "server", "--name", "one", "--conn-warn", "1", "--conn-critical", "5");
        await SystemCheckAsync(2, "CRITICAL one Crit:Connections 1.00 | ", "server", "--name", "one", "--conn-warn", "5", "--conn-critical", "2");
        await SystemCheckAsync(2, "CRITICAL one Crit:CPU invalid thresholds | ", "server", "--name", "one", "--cpu-warn", "5", "--cpu-critical", "2");
        await SystemCheckAsync(2, "CRITICAL one Crit:TLS certificate expiry thresholds configured but no TLS certificates found | ", "server", "--name", "one", "--tls-cert-warn", "2d", "--tls-cert-crit", "1d");
        await SystemCheckAsync(2, "CRITICAL one Crit:TLS certificate expiry requires both warning and critical thresholds | ", "server", "--name", "one", "--tls-cert-warn", "2d");
        await CheckAsync(2, "CRITICAL one Crit:varz failed: no results received", "server", "--name", "one");
    }

    [Fact]
    public async Task A_check_of_a_service_sends_a_request_and_looks_at_the_response()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        await using var service = await Rivulet.Client.NatsConnection.ConnectAsync(fixture.UrlOf("a"), stop.Token);
        await using var requests = service.SubscribeAsync("svc.echo", cancellationToken: stop.Token);
        await service.PingAsync(stop.Token);
        var serving = ServeAsync(service, requests, stop.Token);
        await CheckAsync(0, "OK svc.echo OK:Valid response | time=", "request", "--subject", "svc.echo", "--payload", "hello", "--match-payload", "^hel", "--response-critical", "1m", "--headers", "A=b", "--match-headers", "A=b");
        await CheckAsync(2, "CRITICAL svc.echo Crit:response does not match regexp Crit:invalid header \"X\" = \"\" | time=", "req", "--subject", "svc.echo", "--payload", "hello", "--match-payload", "nope", "--match-headers", "X=y");
        await CheckAsync(1, "WARNING svc.echo Warn:response took ", "request", "--subject", "svc.echo", "--response-warn", "1ns");
        await CheckAsync(2, "CRITICAL svc.none Crit:could not send request: nats: no responders", "request", "--subject", "svc.none");
        await stop.CancelAsync();
        await serving;
    }

    [Fact]
    public async Task A_check_of_a_credential_says_how_long_it_holds()
    {
        var folder = Directory.CreateTempSubdirectory("rivulet-credential-");
        string Write(string name, string claims)
        {
            var body = System.Buffers.Text.Base64Url.EncodeToString(System.Text.Encoding.UTF8.GetBytes(claims));
            var path = Path.Combine(folder.FullName, name);
            File.WriteAllText(path, $"-----BEGIN NATS USER JWT-----\neyJ0eXAiOiJKV1QifQ.{body}.c2ln\n------END NATS USER JWT------\n\n-----BEGIN USER NKEY SEED-----\nSUSECRET\n------END USER NKEY SEED------\n");
            return path;
        }

        var never = Write("never", """{"sub":"U"}""");
        var late = Write("late", $$"""{"exp":{{DateTimeOffset.UtcNow.AddHours(10).ToUnixTimeSeconds()}}}""");
        var gone = Write("gone", """{"exp":1000}""");
        var none = Write("none", "nothing");
        await CheckAsync(2, "CRITICAL Credential Crit:never expires | expiry=", "credential", "--credential", never);
        await CheckAsync(0, "OK Credential OK:never expires | ", "credential", "--credential", never, "--no-require-expiry");
        await CheckAsync(0, "OK Credential OK:expires in 20", "credential", "--credential", late);
        await CheckAsync(1, "WARNING Credential Warn:expires sooner than 1d0h0m0s | ", "credential", "--credential", late, "--validity-warn", "1d");
        await CheckAsync(2, "CRITICAL Credential Crit:expires sooner than 11h0m0s | ", "credential", "--credential", late, "--validity-critical", "11h");
        await CheckAsync(2, "CRITICAL Credential Crit:expired ", "credential", "--credential", gone);
        await CheckAsync(2, "CRITICAL Credential Crit:invalid credential: there is no token in it\n", "credential", "--credential", none);
        await CheckAsync(2, "CRITICAL Credential Crit:credential not accessible: ", "credential", "--credential", Path.Combine(folder.FullName, "x"));
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_server_on_its_own_has_no_cluster_to_check()
    {
        await SystemCheckAsync(
            2, "CRITICAL JetStream Meta Cluster Crit:no cluster information\n", "meta", "--expect", "3", "--lag-critical", "100", "--seen-critical", "1s");
    }

    [Fact]
    public async Task Reports_tell_of_processor_memory_and_health()
    {
        Assert.Matches(@"^CPU Usage\n\n  one: (▏|█{30}) \([0-9.]+\)\n$", await OkAsync("server", "report", "cpu"));
        Assert.Matches(@"^Memory Usage\n\n  one: █{30} \([0-9.]+ MiB\)\n$", await OkAsync("server", "report", "mem"));
        using var json = JsonDocument.Parse(await OkAsync("server", "report", "mem", "--json"));
        Assert.True(json.RootElement.GetProperty("one").GetDouble() > 1_000_000);
        var health = (await OkAsync("server", "report", "health")).Split('\n');
        Assert.Contains("Health Report", health[1], StringComparison.Ordinal);
        Assert.Equal(["one", "", "", "ok (200)", "", ""], Cells(health[5]));
        Assert.Equal("ok: 1 / err: 0", Cells(health[7])[3]);
        var sick = (await OkAsync("server", "report", "health", "--account", "A", "--stream", "NOPE")).Split('\n');
        Assert.EndsWith(" (404)", Cells(sick[5])[3], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ipqueue")]
    [InlineData("raft")]
    [InlineData("connections", "--filter-account", "SYS", "--filter-user", "s", "--limit", "1", "--offset", "0")]
    [InlineData("jsz", "--all")]
    [InlineData("subscriptions", "--detail", "--filter-account", "SYS")]
    [InlineData("healthz", "--js-enabled", "--server-only")]
    public async Task Requests_take_the_flags_that_there_are(params string[] request)
    {
        using var json = JsonDocument.Parse((await OkAsync(["server", "request", .. request])).Split('\n')[0]);
        Assert.Equal("one", json.RootElement.GetProperty("server").GetProperty("name").GetString());
        Assert.False(json.RootElement.TryGetProperty("error", out _), json.RootElement.GetRawText());
    }

    private static async Task ServeAsync(
        Rivulet.Client.NatsConnection service, Rivulet.Client.NatsSubscription requests, CancellationToken stop)
    {
        try
        {
            while (await requests.ReadAsync(stop) is { } request)
            {
                await service.PublishAsync(request.ReplyTo!, request.Payload, headers: request.Headers, cancellationToken: CancellationToken.None);
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }

    private async Task SystemCheckAsync(int exitCode, string start, params string[] arguments)
    {
        var run = await RunAsync("s", ["server", "check", .. arguments]);
        Assert.StartsWith(start, run.Output, StringComparison.Ordinal);
        Assert.Equal(exitCode, await run.Exit);
    }

    private static string[] Cells(string line) => [.. line.Split('│').Skip(1).SkipLast(1).Select(cell => cell.Trim())];

    private Task<CliRun> RunAsync(string user, params string[] arguments) => CliRun.CompleteAsync(arguments, fixture.UrlOf(user));

    private async Task<string> OkAsync(params string[] arguments)
    {
        var run = await RunAsync("s", arguments);
        Assert.Equal("", run.Error);
        Assert.Equal(0, await run.Exit);
        return run.Output;
    }

    private async Task CheckAsync(int exitCode, string start, params string[] arguments)
    {
        var run = await RunAsync("a", ["server", "check", .. arguments]);
        Assert.StartsWith(start, run.Output, StringComparison.Ordinal);
        Assert.Equal(exitCode, await run.Exit);
    }
}
