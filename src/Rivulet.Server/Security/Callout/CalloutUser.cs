using Rivulet.Server.Security.Operators;
using Rivulet.Server.Security.Tokens;

namespace Rivulet.Server.Security.Callout;

/// <summary>Makes an identity of the user that an authorization service answers with.</summary>
internal static class CalloutUser
{
    /// <summary>The identity; null, and why, if the user may not connect now, or so.</summary>
    /// <param name="user">The user.</param>
    /// <param name="request">What the client shows.</param>
    /// <param name="server">Who asked.</param>
    /// <param name="account">The account that the user goes into, which there is.</param>
    /// <param name="template">What it may use.</param>
    /// <param name="permissions">What it may do; null for the account's defaults.</param>
    /// <param name="asked">The account that was asked in.</param>
    /// <param name="error">Why it may not.</param>
    public static ClientIdentity? Identify(
        UserClaims user,
        AuthenticationRequest request,
        CalloutServer server,
        string account,
        UserTemplateClaims template,
        Permissions? permissions,
        string asked,
        out string error)
    {
        error = "";
        var types = UserAdmission.TypesOf(template, out _);
        if (!types.HasFlag(request.ConnectionType))
            error = $"Authorized user on account \"{asked}\" using invalid connection type";
        else if (!SourceNetworks.Allow(template.Sources, request.RemoteAddress))
            error = $"Authorized user on account \"{asked}\" from a source that is not allowed";
        var until = ConnectTimes.AllowedUntil(template.Times, template.TimeZone, server.Time.GetUtcNow(), TimeZoneInfo.Local);
        if (until is null)
            error = $"Authorized user on account \"{asked}\" outside of valid connect times";
        if (error.Length > 0)
            return null;
        if (user.Expires > 0 && ClaimedTime.Of(user.Expires) is var expires && expires < until)
            until = expires;
        var defaults = server.Accounts.TryGet(account, out var target) ? target.Settings.DefaultPermissions : null;
        return new ClientIdentity
        {
            AccountName = account,
            UserLabel = user.Name.Length > 0 ? user.Name : PresentedUser.Raw(request.Connect),
            SigningKey = user.Issuer,
            Tags = user.User.Tags,
            ConnectionTypes = types,
            Permissions = permissions ?? defaults,
            HasDefaultPermissions = permissions is null,
            IssuedAt = user.IssuedAt,
            Expires = until == DateTimeOffset.MaxValue ? null : until,
        };
    }
}
