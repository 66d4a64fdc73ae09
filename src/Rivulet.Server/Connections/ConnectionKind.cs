namespace Rivulet.Server.Connections;

/// <summary>How a client speaks to the server.</summary>
internal enum ConnectionKind
{
    /// <summary>The protocol over a socket, or inside the process.</summary>
    Nats,

    /// <summary>The protocol in WebSocket messages.</summary>
    WebSocket,
}
