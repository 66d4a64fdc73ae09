using Rivulet.Server;

namespace Rivulet.Cli.Tests.Walkthrough;

/// <summary>A server inside the test process for the tests of a class.</summary>
public class ServerFixture : IAsyncLifetime
{
    private NatsServer? _server;

    public string Url => _server!.ClientUrl;

    public NatsServer Server => _server!;

    protected virtual JetStreamServerOptions? JetStream => null;

    public async ValueTask InitializeAsync()
    {
        _server = await NatsServer.StartAsync(Configure(new NatsServerOptions { Host = "127.0.0.1", Port = -1, JetStream = JetStream }));
    }

    protected virtual NatsServerOptions Configure(NatsServerOptions options) => options;

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }
}
