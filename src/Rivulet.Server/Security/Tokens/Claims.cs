using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using Rivulet.Protocol;

namespace Rivulet.Server.Security.Tokens;

/// <summary>What every JSON Web Token says, whatever it is about: about whom, from whom, and when it holds.</summary>
/// <remarks>Times are seconds since 1970; 0 is none. Not changed once read. Source: RFC 7519, section 4.1.</remarks>
internal abstract class Claims
{
    /// <summary>The <c>aud</c> claim: whom it is for.</summary>
    [JsonPropertyName("aud"), AllowNull]
    public string Audience { get; set => field = value ?? ""; } = "";

    /// <summary>The <c>exp</c> claim: when it stops to hold.</summary>
    [JsonPropertyName("exp")]
    public long Expires { get; set; }

    /// <summary>The <c>jti</c> claim: a hash of all the others.</summary>
    [JsonPropertyName("jti"), AllowNull]
    public string Id { get; set => field = value ?? ""; } = "";

    /// <summary>The <c>iat</c> claim: when it was issued.</summary>
    [JsonPropertyName("iat")]
    public long IssuedAt { get; set; }

    /// <summary>The <c>iss</c> claim: the public key that signed it.</summary>
    [JsonPropertyName("iss"), AllowNull]
    public string Issuer { get; set => field = value ?? ""; } = "";

    /// <summary>The <c>name</c> claim: what people call it.</summary>
    [JsonPropertyName("name"), AllowNull]
    public string Name { get; set => field = value ?? ""; } = "";

    /// <summary>The <c>nbf</c> claim: when it begins to hold.</summary>
    [JsonPropertyName("nbf")]
    public long NotBefore { get; set; }

    /// <summary>The <c>sub</c> claim: the public key that it is about.</summary>
    [JsonPropertyName("sub"), AllowNull]
    public string Subject { get; set => field = value ?? ""; } = "";

    /// <summary>The kinds of keys that may have signed it; empty for any.</summary>
    [JsonIgnore]
    public abstract IReadOnlyList<NKeyKind> Issuers { get; }

    /// <summary>Adds what is wrong with it at a time.</summary>
    /// <param name="problems">Takes them.</param>
    /// <param name="now">Seconds since 1970.</param>
    public virtual void Validate(ClaimsProblems problems, long now)
    {
        if (Expires > 0 && now > Expires)
            problems.Time("claim is expired");
        if (NotBefore > 0 && NotBefore > now)
            problems.Time("claim is not yet valid");
    }
}
