using System.Text.Json.Serialization;
using Rivulet.JetStream.Api.Models;

namespace Rivulet.JetStream.Events;

/// <summary>A backup of a stream begins.</summary>
internal sealed record SnapshotCreateEvent : JetStreamEvent
{
    /// <summary>Name of the stream.</summary>
    [JsonPropertyName("stream")]
    public required string Stream { get; init; }

    /// <summary>What it holds.</summary>
    [JsonPropertyName("state")]
    public required StreamStateModel State { get; init; }

    /// <summary>Who asked.</summary>
    [JsonPropertyName("client")]
    public required EventClient? Client { get; init; }
}
