using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using Rivulet.Protocol;

namespace Rivulet.Server.Security.Tokens;

/// <summary>The <c>nats</c> claim of a token that lets an account import.</summary>
internal sealed class ActivationFields : ClaimsFields
{
    /// <summary>Filter of the subjects that may be imported.</summary>
    [JsonPropertyName("subject"), AllowNull]
    public string ImportSubject { get; set => field = value ?? ""; } = "";

    /// <summary>Whether they are of a stream or of a service.</summary>
    [JsonPropertyName("kind"), AllowNull]
    public string ImportKind { get; set => field = value ?? ""; } = "";

    /// <summary>The exporting account, where one of its signing keys issued the token; empty where the account itself did.</summary>
    [JsonPropertyName("issuer_account"), AllowNull]
    public string IssuerAccount { get; set => field = value ?? ""; } = "";
}

/// <summary>Claims that let the account that they are about import from the account that issued them.</summary>
internal sealed class ActivationClaims : Claims
{
    private static readonly NKeyKind[] MayIssue = [NKeyKind.Account, NKeyKind.Operator];

    /// <summary>What is particular to activations.</summary>
    [JsonPropertyName("nats"), AllowNull]
    public ActivationFields Activation { get; set => field = value ?? new(); } = new();

    /// <inheritdoc/>
    public override IReadOnlyList<NKeyKind> Issuers => MayIssue;

    /// <inheritdoc/>
    public override void Validate(ClaimsProblems problems, long now)
    {
        base.Validate(problems, now);
        ValidateAtAnyTime(problems);
    }

    /// <summary>Adds what is wrong with it at any time.</summary>
    public void ValidateAtAnyTime(ClaimsProblems problems)
    {
        if (Activation.ImportKind is not (TransferClaims.StreamType or TransferClaims.ServiceType))
            problems.Error($"invalid import type: \"{Activation.ImportKind}\"");
        ClaimedSubject.Validate(Activation.ImportSubject, problems);
        if (Activation.IssuerAccount.Length > 0 && !NKey.IsPublicKey(Activation.IssuerAccount, NKeyKind.Account))
            problems.Error("account_id is not an account public key");
    }
}
