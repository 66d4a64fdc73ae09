using Rivulet.Protocol;
using Rivulet.Server.Accounts;
using Rivulet.Server.Security.Operators;
using Rivulet.Server.Security.Tokens;

namespace Rivulet.Server.Security;

/// <summary>Checks that settings about who may connect fit together, in the reference server's words.</summary>
internal static class SecurityChecks
{
    /// <summary>Throws if they do not.</summary>
    /// <exception cref="NatsServerOptionsException">Says why not.</exception>
    public static void Validate(NatsServerOptions options)
    {
        bool hasOperators = options.Operators is { IsUsed: true };
        if (!hasOperators)
            AccountRegistry.Validate(options.Accounts, options.SystemAccount);
        if (options.Operators is { } operators)
            Validate(options, operators);
        Validate(options.Authorization ?? new AuthorizationSettings());
        ValidateNoAuthUser(options, options.NoAuthUser, hasOperators);
        if (options.WebSocket is { } webSocket)
            Validate(options, webSocket, hasOperators);
    }

    private static void Validate(NatsServerOptions options, WebSocketServerOptions webSocket, bool hasOperators)
    {
        ValidateNoAuthUser(options, webSocket.NoAuthUser, hasOperators);
        bool hasUsers = UsersOf(options).Any();
        Require(webSocket.UserName is null || !hasUsers, "websocket authentication username not compatible with presence of users/nkeys");
        Require(webSocket.Token is null || !hasUsers, "websocket authentication token not compatible with presence of users/nkeys");
    }

    private static void Validate(NatsServerOptions options, OperatorSettings operators)
    {
        if (OperatorTrust.ResolverOf(operators) is { Kind: AccountResolverKind.Url } remote)
        {
            Require(remote.Url is not null, "an account resolver of this kind needs an address");
            Require(operators.Preload.Count == 0, "resolver preloads only available for writeable resolver types MEM/DIR/CACHE_DIR");
        }

        if (operators.Operators.Count == 0)
        {
            Require(operators.DefaultSentinel is null, "default sentinel requires operators and accounts");
            return;
        }

        var trust = OperatorTrust.Create(operators);
        if (operators.DefaultSentinel is { } sentinel)
            ValidateSentinel(sentinel);
        var resolver = OperatorTrust.ResolverOf(operators);
        Require(resolver is not null, "operators require an account resolver to be configured");
        Require(options.Accounts.Count == 0, "operators do not allow Accounts to be configured directly");
        Require(
            options.Authorization?.Users is not { Count: > 0 }, "operators do not allow users to be configured directly");
        Require(operators.TrustedKeys.Count == 0, "conflicting options for 'TrustedKeys' and 'TrustedOperators'");
        ValidateSystemAccount(options, operators, trust.First!, resolver!);
        foreach (string key in operators.PinnedAccounts ?? [])
            Require(NKey.IsPublicKey(key, NKeyKind.Account), $"pinned account key \"{key}\" is not a valid public account nkey");
        Require(options.Authorization?.Callout is null, "operators do not allow authorization callouts to be configured directly");
    }

    private static void ValidateSentinel(string token)
    {
        if (Jwt.Decode<UserClaims>(token, out _) is not { } sentinel)
            throw new NatsServerOptionsException("default sentinel JWT not valid");

        // Whether a scope makes it one that needs no signature is known when its account is.
        bool isScoped = sentinel.User.IssuerAccount.Length > 0 && sentinel.User.IsEmpty;
        Require(sentinel.User.IsBearer || isScoped, "default sentinel must be a bearer token");
    }

    private static void ValidateSystemAccount(
        NatsServerOptions options, OperatorSettings operators, OperatorClaims first, AccountResolverSettings resolver)
    {
        if (options.SystemAccount != AccountSettings.SystemName)
        {
            var named = operators.Operators
                .Select(token => Jwt.Decode<OperatorClaims>(token, out _)!.Operator.SystemAccount)
                .Where(name => name.Length > 0)
                .ToList();
            Require(
                named.Count == 0 || named.Contains(options.SystemAccount),
                "system_account in config and operator JWT must be identical");
        }
        else if (first.Operator.SystemAccount.Length == 0)
        {
            Require(
                resolver.Kind is AccountResolverKind.Memory or AccountResolverKind.Url,
                "using nats based account resolver - the system account needs to be specified in configuration or the operator jwt");
        }
    }

    private static void Validate(AuthorizationSettings authorization)
    {
        Require(
            authorization.Token is null || (authorization.User is null && authorization.Password is null),
            "Cannot have a user/pass and token");
        Require(authorization.Timeout is null || authorization.Timeout > TimeSpan.Zero, "authorization timeout must be above zero");
        foreach (var user in authorization.Users ?? [])
            Require(user.Name is not null != user.NKey is not null, "a user has either a name or a key");
    }

    private static void ValidateNoAuthUser(NatsServerOptions options, string? name, bool hasOperators)
    {
        if (name is null)
            return;
        Require(!hasOperators, "no_auth_user not compatible with Trusted Operator");
        Require(UsersOf(options).Any(), $"no_auth_user: \"{name}\" present, but users/nkeys are not defined");
        Require(
            UsersOf(options).Any(user => user.Name == name || user.NKey == name),
            $"no_auth_user: \"{name}\" not present as user or nkey in authorization block or account configuration");
    }

    private static IEnumerable<UserSettings> UsersOf(NatsServerOptions options)
    {
        return (options.Authorization?.Users ?? []).Concat(options.Accounts.SelectMany(account => account.Users));
    }

    private static void Require(bool condition, string complaint)
    {
        NatsServerOptions.Require(condition, complaint);
    }
}
