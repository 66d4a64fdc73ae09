namespace Rivulet.Server.Security;

/// <summary>A service in one of the server's accounts that decides who clients are. Two with the same settings are equal.</summary>
public sealed record AuthCalloutSettings
{
    /// <summary>The public account key, <c>A…</c>, that signs what the service answers.</summary>
    public required string Issuer { get; init; }

    /// <summary>The account that it is asked in.</summary>
    public string Account { get; init; } = AccountSettings.GlobalName;

    /// <summary>Users, by name or key, that it is not asked about: those that it runs as.</summary>
    public required IReadOnlyList<string> AuthUsers { get; init; }

    /// <summary>The service's public x25519 key, <c>X…</c>, which requests are encrypted for; null for requests in the clear.</summary>
    public string? XKey { get; init; }

    /// <summary>Accounts whose users it decides about; empty for all.</summary>
    public IReadOnlyList<string> AllowedAccounts { get; init; } = [];

    /// <inheritdoc/>
    public bool Equals(AuthCalloutSettings? other)
    {
        return other is not null
            && (Issuer, Account, XKey) == (other.Issuer, other.Account, other.XKey)
            && ListEquality.AreEqual(AuthUsers, other.AuthUsers)
            && ListEquality.AreEqual(AllowedAccounts, other.AllowedAccounts);
    }

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        return string.GetHashCode(Issuer, StringComparison.Ordinal);
    }
}
