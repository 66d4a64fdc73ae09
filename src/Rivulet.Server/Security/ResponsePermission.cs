namespace Rivulet.Server.Security;

/// <summary>How often, and how long, a user may publish to the reply subject of a message that it received.</summary>
public sealed record ResponsePermission
{
    /// <summary>Most messages to one reply subject unless something else is set.</summary>
    public const int DefaultMax = 1;

    /// <summary>How long a reply subject may be used unless something else is set.</summary>
    public static readonly TimeSpan DefaultExpires = TimeSpan.FromMinutes(2);

    /// <summary>Most messages to one reply subject; negative for no limit.</summary>
    public int Max { get; init; } = DefaultMax;

    /// <summary>How long a reply subject may be used since it was received; zero or negative for no limit.</summary>
    public TimeSpan Expires { get; init; } = DefaultExpires;
}
