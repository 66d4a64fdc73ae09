using System.Globalization;
using Microsoft.Extensions.Logging;
using Rivulet.Server.Connections;
using Rivulet.Server.Hosting;
using Rivulet.Server.Logging;
using Rivulet.Server.Security.Authentication;
using Rivulet.Server.Security.Callout;
using Rivulet.Server.Security.Operators;
using Rivulet.Server.Security.Tokens;
using Rivulet.Server.SystemRequests;
using Rivulet.Server.Work;

namespace Rivulet.Server.Security;

/// <summary>Who may connect to a running server: makes the authenticator that its settings ask for, and another one when they change.</summary>
/// <remarks>Started, reloaded and disposed of by one thread at a time.</remarks>
internal sealed class ServerSecurity : IDisposable
{
    // Hashes and answers are worked on by a thread that has nothing else to do, so that they hold nobody up.
    private const int WorkThreads = 1;

    private readonly ConnectionEnvironment _environment;
    private readonly ServerIdentity _identity;
    private readonly WorkScheduler _work;
    private readonly ILogger _log;
    private ServerAccounts? _target;
    private ClaimedAccounts? _claimed;
    private ClaimsService? _claims;
    private AccountResolverSettings? _resolverSettings;
    private IAccountResolver? _nextResolver;

    /// <summary>Nobody is known yet.</summary>
    /// <param name="environment">What connections share; gets the authenticator.</param>
    /// <param name="identity">Names and keys of the server.</param>
    /// <param name="log">Where log lines go.</param>
    public ServerSecurity(ConnectionEnvironment environment, ServerIdentity identity, ILogger log)
    {
        _environment = environment;
        _identity = identity;
        _log = log;
        _work = new WorkScheduler("rivulet authentication", WorkThreads, log);
    }

    /// <summary>Whether accounts are claimed, and not configured.</summary>
    public bool HasOperators => _claimed is not null;

    /// <summary>
    /// Begins to know clients. Where there are operators, this brings their accounts; otherwise the accounts are there already.
    /// </summary>
    /// <exception cref="NatsServerOptionsException">The settings do not fit together.</exception>
    /// <exception cref="NatsServerStartException">The directory of account tokens cannot be used.</exception>
    public async Task StartAsync(NatsServerOptions options)
    {
        if (options.Operators is { IsUsed: true } operators)
            await StartOperatorsAsync(options, operators).ConfigureAwait(false);
        TakeAuthenticators(options);
    }

    /// <summary>JetStream runs: accounts that come and go, come and go there too.</summary>
    public async Task JetStreamStartedAsync(JetStreamService jetStream)
    {
        if (_target is null)
            return;
        _target.Use(jetStream);
        if (_claimed!.Resolver is UrlResolver)
            await Task.WhenAll(jetStream.Engine.StoredAccounts.Select(account => _claimed.PrepareAsync(account).AsTask())).ConfigureAwait(false);
        _claimed.LoadAll();
    }

    /// <summary>JetStream is about to end: accounts that come and go from here on, have no part in it.</summary>
    public void JetStreamStopping()
    {
        _target?.Use(null);
    }

    /// <summary>Opens what other settings need, ahead of <see cref="Reload"/>, so that nothing changes if that cannot be done.</summary>
    /// <exception cref="NatsServerOptionsException">The directory of account tokens cannot be used.</exception>
    public void PrepareReload(NatsServerOptions options)
    {
        (_nextResolver as IDisposable)?.Dispose();
        _nextResolver = null;
        if (_claimed is null || options.Operators is not { } operators || OperatorTrust.ResolverOf(operators) == _resolverSettings)
            return;
        try
        {
            _nextResolver = OpenResolver(options, operators);
        }
        catch (NatsServerStartException e)
        {
            throw new NatsServerOptionsException(e.Message, e);
        }
    }

    /// <summary>Knows clients by other settings from here on. Those that are connected are the caller's to look at anew.</summary>
    public void Reload(NatsServerOptions options)
    {
        if (_claimed is not null && options.Operators is { } operators)
        {
            var old = _claimed.Resolver;
            var resolver = _nextResolver ?? old;
            _nextResolver = null;
            if (resolver == old && resolver is DirectoryResolver directory)
                ReloadDirectory(directory);
            else if (resolver is MemoryResolver)
                resolver = Preload(new MemoryResolver(), operators);
            _claimed.Reload(OperatorTrust.Create(operators), resolver);
            if (OperatorTrust.ResolverOf(operators) != _resolverSettings)
            {
                _claims!.Dispose();
                StartClaims(options);
                (old as IDisposable)?.Dispose();
            }

            _resolverSettings = OperatorTrust.ResolverOf(operators);
        }

        TakeAuthenticators(options);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _claims?.Dispose();
        (_claimed?.Resolver as IDisposable)?.Dispose();
        _claimed?.Dispose();
        _work.Dispose();
    }

    private void TakeAuthenticators(NatsServerOptions options)
    {
        var authorization = options.Authorization ?? new AuthorizationSettings();
        if (_claimed is not null)
        {
            // Accounts decide about clients, whichever way those come.
            _environment.Authenticator = CreateForOperators(options, authorization);
            return;
        }

        var authenticator = Create(options, authorization, options.NoAuthUser, HasSystemUsersOnly(options), out var configured);
        if (configured.HasPlainPasswords)
            SecurityLog.PlainPasswords(_log);
        if (authorization.Callout is { } callout)
            WarnOfCallout(callout, configured);
        _environment.WebSocketAuthenticator = CreateForWebSockets(options, authorization);
        _environment.Authenticator = authenticator;
    }

    /// <summary>What finds out who WebSocket clients are, if that is not what does it for all.</summary>
    private IAuthenticator? CreateForWebSockets(NatsServerOptions options, AuthorizationSettings authorization)
    {
        if (options.WebSocket is not { } port || (!port.HasAuthorization && port.AuthTimeout is null))
            return null;
        authorization = authorization with { Timeout = port.AuthTimeout ?? authorization.Timeout };
        if (!port.HasAuthorization)
            return Create(options, authorization, options.NoAuthUser, HasSystemUsersOnly(options), out _);
        authorization = authorization with { User = port.UserName, Password = port.Password, Token = port.Token };
        return Create(options, authorization, port.NoAuthUser, takesAnyone: false, out _);
    }

    private IAuthenticator Create(
        NatsServerOptions options, AuthorizationSettings authorization, string? noAuthUser, bool takesAnyone, out ConfiguredAuthenticator configured)
    {
        var users = (authorization.Users ?? []).Concat(options.Accounts.SelectMany(UsersOf));
        configured = new ConfiguredAuthenticator(authorization, users, noAuthUser, takesAnyone, _work);
        if (authorization.Callout is { } callout)
            return new ConfiguredCallout(configured, callout, CalloutServerOf(options));
        return configured.IsRequired ? configured : OpenAuthenticator.Instance;
    }

    /// <summary>
    /// Whether users are set up for nothing but the server's own events. That does not shut out everybody else, unless it is said so.
    /// </summary>
    private static bool HasSystemUsersOnly(NatsServerOptions options)
    {
        return options.Authorization is null
            && options.NoAuthUser is null
            && options.Accounts.All(account => account.Name == options.SystemAccount || account.Name == AccountSettings.GlobalName)
            && options.Accounts.All(account => account.Name == options.SystemAccount || account.Users.Count == 0);
    }

    private void WarnOfCallout(AuthCalloutSettings callout, ConfiguredAuthenticator configured)
    {
        if (!_environment.Accounts.TryGet(callout.Account, out _))
            SecurityLog.CalloutAccountUnknown(_log, callout.Account);
        foreach (string user in callout.AuthUsers.Where(user => !configured.Knows(user)))
            SecurityLog.CalloutUserUnknown(_log, user);
    }

    private static IEnumerable<UserSettings> UsersOf(AccountSettings account)
    {
        return account.Users.Select(user => user with
        {
            AccountName = account.Name,
            Permissions = user.Permissions ?? account.DefaultPermissions,
        });
    }

    private OperatorCallout CreateForOperators(NatsServerOptions options, AuthorizationSettings authorization)
    {
        var authenticator = new OperatorAuthenticator(
            options.Operators!,
            options.EffectiveSystemAccount,
            authorization.Timeout ?? AuthorizationSettings.DefaultTimeout,
            _claimed!,
            options.TimeProvider);
        return new OperatorCallout(authenticator, CalloutServerOf(options));
    }

    private CalloutServer CalloutServerOf(NatsServerOptions options)
    {
        return new CalloutServer
        {
            Identity = _identity,
            Keys = _identity.Keys,
            EncryptionKeys = _identity.EncryptionKeys,
            Host = options.Host,
            Tags = options.Tags,
            Accounts = _environment.Accounts,
            Work = _work,
            Time = options.TimeProvider,
            Log = _log,
        };
    }

    private async Task StartOperatorsAsync(NatsServerOptions options, OperatorSettings operators)
    {
        var trust = OperatorTrust.Create(operators);
        LogOperators(operators);
        string system = options.EffectiveSystemAccount;
        var resolver = OpenResolver(options, operators);
        _target = new ServerAccounts(_environment.Accounts, _environment.Connections, system, _log);
        _claimed = new ClaimedAccounts(trust, resolver, _target, options.TimeProvider, _log);
        WarnOfPreload(operators, options.TimeProvider);
        if (system != AccountSettings.SystemName)
        {
            string notFetched = await _claimed.PrepareAsync(system).ConfigureAwait(false);
            if (_claimed.Find(system, out string error) is null)
                throw new NatsServerOptionsException($"error resolving system account: {(notFetched.Length > 0 ? notFetched : error)}");
        }

        _resolverSettings = OperatorTrust.ResolverOf(operators);
        StartClaims(options);
    }

    private void StartClaims(NatsServerOptions options)
    {
        _claims = ClaimsService.Start(
            _claimed!,
            _environment.Accounts.System.Router,
            _environment.Stamp,
            _work,
            options.TimeProvider,
            _log);
    }

    private void LogOperators(OperatorSettings operators)
    {
        if (operators.Operators.Count > 0)
            SecurityLog.OperatorLine(_log, "Trusted Operators");
        foreach (string token in operators.Operators)
        {
            if (Jwt.Decode<OperatorClaims>(token, out _) is not { } claims)
                continue;
            SecurityLog.OperatorLine(_log, $"  System  : \"{claims.Audience}\"");
            SecurityLog.OperatorLine(_log, $"  Operator: \"{claims.Name}\"");
            SecurityLog.OperatorLine(_log, $"  Issued  : {Text(claims.IssuedAt)}");
            SecurityLog.OperatorLine(_log, $"  Expires : {(claims.Expires == 0 ? "Never" : Text(claims.Expires))}");
        }
    }

    private static string Text(long seconds)
    {
        return ClaimedTime.Of(seconds).ToString("yyyy-MM-dd HH:mm:ss '+0000 UTC'", CultureInfo.InvariantCulture);
    }

    private IAccountResolver OpenResolver(NatsServerOptions options, OperatorSettings operators)
    {
        return OperatorTrust.ResolverOf(operators) switch
        {
            { Kind: AccountResolverKind.Url, Url: { } address } => new UrlResolver(address, operators.ResolverTls, _log),
            { Kind: not AccountResolverKind.Memory } settings => Preload(OpenDirectory(settings, options.TimeProvider), operators),
            _ => Preload(new MemoryResolver(), operators),
        };
    }

    private DirectoryResolver OpenDirectory(AccountResolverSettings settings, TimeProvider time)
    {
        try
        {
            var directory = new DirectoryResolver(settings, time);
            SecurityLog.ManagesDirectory(_log, directory.IsCache ? "some" : "all", directory.FullPath);
            return directory;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NatsServerStartException($"Can't open the directory of account JWTs: {e.Message}", e);
        }
    }

    private void ReloadDirectory(DirectoryResolver directory)
    {
        try
        {
            directory.Reload();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            SecurityLog.ClaimsRefused(_log, "reading account JWTs anew failed", directory.FullPath, e.Message);
        }
    }

    private static IAccountResolver Preload(IAccountResolver resolver, OperatorSettings operators)
    {
        foreach (var (account, token) in operators.Preload)
            resolver.Preload(account, token);
        return resolver;
    }

    private void WarnOfPreload(OperatorSettings operators, TimeProvider time)
    {
        foreach (var (account, token) in operators.Preload)
        {
            if (Jwt.Decode<AccountClaims>(token, out string error) is not { } claims)
                SecurityLog.PreloadIssues(_log, account, error);
            else if (ClaimsProblems.Of(claims, time.GetUtcNow().ToUnixTimeSeconds()) is { Any: true } problems)
                SecurityLog.PreloadIssues(_log, account, string.Join(", ", problems.All));
        }
    }
}
