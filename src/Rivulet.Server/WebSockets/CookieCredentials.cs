using Rivulet.Protocol;

namespace Rivulet.Server.WebSockets;

/// <summary>Credentials from the cookies that the configuration names; null where there was no such cookie.</summary>
/// <param name="Jwt">A user's JWT.</param>
/// <param name="User">A user name.</param>
/// <param name="Password">A password.</param>
/// <param name="Token">A token.</param>
internal sealed record CookieCredentials(string? Jwt, string? User, string? Password, string? Token)
{
    /// <summary>What CONNECT said, with what it left out.</summary>
    public ConnectOptions Complete(ConnectOptions connect)
    {
        return connect with
        {
            Jwt = OrElse(connect.Jwt, Jwt),
            User = OrElse(connect.User, User),
            Password = OrElse(connect.Password, Password),
            AuthToken = OrElse(connect.AuthToken, Token),
        };
    }

    private static string? OrElse(string? said, string? cookie)
    {
        return said is { Length: > 0 } ? said : cookie;
    }

    /// <summary>Nothing of it: these are secrets.</summary>
    public override string ToString()
    {
        return nameof(CookieCredentials);
    }
}
