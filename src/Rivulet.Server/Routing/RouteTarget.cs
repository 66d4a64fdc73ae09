namespace Rivulet.Server.Routing;

/// <summary>
/// Something in an account's subject map that messages can go to: a <see cref="Connections.ClientSubscription"/>, a
/// <see cref="QueueGroup"/> of them, or a <see cref="HandlerSubscription"/> inside the server.
/// </summary>
internal abstract class RouteTarget
{
    /// <summary>A target for subjects that <paramref name="filter"/> matches.</summary>
    protected RouteTarget(byte[] filter)
    {
        Filter = filter;
    }

    /// <summary>The filter it is registered under.</summary>
    public byte[] Filter { get; }
}
