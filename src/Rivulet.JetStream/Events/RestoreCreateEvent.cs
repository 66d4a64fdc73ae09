using System.Text.Json.Serialization;

namespace Rivulet.JetStream.Events;

/// <summary>A stream is about to be restored.</summary>
internal sealed record RestoreCreateEvent : JetStreamEvent
{
    /// <summary>Name of the stream.</summary>
    [JsonPropertyName("stream")]
    public required string Stream { get; init; }

    /// <summary>Who asked.</summary>
    [JsonPropertyName("client")]
    public required EventClient? Client { get; init; }
}
