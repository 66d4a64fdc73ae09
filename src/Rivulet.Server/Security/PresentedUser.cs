using System.Text;
using Rivulet.Protocol;
using Rivulet.Server.Hosting;

namespace Rivulet.Server.Security;

/// <summary>Whom a client says it is, as the reference server's log lines have it. Secrets do not show.</summary>
internal static class PresentedUser
{
    /// <summary>What stands for a token.</summary>
    public const string Redacted = "[REDACTED]";

    /// <summary>Behind the word for a failed authentication: <c> - User "a"</c>; empty if the client named nobody.</summary>
    public static string Suffix(ConnectOptions options)
    {
        return options switch
        {
            { NKey.Length: > 0 } => $" - Nkey {Quote(options.NKey)}",
            { User.Length: > 0 } => $" - User {Quote(options.User)}",
            { AuthToken.Length: > 0 } => $" - Token \"{Redacted}\"",
            _ => "",
        };
    }

    /// <summary>The name or key that a client shows, or what stands for its token; empty if it shows none.</summary>
    public static string Raw(ConnectOptions options)
    {
        return options switch
        {
            { NKey.Length: > 0 } => options.NKey,
            { User.Length: > 0 } => options.User,
            { AuthToken.Length: > 0 } => Redacted,
            _ => "",
        };
    }

    /// <summary>In front of log lines of a client that was let in: <c>user:a</c>; empty if it named nobody.</summary>
    public static string Label(ConnectOptions options, ClientIdentity identity)
    {
        return options switch
        {
            { NKey.Length: > 0 } => $"nkey:{options.NKey}",
            { User.Length: > 0 } => $"user:{options.User}",
            _ when identity.IssuerKey is not null => $"jwt:{identity.NKey}",
            { AuthToken.Length: > 0 } => "token",
            _ when identity.UserLabel.Length > 0 => $"user:{identity.UserLabel}",
            _ => "",
        };
    }

    private static string Quote(string text)
    {
        return GoText.Quote(Encoding.UTF8.GetBytes(text));
    }
}
