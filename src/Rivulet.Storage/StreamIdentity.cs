namespace Rivulet.Storage;

/// <summary>Names a stream within a store: stream names are unique in their account only.</summary>
/// <param name="Account">The account that the stream belongs to.</param>
/// <param name="Name">The name of the stream.</param>
public readonly record struct StreamIdentity(string Account, string Name)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Account}/{Name}";
}
