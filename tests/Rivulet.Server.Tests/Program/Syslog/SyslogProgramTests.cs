using System.Diagnostics;
using System.Globalization;
using System.Net;
using Rivulet.TestKit.Processes;
using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.Program.Syslog;

/// <summary>The program with its log at a syslog server: from start to stop, beside a log file, and changed by reloads.</summary>
public sealed class SyslogProgramTests : IDisposable
{
    private readonly TemporaryFolder _folder = new("syslog-program");
    private readonly int _port = LoopbackPort.FindFree();

    public void Dispose()
    {
        _folder.Dispose();
    }

    [Theory]
    [InlineData("--remote_syslog")]
    [InlineData("-r")]
    public async Task The_log_goes_to_a_syslog_server_from_start_to_stop(string flag)
    {
        using var daemon = SyslogListener.Udp();
        using var process = Start("-DV", flag, $"udp://127.0.0.1:{daemon.Port}");
        try
        {
            await Eventually.Holds(() => daemon.Text.Contains("]: Server is ready\n", StringComparison.Ordinal));
            await using (var client = await RawClient.ConnectAsync(_port))
            {
                await client.SendAsync("CONNECT {\"verbose\":false,\"user\":\"u\",\"pass\":\"hush\"}\r\n");
                await client.PingAsync();
            }

            await Eventually.Holds(() => daemon.Text.Contains(" - ->> [PONG]\n", StringComparison.Ordinal));
            if (!OperatingSystem.IsWindows())
            {
                await ProgramRun.RunAsync("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)], TimeSpan.FromSeconds(20));
                await process.WaitForExitAsync(TestContext.Current.CancellationToken);
                Assert.Equal(0, process.ExitCode);
                await Eventually.Holds(() => daemon.Text.EndsWith("]: Server Exiting..\n", StringComparison.Ordinal));
            }

            string head = $@"T\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d) {System.Text.RegularExpressions.Regex.Escape(Dns.GetHostName())} nats-server\[{process.Id}\]: ";
            Assert.All(daemon.Received, message => Assert.Matches($"^<[57]>\\d{{4}}-\\d\\d-\\d\\d{head}[^\\n]*\\n$", message));
            Assert.Contains(daemon.Received, message => message.StartsWith("<5>", StringComparison.Ordinal) && message.EndsWith("]: Starting nats-server\n", StringComparison.Ordinal));
            Assert.Contains(daemon.Received, message => message.StartsWith("<7>", StringComparison.Ordinal) && message.Contains(" - cid:1 - ", StringComparison.Ordinal));
            Assert.Contains(daemon.Received, message => message.StartsWith("<5>", StringComparison.Ordinal) && message.Contains(" - <<- [CONNECT ", StringComparison.Ordinal));
            Assert.Contains("[REDACTED]", daemon.Text, StringComparison.Ordinal);
            Assert.DoesNotContain("hush", daemon.Text, StringComparison.Ordinal);
        }
        finally
        {
            await EndAsync(process);
        }

        Assert.Equal("", await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_start_that_fails_is_told_there()
    {
        using var daemon = SyslogListener.Tcp();
        await using var other = await EmbeddedServer.StartAsync();
        var run = await ProgramRun.RunAsync(
            BuiltPrograms.Server,
            ["-a", "127.0.0.1", "-p", other.Port.ToString(CultureInfo.InvariantCulture), "-r", $"tcp://127.0.0.1:{daemon.Port}"],
            TimeSpan.FromSeconds(20));
        Assert.Equal((1, "", ""), (run.ExitCode, run.Output, run.Errors));
        await Eventually.Holds(() => daemon.Text.EndsWith("bind: address already in use\"\n", StringComparison.Ordinal));
        Assert.Contains("\n<2>", daemon.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_log_file_goes_before()
    {
        using var daemon = SyslogListener.Udp();
        string log = _folder.Combine("s.log");
        using var process = Start("-l", log, "-s", "-r", $"udp://127.0.0.1:{daemon.Port}");
        try
        {
            await Eventually.Holds(() => File.Exists(log) && File.ReadAllText(log).Contains("Server is ready", StringComparison.Ordinal));
            Assert.Empty(daemon.Received);
        }
        finally
        {
            await EndAsync(process);
        }
    }

    [Fact]
    public async Task A_server_that_is_ended_at_once_leaves_its_log_where_syslog_is_gone()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "signals of Unix");
        var daemon = SyslogListener.Tcp();
        using var process = Start("-r", $"tcp://127.0.0.1:{daemon.Port}");
        try
        {
            await Eventually.Holds(() => daemon.Text.Contains("]: Server is ready\n", StringComparison.Ordinal));
            daemon.Dispose();
            await ProgramRun.RunAsync("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)], TimeSpan.FromSeconds(20));
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(0, process.ExitCode);
            string errors = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            Assert.Matches(@"(?m)^nats-server: \d+ log lines were lost, because syslog did not take them in time$", errors);
        }
        finally
        {
            await EndAsync(process);
        }
    }

    [Fact]
    public async Task Reloads_take_the_log_to_syslog_and_back()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "signals of Unix");
        using var daemon = SyslogListener.Udp();
        string file = _folder.Combine("s.conf");
        string remote = $"udp://user:hush@127.0.0.1:{daemon.Port}";
        await File.WriteAllTextAsync(file, "debug: false\n", TestContext.Current.CancellationToken);
        await using var server = await ServerProcess.StartAsync(new ServerProcessOptions { JetStream = false, Arguments = ["-c", file] });

        await ReloadAsync(server, file, $"remote_syslog: \"{remote}\", syslog: true");
        await Eventually.Holds(() => daemon.Text.Contains("]: Reloaded server configuration (sha256:", StringComparison.Ordinal));
        Assert.Contains($"]: Reloaded: remote_syslog = udp://127.0.0.1:{daemon.Port}\n", daemon.Text, StringComparison.Ordinal);
        Assert.Contains("]: Reloaded: syslog = true\n", daemon.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("hush", daemon.Text, StringComparison.Ordinal);
        await ProgramRun.RunAsync(BuiltPrograms.Server, [$"--signal=reopen={server.ProcessId}"], TimeSpan.FromSeconds(20));
        await Eventually.Holds(() => daemon.Text.EndsWith("]: File log re-open ignored, not a file logger\n", StringComparison.Ordinal));

        int port = LoopbackPort.FindFree();
        await ReloadAsync(server, file, $"remote_syslog: \"tcp://127.0.0.1:{port}\"");
        string refused = $"Failed to reload server configuration: error connecting to syslog: \"dial tcp 127.0.0.1:{port}: connect: connection refused\"\n";
        await Eventually.Holds(() => daemon.Text.EndsWith(refused, StringComparison.Ordinal));

        await ReloadAsync(server, file, "debug: false");
        await Eventually.Holds(() => server.Log.Any(line => line.EndsWith("[INF] Reloaded: syslog = false", StringComparison.Ordinal)));
        await Eventually.Holds(() => server.Log[^1].Contains("[INF] Reloaded server configuration (sha256:", StringComparison.Ordinal));

        string log = _folder.Combine("s.log");
        await ReloadAsync(server, file, $"log_file: \"{log}\", remote_syslog: \"{remote}\"");
        await Eventually.Holds(() => File.Exists(log) && File.ReadAllText(log).Contains("[INF] Reloaded server configuration (", StringComparison.Ordinal));
        int before = daemon.Received.Count;
        await ReloadAsync(server, file, $"remote_syslog: \"{remote}\"");
        await Eventually.Holds(() => daemon.Received.Skip(before).Any(message => message.Contains("]: Reloaded server configuration (", StringComparison.Ordinal)));
        await using var client = await RawClient.ConnectAsync(server.Port);
        await client.PingAsync();
    }

    private static async Task ReloadAsync(ServerProcess server, string file, string text)
    {
        await File.WriteAllTextAsync(file, text + "\n", TestContext.Current.CancellationToken);
        await ProgramRun.RunAsync(BuiltPrograms.Server, [$"--signal=reload={server.ProcessId}"], TimeSpan.FromSeconds(20));
    }

    private Process Start(params string[] arguments)
    {
        string[] all = ["-a", "127.0.0.1", "-p", _port.ToString(CultureInfo.InvariantCulture), .. arguments];
        return Process.Start(new ProcessStartInfo(BuiltPrograms.Server, all) { RedirectStandardError = true })!;
    }

    private static async Task EndAsync(Process process)
    {
        if (!process.HasExited)
            process.Kill();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }
}
