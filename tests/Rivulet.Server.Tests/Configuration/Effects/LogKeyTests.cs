using System.Globalization;
using Rivulet.Server.Host.Logging.Syslog;
using Rivulet.TestKit.Processes;
using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.Configuration.Effects;

/// <summary>Keys for the log and for files about the process: the program, with a file.</summary>
public sealed class LogKeyTests : IDisposable
{
    private readonly TemporaryFolder _folder = new("log-keys");

    public void Dispose()
    {
        _folder.Dispose();
    }

    [Fact]
    public async Task The_process_and_its_ports_are_in_files()
    {
        await using var server = await StartAsync($"pid_file: \"{_folder.Combine("s.pid")}\"\nports_file_dir: \"{_folder.Path}\"");
        string pid = server.ProcessId.ToString(CultureInfo.InvariantCulture);
        await Eventually.Holds(() => File.Exists(_folder.Combine($"nats-server_{pid}.ports")));
        Assert.Equal(pid, await File.ReadAllTextAsync(_folder.Combine("s.pid"), TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("debug: true", "[DBG]", true)]
    [InlineData("debug: false", "[DBG]", false)]
    [InlineData("trace: true", "[TRC]", true)]
    [InlineData("trace_verbose: true", "[TRC]", true)]
    [InlineData("trace: false", "[TRC]", false)]
    public async Task The_log_tells_as_much_as_it_should(string key, string level, bool isThere)
    {
        await using var server = await StartAsync(key);
        await using var client = await RawClient.ConnectAsync(server.Port);
        await client.SayConnectAsync();
        await Task.Delay(100, TestContext.Current.CancellationToken);
        Assert.Equal(isThere, server.Log.Any(line => line.Contains(level, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Of_messages_the_headers_may_be_shown_alone()
    {
        await using var server = await StartAsync("trace_headers: true");
        await using var client = await RawClient.ConnectAsync(server.Port);
        await client.SayConnectAsync();
        await client.SendAsync("HPUB a 18 24\r\nNATS/1.0\r\nK: v\r\n\r\nsecret\r\n");
        await client.PingAsync();
        await Task.Delay(100, TestContext.Current.CancellationToken);
        Assert.Contains(server.Log, line => line.Contains("MSG_PAYLOAD: [\"NATS/1.0\\r\\nK: v", StringComparison.Ordinal));
        Assert.DoesNotContain(server.Log, line => line.Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Lines_may_be_without_the_time()
    {
        await using var server = await StartAsync("logtime: false");
        Assert.Contains(server.Log, line => line.EndsWith($"[{server.ProcessId}] [INF] Server is ready", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Times_may_be_in_utc(bool isUtc)
    {
        Assert.SkipUnless(TimeZoneInfo.TryFindSystemTimeZoneById("Asia/Tokyo", out _), "time zones are not installed");
        await WithLogFileAsync($"logtime_utc: {(isUtc ? "true" : "false")}", (_, log) =>
        {
            string time = File.ReadLines(log).First().Split("] ")[1][..19];
            var told = DateTime.ParseExact(
                time, "yyyy/MM/dd HH:mm:ss", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal);
            Assert.InRange((told - DateTime.UtcNow).TotalHours, isUtc ? -1 : 8, isUtc ? 1 : 10);
            return Task.CompletedTask;
        });
    }

    [Fact]
    public async Task The_log_goes_to_a_file_and_to_another_one_when_that_is_full()
    {
        await WithLogFileAsync("log_size_limit: 3000\nlog_max_num: 2\ntrace: true", async (port, log) =>
        {
            await using var client = await RawClient.ConnectAsync(port);
            for (int i = 0; i < 200; i++)
                await client.SendAsync("PING\r\n");
            await client.PingAsync();
            await Eventually.Holds(() => Directory.GetFiles(_folder.Path, "s.log*").Length == 2);

            // While a file is being turned over there is none, and then an empty one until the next line.
            await client.PingAsync();
            long length = 0;
            await Eventually.Holds(() => new FileInfo(log) is { Exists: true } now && (length = now.Length) > 0);
            Assert.InRange(length, 1, 4000);
        });
    }

    [Fact]
    public async Task The_log_goes_to_a_syslog_server()
    {
        using var daemon = SyslogListener.Tcp();
        await WithProcessAsync($"listen: \"127.0.0.1:-1\", remote_syslog: \"tcp://127.0.0.1:{daemon.Port}\"", async () =>
            await Eventually.Holds(() => daemon.Text.Contains("]: Server is ready\n", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task The_log_goes_to_the_syslog_of_this_machine_or_there_is_no_start()
    {
        bool isThere = SyslogAddress.Local.Any(address => File.Exists(address.Place));
        string file = _folder.Combine("s.conf");
        await File.WriteAllTextAsync(file, "listen: \"127.0.0.1:-1\", syslog: true\n", TestContext.Current.CancellationToken);
        if (isThere)
        {
            // What arrived is the machine's business; the error stream has nothing of it.
            string ports = _folder.Combine("ports");
            Directory.CreateDirectory(ports);
            var start = new System.Diagnostics.ProcessStartInfo(BuiltPrograms.Server, ["-c", file, "--ports_file_dir", ports]) { RedirectStandardError = true };
            using var process = System.Diagnostics.Process.Start(start)!;
            await Eventually.Holds(() => process.HasExited || Directory.GetFiles(ports).Length > 0);
            bool isRunning = !process.HasExited;
            process.Kill();
            Assert.Equal((true, ""), (isRunning, await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken)));
            return;
        }

        var run = await ProgramRun.RunAsync(BuiltPrograms.Server, ["-c", file], TimeSpan.FromSeconds(20));
        Assert.Equal(1, run.ExitCode);
        Assert.StartsWith(
            OperatingSystem.IsWindows() ? "nats-server: the system log is not supported on this system: " : "nats-server: error connecting to syslog: \"Unix syslog delivery error\"\n",
            run.Errors,
            StringComparison.Ordinal);
    }

    private async Task WithLogFileAsync(string text, Func<int, string, Task> look)
    {
        string log = _folder.Combine("s.log");
        int port = LoopbackPort.FindFree();
        await WithProcessAsync($"listen: \"127.0.0.1:{port}\"\nlog_file: \"{log}\"\n{text}", async () =>
        {
            await Eventually.Holds(() => File.Exists(log) && File.ReadAllText(log).Contains("Server is ready", StringComparison.Ordinal));
            await look(port, log);
        });
    }

    private async Task WithProcessAsync(string text, Func<Task> look)
    {
        string file = _folder.Combine("s.conf");
        await File.WriteAllTextAsync(file, text + "\n", TestContext.Current.CancellationToken);
        var start = new System.Diagnostics.ProcessStartInfo(BuiltPrograms.Server, ["-c", file]) { Environment = { ["TZ"] = "Asia/Tokyo" } };
        using var process = System.Diagnostics.Process.Start(start)!;
        try
        {
            await look();
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
    }

    private static Task<ServerProcess> StartAsync(string text)
    {
        return ServerProcess.StartAsync(new ServerProcessOptions { JetStream = false, Configuration = text });
    }
}
