namespace Rivulet.Server.Security;

/// <summary>What one user's connection may use. -1 is unlimited: the account's and the server's limits hold all the same.</summary>
public sealed record UserLimits
{
    /// <summary>No limits.</summary>
    public static UserLimits Unlimited { get; } = new();

    /// <summary>Subscriptions of the connection.</summary>
    public int MaxSubscriptions { get; init; } = -1;

    /// <summary>Bytes of headers and payload of one message.</summary>
    public int MaxPayload { get; init; } = -1;

    /// <summary>Bytes that claims allow in all. Known and shown; as in the reference server, nothing enforces it.</summary>
    public long MaxData { get; init; } = -1;
}
