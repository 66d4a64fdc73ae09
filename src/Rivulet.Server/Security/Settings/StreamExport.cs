namespace Rivulet.Server.Security;

/// <summary>Messages that an account lets others have.</summary>
public sealed record StreamExport
{
    /// <summary>Filter of the subjects.</summary>
    public required string Subject { get; init; }

    /// <summary>
    /// The accounts that may import it; null for all. An empty list is for nobody but those whose import
    /// <see cref="StreamImport.IsActivated"/>.
    /// </summary>
    public IReadOnlyList<string>? Accounts { get; init; }

    /// <summary>The token of <see cref="Subject"/>, from 1, that has to be the importing account's name; 0 for none.</summary>
    public int AccountTokenPosition { get; init; }

    /// <inheritdoc/>
    public bool Equals(StreamExport? other)
    {
        return other is not null
            && Subject == other.Subject
            && AccountTokenPosition == other.AccountTokenPosition
            && ListEquality.AreEqual(Accounts, other.Accounts);
    }

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        return string.GetHashCode(Subject, StringComparison.Ordinal);
    }
}
