using System.Globalization;
using System.Text.Json;
using Rivulet.TestKit.Processes;
using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.Program;

/// <summary>The program with a configuration file, and what signals do to it.</summary>
public sealed class ConfiguredProgramTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private readonly TemporaryFolder _folder = new("configured-program");

    public void Dispose()
    {
        _folder.Dispose();
    }

    [Fact]
    public async Task A_file_is_checked_without_starting_anything()
    {
        string good = Write("good.conf", "port: 4333\n");
        var run = await RunAsync("-t", "-c", good);
        Assert.Equal(
            (0, "", $"nats-server: configuration file {good} is valid (sha256:5942f6739f1572892ba80b954eee212713f172258629e16936dfeeae8e2eb80d)\n"),
            (run.ExitCode, run.Output, run.Errors));
        string bad = Write("bad.conf", "foo: 1\n  bar: 2\n");
        run = await RunAsync("-c", bad, "-t");
        Assert.Equal((1, $"nats-server: {bad}:1:0: unknown field \"foo\"\n{bad}:2:3: unknown field \"bar\"\n"), (run.ExitCode, run.Errors));
    }

    [Fact]
    public async Task Warnings_fail_a_check_but_not_a_start()
    {
        string file = Write("warn.conf", "ping_interval: 20\n");
        string warning = $"{file}:1:0: invalid use of field \"ping_interval\": ping_interval should be converted to a duration";
        var run = await RunAsync("-t", "-c", file);
        Assert.Equal((1, $"nats-server: {warning}\n"), (run.ExitCode, run.Errors));
        await using var server = await ServerProcess.StartAsync(new ServerProcessOptions { JetStream = false, Arguments = ["-c", file] });
        Assert.Equal(warning, server.Log[0]);
    }

    [Fact]
    public async Task A_server_runs_from_its_file_and_flags_win()
    {
        string ports = _folder.Combine("ports");
        Directory.CreateDirectory(ports);
        await using var server = await ServerProcess.StartAsync(new ServerProcessOptions
        {
            JetStream = false,
            Configuration = $$"""
                port: 1
                server_name: rill
                http: 127.0.0.1:-1
                max_payload: 2KB
                ports_file_dir: "{{ports}}"
                jetstream { store_dir: "{{_folder.Combine("store")}}", max_file: 1GB, sync_interval: "1m" }
                """,
            Arguments = ["-n", "flagged"],
        });
        await using var client = await RawClient.ConnectAsync(server.Port);
        Assert.Equal(("flagged", 2048, true), (client.Info.ServerName, client.Info.MaxPayload, client.Info.JetStream));
        Assert.Contains(server.Log, line => line.Contains("Using configuration file: ", StringComparison.Ordinal) && line.Contains("(sha256:", StringComparison.Ordinal));

        string file = Path.Combine(ports, string.Create(CultureInfo.InvariantCulture, $"nats-server_{server.ProcessId}.ports"));
        await Eventually.Holds(() => File.Exists(file));
        using var json = JsonDocument.Parse(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
        string monitoring = json.RootElement.GetProperty("monitoring")[0].GetString()!;
        Assert.Equal($"nats://127.0.0.1:{server.Port}", json.RootElement.GetProperty("nats")[0].GetString());
        using var http = new HttpClient();
        string varz = await http.GetStringAsync(monitoring + "/varz", TestContext.Current.CancellationToken);
        Assert.Contains("\"sync_interval\": 60000000000", varz, StringComparison.Ordinal);
        Assert.Equal(0, await server.StopAsync());
    }

    [Fact]
    public async Task A_hang_up_takes_over_what_can_change_and_nothing_if_something_cannot()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "signals of Unix");
        string file = Write("reload.conf", "max_payload: 2KB\n");
        await using var server = await ServerProcess.StartAsync(new ServerProcessOptions { JetStream = false, Arguments = ["-c", file] });
        await using var old = await RawClient.ConnectAsync(server.Port);
        await old.PingAsync();

        string ports = _folder.Combine("late ports");
        Directory.CreateDirectory(ports);
        Write("reload.conf", $"max_payload: 1KB, debug: true, trace: true, server_tags: [a], ping_interval: \"9s\", ports_file_dir: '{ports}'\n");
        await SignalAsync(server, "reload");
        await LoggedAsync(server, "Reloaded server configuration (sha256:");
        foreach (string change in new[] { "trace = true", "debug = true", "max_payload = 1024", "ping_interval = 9s", "tags" })
            Assert.Contains(server.Log, line => line.EndsWith($"[INF] Reloaded: {change}", StringComparison.Ordinal));
        Assert.Single(Directory.GetFiles(ports));
        await old.SendAsync("SUB a 7\r\n");
        await old.PingAsync();
        Assert.Contains(server.Log, line => line.EndsWith(" - <<- [SUB a 7]", StringComparison.Ordinal));
        await old.SendAsync("PUB a 1025\r\n");
        await old.ReadUntilAsync("-ERR 'Maximum Payload Violation'\r\n");
        await using (var fresh = await RawClient.ConnectAsync(server.Port))
            Assert.Equal(1024, fresh.Info.MaxPayload);

        Write("reload.conf", "max_payload: 512, server_name: zed\n");
        await SignalAsync(server, "reload");
        await LoggedAsync(server, "[ERR] Failed to reload server configuration: config reload not supported for ServerName: old=, new=zed");
        Write("reload.conf", "foo: 1\n");
        await SignalAsync(server, "reload");
        await LoggedAsync(server, $"[ERR] Failed to reload server configuration: {file}:1:0: unknown field \"foo\"");
        await using (var fresh = await RawClient.ConnectAsync(server.Port))
            Assert.Equal(1024, fresh.Info.MaxPayload);
    }

    [Fact]
    public async Task A_server_without_a_file_has_nothing_to_reload_or_reopen()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "signals of Unix");
        await using var server = await ServerProcess.StartAsync(new ServerProcessOptions { JetStream = false });
        await SignalAsync(server, "reload");
        await LoggedAsync(server, "can only reload config when a file is provided using -c or --config");
        await SignalAsync(server, "reopen");
        await LoggedAsync(server, "[INF] Trapped \"user defined signal 1\" signal");
        await LoggedAsync(server, "[INF] File log re-open ignored, not a file logger");
        await using var client = await RawClient.ConnectAsync(server.Port);
        await client.PingAsync();
    }

    [Fact]
    public async Task A_lame_duck_tells_its_clients_and_goes()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "signals of Unix");
        string file = Write("ldm.conf", "lame_duck_grace_period: \"100ms\"\n");
        await using var server = await ServerProcess.StartAsync(new ServerProcessOptions { JetStream = false, Arguments = ["-c", file] });
        await using var client = await RawClient.ConnectAsync(server.Port);
        await client.SendAsync("CONNECT {\"verbose\":false,\"protocol\":1}\r\nPING\r\n");
        await client.ReadUntilAsync("} \r\n");
        await SignalAsync(server, "ldm");
        Assert.True((await client.ReadInfoAsync()).LameDuckMode);
        Assert.Equal("", await client.ReadToEndAsync());
        await Eventually.Holds(() => !server.IsRunning);
        string[] expected = ["Trapped \"user defined signal 2\" signal", "Entering lame duck mode, stop accepting new clients", "Closing existing clients", "Initiating Shutdown...", "Server Exiting.."];
        Assert.Equal(expected, server.Log.SkipWhile(line => !line.Contains("Trapped", StringComparison.Ordinal)).Select(line => line[(line.IndexOf("[INF] ", StringComparison.Ordinal) + 6)..]));
    }

    [Fact]
    public async Task A_log_file_that_was_moved_away_is_opened_anew()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "signals of Unix");
        string log = _folder.Combine("s.log");
        string pid = _folder.Combine("s.pid");
        int port = LoopbackPort.FindFree();
        using var process = System.Diagnostics.Process.Start(
            BuiltPrograms.Server, ["-a", "127.0.0.1", "-p", port.ToString(CultureInfo.InvariantCulture), "-l", log, "-P", pid]);
        try
        {
            await Eventually.Holds(() => File.Exists(pid) && File.ReadAllText(log).Contains("Server is ready", StringComparison.Ordinal));
            File.Move(log, log + ".old");
            Assert.Equal((0, "", ""), await ResultAsync("--signal", $"reopen={pid}"));
            await Eventually.Holds(() => File.Exists(log) && File.ReadAllText(log).Contains("File log re-opened", StringComparison.Ordinal));
            Assert.Equal((0, "", ""), await ResultAsync("--signal", $"quit={pid}"));
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(0, process.ExitCode);
            Assert.Contains("Trapped \"interrupt\" signal", await File.ReadAllTextAsync(log, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
    }

    private string Write(string name, string text)
    {
        string path = _folder.Combine(name);
        File.WriteAllText(path, text);
        return path;
    }

    private static async Task SignalAsync(ServerProcess server, string command)
    {
        var result = await ResultAsync(string.Create(CultureInfo.InvariantCulture, $"--signal={command}={server.ProcessId}"));
        Assert.Equal((0, "", ""), result);
    }

    private static Task LoggedAsync(ServerProcess server, string text)
    {
        return Eventually.Holds(() => server.Log.Any(line => line.Contains(text, StringComparison.Ordinal)), text);
    }

    private static async Task<(int, string, string)> ResultAsync(params string[] arguments)
    {
        var run = await RunAsync(arguments);
        return (run.ExitCode, run.Output, run.Errors);
    }

    private static Task<ProgramRun> RunAsync(params string[] arguments)
    {
        return ProgramRun.RunAsync(BuiltPrograms.Server, arguments, Limit);
    }
}
