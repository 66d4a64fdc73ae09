using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using Rivulet.Server.Host.Logging;
using Rivulet.Server.Host.Logging.Syslog;
using Rivulet.TestKit.Processes;

namespace Rivulet.Server.Tests.Program.Syslog;

/// <summary>Log lines become messages as the reference sends them, and those who log never wait for a daemon.</summary>
public sealed class SystemLogTests : IDisposable
{
    private readonly TemporaryFolder _folder = new("syslog");
    private readonly List<string> _troubles = [];

    private string Path => _folder.Combine("log");

    private string[] Troubles
    {
        get
        {
            lock (_troubles)
                return [.. _troubles];
        }
    }

    public void Dispose()
    {
        _folder.Dispose();
    }

    [Fact]
    public async Task Each_level_has_its_priority_in_the_old_form_on_a_socket_of_this_machine()
    {
        using var daemon = Daemon();
        using var log = new SystemLog(Local());
        log.Write(LogLevel.Information, "Starting\n"u8);
        log.Write(LogLevel.Warning, "careful\n"u8);
        log.Write(LogLevel.Error, "wrong ä\n"u8);
        log.Write(LogLevel.Critical, "over\n"u8);
        log.Write(LogLevel.Debug, "detail\n"u8);
        log.Write(LogLevel.Trace, "operation\n"u8);
        log.Write(LogLevel.Information, "\n"u8);
        await Eventually.Holds(() => daemon.Received.Count == 7);
        Assert.Equal(
            [
                "<29>Jan  9 03:04:05 rill[77]: Starting\n", "<28>Jan  9 03:04:05 rill[77]: careful\n", "<27>Jan  9 03:04:05 rill[77]: wrong ä\n",
                "<26>Jan  9 03:04:05 rill[77]: over\n", "<31>Jan  9 03:04:05 rill[77]: detail\n", "<29>Jan  9 03:04:05 rill[77]: operation\n",
                "<29>Jan  9 03:04:05 rill[77]: \n",
            ],
            daemon.Received);
    }

    [Theory]
    [InlineData(0, "Z")]
    [InlineData(330, "+05:30")]
    [InlineData(-180, "-03:00")]
    public async Task Over_a_network_the_machine_and_the_whole_time_are_told(int offset, string zone)
    {
        using var daemon = SyslogListener.Udp();
        using var log = new SystemLog(Local() with
        {
            Addresses = [SyslogAddress.Parse($"udp://127.0.0.1:{daemon.Port}")],
            Facility = SyslogFacility.Kernel,
            Time = new FixedTime(new DateTimeOffset(2030, 1, 9, 3, 4, 5, TimeSpan.FromMinutes(offset))),
        });
        log.Write(LogLevel.Information, "Starting\n"u8);
        log.Write(LogLevel.Debug, "detail\n"u8);
        await Eventually.Holds(() => daemon.Received.Count == 2);
        Assert.Equal(
            [$"<5>2030-01-09T03:04:05{zone} machine rill[77]: Starting\n", $"<7>2030-01-09T03:04:05{zone} machine rill[77]: detail\n"],
            daemon.Received);
    }

    [Fact]
    public async Task A_text_of_several_lines_is_several_messages()
    {
        using var daemon = SyslogListener.Tcp();
        using var log = new SystemLog(Local() with { Addresses = [SyslogAddress.Parse($"tcp://localhost:{daemon.Port}")] });
        log.Write(LogLevel.Error, "failed: it\n<0>at here\n"u8);
        const string Head = "<27>2030-01-09T03:04:05Z machine rill[77]: ";
        await Eventually.Holds(() => daemon.Text == $"{Head}failed: it\n{Head}<0>at here\n");
    }

    [Fact]
    public async Task Where_no_datagrams_are_taken_a_stream_may_be()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "sockets of Unix");
        using var daemon = SyslogListener.UnixStream(Path);
        using var log = new SystemLog(Local());
        log.Write(LogLevel.Information, "a\n"u8);
        await Eventually.Holds(() => daemon.Text == "<29>Jan  9 03:04:05 rill[77]: a\n");
    }

    [Fact]
    public async Task A_line_that_no_datagram_takes_is_cut_between_characters()
    {
        using var daemon = SyslogListener.Udp();
        using var log = new SystemLog(Local() with { Addresses = [SyslogAddress.Parse($"udp://127.0.0.1:{daemon.Port}")] });
        string text = "x" + new string('ä', 100_000);
        log.Write(LogLevel.Information, Encoding.UTF8.GetBytes(text + "\n"));
        log.Write(LogLevel.Information, "next\n"u8);
        await Eventually.Holds(() => daemon.Received.Count == 2);
        Assert.Equal($"<29>2030-01-09T03:04:05Z machine rill[77]: {text[..32_000]}\n", daemon.Received[0]);
    }

    [Fact]
    public void Nobody_there_is_an_error_in_the_references_words()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "sockets of Unix");
        int port = LoopbackPort.FindFree();
        Assert.Equal("error connecting to syslog: \"Unix syslog delivery error\"", Failure([.. Local().Addresses]));
        Assert.Equal(
            $"error connecting to syslog: \"dial unix {Path}: connect: no such file or directory\"", Failure(SyslogAddress.Parse($"unix://{Path}")));
        Assert.Equal(
            $"error connecting to syslog: \"dial tcp 127.0.0.1:{port}: connect: connection refused\"", Failure(SyslogAddress.Parse($"tcp://127.0.0.1:{port}")));
        Assert.Equal(
            "error connecting to syslog: \"dial udp: lookup nowhere.invalid: no such host\"", Failure(SyslogAddress.Parse("udp://nowhere.invalid:514")));
        string longPath = "/" + new string('x', 200);
        Assert.Equal($"error connecting to syslog: \"dial unix {longPath}: connect: invalid argument\"", Failure(SyslogAddress.Parse($"unix://{longPath}")));
        using (Daemon())
        {
            Assert.Equal(
                $"error connecting to syslog: \"dial unix {Path}: connect: protocol wrong type for socket\"", Failure(SyslogAddress.Parse($"unix://{Path}")));
        }
    }

    [Fact]
    public void A_system_without_syslog_says_what_to_do_instead()
    {
        string message = Failure();
        Assert.StartsWith("the system log is not supported on this system: log to a file (--log, log_file)", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lines_wait_for_a_daemon_that_is_restarted()
    {
        var daemon = Daemon();
        using var log = new SystemLog(Local());
        log.Write(LogLevel.Information, "before\n"u8);
        await Eventually.Holds(() => daemon.Received.Count == 1);
        daemon.Dispose();
        log.Write(LogLevel.Information, "while it is gone\n"u8);
        log.Write(LogLevel.Information, "as well\n"u8);
        await Eventually.Holds(() => Troubles.Length == 1);
        Assert.Equal(["nats-server: error writing to syslog: Unix syslog delivery error"], Troubles);
        using var again = Daemon();
        await Eventually.Holds(() => again.Received.Count == 2);
        Assert.Equal(["<29>Jan  9 03:04:05 rill[77]: while it is gone\n", "<29>Jan  9 03:04:05 rill[77]: as well\n"], again.Received);
        log.Write(LogLevel.Information, "after\n"u8);
        await Eventually.Holds(() => again.Received.Count == 3);
    }

    [Fact]
    public async Task A_stream_that_was_ended_is_opened_again_before_anything_is_lost()
    {
        var daemon = SyslogListener.Tcp();
        int port = daemon.Port;
        using var log = new SystemLog(Local() with { Addresses = [SyslogAddress.Parse($"tcp://127.0.0.1:{port}")] });
        log.Write(LogLevel.Information, "before\n"u8);
        await Eventually.Holds(() => daemon.Received.Count == 1);
        daemon.Dispose();
        using var again = SyslogListener.Tcp(port);
        log.Write(LogLevel.Information, "after\n"u8);
        await Eventually.Holds(() => again.Text == "<29>2030-01-09T03:04:05Z machine rill[77]: after\n");
    }

    [Fact]
    public async Task Over_udp_lines_arrive_again_once_somebody_is_there()
    {
        int port;
        using (var daemon = SyslogListener.Udp())
            port = daemon.Port;
        using var log = new SystemLog(Local() with { Addresses = [SyslogAddress.Parse($"udp://127.0.0.1:{port}")] });
        for (int i = 0; i < 10; i++)
            log.Write(LogLevel.Information, "to nobody\n"u8);
        using var again = SyslogListener.Udp(port);
        log.Write(LogLevel.Information, "after\n"u8);
        await Eventually.Holds(() => again.Text.EndsWith("]: after\n", StringComparison.Ordinal));
        Assert.Empty(Troubles);
    }

    [Fact]
    public async Task A_daemon_that_takes_nothing_holds_nobody_up_and_what_is_lost_is_counted()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "sockets of Unix");
        using var daemon = SyslogListener.UnixDatagrams(Path, reads: false);
        using var log = new SystemLog(Local() with { WaitingBytesMax = 100_000, StallLimit = TimeSpan.FromMinutes(5) });
        byte[] line = Encoding.ASCII.GetBytes(new string('x', 500) + "\n");
        long longest = 0;
        const int Lines = 5000;
        for (int i = 0; i < Lines; i++)
        {
            long start = Stopwatch.GetTimestamp();
            log.Write(LogLevel.Information, line);
            longest = Math.Max(longest, Stopwatch.GetTimestamp() - start);
        }

        // It took nothing all the while, so each line is with it, waits, or is lost.
        Assert.True(Stopwatch.GetElapsedTime(0, longest) < TimeSpan.FromSeconds(5), "a line waited");
        daemon.Read();
        log.Write(LogLevel.Information, "last\n"u8);
        int lost = 0;
        await Eventually.Holds(() => (lost = Lost(daemon)) > 0 && daemon.Received.Count(text => !IsNote(text)) + lost == Lines + 1);
        Assert.InRange(lost, 1, Lines);
        Assert.All(daemon.Received.Where(IsNote), note => Assert.StartsWith("<28>", note, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_daemon_that_takes_nothing_for_long_is_told_of_and_gets_each_line_once()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "sockets of Unix");
        using var daemon = SyslogListener.UnixDatagrams(Path, reads: false);
        using var log = new SystemLog(Local() with { StallLimit = TimeSpan.FromMilliseconds(50) });
        string[] lines = [.. Enumerable.Range(0, 1000).Select(i => $"line {i}\n")];
        foreach (string line in lines)
            log.Write(LogLevel.Information, Encoding.ASCII.GetBytes(line));
        await Eventually.Holds(() => Troubles.Length == 1);
        Assert.Equal($"nats-server: error writing to syslog: write unixgram {Path}: i/o timeout", Troubles[0]);
        daemon.Read();
        await Eventually.Holds(() => daemon.Received.Count == lines.Length);
        Assert.Equal(lines.Select(line => $"<29>Jan  9 03:04:05 rill[77]: {line}"), daemon.Received);
    }

    [Fact]
    public void The_end_waits_for_what_is_not_sent_but_not_for_long()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "sockets of Unix");
        using var daemon = SyslogListener.UnixDatagrams(Path, reads: false);
        var log = new SystemLog(Local() with { EndLimit = TimeSpan.FromMilliseconds(200), StallLimit = TimeSpan.FromMinutes(5) });
        for (int i = 0; i < 5000; i++)
            log.Write(LogLevel.Information, "x\n"u8);
        long start = Stopwatch.GetTimestamp();
        log.Dispose();
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0.15, 10);
        Assert.Matches(@"^nats-server: \d+ log lines were lost, because syslog did not take them in time$", Assert.Single(Troubles));
    }

    [Fact]
    public async Task What_was_written_before_the_end_arrives()
    {
        using var daemon = SyslogListener.Tcp();
        using (var log = new SystemLog(Local() with { Addresses = [SyslogAddress.Parse($"tcp://127.0.0.1:{daemon.Port}")] }))
        {
            for (int i = 0; i < 1000; i++)
                log.Write(LogLevel.Information, Encoding.ASCII.GetBytes($"line {i}\n"));
        }

        await Eventually.Holds(() => daemon.Text.EndsWith("line 999\n", StringComparison.Ordinal));
        Assert.Equal(1000, daemon.Text.Count(c => c == '\n'));
        Assert.Empty(Troubles);
    }

    [Fact]
    public void There_is_no_file_to_turn_over_or_open_anew()
    {
        using var daemon = Daemon();
        using var log = new SystemLog(Local());
        Assert.Null(log.Turn());
        Assert.False(log.Reopen());
        Assert.False(log.IsTerminal);
    }

    [Fact]
    public async Task Loggers_leave_process_time_and_level_to_it()
    {
        using var daemon = Daemon();
        using var loggers = new TextLoggerFactory(new SystemLog(Local()), new LogFormat());
#pragma warning disable CA1848, CA2254 // A line for a test.
        loggers.CreateLogger("x").LogInformation("Server is ready");
        loggers.CreateLogger("x").LogDebug("not asked for");
        loggers.CreateLogger("x").LogError(new InvalidOperationException("why"), "failed");
#pragma warning restore CA1848, CA2254
        await Eventually.Holds(() => daemon.Received.Count == 2);
        Assert.Equal(
            ["<29>Jan  9 03:04:05 rill[77]: Server is ready\n", "<27>Jan  9 03:04:05 rill[77]: failed: System.InvalidOperationException: why\n"],
            daemon.Received);
    }

    private static int Lost(SyslogListener daemon)
    {
        return daemon.Received.Where(IsNote).Sum(text => int.Parse(text.Split("]: ")[1].Split(' ')[0], CultureInfo.InvariantCulture));
    }

    private static bool IsNote(string text)
    {
        return text.EndsWith(" log lines were lost here, because syslog did not take them in time\n", StringComparison.Ordinal);
    }

    private string Failure(params SyslogAddress[] addresses)
    {
        return Assert.Throws<SyslogException>(() => new SystemLog(Local() with { Addresses = addresses })).Message;
    }

    private SyslogListener Daemon()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "sockets of Unix");
        return SyslogListener.UnixDatagrams(Path);
    }

    // Two places, of which one has no daemon, as most systems have it.
    private SyslogOptions Local()
    {
        string nowhere = _folder.Combine("nowhere");
        return new SyslogOptions
        {
            Addresses =
            [
                new(SyslogNetwork.UnixDatagram, nowhere, 0), new(SyslogNetwork.UnixDatagram, Path, 0),
                new(SyslogNetwork.UnixStream, nowhere, 0), new(SyslogNetwork.UnixStream, Path, 0),
            ],
            Tag = "rill",
            ProcessId = 77,
            HostName = "machine",
            Time = new FixedTime(new DateTimeOffset(2030, 1, 9, 3, 4, 5, TimeSpan.Zero)),
            Trouble = Tell,
        };
    }

    private void Tell(string text)
    {
        lock (_troubles)
            _troubles.Add(text);
    }

    private sealed class FixedTime(DateTimeOffset now) : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone { get; } = TimeZoneInfo.CreateCustomTimeZone("x", now.Offset, "x", "x");

        public override DateTimeOffset GetUtcNow()
        {
            return now.ToUniversalTime();
        }
    }
}
