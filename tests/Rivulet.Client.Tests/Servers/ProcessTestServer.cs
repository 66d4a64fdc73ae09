using Rivulet.TestKit.Processes;

namespace Rivulet.Client.Tests.Servers;

/// <summary>A server program in a process of its own.</summary>
internal sealed class ProcessTestServer : TestServer
{
    private readonly ServerProcess _process;

    private ProcessTestServer(ServerProcess process) => _process = process;

    public override string Url => _process.Url;

    public static async Task<ProcessTestServer> StartAsync(string program, string[] arguments) =>
        new(await ServerProcess.StartAsync(new ServerProcessOptions { Program = program, Arguments = arguments }));

    public override Task KillAsync() => _process.KillAsync();

    public override Task StartAgainAsync() => _process.StartAgainAsync();

    public override ValueTask DisposeAsync() => _process.DisposeAsync();
}
