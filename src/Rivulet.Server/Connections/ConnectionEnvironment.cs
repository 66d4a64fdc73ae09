using Microsoft.Extensions.Logging;
using Rivulet.JetStream.Hosting;
using Rivulet.Protocol;
using Rivulet.Server.Accounts;
using Rivulet.Server.Outbound;
using Rivulet.Server.Security;
using Rivulet.Server.SystemEvents;
using Rivulet.Server.SystemRequests;
using Rivulet.Server.Tls;
using Rivulet.Server.Work;

namespace Rivulet.Server.Connections;

/// <summary>What the connections of a server share.</summary>
internal sealed class ConnectionEnvironment
{
    /// <summary>The server's settings. A reload puts others in their place; whoever needs several of them takes them once.</summary>
    public required NatsServerOptions Options { get; set; }

    /// <summary>The clock.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>Where connection log lines go.</summary>
    public required ILogger Log { get; init; }

    /// <summary>Source of jitter and seeds; lock it to use it.</summary>
    public required Random Random { get; init; }

    /// <summary>The server's own threads.</summary>
    public required WorkScheduler Work { get; init; }

    /// <summary>Threads of the server for receive loops, where those do not run on the runtime's.</summary>
    public required IWorkScheduler Loops { get; init; }

    /// <summary>The accounts.</summary>
    public required AccountRegistry Accounts { get; init; }

    /// <summary>Finds out who clients are. A reload puts another one in its place.</summary>
    public IAuthenticator Authenticator { get; set; } = OpenAuthenticator.Instance;

    /// <summary>Finds out who clients are that come over WebSocket, where the settings say something of them; otherwise null.</summary>
    public IAuthenticator? WebSocketAuthenticator { get; set; }

    /// <summary>What the server says about itself, without what concerns one connection.</summary>
    public required ServerInfo Info { get; set; }

    /// <summary>TLS of connections to the client port; null without. A reload puts another one in its place.</summary>
    public TlsServer? Tls { get; set; }

    /// <summary>TLS of WebSocket connections; null without. A reload puts another one in its place.</summary>
    public TlsServer? WebSocketTls { get; set; }

    /// <summary>The port that WebSocket connections come to; 0 without.</summary>
    public int WebSocketPort { get; set; }

    /// <summary>What PONGs wait for; null without JetStream.</summary>
    public ICommitBarrier? CommitBarrier { get; set; }

    /// <summary>Whether one connection has all the input.</summary>
    public BusyConnection Busy { get; } = new(Environment.ProcessorCount);

    /// <summary>What the server says about itself in the system account.</summary>
    public required ServerStamp Stamp { get; init; }

    /// <summary>Tells of clients in the system account; null until the server runs.</summary>
    public ServerEvents? Events { get; set; }

    /// <summary>Chunks for output.</summary>
    public OutboundChunkPool Chunks { get; } = new();

    /// <summary>Connections that are open, and counts of those that were.</summary>
    public required ConnectionTable Connections { get; init; }

    /// <summary>TLS settings of the port that a peer came to; null without TLS.</summary>
    public TlsServerOptions? TlsOptionsFor(ConnectionPeer peer) =>
        peer.Kind == ConnectionKind.WebSocket ? Options.WebSocket?.Tls : Options.Tls;

    /// <summary>What finds out who the client at a peer is.</summary>
    public IAuthenticator AuthenticatorFor(ConnectionPeer peer)
    {
        return peer.Kind == ConnectionKind.WebSocket && WebSocketAuthenticator is { } own ? own : Authenticator;
    }

    /// <summary>What the server says about itself to one peer, without what concerns one connection.</summary>
    public ServerInfo InfoFor(ConnectionPeer peer)
    {
        if (peer.Kind == ConnectionKind.WebSocket)
        {
            bool isSecure = WebSocketTls is not null;
            return Info with
            {
                Host = Options.WebSocket?.Host ?? Info.Host,
                Port = WebSocketPort,
                TlsRequired = isSecure,
                TlsAvailable = isSecure,

                // As in the reference server, whatever a client without credentials is.
                AuthRequired = AuthenticatorFor(peer).IsRequired,
            };
        }

        // Nobody listens in on a pipe inside the process.
        return peer.IsInProcess && (Info.TlsRequired || Info.TlsAvailable) ? Info with { TlsRequired = false, TlsAvailable = false } : Info;
    }
}
