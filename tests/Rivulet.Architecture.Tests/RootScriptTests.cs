using System.Globalization;
using Rivulet.TestKit.Processes;

namespace Rivulet.Architecture.Tests;

/// <summary>The scripts that a newcomer starts with. Run here as they are, they may have to build first.</summary>
public class RootScriptTests
{
    private static readonly TimeSpan s_buildLimit = TimeSpan.FromMinutes(8);

    [Theory]
    [InlineData("nats-server")]
    [InlineData("nats")]
    [InlineData("test")]
    public void A_root_script_can_be_run_and_has_a_twin_for_Windows(string name)
    {
        string script = Repository.PathOf(name);
        Assert.StartsWith("#!/usr/bin/env bash\n", File.ReadAllText(script), StringComparison.Ordinal);
        Assert.True(File.Exists(script + ".cmd"), script + ".cmd");
        if (!OperatingSystem.IsWindows())
        {
            Assert.True(File.GetUnixFileMode(script).HasFlag(UnixFileMode.UserExecute), $"{script} is not executable");
        }
    }

    [Fact]
    public void Batch_files_have_the_line_ends_that_their_interpreter_needs() =>
        Assert.All(Repository.Files("*.cmd"), path =>
        {
            string text = File.ReadAllText(path);
            Assert.Equal(text.Count(c => c == '\n'), text.Split("\r\n").Length - 1);
        });

    [Fact]
    public async Task The_command_line_starts_through_a_link_from_anywhere_with_its_arguments_and_input()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "scripts of Unix");
        using var folder = new TemporaryFolder("a folder with spaces");
        string link = folder.Combine("linked nats");
        File.CreateSymbolicLink(link, Repository.PathOf("nats"));
        ProgramRun version = await ProgramRun.RunAsync(link, ["--version"], s_buildLimit, workingDirectory: folder.Path);
        Assert.Equal((0, ""), (version.ExitCode, version.Errors));

        await using ServerProcess server = await ServerProcess.StartAsync();
        string[] put = ["-s", server.Url, "kv", "put", "b", "k"];
        ProgramRun added = await ProgramRun.RunAsync(link, ["-s", server.Url, "kv", "add", "b"], s_buildLimit);
        Assert.Equal((0, ""), (added.ExitCode, added.Errors));
        Assert.Equal(0, (await ProgramRun.RunAsync(link, put, s_buildLimit, input: "from standard input")).ExitCode);
        ProgramRun got = await ProgramRun.RunAsync(link, ["-s", server.Url, "kv", "get", "b", "k", "--raw"], s_buildLimit);
        Assert.Equal("from standard input", got.Output);
    }

    [Fact]
    public async Task The_server_is_the_process_that_was_started()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "scripts of Unix");
        await using ServerProcess server = await ServerProcess.StartAsync(
            new ServerProcessOptions { Program = Repository.PathOf("nats-server"), StartLimit = s_buildLimit });
        Assert.StartsWith(
            string.Create(CultureInfo.InvariantCulture, $"[{server.ProcessId}] "), server.Log[0], StringComparison.Ordinal);
        Assert.Equal(0, await server.StopAsync());
    }
}
