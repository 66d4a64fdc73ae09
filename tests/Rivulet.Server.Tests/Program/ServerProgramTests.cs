using System.Diagnostics;
using System.Globalization;
using Rivulet.TestKit.Processes;
using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.Program;

/// <summary>The program as scripts use it: output, files, signals, exit codes.</summary>
public sealed class ServerProgramTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private readonly TemporaryFolder _folder = new("server-program");

    public void Dispose()
    {
        _folder.Dispose();
    }

    [Theory]
    [InlineData("-v")]
    [InlineData("--version")]
    [InlineData("version")]
    public async Task The_version_is_one_line(string argument)
    {
        var run = await RunAsync(argument);
        Assert.Equal((0, "nats-server: v2.15.1\n", ""), (run.ExitCode, run.Output, run.Errors));
    }

    [Theory]
    [InlineData("-h")]
    [InlineData("--help")]
    [InlineData("help")]
    public async Task The_help_names_every_flag_that_works(string argument)
    {
        var run = await RunAsync(argument);
        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        Assert.StartsWith("\nUsage: nats-server [options]\n", run.Output, StringComparison.Ordinal);
        foreach (string flag in new[] { "--addr", "--port", "--server_name", "--pid", "--jetstream", "--store_dir", "--sync_interval", "--log", "-DV", "--ports_file_dir", "--config", "-t ", "--http_port", "--signal", "--log_size_limit", "-s, --syslog", "-r, --remote_syslog" })
            Assert.Contains(flag, run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "flag provided but not defined: -bogus\n", "-bogus")]
    [InlineData(2, "flag needs an argument: -p\n", "-p")]
    [InlineData(1, "nats-server: unrecognized command: \"extra\"\n", "extra")]
    [InlineData(1, "nats-server: open some.conf: no such file or directory\n", "-c", "some.conf")]
    [InlineData(1, "nats-server: must specify [-c, --config] option to check configuration file syntax\n", "-t")]
    [InlineData(1, "nats-server: flag -routes is not supported by this version\n", "--routes", "nats://h")]
    [InlineData(1, "nats-server: TLS Server certificate must be present and valid\n", "--tls")]
    [InlineData(1, "nats-server: TLS Server private key must be present and valid\n", "--tlscert", "nowhere.pem")]
    [InlineData(1, "nats-server: error parsing X509 certificate/key pair: open nowhere.pem: no such file or directory\n", "--tlscert", "nowhere.pem", "--tlskey", "nowhere.pem")]
    [InlineData(1, "nats-server: TLS cert and key required for HTTPS\n", "-ms", "-1")]
    [InlineData(1, "nats-server: can't specify both HTTP (-1) and HTTPs (-1) ports\n", "-ms", "-1", "-m", "-1")]
    [InlineData(1, "nats-server: error invalid network type: \"localhost\"\n", "-r", "localhost:514")]
    [InlineData(1, "nats-server: error connecting to syslog: \"dial udp: address h: missing port in address\"\n", "--remote_syslog", "udp://h")]
    [InlineData(1, "nats-server: error connecting to syslog: \"dial unix /nowhere/log: connect: no such file or directory\"\n", "--remote_syslog", "unix:///nowhere/log")]
    [InlineData(1, "nats-server: unknown signal \"bogus\"\n", "--signal=bogus")]
    [InlineData(1, "nats-server: signal \"quit\" 99999999: no such process\n", "--signal=quit=99999999")]
    [InlineData(1, "nats-server: invalid pid: 0\n", "--signal=quit=0")]
    [InlineData(1, "nats-server: port must be between -1 and 65535, not 70000\n", "-p", "70000")]
    [InlineData(1, "nats-server: server name cannot contain spaces\n", "-n", "a b")]
    public async Task What_cannot_be_done_is_told_on_the_error_stream(int exitCode, string error, params string[] arguments)
    {
        var run = await RunAsync(arguments);
        Assert.Equal((exitCode, error), (run.ExitCode, run.Errors));
    }

    [Fact]
    public async Task A_port_in_use_is_a_fatal_line_and_exit_code_1()
    {
        await using var other = await EmbeddedServer.StartAsync();
        string port = other.Port.ToString(CultureInfo.InvariantCulture);
        var run = await RunAsync("-a", "127.0.0.1", "-p", port);
        Assert.Equal(1, run.ExitCode);
        Assert.EndsWith(
            $" [FTL] Error listening on port: 127.0.0.1:{port}, \"listen tcp 127.0.0.1:{port}: bind: address already in use\"\n",
            run.Errors,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_log_is_the_references_from_start_to_stop()
    {
        await using var server = await ServerProcess.StartAsync(new ServerProcessOptions { Arguments = ["-n", "rill"] });
        Assert.Equal(0, await server.StopAsync());
        string pattern = @"^\[\d+\] \d{4}/\d\d/\d\d \d\d:\d\d:\d\d\.\d{6} \[INF\] ";
        Assert.All(server.Log, line => Assert.Matches(pattern, line));
        string[] texts = [.. server.Log.Select(line => line[(line.IndexOf("[INF] ", StringComparison.Ordinal) + 6)..])];
        string[] expected =
        [
            "Starting nats-server",
            "  Version:  2.15.1",
            "  Rivulet:  *",
            "  Git:      [not set]",
            "  Name:     rill",
            "  Node:     *",
            "  ID:       N*",
            "Starting JetStream",
            @"    _ ___ _____ ___ _____ ___ ___   _   __  __",
            @" _ | | __|_   _/ __|_   _| _ \ __| /_\ |  \/  |",
            @"| || | _|  | | \__ \ | | |   / _| / _ \| |\/| |",
            @" \__/|___| |_| |___/ |_| |_|_\___/_/ \_\_|  |_|",
            "",
            "         https://docs.nats.io/jetstream",
            "",
            "---------------- JETSTREAM ----------------",
            "  Strict:          true",
            "  Max Memory:      *",
            "  Max Storage:     *",
            $"  Store Directory: \"{Path.Combine(server.StoreDirectory, "jetstream")}\"",
            "  API Level:       5",
            "-------------------------------------------",
            "Took *s to start JetStream",
            $"Listening for client connections on 127.0.0.1:{server.Port}",
            "Server is ready",
            "Trapped \"terminated\" signal",
            "Initiating Shutdown...",
            "Initiating JetStream Shutdown...",
            "JetStream Shutdown",
            "Server Exiting..",
        ];
        Assert.Equal(expected.Length, texts.Length);
        Assert.All(expected.Zip(texts), pair => Assert.Matches(
            "^" + System.Text.RegularExpressions.Regex.Escape(pair.First).Replace("\\*", ".*", StringComparison.Ordinal) + "$", pair.Second));
    }

    [Fact]
    public async Task A_restart_tells_which_streams_come_back_and_with_how_much()
    {
        await using var server = await ServerProcess.StartAsync();
        await using (var client = await RawClient.ConnectAsync(server.Port))
        {
            await client.SayConnectAsync();
            string config = /*lang=json*/ "{\"name\":\"S\",\"subjects\":[\"s.>\"]}";
            await client.SendAsync($"SUB r 1\r\nPUB $JS.API.STREAM.CREATE.S r {config.Length}\r\n{config}\r\n");
            await client.ReadUntilAsync("\"did_create\":true}\r\n");
            await client.SendAsync("PUB s.a r 1\r\nx\r\n");
            await client.ReadUntilAsync("\"seq\":1}\r\n");
        }

        await server.KillAsync();
        await server.StartAgainAsync();
        string[] restore = [.. server.Log.Where(line => line.Contains("stream '$G > S'", StringComparison.Ordinal))];
        Assert.Equal(2, restore.Length);
        Assert.EndsWith("[INF]   Starting restore for stream '$G > S'", restore[0], StringComparison.Ordinal);
        Assert.Matches(@"\[INF\]   Restored 1 messages for stream '\$G > S' in (\d+ms|0s)$", restore[1]);
    }

    [Fact]
    public async Task The_pid_and_ports_files_are_written_and_the_ports_file_goes_with_the_server()
    {
        string pid = _folder.Combine("server.pid");
        string ports = _folder.Combine("ports");
        Directory.CreateDirectory(ports);
        await using var server = await ServerProcess.StartAsync(new ServerProcessOptions
        {
            JetStream = false,
            Arguments = ["-P", pid, "--ports_file_dir", ports],
        });
        string id = server.ProcessId.ToString(CultureInfo.InvariantCulture);
        await Eventually.Holds(() => Directory.EnumerateFiles(ports, "*.ports").Any());
        Assert.Equal(id, await File.ReadAllTextAsync(pid, TestContext.Current.CancellationToken));
        string file = Assert.Single(Directory.EnumerateFiles(ports));
        Assert.Equal($"nats-server_{id}.ports", Path.GetFileName(file));
        Assert.Equal(
            $"{{\"nats\":[\"nats://127.0.0.1:{server.Port}\"]}}",
            await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
        Assert.Equal(0, await server.StopAsync());
        Assert.False(File.Exists(file));
        Assert.True(File.Exists(pid));
    }

    [Fact]
    public async Task The_log_can_go_to_a_file_without_times()
    {
        string log = _folder.Combine("server.log");
        int port = LoopbackPort.FindFree();
        using var process = Process.Start(
            BuiltPrograms.Server,
            ["-a", "127.0.0.1", "-p", port.ToString(CultureInfo.InvariantCulture), "-l", log, "-T=false", "-DV"]);
        try
        {
            await Eventually.Holds(() => File.Exists(log) && ReadShared(log).Contains("[INF] Server is ready\n", StringComparison.Ordinal));
            await using var client = await RawClient.ConnectAsync(port);
            await client.SendAsync("PUB foo 5\r\nhello\r\n");
            await client.PingAsync();
            string text = ReadShared(log);
            Assert.StartsWith($"[{process.Id}] [INF] Starting nats-server\n", text, StringComparison.Ordinal);
            Assert.Contains("- cid:1 - <<- [PUB foo 5]\n", text, StringComparison.Ordinal);
            Assert.Contains("- cid:1 - <<- MSG_PAYLOAD: [\"hello\"]\n", text, StringComparison.Ordinal);
            Assert.Contains("- cid:1 - ->> [PONG]\n", text, StringComparison.Ordinal);
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
    }

    private static string ReadShared(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private static Task<ProgramRun> RunAsync(params string[] arguments)
    {
        return ProgramRun.RunAsync(BuiltPrograms.Server, arguments, Limit);
    }
}
