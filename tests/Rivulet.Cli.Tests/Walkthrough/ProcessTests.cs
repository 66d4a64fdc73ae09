using System.Diagnostics;
using System.Runtime.InteropServices;
using Rivulet.TestKit.Processes;

namespace Rivulet.Cli.Tests.Walkthrough;

/// <summary>The program as a process of its own: streams, exit codes, signals.</summary>
public sealed partial class ProcessTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private const int Interrupt = 2;
    private const int Terminate = 15;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Output_errors_and_exit_code_come_as_from_any_program()
    {
        using var help = Start("kv", "get", "--help");
        Assert.StartsWith("usage: nats kv get [<flags>] <bucket> <key>\n", await help.StandardOutput.ReadToEndAsync(Token), StringComparison.Ordinal);
        Assert.Equal(0, await ExitAsync(help));

        using var mistake = Start("kv", "get");
        Assert.StartsWith("usage: nats kv get ", await mistake.StandardOutput.ReadToEndAsync(Token), StringComparison.Ordinal);
        Assert.Equal("error: required argument 'bucket' not provided\n\n", await mistake.StandardError.ReadToEndAsync(Token));
        Assert.Equal(1, await ExitAsync(mistake));
    }

    [Fact]
    public async Task Messages_pass_from_process_to_process()
    {
        using var sub = await SubscribeAsync("sub", "process.test", "--count", "1");
        using var pub = Start("pub", "process.test");
        await pub.StandardInput.WriteAsync("from input");
        pub.StandardInput.Close();
        Assert.Equal(0, await ExitAsync(pub));
        Assert.Equal("[#1] Received on \"process.test\"\nfrom input\n\n\n", await sub.StandardOutput.ReadToEndAsync(Token));
        Assert.Equal(0, await ExitAsync(sub));
    }

    [Theory]
    [InlineData(Interrupt)]
    [InlineData(Terminate)]
    public async Task A_signal_ends_a_subscription_well(int signal)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "signals are sent the way of Unix");
        using var sub = await SubscribeAsync("sub", "process.signal");
        Assert.Equal(0, Kill(sub.Id, signal));
        Assert.Equal(0, await ExitAsync(sub));
    }

    [Fact]
    public async Task A_second_interrupt_kills()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "signals are sent the way of Unix");
        using var reply = await SubscribeAsync("reply", "process.slow", "x", "--sleep", "1h");
        using var request = Start("req", "process.slow", "x", "--timeout", "100ms");
        await request.WaitForExitAsync(Token);
        Assert.Equal(0, Kill(reply.Id, Interrupt));
        while (await reply.StandardError.ReadLineAsync(Token) is { } line && line != "Draining...")
        {
        }

        Assert.Equal(0, Kill(reply.Id, Interrupt));
        Assert.NotEqual(0, await ExitAsync(reply));
    }

    [Fact]
    public async Task A_reader_that_goes_away_ends_the_program()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "a closed pipe is told otherwise there");
        using var sub = await SubscribeAsync("sub", "process.pipe");
        sub.StandardOutput.Close();
        using var pub = Start("pub", "process.pipe", "x");
        await pub.WaitForExitAsync(Token);
        Assert.Equal(1, await ExitAsync(sub));
        Assert.DoesNotContain("error", await sub.StandardError.ReadToEndAsync(Token), StringComparison.OrdinalIgnoreCase);
    }

    private Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo(BuiltPrograms.CommandLine, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["NATS_URL"] = fixture.Url;
        start.Environment["XDG_CONFIG_HOME"] = Path.GetTempPath();
        return Process.Start(start)!;
    }

    /// <summary>Starts a run that subscribes, and waits until the server has its subscription.</summary>
    private async Task<Process> SubscribeAsync(params string[] arguments)
    {
        await UntilAsync(() => fixture.Server.ConnectionCount == 0);
        var before = fixture.Server.SubscriptionCount;
        var process = Start(arguments);
        await UntilAsync(() => fixture.Server.SubscriptionCount > before);
        return process;
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        var started = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(30), "waited in vain for the server");
            await Task.Delay(5, Token);
        }
    }

    private static async Task<int> ExitAsync(Process process)
    {
        try
        {
            await process.WaitForExitAsync(Token).WaitAsync(TimeSpan.FromSeconds(30), Token);
            return process.ExitCode;
        }
        finally
        {
            process.Kill();
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int processId, int signal);
}
