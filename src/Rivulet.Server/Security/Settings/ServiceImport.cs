namespace Rivulet.Server.Security;

/// <summary>A service of another account that the clients of an account may ask.</summary>
public sealed record ServiceImport
{
    /// <summary>The account that exports it.</summary>
    public required string Account { get; init; }

    /// <summary>The subjects there.</summary>
    public required string Subject { get; init; }

    /// <summary>The subjects here; null for the same.</summary>
    public string? To { get; init; }

    /// <summary>Whether the service is told who asks.</summary>
    public bool Share { get; init; }

    /// <summary>Whether a token of the exporting account, which has been verified, allows this import.</summary>
    public bool IsActivated { get; init; }
}
