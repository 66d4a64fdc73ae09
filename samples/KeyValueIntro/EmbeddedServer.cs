using Rivulet.Client;
using Rivulet.Server;

namespace KeyValueIntro;

/// <summary>A server inside this program, without a socket, on a folder that is deleted in the end.</summary>
internal sealed class EmbeddedServer : IAsyncDisposable
{
    private readonly DirectoryInfo _folder;
    private readonly NatsServer _server;

    private EmbeddedServer(DirectoryInfo folder, NatsServer server) => (_folder, _server) = (folder, server);

    /// <summary>How to connect to it.</summary>
    public NatsConnectionOptions ClientOptions =>
        new() { TransportFactory = _ => ValueTask.FromResult(_server.ConnectInProcess()) };

    public static async Task<EmbeddedServer> StartAsync()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("key-value-intro-");
        NatsServer server = await NatsServer.StartAsync(new NatsServerOptions
        {
            Listen = false,
            JetStream = new JetStreamServerOptions { StoreDirectory = folder.FullName },
        });
        return new EmbeddedServer(folder, server);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}
