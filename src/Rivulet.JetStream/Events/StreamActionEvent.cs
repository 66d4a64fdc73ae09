using System.Text.Json.Serialization;

namespace Rivulet.JetStream.Events;

/// <summary>A stream was created, changed or deleted.</summary>
internal sealed record StreamActionEvent : JetStreamEvent
{
    /// <summary>Name of the stream.</summary>
    [JsonPropertyName("stream")]
    public required string Stream { get; init; }

    /// <summary><c>create</c>, <c>modify</c> or <c>delete</c>.</summary>
    [JsonPropertyName("action")]
    public required string Action { get; init; }
}
