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
