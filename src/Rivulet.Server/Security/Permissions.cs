namespace Rivulet.Server.Security;

/// <summary>What a user may publish and subscribe to, as it was set. Immutable; two with the same rules are equal.</summary>
public sealed record Permissions
{
    /// <summary>What the user may publish to; null for everything, or for nothing but responses if <see cref="Responses"/> is set.</summary>
    public SubjectPermission? Publish { get; init; }

    /// <summary>What the user may subscribe to; null for everything.</summary>
    public SubjectPermission? Subscribe { get; init; }

    /// <summary>Whether the user may publish to the reply subjects of messages that it receives; null for no.</summary>
    public ResponsePermission? Responses { get; init; }
}
