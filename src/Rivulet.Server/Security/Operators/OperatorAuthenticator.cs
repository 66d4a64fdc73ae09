using Rivulet.Server.Security.Tokens;

namespace Rivulet.Server.Security.Operators;

/// <summary>Knows clients by tokens of users, which accounts vouch for, which operators vouch for.</summary>
internal sealed class OperatorAuthenticator : IAuthenticator
{
    private readonly ClaimedAccounts _accounts;
    private readonly HashSet<string>? _pinned;
    private readonly string? _defaultSentinel;
    private readonly TimeProvider _time;

    /// <summary>An authenticator by settings that have been validated.</summary>
    /// <param name="settings">What is trusted.</param>
    /// <param name="systemAccount">The system account, which pinning never shuts out.</param>
    /// <param name="timeout">How long a client may take for its CONNECT.</param>
    /// <param name="accounts">The accounts.</param>
    /// <param name="time">The clock.</param>
    public OperatorAuthenticator(
        OperatorSettings settings, string systemAccount, TimeSpan timeout, ClaimedAccounts accounts, TimeProvider time)
    {
        _accounts = accounts;
        _pinned = settings.PinnedAccounts is { Count: > 0 } pinned ? [.. pinned, systemAccount] : null;
        _defaultSentinel = settings.DefaultSentinel;
        Timeout = timeout;
        _time = time;
    }

    /// <inheritdoc/>
    public bool IsRequired => true;

    /// <inheritdoc/>
    public bool AsksForCredentials => true;

    /// <inheritdoc/>
    public int Generation => _accounts.Generation;

    /// <inheritdoc/>
    public bool UsesNonce => true;

    /// <inheritdoc/>
    public TimeSpan Timeout { get; }

    /// <summary>The accounts.</summary>
    public ClaimedAccounts Accounts => _accounts;

    /// <inheritdoc/>
    public ValueTask<AuthenticationResult> AuthenticateAsync(AuthenticationRequest request, CancellationToken cancellationToken)
    {
        return ValueTask.FromResult(Decide(request, out _, out _));
    }

    /// <summary>Decides about a client.</summary>
    /// <param name="request">What the client shows.</param>
    /// <param name="claims">The claims that it shows; null if they are not valid.</param>
    /// <param name="account">Their account; null if it is not known.</param>
    public AuthenticationResult Decide(AuthenticationRequest request, out UserClaims? claims, out ClaimedAccount? account)
    {
        account = null;
        var now = _time.GetUtcNow();
        claims = FindClaims(request, out string error);
        if (claims is null)
            return AuthenticationResult.Refuse(error);
        if (claims.User.ProxyRequired)
            return AuthenticationResult.Refuse("proxy connection required");
        if (ClaimsProblems.Of(claims, now.ToUnixTimeSeconds()) is { Any: true } problems)
            return AuthenticationResult.Refuse($"User JWT no longer valid: {string.Join(", ", problems.All)}");
        if (_pinned is not null && !_pinned.Contains(claims.Account))
            return AuthenticationResult.Refuse($"Account {claims.Account} not listed as operator pinned account");
        account = _accounts.Find(claims.Account, out error);
        if (account is null)
            return AuthenticationResult.Refuse($"Account JWT lookup error: {error}");
        if (!_accounts.Trust.IsTrusted(account.Claims.Issuer))
            return AuthenticationResult.Refuse("Account JWT not signed by trusted operator");
        return UserAdmission.Decide(claims, account, request, now, out error) is { } identity
            ? AuthenticationResult.Accept(identity)
            : AuthenticationResult.Refuse(error);
    }

    private UserClaims? FindClaims(AuthenticationRequest request, out string error)
    {
        error = "";
        string? presented = request.Connect.Jwt;
        if (!string.IsNullOrEmpty(presented) && Jwt.Decode<UserClaims>(presented, out error) is { } claims)
            return claims;
        if (_defaultSentinel is not null)
            return Jwt.Decode<UserClaims>(_defaultSentinel, out error);
        error = error.Length > 0 ? $"User JWT not valid: {error}" : "Authentication requires a user JWT";
        return null;
    }
}
