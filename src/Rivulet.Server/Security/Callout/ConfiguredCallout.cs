using Rivulet.Server.Logging;
using Rivulet.Server.Security.Tokens;

namespace Rivulet.Server.Security.Callout;

/// <summary>Has a service decide about clients, where the configuration names one.</summary>
/// <remarks>
/// It decides about everybody but the users that it runs as: about clients that nobody knows, and about users that the configuration
/// knows as well, unless those are of accounts that are not its business.
/// </remarks>
internal sealed class ConfiguredCallout : IAuthenticator
{
    private readonly IAuthenticator _inner;
    private readonly AuthCalloutSettings _settings;
    private readonly CalloutServer _server;
    private readonly CalloutAddress _address;

    /// <summary>An authenticator that asks.</summary>
    /// <param name="inner">Knows the users that the configuration names.</param>
    /// <param name="settings">Which service.</param>
    /// <param name="server">Who asks.</param>
    public ConfiguredCallout(IAuthenticator inner, AuthCalloutSettings settings, CalloutServer server)
    {
        _inner = inner;
        _settings = settings;
        _server = server;
        _address = new CalloutAddress
        {
            Account = settings.Account,
            Issuer = settings.Issuer,
            XKey = settings.XKey,
            Timeout = inner.Timeout,
        };
    }

    /// <summary>Always: without a CONNECT there would be nobody to ask about.</summary>
    public bool IsRequired => true;

    /// <inheritdoc/>
    public bool AsksForCredentials => _inner.AsksForCredentials || !_inner.IsRequired;

    /// <inheritdoc/>
    public int Generation => _inner.Generation;

    /// <inheritdoc/>
    public bool UsesNonce => _inner.UsesNonce;

    /// <inheritdoc/>
    public TimeSpan Timeout => _inner.Timeout;

    /// <inheritdoc/>
    public async ValueTask<AuthenticationResult> AuthenticateAsync(AuthenticationRequest request, CancellationToken cancellationToken)
    {
        // Where no users are set up at all, the other one would let everybody in.
        var result = _inner.IsRequired
            ? await _inner.AuthenticateAsync(request, cancellationToken).ConfigureAwait(false)
            : AuthenticationResult.Refuse("");
        if (IsDelegated(request, result))
            result = await AskAsync(request, cancellationToken).ConfigureAwait(false);
        return CalloutDenial.Apply(result, _settings.Account);
    }

    private bool IsDelegated(AuthenticationRequest request, AuthenticationResult result)
    {
        string account = result.Identity?.AccountName ?? AccountSettings.GlobalName;
        if (account != AccountSettings.GlobalName && _settings.AllowedAccounts.Count > 0 && !_settings.AllowedAccounts.Contains(account))
            return false;
        // Who the client is counts, and not who it says it is, wherever that is known.
        string user = result.Identity?.UserLabel ?? PresentedUser.Raw(request.Connect);
        return !_settings.AuthUsers.Contains(user);
    }

    private async Task<AuthenticationResult> AskAsync(AuthenticationRequest request, CancellationToken cancellation)
    {
        var answer = await CalloutExchange.AskAsync(_server, _address, request, cancellation).ConfigureAwait(false);
        string error = answer.Reason;
        if (answer.User is { } user && Identify(user, request, out error) is { } identity)
            return AuthenticationResult.Accept(identity);
        if (error.Length > 0)
            SecurityLog.CalloutRefused(_server.Log, error);
        return AuthenticationResult.RefuseBy(_settings.Account);
    }

    private ClientIdentity? Identify(UserClaims user, AuthenticationRequest request, out string error)
    {
        error = "";
        string account = user.Audience;
        if (user.User.IssuerAccount.Length > 0)
            error = $"Error non operator mode account \"{_settings.Account}\": attempted to use issuer_account";
        else if (user.Issuer != _settings.Issuer)
            error = $"Wrong issuer for auth callout response on account \"{_settings.Account}\", expected \"{_settings.Issuer}\" got \"{user.Issuer}\"";
        else if (!_server.Accounts.TryGet(account, out _))
            error = $"No valid account \"{account}\" for auth callout response on account \"{_settings.Account}\": account missing";
        if (error.Length > 0)
            return null;
        return CalloutUser.Identify(user, request, _server, account, user.User, user.User.ToPermissions(), _settings.Account, out error);
    }
}
