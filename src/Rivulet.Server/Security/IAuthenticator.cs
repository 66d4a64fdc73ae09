namespace Rivulet.Server.Security;

/// <summary>Finds out who a client is. The server has one; a reload of its settings puts another in its place.</summary>
/// <remarks>Thread-safe. What it is given, and what it gives back, is immutable.</remarks>
internal interface IAuthenticator
{
    /// <summary>Whether CONNECT has to come first, and in time.</summary>
    bool IsRequired { get; }

    /// <summary>Whether a client without credentials is refused: <c>auth_required</c> in INFO.</summary>
    bool AsksForCredentials { get; }

    /// <summary>Whether INFO offers a nonce, which credentials may be a signature of.</summary>
    bool UsesNonce { get; }

    /// <summary>How long a client may take for its CONNECT where <see cref="IsRequired"/>.</summary>
    TimeSpan Timeout { get; }

    /// <summary>
    /// Is another one whenever what is known about clients has changed. Whoever admits a client looks whether it is still the one from
    /// before the decision, since those who look at clients anew may not have seen this one.
    /// </summary>
    int Generation { get; }

    /// <summary>Decides about a client.</summary>
    /// <param name="request">What the client shows.</param>
    /// <param name="cancellationToken">Gives up, because the client is gone or the server stops.</param>
    /// <returns>
    /// Complete at once where there is nothing to compute: the receive loop goes on in place. Otherwise the loop waits, and other
    /// clients are served meanwhile. It never faults because of what a client shows.
    /// </returns>
    ValueTask<AuthenticationResult> AuthenticateAsync(AuthenticationRequest request, CancellationToken cancellationToken);
}
