using System.Globalization;

namespace Rivulet.Server.Security;

/// <summary>
/// Who may connect: one user, or a token, or several users. Users of accounts stand with their accounts. Two with the same settings are equal.
/// </summary>
public sealed record AuthorizationSettings
{
    /// <summary>How long a client may take for its CONNECT unless something else is set.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(2);

    /// <summary>The name of the only user; null for none.</summary>
    public string? User { get; init; }

    /// <summary>The password of the only user, plain or as a bcrypt hash; null for none.</summary>
    public string? Password { get; init; }

    /// <summary>The token that lets clients in, plain or as a bcrypt hash; null for none.</summary>
    public string? Token { get; init; }

    /// <summary>How long a client may take for its CONNECT; null for <see cref="DefaultTimeout"/>.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Users of the global account, with names or keys; null if there is no such list, which is not the same as an empty one.</summary>
    public IReadOnlyList<UserSettings>? Users { get; init; }

    /// <summary>A service that decides who clients are; null for none.</summary>
    public AuthCalloutSettings? Callout { get; init; }

    /// <inheritdoc/>
    public bool Equals(AuthorizationSettings? other)
    {
        return other is not null
            && (User, Password, Token, Timeout) == (other.User, other.Password, other.Token, other.Timeout)
            && Equals(Callout, other.Callout)
            && ListEquality.AreEqual(Users, other.Users);
    }

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        return HashCode.Combine(User, Users?.Count);
    }

    /// <summary>Who it is about, without the secrets that a record would print.</summary>
    public override string ToString()
    {
        return string.Create(CultureInfo.InvariantCulture, $"{nameof(AuthorizationSettings)} {{ user {User}, {Users?.Count ?? 0} users }}");
    }
}
