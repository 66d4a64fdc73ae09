using System.Net;
using Rivulet.TestKit.Processes;

namespace Rivulet.Conformance.Tests.Targets;

/// <summary>The reference server, a program that is not part of this repository.</summary>
internal sealed class ReferenceTarget : ConformanceTarget
{
    private readonly ServerProcess _process;

    private ReferenceTarget(ServerProcess process)
    {
        _process = process;
    }

    public static async Task<ReferenceTarget> StartProgramAsync(string program, ServerSettings settings)
    {
        return new ReferenceTarget(await ServerProcess.StartAsync(new ServerProcessOptions
        {
            Program = program,
            JetStream = settings.JetStream,
            Configuration = settings.ToConfiguration(),
        }));
    }

    public override async Task<Stream> ConnectAsync()
    {
        return await SocketStream.ConnectAsync(new IPEndPoint(IPAddress.Loopback, _process.Port));
    }

    public override ValueTask DisposeAsync() => _process.DisposeAsync();
}
