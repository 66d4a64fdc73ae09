using System.Net;
using Rivulet.Server;
using Rivulet.Server.Configuration;
using Rivulet.TestKit.Processes;

namespace Rivulet.Conformance.Tests.Targets;

/// <summary>Our server inside the test, reached by socket or by its in-process transport.</summary>
internal sealed class RivuletTarget : ConformanceTarget
{
    private readonly NatsServer _server;
    private readonly TemporaryFolder _folder;
    private readonly bool _overSockets;

    private RivuletTarget(NatsServer server, TemporaryFolder folder, bool overSockets)
    {
        _server = server;
        _folder = folder;
        _overSockets = overSockets;
    }

    public static async Task<RivuletTarget> StartServerAsync(ServerSettings settings, bool overSockets)
    {
        var folder = new TemporaryFolder("conformance");
        NatsServer server = await NatsServer.StartAsync(Options(settings, folder.Path));
        return new RivuletTarget(server, folder, overSockets);
    }

    public override async Task<Stream> ConnectAsync()
    {
        return _overSockets
            ? await SocketStream.ConnectAsync(new IPEndPoint(IPAddress.Loopback, _server.Port))
            : new DuplexPipeStream(_server.ConnectInProcess());
    }

    public override async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    private static NatsServerOptions Options(ServerSettings settings, string folder)
    {
        NatsServerOptions defaults = settings.File is null ? new() : ServerConfiguration.Load(settings.File).Server;
        return defaults with
        {
            Host = "127.0.0.1",
            Port = -1,
            ServerName = settings.Text("server_name") ?? defaults.ServerName,
            MaxPayload = settings.Number("max_payload", defaults.MaxPayload),
            MaxControlLine = settings.Number("max_control_line", defaults.MaxControlLine),
            MaxConnections = settings.Number("max_connections", defaults.MaxConnections),
            MaxSubscriptions = settings.Number("max_subscriptions", defaults.MaxSubscriptions),
            MaxPending = settings.Number("max_pending", (int)defaults.MaxPending),
            PingInterval = settings.Duration("ping_interval", defaults.PingInterval),
            PingMax = settings.Number("ping_max", defaults.PingMax),
            NoHeaderSupport = settings.Flag("no_header_support"),
            JetStream = settings.JetStream ? new JetStreamServerOptions { StoreDirectory = folder } : null,
        };
    }
}
