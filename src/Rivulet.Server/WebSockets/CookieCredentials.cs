namespace Rivulet.Server.WebSockets;

/// <summary>Credentials from the cookies that the configuration names; null where there was no such cookie.</summary>
/// <param name="Jwt">A user's JWT.</param>
/// <param name="User">A user name.</param>
/// <param name="Password">A password.</param>
/// <param name="Token">A token.</param>
internal sealed record CookieCredentials(string? Jwt, string? User, string? Password, string? Token)
{
    /// <summary>Nothing of it: these are secrets.</summary>
    public override string ToString()
    {
        return nameof(CookieCredentials);
    }
}
