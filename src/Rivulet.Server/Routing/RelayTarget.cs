using Rivulet.Server.Outbound;

namespace Rivulet.Server.Routing;

/// <summary>Passes messages on to another account: requests to the one that has the service, responses to the one that asked.</summary>
internal abstract class RelayTarget : RouteTarget
{
    /// <summary>
    /// How often a message may be passed on. Settings that would lead it round in a circle are refused; mappings can do so all the
    /// same.
    /// </summary>
    public const int HopsMax = 16;

    /// <summary>A relay for subjects that <paramref name="filter"/> matches.</summary>
    protected RelayTarget(byte[] filter)
        : base(filter)
    {
    }

    /// <summary>Passes a message on; true if anyone received it.</summary>
    public abstract bool Relay(in Publication publication, ServerDeliveryBatch batch);

    /// <summary>Whether a message on a subject would be passed on to somebody.</summary>
    public abstract bool HasInterest(ReadOnlySpan<byte> subject);
}
