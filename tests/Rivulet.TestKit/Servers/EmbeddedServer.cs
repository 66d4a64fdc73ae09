using Rivulet.Server;

namespace Rivulet.TestKit.Servers;

/// <summary>A server inside the test's process, on a free port of 127.0.0.1, with its log at hand.</summary>
public sealed class EmbeddedServer : IAsyncDisposable
{
    private EmbeddedServer(NatsServer server, CapturedLog log)
    {
        Server = server;
        Log = log;
    }

    /// <summary>The server.</summary>
    public NatsServer Server { get; }

    /// <summary>What it logged.</summary>
    public CapturedLog Log { get; }

    /// <summary>Its port.</summary>
    public int Port => Server.Port;

    /// <summary>Starts a server.</summary>
    /// <param name="configure">Changes the settings from those of a test: 127.0.0.1, any free port, no early ping, log captured.</param>
    public static async Task<EmbeddedServer> StartAsync(Func<NatsServerOptions, NatsServerOptions>? configure = null)
    {
        var log = new CapturedLog();
        var options = new NatsServerOptions
        {
            Host = "127.0.0.1",
            Port = -1,
            NoShortFirstPing = true,
            LoggerFactory = log,
        };
        return new EmbeddedServer(
            await NatsServer.StartAsync(configure is null ? options : configure(options)).ConfigureAwait(false), log);
    }

    /// <summary>Connects over a socket. INFO has been read.</summary>
    public Task<RawClient> ConnectAsync()
    {
        return RawClient.ConnectAsync(Port);
    }

    /// <summary>Connects over a socket and says CONNECT as most clients do.</summary>
    public async Task<RawClient> ConnectQuietAsync()
    {
        var client = await ConnectAsync().ConfigureAwait(false);
        return await client.SayConnectAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        return Server.DisposeAsync();
    }
}
