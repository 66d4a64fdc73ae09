namespace Rivulet.Server.Security;

/// <summary>Who a connection was found to be when it authenticated, and what it may do. Immutable; holds no secrets.</summary>
internal sealed record ClientIdentity
{
    /// <summary>Everybody, in the global account, where nobody has to authenticate.</summary>
    public static ClientIdentity Anonymous { get; } = new() { AccountName = AccountSettings.GlobalName };

    /// <summary>The account that the connection belongs to.</summary>
    public required string AccountName { get; init; }

    /// <summary>
    /// What monitoring, events and log lines show: the user's name, or its public key. Empty for nobody in particular, and for
    /// a secret such as a token what stands for it.
    /// </summary>
    public string UserLabel { get; init; } = "";

    /// <summary>What it may publish and subscribe to, defaults of the account included; null for everything.</summary>
    public Permissions? Permissions { get; init; }

    /// <summary>What it may use.</summary>
    public UserLimits Limits { get; init; } = UserLimits.Unlimited;

    /// <summary>How it may connect. Whoever authenticates has checked that.</summary>
    public ConnectionTypes ConnectionTypes { get; init; } = ConnectionTypes.All;

    /// <summary>When the connection is to be closed because the credentials run out; null for never.</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <summary>Whether a token alone was enough, with no signature.</summary>
    public bool IsBearer { get; init; }

    /// <summary>Labels of the user, from its claims.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>What to show instead of a name where claims have one; null for <see cref="UserLabel"/>.</summary>
    public string? NameTag { get; init; }

    /// <summary>The user's public key, shown in monitoring; null without one.</summary>
    public string? NKey { get; init; }

    /// <summary>The public key that issued the user, from its claims; null without claims.</summary>
    public string? IssuerKey { get; init; }

    /// <summary>
    /// The key that signed the user's claims, whether the client showed them or a service answered with them; null without claims. An account
    /// that takes it back takes the client's place as well.
    /// </summary>
    public string? SigningKey { get; init; }

    /// <summary>When the claims were issued, in seconds since 1970; 0 without claims. Revocations count by it.</summary>
    public long IssuedAt { get; init; }

    /// <summary>Whether <see cref="Permissions"/> are the account's defaults, and change with them.</summary>
    public bool HasDefaultPermissions { get; init; }
}
