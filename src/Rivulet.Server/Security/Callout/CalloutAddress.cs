namespace Rivulet.Server.Security.Callout;

/// <summary>Whom to ask about a client.</summary>
internal sealed class CalloutAddress
{
    /// <summary>The account that the service is in.</summary>
    public required string Account { get; init; }

    /// <summary>Whose answer it has to be: the subject of the request.</summary>
    public required string Issuer { get; init; }

    /// <summary>The public key to encrypt for; null for a request in the clear.</summary>
    public string? XKey { get; init; }

    /// <summary>How long the service may take.</summary>
    public required TimeSpan Timeout { get; init; }
}
