using System.Diagnostics.CodeAnalysis;
using Rivulet.Protocol;

namespace Rivulet.Server.Security;

/// <summary>A client's identity, or why it is refused.</summary>
internal sealed class AuthenticationResult
{
    private AuthenticationResult(ClientIdentity? identity, string reason, ProtocolViolation violation)
    {
        Identity = identity;
        Reason = reason;
        Violation = violation;
    }

    /// <summary>Who the client is; null if it is refused.</summary>
    public ClientIdentity? Identity { get; }

    /// <summary>Why it is refused, for the server's log and never for the client; without secrets. Empty if it is accepted.</summary>
    public string Reason { get; }

    /// <summary>What the client is told before the connection ends.</summary>
    public ProtocolViolation Violation { get; }

    /// <summary>The account of the service that refused it, which is told of that; null if no service did.</summary>
    public string? RefusedBy { get; private init; }

    /// <summary>Whether it is refused because there is no user of the name or key that it shows.</summary>
    public bool IsUnknown { get; private init; }

    /// <summary>Whether the client may come in.</summary>
    [MemberNotNullWhen(true, nameof(Identity))]
    public bool IsAccepted => Identity is not null;

    /// <summary>The client may come in.</summary>
    public static AuthenticationResult Accept(ClientIdentity identity)
    {
        return new AuthenticationResult(identity, "", ProtocolViolation.None);
    }

    /// <summary>The client is refused.</summary>
    /// <param name="reason">Why, for the log; without secrets.</param>
    /// <param name="violation">What the client is told.</param>
    public static AuthenticationResult Refuse(
        string reason, ProtocolViolation violation = ProtocolViolation.AuthorizationViolation)
    {
        return new AuthenticationResult(null, reason, violation);
    }

    /// <summary>The client is refused, since there is no user of the name or key that it shows.</summary>
    public static AuthenticationResult RefuseUnknown()
    {
        return new AuthenticationResult(null, "", ProtocolViolation.AuthorizationViolation) { IsUnknown = true };
    }

    /// <summary>The client is refused by a service that was asked.</summary>
    /// <param name="account">The account of the service.</param>
    public static AuthenticationResult RefuseBy(string account)
    {
        return new AuthenticationResult(null, "", ProtocolViolation.AuthorizationViolation) { RefusedBy = account };
    }
}
