using Rivulet.Server.Security.Tokens;

namespace Rivulet.Server.Security.Operators;

/// <summary>An account with the claims that the server goes by. Immutable.</summary>
internal sealed class ClaimedAccount
{
    /// <summary>An account.</summary>
    /// <param name="token">Its token.</param>
    /// <param name="claims">What that says; verified.</param>
    /// <param name="isStrict">Whether its users have to be signed by its signing keys.</param>
    public ClaimedAccount(string token, AccountClaims claims, bool isStrict)
    {
        Token = token;
        Claims = claims;
        IsStrict = isStrict;
    }

    /// <summary>Its public key.</summary>
    public string Name => Claims.Subject;

    /// <summary>Its token.</summary>
    public string Token { get; }

    /// <summary>What that says.</summary>
    public AccountClaims Claims { get; }

    /// <summary>Whether its users have to be signed by its signing keys.</summary>
    public bool IsStrict { get; }

    /// <summary>Whether a key may sign for it, and what the users of that key may do; null for what they say themselves.</summary>
    public bool MayIssue(string key, out UserScopeClaims? scope)
    {
        return Claims.Account.SigningKeys.TryGetValue(key, out scope) || (key == Name && !IsStrict);
    }

    /// <summary>Whether its claims have run out.</summary>
    /// <param name="now">Seconds since 1970.</param>
    public bool IsExpired(long now)
    {
        return Claims.Expires > 0 && Claims.Expires <= now;
    }
}
