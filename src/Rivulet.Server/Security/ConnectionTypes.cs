namespace Rivulet.Server.Security;

/// <summary>Ways to connect, of which a user may be allowed some.</summary>
[Flags]
public enum ConnectionTypes
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary><c>STANDARD</c>: the client protocol over TCP or TLS.</summary>
    Standard = 1,

    /// <summary><c>WEBSOCKET</c>: the client protocol over WebSocket.</summary>
    WebSocket = 2,

    /// <summary><c>LEAFNODE</c>: a leaf node.</summary>
    LeafNode = 4,

    /// <summary><c>LEAFNODE_WS</c>: a leaf node over WebSocket.</summary>
    LeafNodeWebSocket = 8,

    /// <summary><c>MQTT</c>: MQTT over TCP or TLS.</summary>
    Mqtt = 16,

    /// <summary><c>MQTT_WS</c>: MQTT over WebSocket.</summary>
    MqttWebSocket = 32,

    /// <summary><c>IN_PROCESS</c>: the client protocol inside the server's process.</summary>
    InProcess = 64,

    /// <summary>All of them.</summary>
    All = Standard | WebSocket | LeafNode | LeafNodeWebSocket | Mqtt | MqttWebSocket | InProcess,
}
