using System.Text.Json;
using System.Text.Json.Serialization;
using Rivulet.Protocol;

namespace Rivulet.Server.Security.Tokens;

/// <summary>Claims of no kind in particular: how tools ask for accounts to be deleted.</summary>
internal sealed class GenericClaims : Claims
{
    /// <summary>What they say.</summary>
    [JsonPropertyName("nats")]
    public Dictionary<string, JsonElement>? Data { get; set; }

    /// <inheritdoc/>
    public override IReadOnlyList<NKeyKind> Issuers => [];
}
