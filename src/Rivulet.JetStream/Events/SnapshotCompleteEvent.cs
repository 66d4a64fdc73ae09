using System.Text.Json.Serialization;
using Rivulet.JetStream.Api.Json;

namespace Rivulet.JetStream.Events;

/// <summary>A backup of a stream has come to its end, good or bad.</summary>
internal sealed record SnapshotCompleteEvent : JetStreamEvent
{
    /// <summary>Name of the stream.</summary>
    [JsonPropertyName("stream")]
    public required string Stream { get; init; }

    /// <summary>When it began, nanoseconds since 1970.</summary>
    [JsonPropertyName("start"), JsonConverter(typeof(UnixNanosConverter))]
    public required long StartNanos { get; init; }

    /// <summary>When it ended, nanoseconds since 1970.</summary>
    [JsonPropertyName("end"), JsonConverter(typeof(UnixNanosConverter))]
    public required long EndNanos { get; init; }

    /// <summary>Who asked.</summary>
    [JsonPropertyName("client")]
    public required EventClient? Client { get; init; }

    /// <summary>Why it failed; <c>null</c> if it did not.</summary>
    [JsonPropertyName("error"), JsonPropertyOrder(101), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public required string? Error { get; init; }
}
