namespace Rivulet.Server.Security;

/// <summary>Messages that an account takes from another one.</summary>
public sealed record StreamImport
{
    /// <summary>The account that exports them.</summary>
    public required string Account { get; init; }

    /// <summary>Filter of the subjects, as they are there.</summary>
    public required string Subject { get; init; }

    /// <summary>What their subjects become here: <c>fromA.$1</c>. Null for the same.</summary>
    public string? To { get; init; }

    /// <summary>What their subjects begin with here: <c>fromA</c>. Null for nothing.</summary>
    public string? Prefix { get; init; }

    /// <summary>Whether traces of messages go on into this account.</summary>
    public bool AllowTrace { get; init; }

    /// <summary>Whether a token of the exporting account, which has been verified, allows this import.</summary>
    public bool IsActivated { get; init; }
}
