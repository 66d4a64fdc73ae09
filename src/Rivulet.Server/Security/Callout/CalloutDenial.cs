namespace Rivulet.Server.Security.Callout;

/// <summary>Keeps clients of an authorization service's account from asking it themselves, in the server's name.</summary>
internal static class CalloutDenial
{
    private const string Subject = "$SYS.REQ.USER.AUTH";

    /// <summary>The result, with that denied if it is a client of the account.</summary>
    public static AuthenticationResult Apply(AuthenticationResult result, string account)
    {
        if (!result.IsAccepted || result.Identity.AccountName != account)
            return result;
        var permissions = result.Identity.Permissions ?? new Permissions();
        var publish = permissions.Publish ?? new SubjectPermission();
        return AuthenticationResult.Accept(result.Identity with
        {
            Permissions = permissions with { Publish = publish with { Deny = [.. publish.Deny, Subject] } },
        });
    }
}
