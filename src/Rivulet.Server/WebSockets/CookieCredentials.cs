using Rivulet.Protocol;

namespace Rivulet.Server.WebSockets;

/// <summary>Credentials from the cookies that the configuration names; null where there was no such cookie.</summary>
/// <param name="Jwt">A user's JWT.</param>
/// <param name="User">A user name.</param>
/// <param name="Password">A password.</param>
/// <param name="Token">A token.</param>
internal sealed record CookieCredentials(string? Jwt, string? User, string? Password, string? Token)
{
    /// <summary>What a CONNECT says, with credentials from the cookies where it has none of a kind.</summary>
    public ConnectOptions FillIn(ConnectOptions options)
    {
        return options with
        {
            Jwt = Either(options.Jwt, Jwt),
            User = Either(options.User, User),
            Password = Either(options.Password, Password),
            AuthToken = Either(options.AuthToken, Token),
        };
    }

    private static string? Either(string? said, string? cookie)
    {
        return string.IsNullOrEmpty(said) ? cookie ?? said : said;
    }

    /// <summary>Nothing of it: these are secrets.</summary>
    public override string ToString()
    {
        return nameof(CookieCredentials);
    }
}
