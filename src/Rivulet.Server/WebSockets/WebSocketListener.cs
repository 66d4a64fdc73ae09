using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Rivulet.Server.Connections;
using Rivulet.Server.Logging;
using Rivulet.Server.Transports;

namespace Rivulet.Server.WebSockets;

/// <summary>The port for WebSocket clients: accepts connections, upgrades each beside the others, and hands them on.</summary>
internal sealed class WebSocketListener : IAsyncDisposable
{
    private readonly ConnectionEnvironment _environment;
    private readonly WebSocketServerOptions _options;
    private readonly Func<IByteTransport, ConnectionPeer, bool> _serve;
    private readonly ConcurrentDictionary<PendingUpgrade, bool> _pending = new();
    private readonly ILogger _log;
    private ClientListener? _listener;
    private int _pendingCount;

    private WebSocketListener(
        WebSocketServerOptions options, Func<IByteTransport, ConnectionPeer, bool> serve, ConnectionEnvironment environment, ILogger log)
    {
        _environment = environment;
        _options = options;
        _serve = serve;
        _log = log;
        Origins = new OriginRules(options.SameOrigin, options.AllowedOrigins);
    }

    /// <summary>The port listened on.</summary>
    public int Port => _listener!.Port;

    /// <summary>Which pages may connect.</summary>
    public OriginRules Origins { get; }

    /// <summary>The scheme of its addresses.</summary>
    public string Scheme => _options.Tls is null ? "ws" : "wss";

    /// <summary>Opens the port. <see cref="Start"/> begins to accept.</summary>
    /// <param name="options">Its settings.</param>
    /// <param name="completions">Where loops of sockets go on.</param>
    /// <param name="serve">Takes over a connection whose upgrade is done.</param>
    /// <param name="environment">What connections share.</param>
    /// <param name="log">Where log lines go.</param>
    /// <exception cref="NatsServerListenException">The port cannot be listened on.</exception>
    public static WebSocketListener Open(
        WebSocketServerOptions options,
        SocketCompletions completions,
        Func<IByteTransport, ConnectionPeer, bool> serve,
        ConnectionEnvironment environment,
        ILogger log)
    {
        var listener = new WebSocketListener(options, serve, environment, log);
        listener._listener = ClientListener.Open(options.Host, options.Port, completions, listener.Accepted, environment.Time, log);
        return listener;
    }

    /// <summary>Begins to accept.</summary>
    public void Start()
    {
        ServerLog.WebSocketListening(_log, Scheme, _options.Host, Port);
        if (_options.Tls is null)
            ServerLog.WebSocketInPlain(_log);
        _listener!.Start();
    }

    /// <summary>Hands on a connection whose upgrade is done.</summary>
    public void HandOn(WebSocketTransport transport, ConnectionPeer peer)
    {
        _serve(transport, peer);
    }

    /// <summary>Notes that an upgrade has ended, either way.</summary>
    public void Ended(PendingUpgrade upgrade)
    {
        _pending.TryRemove(upgrade, out _);
        Interlocked.Decrement(ref _pendingCount);
    }

    /// <summary>Stops accepting, closes the port and ends upgrades under way. Connections made before live on. May be called again.</summary>
    public async ValueTask DisposeAsync()
    {
        await _listener!.DisposeAsync().ConfigureAwait(false);
        foreach (var upgrade in _pending.Keys)
            upgrade.Abort();
    }

    private void Accepted(IByteTransport transport)
    {
        // Upgrades under way are no connections yet, but no more of them than there may be of those.
        int max = _environment.Options.MaxConnections;
        var upgrade = new PendingUpgrade(this, transport, _options, _environment);
        bool isTooMuch = Interlocked.Increment(ref _pendingCount) > max && max >= 0;
        _pending[upgrade] = true;
        if (isTooMuch)
            upgrade.Abort();
        _environment.Loops.Queue(upgrade);
    }
}
