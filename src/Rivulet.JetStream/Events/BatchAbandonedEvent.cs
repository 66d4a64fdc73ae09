using System.Text.Json.Serialization;

namespace Rivulet.JetStream.Events;

/// <summary>An atomic batch was given up.</summary>
internal sealed record BatchAbandonedEvent : JetStreamEvent
{
    /// <summary>Name of the stream.</summary>
    [JsonPropertyName("stream")]
    public required string Stream { get; init; }

    /// <summary>Id of the batch.</summary>
    [JsonPropertyName("batch")]
    public required string Batch { get; init; }

    /// <summary><c>timeout</c>, <c>large</c>, <c>incomplete</c> or <c>unsupported</c>.</summary>
    [JsonPropertyName("reason")]
    public required string Reason { get; init; }
}
