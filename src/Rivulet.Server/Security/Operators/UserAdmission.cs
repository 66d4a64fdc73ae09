using Rivulet.Server.Security.Authentication;
using Rivulet.Server.Security.Tokens;

namespace Rivulet.Server.Security.Operators;

/// <summary>Decides about one user by its claims and its account's, step by step in the reference server's order.</summary>
internal static class UserAdmission
{
    /// <summary>The identity of a user whose account is known; null, and why, if it is refused.</summary>
    /// <param name="claims">The user's claims, whose signature is right.</param>
    /// <param name="account">Its account.</param>
    /// <param name="request">What the client shows.</param>
    /// <param name="now">The present.</param>
    /// <param name="error">Why it is refused, for the log.</param>
    public static ClientIdentity? Decide(
        UserClaims claims, ClaimedAccount account, AuthenticationRequest request, DateTimeOffset now, out string error)
    {
        var (template, permissions) = Scoped(claims, account, out error);
        if (template is null || permissions is null)
            return null;
        if (account.IsExpired(now.ToUnixTimeSeconds()))
            error = "Account JWT has expired";
        else if (template.IsBearer && account.Claims.Account.Limits.DisallowBearer)
            error = "Account does not allow bearer tokens";
        if (error.Length > 0)
            return null;
        var types = TypesOf(template, out string? unknown);
        if (!types.HasFlag(request.ConnectionType))
            error = unknown ?? "Connection type not allowed";
        else if (!template.IsBearer && CredentialCheck.SignatureComplaint(claims.Subject, request) is { } complaint)
            error = complaint;
        else if (Revocations.Cover(account.Claims.Account.Revocations, claims.Subject, claims.IssuedAt))
            error = "User authentication revoked";
        else if (!SourceNetworks.Allow(template.Sources, request.RemoteAddress))
            error = $"Bad src Ip {request.RemoteAddress}";
        if (error.Length > 0)
            return null;
        if (ConnectTimes.AllowedUntil(template.Times, template.TimeZone, now, TimeZoneInfo.Local) is { } until)
            return IdentityOf(claims, account, template, permissions, types, until);
        error = "Outside connect times";
        return null;
    }

    /// <summary>What a user may do and use: what its claims say, or those of the scope that its issuer has.</summary>
    /// <returns>What it may use, and what it may do; null for both if it is refused.</returns>
    public static (UserTemplateClaims? Template, PermissionClaims? Permissions) Scoped(UserClaims claims, ClaimedAccount account, out string error)
    {
        error = "";
        if (!account.MayIssue(claims.Issuer, out var scope))
        {
            error = "User JWT issuer is not known";
            return default;
        }

        if (scope is null)
            return (claims.User, claims.User);
        if (!claims.User.IsEmpty)
        {
            error = "User JWT is not valid: scoped users require no permissions or limits set";
            return default;
        }

        var permissions = PermissionTemplates.Fill(scope.Template, claims, account.Claims, out string reason);
        if (permissions is not null)
            return (scope.Template, permissions);
        error = $"User JWT generated invalid permissions: {reason}";
        return default;
    }

    /// <summary>The identity that claims make.</summary>
    /// <param name="claims">The user.</param>
    /// <param name="account">Its account.</param>
    /// <param name="template">What it may use.</param>
    /// <param name="permissions">What it may do.</param>
    /// <param name="types">How it may connect.</param>
    /// <param name="until">Until when it may be connected.</param>
    public static ClientIdentity IdentityOf(
        UserClaims claims,
        ClaimedAccount account,
        UserTemplateClaims template,
        PermissionClaims permissions,
        ConnectionTypes types,
        DateTimeOffset until)
    {
        var own = permissions.ToPermissions();
        if (claims.Expires > 0 && ClaimedTime.Of(claims.Expires) is var expires && expires < until)
            until = expires;
        return new ClientIdentity
        {
            AccountName = account.Name,
            UserLabel = claims.Subject,
            NameTag = claims.Name.Length > 0 ? claims.Name : null,
            NKey = claims.Subject,
            IssuerKey = claims.Issuer,
            SigningKey = claims.Issuer,
            IssuedAt = claims.IssuedAt,
            IsBearer = template.IsBearer,
            Tags = claims.User.Tags,
            ConnectionTypes = types,
            Permissions = own ?? account.Claims.Account.DefaultPermissions.ToPermissions(),
            HasDefaultPermissions = own is null,
            Limits = new UserLimits
            {
                MaxSubscriptions = (int)Math.Clamp(template.Subscriptions, -1, int.MaxValue),
                MaxPayload = (int)Math.Clamp(template.Payload, -1, int.MaxValue),
                MaxData = Math.Max(template.Data, -1),
            },
            Expires = until == DateTimeOffset.MaxValue ? null : until,
        };
    }

    /// <summary>How a user may connect. Types that this server does not know do not count; if it knows none of them, there is none.</summary>
    public static ConnectionTypes TypesOf(UserTemplateClaims template, out string? unknown)
    {
        unknown = null;
        return template.ConnectionTypes.Count == 0
            ? ConnectionTypes.All
            : ConnectionTypeNames.Read(template.ConnectionTypes, out unknown);
    }
}
