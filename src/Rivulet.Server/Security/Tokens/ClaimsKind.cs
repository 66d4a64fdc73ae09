using System.Text.Json.Serialization;

namespace Rivulet.Server.Security.Tokens;

/// <summary>What a token is about, read before the rest of it.</summary>
internal sealed class ClaimsKind
{
    /// <summary>What it is about, in tokens of version 1.</summary>
    [JsonPropertyName("type")]
    public string? OldType { get; set; }

    /// <summary>What it is about.</summary>
    [JsonPropertyName("nats")]
    public ClaimsFields? Fields { get; set; }

    /// <summary>What it is about; empty for nothing in particular.</summary>
    [JsonIgnore]
    public string Type => OldType is { Length: > 0 } ? OldType : Fields?.Type ?? "";

    /// <summary>The version of its claims.</summary>
    [JsonIgnore]
    public int Version => OldType is { Length: > 0 } ? 1 : Fields?.Version ?? 0;
}
