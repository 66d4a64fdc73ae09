using System.Text.Json.Serialization;

namespace Rivulet.JetStream.Events;

/// <summary>The API was asked, and answered.</summary>
internal sealed record ApiAuditEvent : JetStreamEvent
{
    /// <summary>Name of the server.</summary>
    [JsonPropertyName("server")]
    public required string Server { get; init; }

    /// <summary>Who asked; <c>null</c> when the server did.</summary>
    [JsonPropertyName("client")]
    public required EventClient? Client { get; init; }

    /// <summary>What was asked.</summary>
    [JsonPropertyName("subject")]
    public required string Subject { get; init; }

    /// <summary>Body of the request; <c>null</c> for an empty one.</summary>
    [JsonPropertyName("request"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public required string? Request { get; init; }

    /// <summary>The answer.</summary>
    [JsonPropertyName("response")]
    public required string Response { get; init; }
}
