namespace Rivulet.Server.Security;

/// <summary>Subjects that are allowed, and subjects that are denied all the same. Immutable; two with the same rules are equal.</summary>
public sealed record SubjectPermission
{
    /// <summary>
    /// Filters of which one has to match; null if there is no such list. In a permission to subscribe an entry may name a queue
    /// group behind a blank, <c>orders.* workers</c>, and the name may have wildcards.
    /// </summary>
    public IReadOnlyList<string>? Allow { get; init; }

    /// <summary>Filters of which none may match, written as those of <see cref="Allow"/>.</summary>
    public IReadOnlyList<string> Deny { get; init; } = [];

    /// <inheritdoc/>
    public bool Equals(SubjectPermission? other)
    {
        return other is not null && ListEquality.AreEqual(Allow, other.Allow) && ListEquality.AreEqual(Deny, other.Deny);
    }

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        return HashCode.Combine(Allow?.Count, Deny.Count);
    }
}
