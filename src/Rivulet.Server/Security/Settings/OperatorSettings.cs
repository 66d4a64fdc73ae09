namespace Rivulet.Server.Security;

/// <summary>Operators who vouch for accounts, which vouch for users: claims instead of a configuration of them.</summary>
public sealed record OperatorSettings
{
    /// <summary>The tokens of the operators; the first is the one that may change accounts.</summary>
    public IReadOnlyList<string> Operators { get; init; } = [];

    /// <summary>Operator keys, <c>O…</c>, that are trusted without a token. Not together with <see cref="Operators"/>.</summary>
    public IReadOnlyList<string> TrustedKeys { get; init; } = [];

    /// <summary>Where the tokens of accounts are; null for nowhere.</summary>
    public AccountResolverSettings? Resolver { get; init; }

    /// <summary>TLS of a resolver with an address; null for the defaults. A reload does not look at it.</summary>
    public AccountResolverTls? ResolverTls { get; init; }

    /// <summary>Tokens of accounts that are put there at the start, by account key.</summary>
    public IReadOnlyDictionary<string, string> Preload { get; init; } = new Dictionary<string, string>();

    /// <summary>The only accounts whose users may connect; null for all.</summary>
    public IReadOnlyList<string>? PinnedAccounts { get; init; }

    /// <summary>The user token of clients that show none; null for none.</summary>
    public string? DefaultSentinel { get; init; }

    /// <summary>Whether anybody is trusted. Without, all else here says nothing.</summary>
    public bool IsUsed => Operators.Count + TrustedKeys.Count > 0;

    /// <inheritdoc/>
    public bool Equals(OperatorSettings? other)
    {
        return other is not null
            && Resolver == other.Resolver
            && DefaultSentinel == other.DefaultSentinel
            && ListEquality.AreEqual(Operators, other.Operators)
            && ListEquality.AreEqual(TrustedKeys, other.TrustedKeys)
            && ListEquality.AreEqual(PinnedAccounts, other.PinnedAccounts)
            && Preload.Count == other.Preload.Count
            && !Preload.Except(other.Preload).Any();
    }

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        return HashCode.Combine(Operators.Count, TrustedKeys.Count, Preload.Count);
    }
}
