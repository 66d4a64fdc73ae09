using System.Text.Json;
using Rivulet.TestKit.Processes;
using Rivulet.TestKit.Servers;

namespace Rivulet.Server.Tests.Program;

/// <summary><c>nats-server store</c> as users and scripts use it: output, exit codes, and what becomes of the files.</summary>
public sealed class StoreCommandTests : IAsyncLifetime
{
    private const string Config = /*lang=json*/ "{\"name\":\"S\",\"subjects\":[\"s.>\"]}";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private readonly TemporaryFolder _folder = new("store-command");
    private ServerProcess _server = null!;

    private string Segment => Path.Combine(StoreFiles.DirectoryOf(_server), "0000000001.log");

    public async ValueTask InitializeAsync()
    {
        _server = await ServerProcess.StartAsync(new ServerProcessOptions { StoreDirectory = _folder.Combine("data") });
        await using (var client = await RawClient.ConnectAsync(_server.Port))
        {
            await client.SayConnectAsync();
            await client.SendAsync($"SUB r 1\r\nPUB $JS.API.STREAM.CREATE.S r {Config.Length}\r\n{Config}\r\n");
            await client.ReadUntilAsync("\"did_create\":true}\r\n");
            for (int i = 1; i <= 5; i++)
            {
                await client.SendAsync($"PUB s.{i} r 14\r\nvalue number {i}\r\n");
                await client.ReadUntilAsync($"\"seq\":{i}}}\r\n");
            }
        }
        await _server.StopAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_healthy_store_is_intact_and_is_not_touched()
    {
        string before = StoreFiles.Fingerprint(_server.StoreDirectory);
        ProgramRun run = await RunAsync("check", _server.StoreDirectory);
        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        Assert.Equal(
            $"{StoreFiles.DirectoryOf(_server)}: 2 files of 524,288 bytes, 8 records; 1 stream with 5 messages\nnothing is damaged\n", run.Output);
        Assert.Equal((0, ""), (await RunAsync("check", StoreFiles.DirectoryOf(_server))) is var same ? (same.ExitCode, same.Errors) : default);
        Assert.Equal(before, StoreFiles.Fingerprint(_server.StoreDirectory));
    }

    [Fact]
    public async Task Damage_is_listed_by_stream_sequence_file_and_offset_and_nothing_is_touched()
    {
        long offset = StoreFiles.FlipBitOf(_server, "value number 3");
        StoreFiles.FlipBit(Segment, 600);
        string before = StoreFiles.Fingerprint(_server.StoreDirectory);
        ProgramRun run = await RunAsync("check", _server.StoreDirectory);
        Assert.Equal((1, ""), (run.ExitCode, run.Errors));
        Assert.Contains("damaged: 0000000001.log at offset 512: a copy of the header is damaged; the other one is used\n", run.Output, StringComparison.Ordinal);
        Assert.Matches(
            @"damaged: 0000000001\.log at offset \d+: message 3 of stream \$G > S: the body of a message record is not what was written, by one bit; it is lost\n",
            run.Output);
        Assert.Contains("\ndamaged: 2 findings, 1 message lost\n", run.Output, StringComparison.Ordinal);

        run = await RunAsync("check", "--json", _server.StoreDirectory);
        Assert.Equal((1, ""), (run.ExitCode, run.Errors));
        using JsonDocument json = JsonDocument.Parse(run.Output);
        Assert.True(json.RootElement.GetProperty("damaged").GetBoolean());
        JsonElement finding = json.RootElement.GetProperty("findings")[1];
        Assert.Equal(
            ("damaged_record", "0000000001.log", "$G", "S", 3),
            (finding.GetProperty("kind").GetString(), finding.GetProperty("file").GetString(), finding.GetProperty("account").GetString(),
            finding.GetProperty("stream").GetString(), finding.GetProperty("first_seq").GetInt32()));
        long start = finding.GetProperty("offset").GetInt64();
        Assert.InRange(offset, start, start + finding.GetProperty("length").GetInt64());
        Assert.Equal(before, StoreFiles.Fingerprint(_server.StoreDirectory));
    }

    [Fact]
    public async Task Inspect_shows_files_streams_and_records()
    {
        ProgramRun run = await RunAsync("inspect", _server.StoreDirectory);
        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        Assert.Matches(@"\n0000000001\.log +1 +in use +8 +262,144 ", run.Output);
        Assert.Matches(@"\n\$G > S +5 +\d+ +5 +1 @ \d{4}-\S+Z +5 @ \d{4}-\S+Z +0 +0\n", run.Output);
        Assert.Matches(@"\nmessage +5\n", run.Output);

        run = await RunAsync("inspect", "--records", "--stream", "S", "--subject=s.2", _server.StoreDirectory);
        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        Assert.Matches(@"^0000000001\.log \d+  message  \$G > S  2  s\.2  \S+Z  14 bytes\n$", run.Output);

        run = await RunAsync("inspect", "--records", "--json", _server.StoreDirectory);
        string[] lines = run.Output.TrimEnd('\n').Split('\n');
        Assert.Equal(8, lines.Length);
        Assert.Contains("\"kind\":\"stream created\",\"intact\":true", lines[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Repair_writes_a_new_store_that_serves_what_is_readable_and_lists_what_is_lost()
    {
        StoreFiles.FlipBitOf(_server, "value number 3");
        string before = StoreFiles.Fingerprint(_server.StoreDirectory);
        string repaired = _folder.Combine("repaired");
        ProgramRun run = await RunAsync("repair", _server.StoreDirectory, repaired);
        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        Assert.EndsWith(
            $"repaired: {repaired} holds what is readable of {_server.StoreDirectory}, which was left as it is\n", run.Output, StringComparison.Ordinal);
        Assert.Equal(before, StoreFiles.Fingerprint(_server.StoreDirectory));
        Assert.Equal(0, (await RunAsync("check", repaired)).ExitCode);

        await using var server = await ServerProcess.StartAsync(new ServerProcessOptions { StoreDirectory = repaired });
        await using var client = await RawClient.ConnectAsync(server.Port);
        await client.SayConnectAsync();
        await client.SendAsync("SUB r 1\r\nPUB $JS.API.STREAM.INFO.S r 0\r\n\r\n");
        Assert.Contains(
            "\"messages\":4,", await client.ReadUntilAsync("\"lost\":{\"msgs\":[3],\"bytes\":0}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_written_where_nothing_is_damaged()
    {
        string repaired = _folder.Combine("repaired");
        ProgramRun run = await RunAsync("repair", _server.StoreDirectory, repaired);
        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        Assert.EndsWith("nothing is damaged; nothing was written\n", run.Output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(repaired));
    }

    [Fact]
    public async Task A_store_that_a_server_has_open_is_not_looked_at()
    {
        await _server.StartAgainAsync();
        foreach (string action in new[] { "check", "inspect", "repair" })
        {
            string[] more = action == "repair" ? [_folder.Combine("repaired")] : [];
            ProgramRun run = await RunAsync([action, _server.StoreDirectory, .. more]);
            Assert.Equal((2, ""), (run.ExitCode, run.Output));
            string store = StoreFiles.DirectoryOf(_server);
            Assert.Equal(
                $"nats-server: the store directory {store} is in use: {store}/lock is locked; stop the server, or look at a copy\n", run.Errors);
        }
    }

    [Fact]
    public async Task What_cannot_be_done_is_told()
    {
        string nothing = _folder.Combine("nothing");
        Directory.CreateDirectory(nothing);
        await AssertErrorAsync("there is no store in " + nothing, "check", nothing);
        await AssertErrorAsync("cannot be read", "check", _folder.Combine("missing"));
        await AssertErrorAsync("store needs a command");
        await AssertErrorAsync("unrecognized store command: \"mend\"", "mend", nothing);
        await AssertErrorAsync("flag provided but not defined: -fast", "check", "--fast", nothing);
        await AssertErrorAsync("flag needs an argument: -stream", "inspect", nothing, "--stream");
        await AssertErrorAsync("unexpected argument: \"more\"", "check", nothing, "more");
        await AssertErrorAsync("needs a second directory", "repair", nothing);
        StoreFiles.FlipBitOf(_server, "value number 3");
        await AssertErrorAsync("is not empty", "repair", StoreFiles.DirectoryOf(_server), _server.StoreDirectory);
    }

    [Fact]
    public async Task The_help_tells_of_the_commands()
    {
        Assert.Contains("nats-server store check|inspect|repair", (await ProgramRun.RunAsync(BuiltPrograms.Server, ["--help"], Limit)).Output, StringComparison.Ordinal);
        ProgramRun run = await RunAsync("--help");
        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        foreach (string word in new[] { "check", "inspect", "repair", "--json", "--records", "--stream", "--subject", "Exit codes" })
            Assert.Contains(word, run.Output, StringComparison.Ordinal);
    }

    private static async Task AssertErrorAsync(string error, params string[] arguments)
    {
        ProgramRun run = await RunAsync(arguments);
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.StartsWith("nats-server: ", run.Errors, StringComparison.Ordinal);
        Assert.Contains(error, run.Errors, StringComparison.Ordinal);
        Assert.Equal(1, run.Errors.Count(sign => sign == '\n'));
    }

    private static Task<ProgramRun> RunAsync(params string[] arguments) =>
        ProgramRun.RunAsync(BuiltPrograms.Server, ["store", .. arguments], Limit);
}
