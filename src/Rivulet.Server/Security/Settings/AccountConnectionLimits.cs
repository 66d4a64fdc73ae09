namespace Rivulet.Server.Security;

/// <summary>What the connections of an account may use. -1 is unlimited.</summary>
public sealed record AccountConnectionLimits
{
    /// <summary>No limits.</summary>
    public static AccountConnectionLimits Unlimited { get; } = new();

    /// <summary>Connections of clients at one time.</summary>
    public int MaxConnections { get; init; } = -1;

    /// <summary>Subscriptions of one connection.</summary>
    public int MaxSubscriptions { get; init; } = -1;

    /// <summary>Bytes of headers and payload of one message.</summary>
    public int MaxPayload { get; init; } = -1;

    /// <summary>Connections of leaf nodes at one time.</summary>
    public int MaxLeafNodes { get; init; } = -1;
}
