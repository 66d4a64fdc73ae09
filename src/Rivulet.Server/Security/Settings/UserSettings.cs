namespace Rivulet.Server.Security;

/// <summary>A user as the configuration names it. Two with the same settings are equal.</summary>
public sealed record UserSettings
{
    /// <summary>Its name; null for a user that is a key.</summary>
    public string? Name { get; init; }

    /// <summary>Its password, plain or as a bcrypt hash; null for a user that is a key.</summary>
    public string? Password { get; init; }

    /// <summary>Its public key, <c>U…</c>; null for a user with a name.</summary>
    public string? NKey { get; init; }

    /// <summary>What it may do; null for what its account allows by default.</summary>
    public Permissions? Permissions { get; init; }

    /// <summary>How it may connect.</summary>
    public ConnectionTypes AllowedConnectionTypes { get; init; } = ConnectionTypes.All;

    /// <summary>The account that it belongs to.</summary>
    public string AccountName { get; init; } = AccountSettings.GlobalName;

    /// <summary>Who it is, without the password that a record would print.</summary>
    public override string ToString()
    {
        return $"{nameof(UserSettings)} {{ {Name ?? NKey} of {AccountName} }}";
    }
}
