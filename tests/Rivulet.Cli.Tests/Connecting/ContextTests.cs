using Rivulet.Cli.Tests.Walkthrough;

namespace Rivulet.Cli.Tests.Connecting;

/// <summary>Configuration contexts, and what wins over them.</summary>
public sealed class ContextTests(ServerFixture fixture) : IClassFixture<ServerFixture>, IDisposable
{
    private const string Nowhere = "nats://127.0.0.1:1";
    private readonly string _configuration = Directory.CreateTempSubdirectory("rivulet-context-").FullName;

    public void Dispose() => Directory.Delete(_configuration, recursive: true);

    [Fact]
    public async Task The_selected_context_says_where_to_connect()
    {
        Save("here", $$"""{"description":"d","url":"{{fixture.Url}}","token":"","nkey":"","tls_first":false,"windows_ca_certs_match":null}""");
        Select("here");
        await ConnectsAsync();
    }

    [Fact]
    public async Task A_context_can_be_named_by_flag_or_environment()
    {
        Save("here", $$"""{"url":"{{fixture.Url}}"}""");
        Save("nowhere", $$"""{"url":"{{Nowhere}}"}""");
        Select("nowhere");
        await ConnectsAsync(["--context", "here"]);
        await ConnectsAsync([], new() { ["NATS_CONTEXT"] = "here" });
        await FailsAsync("nats: no servers available for connection");
    }

    [Fact]
    public async Task A_context_can_be_a_file_anywhere()
    {
        var file = Path.Combine(_configuration, "other.json");
        await File.WriteAllTextAsync(file, $$"""{"url":"{{fixture.Url}}"}""", TestContext.Current.CancellationToken);
        await ConnectsAsync(["--context", file]);
    }

    [Fact]
    public async Task Flags_and_environment_win_over_the_context()
    {
        Save("nowhere", $$"""{"url":"{{Nowhere}}"}""");
        Select("nowhere");
        await ConnectsAsync(["-s", fixture.Url]);
        await ConnectsAsync([], new() { ["NATS_URL"] = fixture.Url });
        await ConnectsAsync(["--no-context", "-s", fixture.Url]);
    }

    [Fact]
    public async Task A_server_of_the_flag_wins_over_the_one_of_the_environment() =>
        await ConnectsAsync(["-s", fixture.Url], new() { ["NATS_URL"] = Nowhere });

    [Theory]
    [InlineData("missing")]
    [InlineData("../here")]
    [InlineData("missing.json")]
    public async Task A_context_that_is_not_there_is_an_error(string name)
    {
        Save("here", "{}");
        await FailsAsync("context not found", "--context", name);
    }

    [Theory]
    [InlineData("""{"creds":"/x"}""", "the context sets creds, which is not supported yet")]
    [InlineData("""{"nsc":"nsc://o/a/u"}""", "the context sets nsc, which is not supported yet")]
    public async Task What_a_context_sets_and_we_do_not_have_is_refused(string json, string error)
    {
        Save("more", json);
        await FailsAsync(error, "--context", "more");
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("[1]")]
    public async Task A_context_that_cannot_be_read_names_its_file(string json)
    {
        Save("broken", json);
        var run = await RunAsync(["--context", "broken"]);
        Assert.Equal(1, await run.Exit);
        Assert.StartsWith($"nats: error: could not read context {Path.Combine(_configuration, "nats", "context", "broken.json")}: ", run.Error, StringComparison.Ordinal);
        Assert.Equal(1, run.Error.Count(c => c == '\n'));
    }

    private void Save(string name, string json)
    {
        var directory = Directory.CreateDirectory(Path.Combine(_configuration, "nats", "context"));
        File.WriteAllText(Path.Combine(directory.FullName, name + ".json"), json);
    }

    private void Select(string name) => File.WriteAllText(Path.Combine(_configuration, "nats", "context.txt"), name + "\n");

    private Task<CliRun> RunAsync(string[] flags, Dictionary<string, string>? environment = null)
    {
        var variables = new Dictionary<string, string>(environment ?? []) { ["XDG_CONFIG_HOME"] = _configuration };
        return CliRun.CompleteAsync(["pub", "context.test", "x", .. flags], environment: variables);
    }

    private async Task ConnectsAsync(string[]? flags = null, Dictionary<string, string>? environment = null)
    {
        var run = await RunAsync(flags ?? [], environment);
        Assert.Equal("HH:MM:SS Published 1 bytes to \"context.test\"\n", Normal.Form(run.Error));
        Assert.Equal(0, await run.Exit);
    }

    private async Task FailsAsync(string error, params string[] flags)
    {
        var run = await RunAsync(flags);
        Assert.Equal($"nats: error: {error}\n", run.Error);
        Assert.Equal(1, await run.Exit);
    }
}
