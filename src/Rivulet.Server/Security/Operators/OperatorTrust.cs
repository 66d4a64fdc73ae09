using Rivulet.Protocol;
using Rivulet.Server.Hosting;
using Rivulet.Server.Security.Tokens;

namespace Rivulet.Server.Security.Operators;

/// <summary>Whom the server trusts to vouch for accounts. Immutable.</summary>
internal sealed class OperatorTrust
{
    private readonly HashSet<string> _trusted;
    private readonly HashSet<string> _strict;

    private OperatorTrust(HashSet<string> trusted, HashSet<string> strict, OperatorClaims? first)
    {
        _trusted = trusted;
        _strict = strict;
        First = first;
    }

    /// <summary>The operator that may change accounts; null where only keys are trusted.</summary>
    public OperatorClaims? First { get; }

    /// <summary>The trust that settings give.</summary>
    /// <exception cref="NatsServerOptionsException">They make no sense.</exception>
    public static OperatorTrust Create(OperatorSettings settings)
    {
        var operators = settings.Operators.Select(Decode).ToList();
        foreach (var claims in operators)
            RequireVersion(claims);
        var trusted = settings.TrustedKeys.Concat(operators.SelectMany(claims => claims.Keys)).ToHashSet(StringComparer.Ordinal);
        foreach (string key in trusted)
        {
            NatsServerOptions.Require(
                NKey.IsPublicKey(key, NKeyKind.Operator), $"trusted Keys \"{key}\" are required to be a valid public operator nkey");
        }

        var strict = operators
            .Where(claims => claims.Operator.StrictSigningKeyUsage)
            .SelectMany(claims => claims.Operator.SigningKeys)
            .ToHashSet(StringComparer.Ordinal);
        return new OperatorTrust(trusted, strict, operators.FirstOrDefault());
    }

    /// <summary>The system account that operators name; null if none does.</summary>
    public static string? SystemAccountOf(OperatorSettings settings)
    {
        return settings.Operators.Select(Decode).Select(claims => claims.Operator.SystemAccount).FirstOrDefault(name => name.Length > 0);
    }

    /// <summary>
    /// Where tokens of accounts are: what the settings say, else where the only operator says that it serves them; null for nowhere.
    /// </summary>
    public static AccountResolverSettings? ResolverOf(OperatorSettings settings)
    {
        if (settings.Resolver is not null || settings.Operators.Count != 1)
            return settings.Resolver;

        // Tools that put tokens there put them under this path.
        string address = Decode(settings.Operators[0]).Operator.AccountServerUrl;
        return address.Length > 0 && UrlResolver.TryParse(address.TrimEnd('/') + "/accounts", out var url)
            ? new AccountResolverSettings { Kind = AccountResolverKind.Url, Url = url }
            : null;
    }

    /// <summary>Whether a key may vouch for accounts.</summary>
    public bool IsTrusted(string issuer)
    {
        return _trusted.Contains(issuer);
    }

    /// <summary>Whether accounts by a key may have users by their signing keys only.</summary>
    public bool IsStrict(string issuer)
    {
        return _strict.Contains(issuer);
    }

    private static OperatorClaims Decode(string token)
    {
        return Jwt.Decode<OperatorClaims>(token, out string error)
            ?? throw new NatsServerOptionsException($"error parsing operator JWT: {error}");
    }

    private static void RequireVersion(OperatorClaims claims)
    {
        (int Major, int Minor, int Update)? asserted;
        try
        {
            asserted = claims.AssertedVersion();
        }
        catch (FormatException e)
        {
            throw new NatsServerOptionsException(
                $"operator {claims.Subject} expects version {claims.Operator.AssertServerVersion} got error instead: {e.Message}");
        }

        if (asserted is not { } wanted)
            return;
        int[] level = [.. ServerVersion.ProtocolLevel.Split('.').Select(int.Parse)];
        string? complaint = (wanted.Major.CompareTo(level[0]), wanted.Minor.CompareTo(level[1]), wanted.Update.CompareTo(level[2])) switch
        {
            ( > 0, _, _) => $"expected major version {wanted.Major} > server major version {level[0]}",
            (0, > 0, _) => $"expected minor version {wanted.Minor} > server minor version {level[1]}",
            (0, 0, > 0) => $"expected update version {wanted.Update} > server update version {level[2]}",
            _ => null,
        };
        NatsServerOptions.Require(complaint is null, $"operator {claims.Subject} {complaint}");
    }
}
