namespace Rivulet.Server.Routing;

/// <summary>Everything in an account that matches one literal subject, as <see cref="RouteCache"/> keeps it. Immutable.</summary>
internal sealed class Route
{
    /// <summary>A route as found under the account's lock.</summary>
    public Route(byte[] subject, uint hash, int family, int generation, RouteTarget[] targets)
    {
        Subject = subject;
        Hash = hash;
        Family = family;
        Generation = generation;
        Targets = targets;
    }

    /// <summary>The literal subject.</summary>
    public byte[] Subject { get; }

    /// <summary>Hash of <see cref="Subject"/>.</summary>
    public uint Hash { get; }

    /// <summary>Index of the generation that the subject depends on.</summary>
    public int Family { get; }

    /// <summary>Value of that generation when the route was found; another value now means that the route may be wrong.</summary>
    public int Generation { get; }

    /// <summary>What matched, in the subject map's order.</summary>
    public RouteTarget[] Targets { get; }
}
