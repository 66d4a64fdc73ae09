namespace Rivulet.Cli.Tests.CommandLine;

/// <summary>Command lines that never get as far as a server.</summary>
public sealed class UsageTests
{
    private const string Pointer = "Pass --help to see global flags applicable to this command.\n";

    [Theory]
    [InlineData("kv add", "kv add", "required argument 'bucket' not provided")]
    [InlineData("kv get b", "kv get", "required argument 'key' not provided")]
    [InlineData("kv update b k v", "kv update", "required argument 'revision' not provided")]
    [InlineData("pub", "publish", "required argument 'subject' not provided")]
    [InlineData("kv get b k --bogus", "kv get", "unknown long flag '--bogus'")]
    [InlineData("kv get b k --bogus=1", "kv get", "unknown long flag '--bogus'")]
    [InlineData("kv get b k --no-raw", "kv get", "unknown long flag '--no-raw'")]
    [InlineData("kv get b k --no-revision", "kv get", "unknown long flag '--no-revision'")]
    [InlineData("kv get b k -n", "kv get", "unknown short flag '-n'")]
    [InlineData("kv update b k v -1", "kv update", "unknown short flag '-1'")]
    [InlineData("-f kv del b", "", "unknown short flag '-f'")]
    [InlineData("kv get b k --revision", "kv get", "expected argument for flag '--revision'")]
    [InlineData("kv get b k --revision --raw", "kv get", "expected argument for flag '--revision'")]
    [InlineData("kv ls -s", "kv ls", "expected argument for flag '-s'")]
    [InlineData("kv get b k extra", "kv get", "unexpected argument extra")]
    [InlineData("kv get b k --raw --raw", "kv get", "flag 'raw' cannot be repeated")]
    [InlineData("bogus", "", "expected command but got \"bogus\", use --help for full help including flags and arguments")]
    [InlineData("stream ls", "", "expected command but got \"stream\", use --help for full help including flags and arguments")]
    [InlineData("kv bogus", "kv", "expected command but got \"bogus\", use --help for full help including flags and arguments")]
    [InlineData("kv bogus --help", "kv", "expected command but got \"bogus\", use --help for full help including flags and arguments")]
    [InlineData("kv", "kv", "a subcommand from the list below is required, use --help for full help including flags and arguments")]
    public async Task A_line_that_makes_no_sense_gets_the_help_of_the_command_and_an_error(string line, string command, string error)
    {
        var run = await CliRun.CompleteAsync(Words(line));
        Assert.Equal(1, await run.Exit);
        Assert.Equal($"error: {error}\n\n", run.Error);
        Assert.StartsWith(command.Length == 0 ? "usage: nats [<flags>] <command>" : $"usage: nats {command} ", run.Output, StringComparison.Ordinal);
        Assert.EndsWith(Pointer, run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("kv add b --history 65", "history: must be less than or equal to 64")]
    [InlineData("kv add b --history 0", "history: must be greater than or equal to 1")]
    [InlineData("kv add b --history many", "history: strconv.ParseInt: parsing \"many\": invalid syntax")]
    [InlineData("kv add b --history 65 --bogus", "history: must be less than or equal to 64")]
    [InlineData("kv add b --storage x", "enum value must be one of file,f,memory,m, got 'x'")]
    [InlineData("kv add b --ttl 5", "invalid duration")]
    [InlineData("kv add b --ttl 5parsecs", "invalid duration: invalid unit parsecs")]
    [InlineData("kv add b --replicas x", "strconv.ParseUint: parsing \"x\": invalid syntax")]
    [InlineData("kv add b --max-value-size 1x", "invalid bytes specification 1x: bytes must end in B, K, KB, M, MB, G, GB, T or TB")]
    [InlineData("kv add b --max-value-size 4G", "bytes value out of allowed range: maximum value 2,147,483,647")]
    [InlineData("kv add b --metadata nopair", "expected KEY=VALUE got 'nopair'")]
    [InlineData("kv get b k --revision abc", "strconv.ParseUint: parsing \"abc\": invalid syntax")]
    [InlineData("kv update b k v abc", "strconv.ParseUint: parsing \"abc\": invalid syntax")]
    [InlineData("kv revert b k -- -1", "strconv.ParseUint: parsing \"-1\": invalid syntax")]
    [InlineData("pub s b --count x", "strconv.ParseFloat: parsing \"x\": invalid syntax")]
    [InlineData("pub s b --send-on never", "enum value must be one of newline,eof, got 'never'")]
    [InlineData("rtt --timeout 5", "invalid duration")]
    [InlineData("rtt --timeout 0", "nats: timeout invalid")]
    [InlineData("rtt --colors puce", "enum value must be one of blue,cyan,double,green,magenta,red,rounded,yellow, got 'puce'")]
    [InlineData("rtt -s ,", "nats: no servers available for connection")]
    [InlineData("rtt -s nats://", "parse \"nats://\": invalid server URL")]
    [InlineData("sub s --timestamp --delta-time", "timestamp and delta-time flags are mutually exclusive")]
    [InlineData("sub s -T", "--terminate-at-end is only supported for JetStream subscriptions")]
    [InlineData("sub -i --dump=-", "generating inboxes is not compatible with dumping to stdout using null terminated strings")]
    [InlineData("sub a b --all", "streams subscribe support only 1 subject")]
    [InlineData("sub -i --new", "generating inboxes is not compatible with JetStream subscriptions")]
    [InlineData("sub a --stream S --queue q", "queue group subscriptions are not supported with JetStream")]
    [InlineData("sub a --last --match-replies", "cannot enable --match-replies for JetStream streams")]
    [InlineData("help bogus", "expected command but got \"bogus\", use --help for full help including flags and arguments")]
    public async Task A_bad_value_is_told_in_one_line(string line, string error)
    {
        var run = await CliRun.CompleteAsync(Words(line));
        Assert.Equal(1, await run.Exit);
        Assert.Equal($"nats: error: {error}\n", run.Error);
        Assert.Equal("", run.Output);
    }

    [Theory]
    [InlineData("--creds f", "--creds")]
    [InlineData("--nkey f", "--nkey")]
    [InlineData("--jwt f", "--jwt")]
    [InlineData("--seed f", "--seed")]
    [InlineData("--socks-proxy p", "--socks-proxy")]
    public async Task A_way_to_connect_that_is_not_there_yet_is_refused_and_not_left_out(string flag, string named)
    {
        var run = await CliRun.CompleteAsync(["kv", "ls", .. Words(flag)]);
        Assert.Equal(1, await run.Exit);
        Assert.Equal($"nats: error: {named} is not supported yet\n", run.Error);
    }

    [Theory]
    [InlineData("--durable d")]
    [InlineData("--direct")]
    [InlineData("--graph")]
    [InlineData("--report-subjects")]
    public async Task A_kind_of_subscription_that_is_not_there_yet_is_refused(string flag)
    {
        var run = await CliRun.CompleteAsync(["sub", "s", .. Words(flag)]);
        Assert.Equal(1, await run.Exit);
        Assert.Equal($"nats: error: {Words(flag)[0]} is not supported yet\n", run.Error);
    }

    [Fact]
    public async Task A_bad_value_in_the_environment_is_told_like_one_of_a_flag()
    {
        var run = await CliRun.CompleteAsync(["kv", "ls"], environment: new() { ["NATS_TIMEOUT"] = "soon" });
        Assert.Equal("nats: error: invalid duration\n", run.Error);
    }

    [Fact]
    public async Task Sub_without_a_subject_says_what_is_missing()
    {
        var run = await CliRun.CompleteAsync(["sub"]);
        Assert.Equal(1, await run.Exit);
        Assert.Equal("error: required argument\n\n", run.Error);
        Assert.StartsWith("No subjects or --stream flag provided.\nusage: nats subscribe ", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--version")]
    [InlineData("kv get --version")]
    public async Task The_version_stands_alone(string line)
    {
        var run = await CliRun.CompleteAsync(Words(line));
        Assert.Equal(0, await run.Exit);
        Assert.Matches(@"^\d+\.\d+\.\d+\n$", run.Output);
        Assert.Equal("", run.Error);
    }

    [Fact]
    public async Task Nothing_at_all_gets_the_help_and_succeeds()
    {
        var run = await CliRun.CompleteAsync([]);
        Assert.Equal(0, await run.Exit);
        Assert.StartsWith("usage: nats [<flags>] <command> [<args> ...]\n\nNATS Utility\n", run.Output, StringComparison.Ordinal);
        Assert.Equal("", run.Error);
    }

    [Theory]
    [InlineData("kv put b k v -s nats://127.0.0.1:1")]
    [InlineData("-s nats://127.0.0.1:1 kv put b k v")]
    [InlineData("kv -snats://127.0.0.1:1 put b k v")]
    [InlineData("kv put --server=nats://127.0.0.1:1 b k v")]
    [InlineData("kv put b --server nats://127.0.0.1:1 -- k v")]
    [InlineData("account info -s nats://127.0.0.1:1", "setup failed: ")]
    [InlineData("a nfo -s nats://127.0.0.1:1,nats://127.0.0.1:2", "setup failed: ")]
    [InlineData("kv view b -s 127.0.0.1:1")]
    public async Task Flags_stand_anywhere_and_in_any_form(string line, string lead = "")
    {
        var run = await CliRun.CompleteAsync(Words(line));
        Assert.Equal(1, await run.Exit);
        Assert.Equal($"nats: error: {lead}nats: no servers available for connection\n", run.Error);
    }

    private static string[] Words(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
