namespace Rivulet.Server.Security;

/// <summary>Where the tokens of accounts are kept.</summary>
public sealed record AccountResolverSettings
{
    /// <summary>How they are kept.</summary>
    public AccountResolverKind Kind { get; init; }

    /// <summary>
    /// Where tokens are fetched from, for the kind that has one: an <c>http</c> or <c>https</c> address, which the account's key is put behind.
    /// May hold a name and a password. Null for none.
    /// </summary>
    public Uri? Url { get; init; }

    /// <summary>The directory, for the kinds that have one.</summary>
    public string Directory { get; init; } = "";

    /// <summary>Whether the operator may delete accounts.</summary>
    public bool AllowDelete { get; init; }

    /// <summary>Whether deleted tokens are deleted, and not renamed.</summary>
    public bool HardDelete { get; init; }

    /// <summary>Most tokens; 0 for the default, which is no limit with all of them and a thousand with some.</summary>
    public long Limit { get; init; }

    /// <summary>How long a token is kept since it was used last; zero for as long as it holds. With some of them only.</summary>
    public TimeSpan TimeToLive { get; init; }

    /// <summary>The kind, and where, without the password that an address may hold.</summary>
    public override string ToString()
    {
        return $"{Kind} {(Url is null ? Directory : Operators.UrlResolver.Redact(Url))}".TrimEnd();
    }
}

/// <summary>How the tokens of accounts are kept.</summary>
public enum AccountResolverKind
{
    /// <summary>In memory: what the configuration preloads.</summary>
    Memory,

    /// <summary>All of them in a directory, where the system account's users put them.</summary>
    Full,

    /// <summary>Some of them in a directory: those that are in use.</summary>
    Cache,

    /// <summary>Nowhere here: each is fetched over HTTP when its account is asked for first.</summary>
    Url,
}
