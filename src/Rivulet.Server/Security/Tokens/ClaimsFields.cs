using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace Rivulet.Server.Security.Tokens;

/// <summary>What the <c>nats</c> claim says of every kind of token.</summary>
internal class ClaimsFields
{
    /// <summary>The version of these claims that this server reads.</summary>
    public const int VersionRead = 2;

    /// <summary>What the token is about: <c>operator</c>, <c>account</c>, <c>user</c>, <c>activation</c>, …</summary>
    [JsonPropertyName("type"), AllowNull]
    public string Type { get; set => field = value ?? ""; } = "";

    /// <summary>Labels, of the form <c>key:value</c> where templates use them.</summary>
    [JsonPropertyName("tags"), AllowNull]
    public List<string> Tags { get; set => field = value ?? []; } = [];

    /// <summary>The version.</summary>
    [JsonPropertyName("version")]
    public int Version { get; set; }
}
