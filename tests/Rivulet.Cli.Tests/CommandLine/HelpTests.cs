using System.Runtime.CompilerServices;

namespace Rivulet.Cli.Tests.CommandLine;

/// <summary>
/// The help of every command, held by files beside this one. Set NATS_WRITE_EXPECTED=1 to write them anew, and review the
/// difference.
/// </summary>
public sealed class HelpTests
{
    public static TheoryData<string> Commands =>
    [
        "", "account", "account info", "account report", "account report connections", "kv", "kv add", "kv edit", "kv put", "kv get",
        "kv mget", "kv create", "kv update", "kv touch", "kv del", "kv purge", "kv history", "kv revert", "kv info", "kv watch", "kv ls",
        "kv compact", "publish", "subscribe",
        "request", "reply", "rtt", "server", "server info", "server list", "server ping", "server report", "server report accounts",
        "server report connections", "server report jetstream", "server request", "server request connections", "server request kick",
        "server check", "server check connection", "server check jetstream", "server check kv", "server check message", "server check stream",
        "server check consumer", "server check credential", "server check meta", "server check request", "server check server",
        "server report cpu", "server report mem", "server report health",
    ];

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task The_help_of_a_command_is_as_expected(string command)
    {
        var run = await CliRun.CompleteAsync([.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);
        Assert.Equal(0, await run.Exit);
        Assert.Equal("", run.Error);
        var file = Path.Combine(Folder(), $"nats {command}".TrimEnd().Replace(' ', '-') + ".txt");
        if (Environment.GetEnvironmentVariable("NATS_WRITE_EXPECTED") == "1")
        {
            await File.WriteAllTextAsync(file, run.Output, TestContext.Current.CancellationToken);
        }

        Assert.Equal(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken), run.Output);
    }

    [Theory]
    [InlineData("kv new", "kv-add")]
    [InlineData("kv rm", "kv-del")]
    [InlineData("kv view", "kv-info")]
    [InlineData("kv status", "kv-info")]
    [InlineData("kv list", "kv-ls")]
    [InlineData("a", "account")]
    [InlineData("a nfo", "account-info")]
    [InlineData("pub", "publish")]
    [InlineData("sub", "subscribe")]
    [InlineData("req", "request")]
    public async Task An_alias_has_the_help_of_its_command(string alias, string command)
    {
        var run = await CliRun.CompleteAsync([.. alias.Split(' '), "-h"]);
        Assert.Equal(await File.ReadAllTextAsync(Path.Combine(Folder(), $"nats-{command}.txt"), TestContext.Current.CancellationToken), run.Output);
    }

    [Theory]
    [InlineData("kv get", "usage: nats kv get [<flags>] <bucket> <key>\n")]
    [InlineData("", "usage: nats [<flags>] <command> [<args> ...]\n")]
    public async Task The_help_command_shows_the_help_of_a_command(string command, string usage)
    {
        var run = await CliRun.CompleteAsync(["help", .. command.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        Assert.Equal(0, await run.Exit);
        Assert.StartsWith(usage, run.Output, StringComparison.Ordinal);
        Assert.EndsWith("Pass --help to see global flags applicable to this command.\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_line_of_help_is_wider_than_the_terminal_but_where_a_flag_leaves_no_choice()
    {
        foreach (var command in Commands)
        {
            var run = await CliRun.CompleteAsync([.. command.Data.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);
            Assert.All(run.Output.Split('\n'), line => Assert.True(line.Length <= 80 || line.StartsWith("usage:", StringComparison.Ordinal), line));
        }
    }

    private static string Folder([CallerFilePath] string path = "") => Path.Combine(Path.GetDirectoryName(path)!, "Help");
}
