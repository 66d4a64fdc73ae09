namespace Rivulet.Server.Security;

/// <summary>What becomes of the subjects that match a filter, when clients publish to them.</summary>
public sealed record SubjectMapping
{
    /// <summary>The filter.</summary>
    public required string Source { get; init; }

    /// <summary>What they may become. What the weights leave of a hundred stays as it is.</summary>
    public required IReadOnlyList<MappingDestination> Destinations { get; init; }

    /// <inheritdoc/>
    public bool Equals(SubjectMapping? other)
    {
        return other is not null && Source == other.Source && ListEquality.AreEqual(Destinations, other.Destinations);
    }

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        return string.GetHashCode(Source, StringComparison.Ordinal);
    }
}

/// <summary>One of the subjects that a mapped subject may become.</summary>
/// <param name="Subject">The subject, with <c>$1</c> or <c>{{…}}</c> for parts of the old one.</param>
/// <param name="Weight">Messages of a hundred that go there, 1 to 100.</param>
public sealed record MappingDestination(string Subject, int Weight);
