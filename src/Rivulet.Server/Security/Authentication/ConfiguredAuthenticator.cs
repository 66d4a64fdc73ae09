using Rivulet.JetStream.Hosting;
using Rivulet.Protocol;
using Rivulet.Server.Security.Passwords;

namespace Rivulet.Server.Security.Authentication;

/// <summary>Knows clients by what the configuration says: users with names or keys, one user alone, or a token.</summary>
/// <remarks>
/// Which of these counts is tried in the reference server's order: a key, if there are users with keys; a user's name, if there
/// are such, which with <c>verify_and_map</c> is said by its certificate and by nothing else; else the token; else the user alone. A client that shows nothing is <c>no_auth_user</c>, if that is set.
/// </remarks>
internal sealed class ConfiguredAuthenticator : IAuthenticator
{
    private static readonly AuthenticationResult Refused = AuthenticationResult.Refuse("");
    private static readonly AuthenticationResult Unknown = AuthenticationResult.RefuseUnknown();
    private static readonly AuthenticationResult Anyone = AuthenticationResult.Accept(ClientIdentity.Anonymous);

    private readonly Dictionary<string, UserSettings> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, UserSettings> _keys = new(StringComparer.Ordinal);
    private readonly AuthorizationSettings _settings;
    private readonly string? _noAuthUser;
    private readonly bool _takesAnyone;
    private readonly IWorkScheduler _hashing;
    private readonly CertificateUsers _certificates;

    /// <summary>An authenticator by settings that have been validated.</summary>
    /// <param name="settings">Who may connect.</param>
    /// <param name="users">All users, those of accounts included, with the permissions that they have by default.</param>
    /// <param name="noAuthUser">The name or key of the user that clients without credentials are; null for none.</param>
    /// <param name="takesAnyone">Whether clients without credentials come into the global account.</param>
    /// <param name="hashing">Where hashes of passwords are computed.</param>
    public ConfiguredAuthenticator(
        AuthorizationSettings settings, IEnumerable<UserSettings> users, string? noAuthUser, bool takesAnyone, IWorkScheduler hashing)
    {
        _settings = settings;
        _noAuthUser = noAuthUser;
        _takesAnyone = takesAnyone;
        _hashing = hashing;
        foreach (var user in users)
        {
            if (user.NKey is { } key)
                _keys[key] = user;
            else if (user.Name is { } name)
                _names[name] = user;
        }

        _certificates = new CertificateUsers(_names);
    }

    /// <inheritdoc/>
    public bool IsRequired => _keys.Count + _names.Count > 0 || _settings.User is not null || _settings.Token is not null;

    /// <inheritdoc/>
    public bool AsksForCredentials => IsRequired && _noAuthUser is null;

    /// <inheritdoc/>
    public int Generation => 0;

    /// <inheritdoc/>
    public bool UsesNonce => _keys.Count > 0;

    /// <inheritdoc/>
    public TimeSpan Timeout => _settings.Timeout ?? AuthorizationSettings.DefaultTimeout;

    /// <summary>Whether a password stands in the configuration as it is.</summary>
    public bool HasPlainPasswords =>
        IsPlain(_settings.Password) || _names.Values.Any(user => IsPlain(user.Password ?? ""));

    /// <summary>Whether there is a user with a name or key.</summary>
    public bool Knows(string nameOrKey)
    {
        return _names.ContainsKey(nameOrKey) || _keys.ContainsKey(nameOrKey);
    }

    /// <inheritdoc/>
    public ValueTask<AuthenticationResult> AuthenticateAsync(AuthenticationRequest request, CancellationToken cancellationToken)
    {
        if (!IsRequired)
            return ValueTask.FromResult(Anyone);
        var connect = request.Connect;
        if (_keys.Count > 0 && KeyOf(connect) is { } key)
            return ValueTask.FromResult(ByKey(key, request));
        if (_names.Count > 0 && request.IsMapped)
            return ValueTask.FromResult(ByCertificate(request));
        if (_names.Count > 0 && NameOf(connect) is { } name)
            return ByNameAsync(name, request, cancellationToken);
        if (_takesAnyone && ShowsNothing(connect))
            return ValueTask.FromResult(Anyone);
        if (_settings.Token is { } token)
            return ByTokenAsync(token, connect, cancellationToken);
        if (_settings.User is { } user && user == connect.User)
            return AloneAsync(user, connect, cancellationToken);
        return ValueTask.FromResult(PresentedUser.Raw(connect) is "" or PresentedUser.Redacted ? Refused : Unknown);
    }

    private static bool IsPlain(string? password)
    {
        return password is not null && !PasswordHash.IsBcrypt(password);
    }

    private string? KeyOf(ConnectOptions connect)
    {
        if (!string.IsNullOrEmpty(connect.NKey))
            return connect.NKey;
        return ShowsNothing(connect) && _noAuthUser is not null && _keys.ContainsKey(_noAuthUser) ? _noAuthUser : null;
    }

    private string? NameOf(ConnectOptions connect)
    {
        if (!string.IsNullOrEmpty(connect.User))
            return connect.User;
        return ShowsNothing(connect) && _noAuthUser is not null && _names.ContainsKey(_noAuthUser) ? _noAuthUser : null;
    }

    private static bool ShowsNothing(ConnectOptions connect)
    {
        return string.IsNullOrEmpty(connect.User) && string.IsNullOrEmpty(connect.Password) && string.IsNullOrEmpty(connect.AuthToken);
    }

    private AuthenticationResult ByKey(string key, AuthenticationRequest request)
    {
        if (!_keys.TryGetValue(key, out var user))
            return Unknown;
        if (!Allows(user, request))
            return Refused;
        string? complaint = key == _noAuthUser ? null : CredentialCheck.SignatureComplaint(key, request);
        return complaint is null ? AuthenticationResult.Accept(IdentityOf(user)) : AuthenticationResult.Refuse(complaint);
    }

    private AuthenticationResult ByCertificate(AuthenticationRequest request)
    {
        if (request.PeerCertificate is not { } certificate)
            return AuthenticationResult.Refuse("User required in cert, no peer certificates found");
        return _certificates.Find(certificate, request.ConnectionType) is { } user
            ? AuthenticationResult.Accept(IdentityOf(user))
            : AuthenticationResult.Refuse("User required in cert, none found");
    }

    private async ValueTask<AuthenticationResult> ByNameAsync(string name, AuthenticationRequest request, CancellationToken cancellation)
    {
        if (!_names.TryGetValue(name, out var user))
            return Unknown;
        if (!Allows(user, request))
            return Refused;
        bool needsNone = name == _noAuthUser && ShowsNothing(request.Connect);
        return needsNone || await PasswordCheck.MatchesAsync(user.Password ?? "", request.Connect.Password, _hashing, cancellation).ConfigureAwait(false)
            ? AuthenticationResult.Accept(IdentityOf(user))
            : Refused;
    }

    private async ValueTask<AuthenticationResult> ByTokenAsync(string token, ConnectOptions connect, CancellationToken cancellation)
    {
        return await PasswordCheck.MatchesAsync(token, connect.AuthToken, _hashing, cancellation).ConfigureAwait(false)
            ? AuthenticationResult.Accept(ClientIdentity.Anonymous with { UserLabel = PresentedUser.Redacted })
            : Refused;
    }

    private async ValueTask<AuthenticationResult> AloneAsync(string user, ConnectOptions connect, CancellationToken cancellation)
    {
        return await PasswordCheck.MatchesAsync(_settings.Password ?? "", connect.Password, _hashing, cancellation).ConfigureAwait(false)
            ? AuthenticationResult.Accept(ClientIdentity.Anonymous with { UserLabel = user })
            : Refused;
    }

    private static bool Allows(UserSettings user, AuthenticationRequest request)
    {
        return user.AllowedConnectionTypes.HasFlag(request.ConnectionType);
    }

    private static ClientIdentity IdentityOf(UserSettings user)
    {
        return new ClientIdentity
        {
            AccountName = user.AccountName,
            UserLabel = user.Name ?? user.NKey ?? "",
            NKey = user.NKey,
            Permissions = user.Permissions,
            ConnectionTypes = user.AllowedConnectionTypes,
        };
    }
}
