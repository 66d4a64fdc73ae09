namespace Rivulet.Client;

/// <summary>Where a connection is in its life.</summary>
public enum NatsConnectionState
{
    /// <summary>The first connect is under way.</summary>
    Connecting,

    /// <summary>Connected.</summary>
    Open,

    /// <summary>The server was lost and is being looked for again; publishes are buffered.</summary>
    Reconnecting,

    /// <summary>Subscriptions have ended, what is buffered is being sent; the connection closes then.</summary>
    Draining,

    /// <summary>Closed for good.</summary>
    Closed,
}
