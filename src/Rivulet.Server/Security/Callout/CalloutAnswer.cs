using Rivulet.Server.Security.Tokens;

namespace Rivulet.Server.Security.Callout;

/// <summary>What an authorization service answered: a user, or nobody.</summary>
internal sealed class CalloutAnswer
{
    /// <summary>The user; null if the client is refused.</summary>
    public UserClaims? User { get; init; }

    /// <summary>What the user came in; null without one.</summary>
    public AuthorizationResponseClaims? Response { get; init; }

    /// <summary>Whether only the service can have written it.</summary>
    public bool IsEncrypted { get; init; }

    /// <summary>Why there is no user, for the log; empty if there is one, or the service did not answer in time.</summary>
    public string Reason { get; init; } = "";

    /// <summary>Nobody.</summary>
    public static CalloutAnswer Refused(string reason)
    {
        return new CalloutAnswer { Reason = reason };
    }
}
