using Rivulet.TestKit.Processes;

namespace Rivulet.Client.Tests.Servers;

/// <summary>A reference server program in a process of its own. Stopping it kills it.</summary>
internal sealed class ReferenceTestServer : TestServer
{
    private readonly ServerProcess _process;

    private ReferenceTestServer(ServerProcess process) => _process = process;

    public override string Url => _process.Url;

    public static async Task<ReferenceTestServer> StartAsync(string program) =>
        new(await ServerProcess.StartAsync(new ServerProcessOptions { Program = program }));

    public override Task StopAsync() => _process.KillAsync();

    public override Task StartAgainAsync() => _process.StartAgainAsync();

    public override ValueTask DisposeAsync() => _process.DisposeAsync();
}
