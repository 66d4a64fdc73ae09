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
    public async ValueTask<AuthenticationResult> AuthenticateAsync(AuthenticationRequest request, CancellationToken cancellationToken)
    {
        if (Examine(request, out string error) is not { } claims)
            return AuthenticationResult.Refuse(error);
        string notFetched = await _accounts.PrepareAsync(claims.Account).ConfigureAwait(false);
        return Decide(claims, request, notFetched, out _);
    }

    /// <summary>The claims that a client shows, as far as they hold by themselves; null, and why, if they do not.</summary>
    public UserClaims? Examine(AuthenticationRequest request, out string error)
    {
        if (FindClaims(request, out error) is not { } claims)
            return null;
        if (claims.User.ProxyRequired)
            error = "proxy connection required";
        else if (ClaimsProblems.Of(claims, _time.GetUtcNow().ToUnixTimeSeconds()) is { Any: true } problems)
            error = $"User JWT no longer valid: {string.Join(", ", problems.All)}";
        else if (_pinned is not null && !_pinned.Contains(claims.Account))
            error = $"Account {claims.Account} not listed as operator pinned account";
        return error.Length == 0 ? claims : null;
    }

    /// <summary>Decides about a client by its claims and its account's.</summary>
    /// <param name="claims">The claims that it shows, examined.</param>
    /// <param name="request">What the client shows.</param>
    /// <param name="notFetched">Why the account's token could not be fetched; empty if it did not have to be.</param>
    /// <param name="account">The account; null if it is not known.</param>
    public AuthenticationResult Decide(UserClaims claims, AuthenticationRequest request, string notFetched, out ClaimedAccount? account)
    {
        account = _accounts.Find(claims.Account, out string error);
        if (account is null)
            return AuthenticationResult.Refuse($"Account JWT lookup error: {(notFetched.Length > 0 ? notFetched : error)}");
        if (!_accounts.Trust.IsTrusted(account.Claims.Issuer))
            return AuthenticationResult.Refuse("Account JWT not signed by trusted operator");
        return UserAdmission.Decide(claims, account, request, _time.GetUtcNow(), out error) is { } identity
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
