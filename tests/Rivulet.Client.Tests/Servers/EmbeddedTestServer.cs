using Rivulet.Server;
using Rivulet.TestKit.Processes;

namespace Rivulet.Client.Tests.Servers;

/// <summary>Our server in this process, on a port that stays the same over restarts.</summary>
internal sealed class EmbeddedTestServer : TestServer
{
    private readonly TemporaryFolder _folder = new("client");
    private readonly NatsServerOptions _options;
    private NatsServer? _server;

    private EmbeddedTestServer() => _options = new NatsServerOptions
    {
        Host = "127.0.0.1",
        Port = LoopbackPort.FindFree(),
        JetStream = new JetStreamServerOptions { StoreDirectory = _folder.Path },
    };

    public override string Url => $"nats://127.0.0.1:{_options.Port}";

    public static new async Task<EmbeddedTestServer> StartAsync()
    {
        EmbeddedTestServer server = new();
        await server.StartAgainAsync();
        return server;
    }

    public override Task StopAsync() => _server!.StopAsync();

    public override async Task StartAgainAsync() => _server = await NatsServer.StartAsync(_options);

    public override async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        _folder.Dispose();
    }
}
