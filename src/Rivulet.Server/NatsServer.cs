using System.IO.Pipelines;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Rivulet.Protocol;
using Rivulet.Server.Accounts;
using Rivulet.Server.Connections;
using Rivulet.Server.Hosting;
using Rivulet.Server.Logging;
using Rivulet.Server.Monitoring;
using Rivulet.Server.Routing;
using Rivulet.Server.Security;
using Rivulet.Server.SystemEvents;
using Rivulet.Server.SystemRequests;
using Rivulet.Server.Tls;
using Rivulet.Server.Transports;
using Rivulet.Server.WebSockets;
using Rivulet.Server.Work;

namespace Rivulet.Server;

/// <summary>A NATS server inside this process.</summary>
/// <remarks>
/// <see cref="StartAsync"/> returns once clients can connect; <see cref="StopAsync"/> (or disposing) once everything is
/// committed and closed. All members may be called from any thread.
/// </remarks>
public sealed class NatsServer : IAsyncDisposable
{
    // How long clients may take to receive what is queued for them when the server stops.
    private static readonly TimeSpan CloseTime = TimeSpan.FromSeconds(2);

    private const int WorkThreadsMax = 4;
    private const int DiscouragedPayloadBytes = 8 * 1024 * 1024;

    private readonly ILogger _log;
    private readonly Random _random;
    private readonly ServerIdentity _identity;
    private readonly WorkScheduler _work;
    private readonly WorkScheduler _loopThreads;
    private readonly SocketCompletions _completions;
    private readonly ConnectionTable _connections;
    private readonly ConnectionEnvironment _environment;
    private readonly ServerSecurity _security;
    private readonly JetStreamSwitch _jetStream;
    private readonly Lock _lock = new();

    // Outside the other one.
    private readonly Lock _reloads = new();
    private readonly DateTimeOffset _started;
    private readonly RunningLoops _running;
    private NatsServerOptions _options;
    private ClientListener? _listener;
    private MonitoringService? _monitoring;
    private WebSocketListener? _webSocket;
    private SystemAccount? _system;
    private bool _isStopping;
    private Task? _stop;
    private Task? _retirement;

    private NatsServer(NatsServerOptions options)
    {
        _options = options;
        _started = options.TimeProvider.GetUtcNow();
        _log = options.LoggerFactory.CreateLogger("Rivulet.Server");
        _random = options.RandomSeed is { } seed ? new Random(seed) : new Random();
        _identity = new ServerIdentity(options.ServerName, options.RandomSeed is null ? null : _random);
        int threads = Math.Max(2, Environment.ProcessorCount);
        _work = new WorkScheduler("rivulet", Math.Min(threads, WorkThreadsMax), _log);
        _loopThreads = new WorkScheduler("rivulet receive", threads, _log);
        _completions = SocketCompletions.Create(_loopThreads);
        _running = new RunningLoops(_log);
        _connections = new ConnectionTable
        {
            Memory = new ClosedConnections(options.MaxClosedClients),
        };
        _environment = new ConnectionEnvironment
        {
            Options = options,
            Time = options.TimeProvider,
            Log = options.LoggerFactory.CreateLogger("Rivulet.Server.Connections"),
            Random = _random,
            Work = _work,
            Loops = _loopThreads,
            Accounts = new AccountRegistry(_work, _random, options.TimeProvider) { DefaultJetStreamDomains = options.DefaultJetStreamDomains },
            Info = InfoFor(options),
            Connections = _connections,
            Tls = TlsServer.From(options.Tls),
            WebSocketTls = TlsServer.From(options.WebSocket?.Tls),
            Stamp = new ServerStamp(_identity, options),
        };
        _security = new ServerSecurity(_environment, _identity, _log);
        var host = new JetStreamHost
        {
            Time = options.TimeProvider,
            Work = _work,
            ServerName = _identity.Name,
            ServerId = _identity.Id,
            Random = _random,
            Logging = options.LoggerFactory,
        };
        _jetStream = new JetStreamSwitch(host, _environment, _security, _log);
    }

    /// <summary>The settings it was started with, or that it took over since.</summary>
    public NatsServerOptions Options => Volatile.Read(ref _options);

    /// <summary>What it tells clients about itself, without what concerns one connection.</summary>
    public ServerInfo ServerInfo => _environment.Info;

    /// <summary>The port it listens on; 0 if it does not listen.</summary>
    public int Port => _listener?.Port ?? 0;

    /// <summary>Where a client on this machine connects to.</summary>
    /// <exception cref="InvalidOperationException">The server does not listen.</exception>
    public string ClientUrl => _listener is null
        ? throw new InvalidOperationException("The server does not listen; connect in process.")
        : $"{ClientScheme}://{ListenAddress.Join(ListenAddress.Reachable(_options.Host), Port)}";

    /// <summary>
    /// Every address it listens on as a URL: an address that stands for all interfaces is told as each of theirs. Empty if
    /// it does not listen.
    /// </summary>
    public IReadOnlyList<string> ClientUrls => _listener is null
        ? []
        : [.. ListenAddress.Expand(_options.Host).Select(host => $"{ClientScheme}://{ListenAddress.Join(host, Port)}")];

    /// <summary>Where WebSocket clients connect to, as <see cref="ClientUrls"/>; empty if there is no port for them.</summary>
    public IReadOnlyList<string> WebSocketUrls => _webSocket is null
        ? []
        : [.. ListenAddress.Expand(_options.WebSocket!.Host).Select(host => $"{_webSocket.Scheme}://{ListenAddress.Join(host, _webSocket.Port)}")];

    /// <summary>The port for WebSocket clients; 0 if there is none.</summary>
    public int WebSocketPort => _webSocket?.Port ?? 0;

    /// <summary>Where monitoring answers, as <see cref="ClientUrls"/>; empty if there is none.</summary>
    public IReadOnlyList<string> MonitoringUrls => _monitoring is null
        ? []
        : [.. ListenAddress.Expand(_monitoring.Host).Select(host => $"{_monitoring.Scheme}://{ListenAddress.Join(host, _monitoring.Port)}")];

    /// <summary>The port of monitoring; 0 if there is none.</summary>
    public int MonitoringPort => _monitoring?.Port ?? 0;

    /// <summary>
    /// What reads the settings anew, and hands them to <see cref="Reload"/>, when a user of the system account asks for it; null if the
    /// settings come from nowhere where they could change. Called on one of the server's threads; what it throws is told to whoever asked.
    /// </summary>
    public Action? ConfigurationReload { get; set; }

    /// <summary>Number of connected clients.</summary>
    public int ConnectionCount => _connections.Count;

    /// <summary>Messages and bytes of all clients since the start.</summary>
    public TrafficCounters Traffic => _connections.Traffic();

    /// <summary>Clients closed since the start because they did not keep up.</summary>
    public long SlowConsumers => _connections.SlowConsumers;

    /// <summary>Clients closed since the start because they did not answer pings.</summary>
    public long StaleConnections => _connections.StaleConnections;

    /// <summary>Subscriptions, including the server's own.</summary>
    public int SubscriptionCount => Accounts.All.Sum(account => account.Router.SubscriptionCount);

    private string ClientScheme => ServerInfo.TlsRequired ? "tls" : "nats";

    internal long Stalls => _connections.Stalls;

    internal IEnumerable<ClientConnection> Connections => _connections.Open;

    internal JetStreamService? JetStream => _jetStream.Current;

    internal int ClosedConnectionCount => _connections.Closed().Length;

    internal AccountRegistry Accounts => _environment.Accounts;

    internal AccountRouter GlobalAccount => Accounts.Global.Router;

    /// <summary>Starts a server. It is ready when the task completes.</summary>
    /// <param name="options">Settings; the defaults if null.</param>
    /// <param name="cancellationToken">Gives up the start; what was opened is closed again.</param>
    /// <exception cref="NatsServerOptionsException">A setting makes no sense.</exception>
    /// <exception cref="NatsServerListenException">The port cannot be listened on.</exception>
    /// <exception cref="NatsServerStartException">The store cannot be opened.</exception>
    public static async Task<NatsServer> StartAsync(
        NatsServerOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new NatsServerOptions();
        options.Validate();
        var server = new NatsServer(options);
        try
        {
            await server.RunUpAsync(cancellationToken).ConfigureAwait(false);
            return server;
        }
        catch
        {
            await server.CloseAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Connects a client inside this process, without a socket.</summary>
    /// <returns>The client's end. Completing its output ends the connection.</returns>
    /// <exception cref="ObjectDisposedException">The server has been stopped.</exception>
    public IDuplexPipe ConnectInProcess()
    {
        var (client, server) = InProcessPipe.CreatePair();
        ObjectDisposedException.ThrowIf(!Serve(new PipeTransport(server), ConnectionPeer.Plain with { IsInProcess = true }), this);
        return client;
    }

    /// <summary>
    /// Stops the server: no new clients, JetStream committed and closed, what is queued for clients sent as far as they
    /// take it, all closed. Calling it again waits for the same end.
    /// </summary>
    public Task StopAsync()
    {
        lock (_lock)
            return _stop ??= Task.Run(StopOnceAsync);
    }

    /// <summary>
    /// Takes over other settings while clients stay connected. Which settings can change is the reference server's choice:
    /// limits, timers, labels and whether there is JetStream can; addresses, names and where the store is cannot. Turning JetStream on or off
    /// waits until its stores are open or closed.
    /// </summary>
    /// <param name="options">All settings, those that stay included.</param>
    /// <returns>What changed, a line for each, for the log.</returns>
    /// <exception cref="NatsServerOptionsException">
    /// A setting makes no sense, or cannot be changed; then nothing is.
    /// </exception>
    public IReadOnlyList<string> Reload(NatsServerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        lock (_reloads)
            return _isStopping ? throw new NatsServerOptionsException("the server is stopping") : TakeOver(options);
    }

    /// <summary>
    /// Lame duck mode: takes no new clients, tells those that are there to go elsewhere, and closes them one by one over
    /// <see cref="NatsServerOptions.LameDuckDuration"/>; then stops. Calling it again waits for the same end.
    /// </summary>
    public Task RetireAsync()
    {
        lock (_lock)
            return _retirement ??= Task.Run(RetireOnceAsync);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
    }

    private async Task RunUpAsync(CancellationToken cancellationToken)
    {
        LogIdentity();
        if (_options.MaxPayload > DiscouragedPayloadBytes)
            ServerLog.LargePayload(_log);
        if (_options.DefaultJetStreamDomains.Count > 0)
            ServerLog.DefaultDomains(_log);
        await PrepareAccountsAsync().ConfigureAwait(false);
        if (_options.JetStream is { } settings)
            await _jetStream.StartAsync(settings, cancellationToken).ConfigureAwait(false);

        cancellationToken.ThrowIfCancellationRequested();
        var monitored = Monitored();
        StartSystem(monitored);
        if (_options.HttpPort != 0 || _options.HttpsPort != 0)
            _monitoring = MonitoringService.Start(monitored, _log);
        if (_options.WebSocket is { } webSocket)
            ListenForWebSockets(webSocket);
        if (_options.Listen)
            Listen();
        ServerLog.Ready(_log);
    }

    // One at a time, and not under the lock that those who connect wait for: tokens of accounts may have to be read.
    private IReadOnlyList<string> TakeOver(NatsServerOptions options)
    {
        _security.PrepareReload(options);
        var before = _options;
        var changes = OptionsChanges.Between(before, options, Port, MonitoringPort, WebSocketPort);
        bool reviewsClients = options.HasOtherUsersThan(before);
        var tls = TlsServer.From(options.Tls);
        var webSocketTls = TlsServer.From(options.WebSocket?.Tls);
        var opened = _jetStream.Prepare(options);
        lock (_lock)
        {
            _options = options;
            _environment.Options = options;
            _environment.Stamp.Options = options;

            // Connections that are there keep their session; new ones get the new certificates.
            _environment.Tls = tls;
            _environment.WebSocketTls = webSocketTls;
        }

        if (options.JetStream is null)
            _jetStream.TurnOff();
        else if (options.JetStream != before.JetStream)
            _jetStream.Current?.Change(options.JetStream, Accounts);
        if (reviewsClients)
        {
            TakeAccounts(options);
            _security.Reload(options);
        }

        if (opened is not null)
            _jetStream.TurnOn(opened);

        lock (_lock)
        {
            _environment.Info = InfoFor(options.Port > 0 || !options.Listen ? options : options with { Port = Port }) with
            {
                LameDuckMode = _environment.Info.LameDuckMode,
            };
        }

        _monitoring?.NoteReload();
        CloseSurplus(options.MaxConnections);
        CloseUnpinned();
        if (reviewsClients)
            ReviewClients();
        return changes;
    }

    private async Task PrepareAccountsAsync()
    {
        Accounts.Added = account => UserInfoResponder.Attach(account, _environment.Stamp);
        foreach (var account in Accounts.All)
            Accounts.Added(account);
        if (_options.Operators is not { IsUsed: true })
            Accounts.Apply(_options.Accounts, _options.SystemAccount, []);
        await _security.StartAsync(_options).ConfigureAwait(false);
        _environment.Info = InfoFor(_options);
    }

    /// <summary>From here on the system account is there: what it answers, and what it tells.</summary>
    private void StartSystem(MonitoredServer monitored)
    {
        Nuid ids;
        lock (_random)
            ids = new Nuid(new Random(_random.Next()));
        _system = new SystemAccount(monitored, _environment.Stamp, ids, _log);
        Accounts.Added = account =>
        {
            UserInfoResponder.Attach(account, _environment.Stamp);
            _system.Attach(account);
        };
        foreach (var account in Accounts.All)
            _system.Attach(account);
        _environment.Events = _system.Events;
    }

    private void TakeAccounts(NatsServerOptions options)
    {
        if (_security.HasOperators)
            return;
        foreach (var gone in Accounts.Apply(options.Accounts, options.SystemAccount, _connections.Open))
            _jetStream.Current?.Forget(gone);
        _jetStream.Current?.Configure(Accounts);
    }

    /// <summary>Clients of accounts that are gone leave, and the others are looked at anew: who they are, and what they may.</summary>
    private void ReviewClients()
    {
        foreach (var connection in _connections.Open)
        {
            if (Accounts.TryGet(connection.Account.Name, out var account) && account == connection.Account)
                _ = connection.ReviewAsync();
            else
                connection.Close(ClosedReason.ClientClosed);
        }
    }

    private MonitoredServer Monitored()
    {
        return new MonitoredServer
        {
            Server = this,
            Identity = _identity,
            Environment = _environment,
            Started = _started,
            ConfigLoaded = _started,
        };
    }

    private void Listen()
    {
        _listener = ClientListener.Open(
            _options.Host,
            _options.Port,
            _completions,
            Accepted,
            _options.TimeProvider,
            _log);
        _environment.Info = InfoFor(_options with { Port = _listener.Port });
        ServerLog.Listening(_log, _options.Host, _listener.Port);
        LogTls();
        _listener.Start();
    }

    /// <summary>Has the settings read anew.</summary>
    /// <exception cref="InvalidOperationException">They come from nowhere where they could change.</exception>
    internal void ReloadConfiguration()
    {
        if (ConfigurationReload is not { } reload)
            throw new InvalidOperationException("can only reload config when a file is provided using -c or --config");
        reload();
    }

    private void ListenForWebSockets(WebSocketServerOptions options)
    {
        try
        {
            _webSocket = WebSocketListener.Open(options, _completions, Serve, _environment, _log);
        }
        catch (NatsServerListenException e)
        {
            throw new NatsServerListenException($"Unable to listen for websocket connections: {e.Reason}", e);
        }

        _environment.WebSocketPort = _webSocket.Port;
        _webSocket.Start();
    }

    private void LogTls()
    {
        if (_options.Tls is not { } tls)
            return;
        bool isFirstOnly = tls.HandshakeFirst && tls.HandshakeFirstFallback == TimeSpan.Zero;
        if (_options.AllowNonTls && !isFirstOnly)
            ServerLog.TlsAvailable(_log);
        else
            ServerLog.TlsRequired(_log);
        if (isFirstOnly)
            ServerLog.HandshakeFirstOnly(_log);
    }

    private void Accepted(IByteTransport transport)
    {
        // Connections without TLS run on the socket itself, with nothing in between.
        var layered = _environment.Tls is null ? transport : new TlsTransport(transport);

        // Where loops run on the thread that learns of input anyway, they may as well begin there.
        Serve(layered, ConnectionPeer.Plain, beginsHere: _completions.IsInline);
    }

    internal bool Serve(IByteTransport transport, ConnectionPeer peer)
    {
        return Serve(transport, peer, beginsHere: false);
    }

    private bool Serve(IByteTransport transport, ConnectionPeer peer, bool beginsHere)
    {
        var connection = new ClientConnection(_connections.NextId(), transport, peer, _environment);
        bool admitted = _connections.TryAdd(connection, _options.MaxConnections);
        if (!_running.TryBegin())
        {
            transport.Abort();
            return false;
        }

        var start = new ConnectionStart(connection, admitted, _running);
        if (beginsHere)
            start.Execute();
        else
            _loopThreads.Queue(start);
        return true;
    }

    private async Task StopOnceAsync()
    {
        ServerLog.ShuttingDown(_log);

        // After a reload that is at it: it may be opening or closing stores.
        lock (_reloads)
            _isStopping = true;
        await CloseAsync().ConfigureAwait(false);
        ServerLog.Exiting(_log);
    }

    private void CloseSurplus(int max)
    {
        foreach (var connection in _connections.Open.OrderBy(connection => connection.Id).Skip(max < 0 ? int.MaxValue : max))
            connection.CloseWith(ProtocolViolation.MaximumConnectionsExceeded, ClosedReason.MaxConnectionsExceeded);
    }

    // Whose key is no longer among those that are accepted is not a client any more.
    private void CloseUnpinned()
    {
        var time = _options.TimeProvider;
        foreach (var connection in _connections.Open)
        {
            var tls = connection.Peer.Kind == ConnectionKind.WebSocket ? _options.WebSocket?.Tls : _options.Tls;
            if (tls is not null && connection.Peer.Tls is not null && new PeerVerification(tls, time).CheckPin(connection.Peer.Certificate) is not null)
                connection.Close(ClosedReason.TlsHandshakeError);
        }
    }

    private async Task RetireOnceAsync()
    {
        ServerLog.Retiring(_log);
        if (_listener is not null)
            await _listener.DisposeAsync().ConfigureAwait(false);
        if (_webSocket is not null)
            await _webSocket.DisposeAsync().ConfigureAwait(false);
        lock (_lock)
            _environment.Info = _environment.Info with { LameDuckMode = true };
        _system?.Events.LameDuck();
        await LameDuck.CloseAsync(_connections, _options, _log).ConfigureAwait(false);
        await StopAsync().ConfigureAwait(false);
    }

    private async Task CloseAsync()
    {
        if (_listener is not null)
            await _listener.DisposeAsync().ConfigureAwait(false);
        if (_webSocket is not null)
            await _webSocket.DisposeAsync().ConfigureAwait(false);
        if (_monitoring is not null)
            await _monitoring.DisposeAsync().ConfigureAwait(false);
        _system?.Events.ShutDown();
        await _jetStream.DisposeAsync().ConfigureAwait(false);
        await CloseConnectionsAsync().ConfigureAwait(false);
        _system?.Dispose();
        _security.Dispose();
        Accounts.Dispose();
        _work.Dispose();
        _loopThreads.Dispose();
    }

    private async Task CloseConnectionsAsync()
    {
        var loops = _running.Close();
        foreach (var connection in _connections.Open)
            connection.Close(ClosedReason.ServerShutdown);
        if (await Task.WhenAny(loops, Task.Delay(CloseTime)).ConfigureAwait(false) != loops)
        {
            ServerLog.ConnectionsCut(_log, _connections.Count);
            foreach (var connection in _connections.Open)
                connection.Abort();
        }

        await loops.ConfigureAwait(false);
    }

    private void LogIdentity()
    {
        ServerLog.Notice(_log, "Starting nats-server");
        ServerLog.Notice(_log, $"  Version:  {ServerVersion.ProtocolLevel}");
        ServerLog.Notice(_log, $"  Rivulet:  {ServerVersion.Own}");
        ServerLog.Notice(_log, "  Git:      [not set]");
        ServerLog.Notice(_log, $"  Name:     {_identity.Name}");
        if (_options.JetStream is not null)
            ServerLog.Notice(_log, $"  Node:     {_identity.Node}");
        ServerLog.Notice(_log, $"  ID:       {_identity.Id}");
        if (_options.ConfigFile is { } file)
            ServerLog.Notice(_log, $"Using configuration file: {file} ({_options.ConfigDigest})");
    }

    private ServerInfo InfoFor(NatsServerOptions options)
    {
        var (host, port) = ListenAddress.Advertised(options);
        return new ServerInfo
        {
            ServerId = _identity.Id,
            ServerName = _identity.Name,
            Version = ServerVersion.ProtocolLevel,
            Protocol = 1,
            RuntimeVersion = RuntimeInformation.FrameworkDescription.Replace(".NET ", "dotnet", StringComparison.Ordinal),
            Host = host,
            Port = Math.Max(port, 0),
            Headers = !options.NoHeaderSupport,
            MaxPayload = options.MaxPayload,
            JetStream = options.JetStream is not null,
            Domain = options.JetStream?.Domain,
            JetStreamApiLevel = ServerVersion.JetStreamApiLevel,
            TlsRequired = options.Tls is not null && !options.AllowNonTls,
            TlsAvailable = options.Tls is not null && options.AllowNonTls,
            TlsVerify = options.Tls?.VerifyClients == true,
            AuthRequired = _environment?.Authenticator.AsksForCredentials ?? false,
            XKey = options.NeedsEncryptionKeys ? _identity.EncryptionKeys.PublicKey : null,
        };
    }
}
