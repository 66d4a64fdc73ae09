using Rivulet.Client.KeyValue;
using Rivulet.Client.Tests.Servers;
using Rivulet.TestKit.Processes;

namespace Rivulet.Client.Tests.Samples;

/// <summary>The introduction prints what it always printed, whatever server it runs with, and leaves nothing behind.</summary>
public sealed class KeyValueIntroTests
{
    private const string Printed =
        "sue.color @ 1 -> blue\n" +
        "sue.color @ 2 -> green\n" +
        "wrong last sequence: 2\n" +
        "sue.color @ 2 -> green\n" +
        "KV stream name KV_profiles\n" +
        "$KV.profiles.sue.color @ 2 -> 'green'\n" +
        "$KV.profiles.sue.color @ 3 -> 'yellow'\n" +
        "$KV.profiles.sue.color @ 4 -> ''\n" +
        "kv operation: DEL\n" +
        "History sue.color @ 4 -> \n" +
        "Updated sue.food @ 5 -> pizza\n";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task With_a_server_inside()
    {
        AssertPrinted(await RunAsync([], url: null));
    }

    [Fact]
    public async Task With_a_server_named_by_its_argument_or_by_the_environment()
    {
        await using TestServer server = await TestServer.StartAsync();

        AssertPrinted(await RunAsync([server.Url], url: null));
        AssertPrinted(await RunAsync([], server.Url));

        await using NatsConnection connection = await server.ConnectAsync();
        KeyValueContext buckets = new(new Client.JetStream.JetStreamContext(connection));
        Assert.Empty(await buckets.ListBucketNamesAsync(Token).ToListAsync(Token));
    }

    [Fact]
    public async Task With_a_bucket_of_that_name_there_it_touches_nothing()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using NatsConnection connection = await server.ConnectAsync();
        KeyValueContext buckets = new(new Client.JetStream.JetStreamContext(connection));
        await buckets.CreateBucketAsync(new KeyValueConfig("profiles"), Token);

        ProgramRun run = await RunAsync([server.Url], url: null);

        Assert.Equal(1, run.ExitCode);
        Assert.Equal("", run.Output);
        Assert.Equal(["profiles"], await buckets.ListBucketNamesAsync(Token).ToListAsync(Token));
    }

    private static Task<ProgramRun> RunAsync(string[] arguments, string? url) => ProgramRun.RunAsync(
        BuiltPrograms.PathOf("KeyValueIntro"),
        arguments,
        Limit,
        environment: new Dictionary<string, string?> { ["NATS_URL"] = url });

    private static void AssertPrinted(ProgramRun run)
    {
        Assert.Equal("", run.Errors);
        Assert.Equal(Printed, run.Output.ReplaceLineEndings("\n"));
        Assert.Equal(0, run.ExitCode);
    }
}
