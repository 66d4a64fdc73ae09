using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rivulet.Server.Security.Tokens;

/// <summary>What tokens of version 1 say elsewhere than those of version 2, or do not say at all.</summary>
/// <remarks>
/// Tools stopped to make such tokens in 2020, and there are files that hold some. The claims of both versions have most names in common, so
/// that one is read as the other, and then put right by <see cref="Upgrade"/>. Source: nats-io/jwt, which upgrades them too.
/// </remarks>
internal sealed class OldClaims
{
    /// <summary>The version that this is about.</summary>
    public const int Version = 1;

    /// <summary>Labels.</summary>
    [JsonPropertyName("tags"), AllowNull]
    public List<string> Tags { get; set => field = value ?? []; } = [];

    /// <summary>The account, where one of its signing keys issued the token; empty where the account itself did.</summary>
    [JsonPropertyName("issuer_account"), AllowNull]
    public string IssuerAccount { get; set => field = value ?? ""; } = "";

    /// <summary>Limits of a user.</summary>
    [JsonPropertyName("nats"), AllowNull]
    public OldUserLimits User { get; set => field = value ?? new(); } = new();

    /// <summary>Brings claims of version 1, read as if they were of version 2, to what they mean there.</summary>
    /// <param name="claims">The claims.</param>
    /// <param name="body">The JSON that they were read from.</param>
    /// <exception cref="JsonException">They have what only those of version 2 may have.</exception>
    public static void Upgrade(Claims claims, ReadOnlySpan<byte> body)
    {
        var old = JsonSerializer.Deserialize(body, ClaimsJsonContext.Default.OldClaims)!;
        switch (claims)
        {
            case OperatorClaims { Operator: var fields }:
                fields.Tags = old.Tags;
                fields.AssertServerVersion = "";
                fields.StrictSigningKeyUsage = false;
                break;
            case AccountClaims account:
                UpgradeAccount(account, old);
                break;
            case UserClaims { User: var fields }:
                old.UpgradeUser(fields);
                break;
            case ActivationClaims { Activation: var fields }:
                // What is imported was the type, and became the kind when tokens got a type of their own there.
                fields.ImportKind = fields.Type;
                fields.Tags = old.Tags;
                fields.IssuerAccount = old.IssuerAccount;
                break;
        }
    }

    private static void UpgradeAccount(AccountClaims claims, OldClaims old)
    {
        var fields = claims.Account;
        if (fields.SigningKeys.Values.Any(scope => scope is not null))
            throw new JsonException("signing keys of version 1 have no scopes");
        var limits = fields.Limits;
        claims.Account = new AccountFields
        {
            Tags = old.Tags,
            Imports = fields.Imports,
            Exports = fields.Exports,
            SigningKeys = fields.SigningKeys,
            Revocations = fields.Revocations,
            Limits = new AccountLimitClaims
            {
                Subscriptions = limits.Subscriptions,
                Data = limits.Data,
                Payload = limits.Payload,
                Imports = limits.Imports,
                Exports = limits.Exports,
                WildcardExports = limits.WildcardExports,
                DisallowBearer = limits.DisallowBearer,
                Connections = limits.Connections,
                LeafNodes = limits.LeafNodes,
            },
        };
    }

    private void UpgradeUser(UserFields fields)
    {
        fields.Tags = Tags;
        fields.IssuerAccount = IssuerAccount;
        fields.Subscriptions = User.Subscriptions;
        fields.Data = User.Data;
        fields.Payload = User.Payload;
        fields.ProxyRequired = false;
        fields.ConnectionTypes = [];
    }
}

/// <summary>Limits of a user in a token of version 1. What is not said is no limit.</summary>
internal sealed class OldUserLimits
{
    /// <summary>Most subscriptions.</summary>
    [JsonPropertyName("subs")]
    public long Subscriptions { get; set; } = -1;

    /// <summary>Most bytes.</summary>
    [JsonPropertyName("data")]
    public long Data { get; set; } = -1;

    /// <summary>Most bytes of one message.</summary>
    [JsonPropertyName("payload")]
    public long Payload { get; set; } = -1;
}
