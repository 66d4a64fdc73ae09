using Rivulet.JetStream.Hosting;

namespace Rivulet.Server.Security;

/// <summary>
/// An account: a subject space of its own, and what is let into it and out of it. From the <c>accounts</c> of a configuration
/// file, or from claims. Two with the same settings are equal.
/// </summary>
public sealed record AccountSettings
{
    /// <summary>The account of everybody who is in no other.</summary>
    public const string GlobalName = "$G";

    /// <summary>The account of the server's own events unless another one is chosen.</summary>
    public const string SystemName = "$SYS";

    /// <summary>Its name, or its public key where claims make it.</summary>
    public required string Name { get; init; }

    /// <summary>What monitoring shows as its name, where claims have one; null for <see cref="Name"/>.</summary>
    public string? NameTag { get; init; }

    /// <summary>Its public key, <c>A…</c>; null for none.</summary>
    public string? NKey { get; init; }

    /// <summary>Its users.</summary>
    public IReadOnlyList<UserSettings> Users { get; init; } = [];

    /// <summary>What users may do for whom nothing else is set; null for everything.</summary>
    public Permissions? DefaultPermissions { get; init; }

    /// <summary>What its connections may use.</summary>
    public AccountConnectionLimits Limits { get; init; } = AccountConnectionLimits.Unlimited;

    /// <summary>What it may use of JetStream; null for an account without JetStream.</summary>
    public AccountLimits? JetStream { get; init; }

    /// <summary>Whether one of its public keys may be shown that it was issued under claims, and expires then; null for never.</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <summary>Streams of messages that it lets others have.</summary>
    public IReadOnlyList<StreamExport> StreamExports { get; init; } = [];

    /// <summary>Services that it lets others ask.</summary>
    public IReadOnlyList<ServiceExport> ServiceExports { get; init; } = [];

    /// <summary>Streams of messages that it takes from others.</summary>
    public IReadOnlyList<StreamImport> StreamImports { get; init; } = [];

    /// <summary>Services of others that it asks.</summary>
    public IReadOnlyList<ServiceImport> ServiceImports { get; init; } = [];

    /// <summary>What becomes of the subjects that its clients publish to.</summary>
    public IReadOnlyList<SubjectMapping> Mappings { get; init; } = [];

    /// <summary>Where traces go of messages whose header <c>traceparent</c> says that they are sampled; null for nowhere.</summary>
    public string? TraceDestination { get; init; }

    /// <summary>How many of them are traced, in percent; 1 to 100.</summary>
    public int TraceSampling { get; init; } = 100;

    /// <inheritdoc/>
    public bool Equals(AccountSettings? other)
    {
        return other is not null
            && Name == other.Name
            && NameTag == other.NameTag
            && NKey == other.NKey
            && Expires == other.Expires
            && Limits == other.Limits
            && TraceDestination == other.TraceDestination
            && TraceSampling == other.TraceSampling
            && JetStream == other.JetStream
            && Equals(DefaultPermissions, other.DefaultPermissions)
            && ListEquality.AreEqual(Users, other.Users)
            && HasRoutingOf(other);
    }

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        return string.GetHashCode(Name, StringComparison.Ordinal);
    }

    /// <summary>Whether both let the same in and out, and map subjects alike.</summary>
    internal bool HasRoutingOf(AccountSettings other)
    {
        return ListEquality.AreEqual(StreamExports, other.StreamExports)
            && ListEquality.AreEqual(ServiceExports, other.ServiceExports)
            && ListEquality.AreEqual(StreamImports, other.StreamImports)
            && ListEquality.AreEqual(ServiceImports, other.ServiceImports)
            && ListEquality.AreEqual(Mappings, other.Mappings);
    }
}
