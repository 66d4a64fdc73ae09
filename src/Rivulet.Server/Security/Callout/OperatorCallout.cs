using Rivulet.Server.Logging;
using Rivulet.Server.Security.Operators;
using Rivulet.Server.Security.Tokens;

namespace Rivulet.Server.Security.Callout;

/// <summary>Has a service decide about clients that show a token of an account whose claims name one.</summary>
internal sealed class OperatorCallout : IAuthenticator
{
    private const string AnyAccount = "*";

    private readonly OperatorAuthenticator _inner;
    private readonly CalloutServer _server;

    /// <summary>An authenticator that asks.</summary>
    /// <param name="inner">Knows users by their tokens.</param>
    /// <param name="server">Who asks.</param>
    public OperatorCallout(OperatorAuthenticator inner, CalloutServer server)
    {
        _inner = inner;
        _server = server;
    }

    /// <inheritdoc/>
    public bool IsRequired => true;

    /// <inheritdoc/>
    public bool AsksForCredentials => true;

    /// <inheritdoc/>
    public int Generation => _inner.Generation;

    /// <inheritdoc/>
    public bool UsesNonce => true;

    /// <inheritdoc/>
    public TimeSpan Timeout => _inner.Timeout;

    /// <inheritdoc/>
    public async ValueTask<AuthenticationResult> AuthenticateAsync(AuthenticationRequest request, CancellationToken cancellationToken)
    {
        if (_inner.Examine(request, out string error) is not { } claims)
            return AuthenticationResult.Refuse(error);
        string notFetched = await _inner.Accounts.PrepareAsync(claims.Account).ConfigureAwait(false);
        var result = _inner.Decide(claims, request, notFetched, out var account);
        if (!result.IsAccepted || account?.Claims.Account.Authorization is not { IsEnabled: true } service)
            return result;
        return service.Users.Contains(claims.Subject)
            ? CalloutDenial.Apply(result, account.Name)
            : await AskAsync(account, service, request, cancellationToken).ConfigureAwait(false);
    }

    private async Task<AuthenticationResult> AskAsync(
        ClaimedAccount account, ExternalAuthorizationClaims service, AuthenticationRequest request, CancellationToken cancellation)
    {
        var address = new CalloutAddress
        {
            Account = account.Name,
            Issuer = account.Name,
            XKey = service.XKey.Length > 0 ? service.XKey : null,
            Timeout = Timeout,
        };
        var answer = await CalloutExchange.AskAsync(_server, address, request, cancellation).ConfigureAwait(false);
        string error = answer.Reason;
        if (answer.User is { } user)
            await _inner.Accounts.PrepareAsync(user.Account).ConfigureAwait(false);
        if (answer.User is not null && Identify(answer, account, service, request, out error) is { } identity)
            return CalloutDenial.Apply(AuthenticationResult.Accept(identity), account.Name);
        if (error.Length > 0)
            SecurityLog.CalloutRefused(_server.Log, error);
        return AuthenticationResult.RefuseBy(account.Name);
    }

    private ClientIdentity? Identify(
        CalloutAnswer answer,
        ClaimedAccount account,
        ExternalAuthorizationClaims service,
        AuthenticationRequest request,
        out string error)
    {
        error = "";
        var user = answer.User!;
        var response = answer.Response!;
        string signer = response.Response.IssuerAccount.Length > 0 ? response.Response.IssuerAccount : response.Issuer;
        if (!answer.IsEncrypted && signer != account.Name && !account.MayIssue(signer, out _))
            error = "Auth callout signing key is unknown";
        else if (user.Account != account.Name && !service.AllowedAccounts.Contains(user.Account) && !service.AllowedAccounts.Contains(AnyAccount))
            error = $"Account \"{user.Issuer}\" not permitted as valid account option for auth callout for account \"{account.Name}\"";
        if (error.Length > 0)
            return null;
        if (_inner.Accounts.Find(user.Account, out string reason) is not { } target)
        {
            error = $"No valid account \"{user.Account}\" for auth callout response on account \"{account.Name}\": {reason}";
            return null;
        }

        var (template, permissions) = UserAdmission.Scoped(user, target, out error);
        return template is null || permissions is null
            ? null
            : CalloutUser.Identify(user, request, _server, target.Name, template, permissions.ToPermissions(), account.Name, out error);
    }
}
