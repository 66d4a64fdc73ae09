using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using Rivulet.Protocol;

namespace Rivulet.Server.Security.Tokens;

/// <summary>The <c>nats</c> claim of what an authorization service answers.</summary>
internal sealed class AuthorizationResponseFields : ClaimsFields
{
    /// <summary>The token of the user that the client is; empty if it is refused.</summary>
    [JsonPropertyName("jwt"), AllowNull]
    public string Jwt { get; set => field = value ?? ""; } = "";

    /// <summary>Why the client is refused; empty if it is not.</summary>
    [JsonPropertyName("error"), AllowNull]
    public string Error { get; set => field = value ?? ""; } = "";

    /// <summary>The account, where one of its signing keys issued the answer.</summary>
    [JsonPropertyName("issuer_account"), AllowNull]
    public string IssuerAccount { get; set => field = value ?? ""; } = "";
}

/// <summary>What an authorization service answers.</summary>
internal sealed class AuthorizationResponseClaims : Claims
{
    private static readonly NKeyKind[] MayIssue = [NKeyKind.Account];

    /// <summary>What is particular to answers.</summary>
    [JsonPropertyName("nats"), AllowNull]
    public AuthorizationResponseFields Response { get; set => field = value ?? new(); } = new();

    /// <inheritdoc/>
    public override IReadOnlyList<NKeyKind> Issuers => MayIssue;

    /// <inheritdoc/>
    public override void Validate(ClaimsProblems problems, long now)
    {
        if (!NKey.IsPublicKey(Subject, NKeyKind.User))
            problems.Error("Subject must be a user public key");
        if (!NKey.IsPublicKey(Audience, NKeyKind.Server))
            problems.Error("Audience must be a server public key");
        if (Response.Error.Length == 0 && Response.Jwt.Length == 0)
            problems.Error("Error or Jwt is required");
        if (Response.Error.Length > 0 && Response.Jwt.Length > 0)
            problems.Error("Only Error or Jwt can be set");
        if (Response.IssuerAccount.Length > 0 && !NKey.IsPublicKey(Response.IssuerAccount, NKeyKind.Account))
            problems.Error("issuer_account is not an account public key");
        base.Validate(problems, now);
    }
}
